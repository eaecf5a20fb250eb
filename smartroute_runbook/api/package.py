"""The API as a zip for AWS Lambda: this room and how parameters are bound, nothing else; the runtime brings boto3.

The same sources give the same bytes, so that a deployment tells by the digest whether anything changed.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["HANDLER", "Packaged", "package"]

HANDLER = "smartroute_runbook.api.lambda_handler.handle"
"""The handler to name in the function."""
_LEFT_OUT = {"__main__.py", "package.py", "redshift_driver.py", "server.py"}
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Packaged:
    """A zip that was written: its size in bytes and the SHA-256 of its bytes."""

    path: Path
    size: int
    sha256: str


def package(path: Path) -> Packaged:
    """Write the zip; a file that is there is replaced once the new one is whole."""
    room = Path(__file__).parent
    files = {f"smartroute_runbook/api/{one.name}": one.read_bytes() for one in sorted(room.glob("*.py"))}
    files = {name: data for name, data in files.items() if name.rpartition("/")[2] not in _LEFT_OUT}
    files["smartroute_runbook/query_parameters.py"] = (room.parent / "query_parameters.py").read_bytes()
    files["smartroute_runbook/__init__.py"] = b'"""The part of the runbook that is deployed: the dashboard\'s API."""\n'
    unfinished = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    data = unfinished.read_bytes()
    unfinished.replace(path)
    return Packaged(path, len(data), hashlib.sha256(data).hexdigest())
