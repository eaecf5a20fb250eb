"""``pytest --nbval-lax runbooks/`` against stand-ins, in a copy of the working folder: ``make notebooks``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.rehearsal import daemon


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="smartroute-nbval-") as folder:
        work = Path(folder) / "work"
        copy_to(work)
        os.environ["SMARTROUTE_REHEARSAL_DIR"] = str(Path(folder) / "rehearsal")
        environ = {k: v for k, v in daemon.up().items() if not k.startswith("SMARTROUTE_REDSHIFT_")}
        command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-kernel-name=python3", "-q", "runbooks/"]
        try:
            return subprocess.run(command, cwd=work, env={**os.environ, **environ}, check=False).returncode
        finally:
            daemon.down()


if __name__ == "__main__":
    raise SystemExit(main())
