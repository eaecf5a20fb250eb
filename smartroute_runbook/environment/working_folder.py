"""The working folder: runbooks and parameters, copied from the package or the checkout."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from smartroute_runbook.errors import ServiceError, UsageError

from .parameters import home
from .saving import CONFIGURATION

__all__ = ["STARTUP", "copy_to", "home_or_packaged", "shipped", "start_lab"]

STARTUP = "from smartroute_runbook.present.new_kernel import install\ninstall()\ndel install\n"
"""``PYTHONSTARTUP`` of a kernel: in one that was restarted nothing of this package is imported below the first cell."""

_PARTS = ("runbooks", "parameters", "docs")
_OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}
"""No news, no update checks; Markdown is read, not edited."""


def shipped() -> Path:
    """Where runbooks, parameters and docs came with the installation: inside the wheel, or the checkout itself."""
    package = Path(__file__).parents[1]
    for folder in (package / "_files", package.parent):
        if all((folder / part).is_dir() for part in _PARTS):
            return folder
    raise UsageError("This installation holds no runbooks", hint="Install the wheel again")


def copy_to(directory: Path) -> None:
    """Copy runbooks, parameters and docs into a new folder.

    Raises:
        UsageError: the folder holds some already; nothing is overwritten.
        ServiceError: a disk that is full, a folder that may not be written; nothing is left of it.
    """
    for part in _PARTS:
        if (directory / part).exists():
            raise UsageError(
                f"{directory / part} exists", expected="a folder without runbooks", hint="Name another folder"
            )
    ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
    try:
        for part in _PARTS:
            shutil.copytree(shipped() / part, directory / part, ignore=ignored)
    except (shutil.Error, OSError) as error:
        for part in _PARTS:  # the same command begins anew
            shutil.rmtree(directory / part, ignore_errors=True)
        first = error.args[0][0][2] if isinstance(error, shutil.Error) else error.strerror or error
        raise ServiceError(
            f"{directory} cannot be written: {first}", hint="Make room, or name another folder"
        ) from None


@contextmanager
def home_or_packaged() -> Iterator[Path]:
    """The working folder; where there is none, a copy of the shipped one for the time being."""
    try:
        working = home()
    except UsageError:
        with tempfile.TemporaryDirectory(prefix="smartroute-") as folder:
            copy_to(Path(folder) / "work")
            yield Path(folder) / "work"
        return
    yield working


def start_lab(base: Path, arguments: Sequence[str], opens: str = "") -> None:
    """JupyterLab on the working folder, without announcements or update checks.

    Args:
        base: the working folder.
        arguments: passed on to JupyterLab.
        opens: the file that is opened first, in the working folder.
    """
    from jupyterlab.labapp import LabApp

    os.environ["SMARTROUTE_HOME"] = str(base)
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    with tempfile.TemporaryDirectory(prefix="smartroute-lab-") as folder:
        quiet = Path(folder) / "labconfig" / "default_setting_overrides.json"
        quiet.parent.mkdir()
        quiet.write_text(json.dumps(_OVERRIDES))
        (Path(folder) / "jupyter_server_config.py").write_text(CONFIGURATION)
        os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
            filter(None, [folder, os.environ.get("JUPYTER_CONFIG_PATH")])
        )
        startup = Path(folder) / "new_kernel.py"
        startup.write_text(STARTUP)
        os.environ.setdefault("PYTHONSTARTUP", str(startup))
        first = [f"--LabApp.default_url=/lab/tree/{opens}"] if opens else []
        LabApp.launch_instance(argv=[str(base), "--LabApp.extension_manager=readonly", *first, *arguments])
