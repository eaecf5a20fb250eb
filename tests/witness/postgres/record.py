"""Asks a PostgreSQL of its own every expression and keeps the answers: ``make witness-postgres``.

A cluster is made in a temporary folder and listens on a socket there alone. PostgreSQL does not run as root: then it is
started as the user ``postgres``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from witness.postgres.answers import Answer, save
from witness.postgres.expressions import expressions

MARK = "\x1f"


def main() -> None:
    """Makes the cluster, asks, and ends it."""
    with server() as (programs, folder):
        save(_asked(programs / "psql", folder))


@contextlib.contextmanager
def server(settings: str = "") -> Iterator[tuple[Path, str]]:
    """A PostgreSQL of its own: the folder of its programs, and the folder of its socket (user ``witness``).

    ``settings`` are further options of its command line, such as ``-c max_connections=400``.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = shutil.which("postgres") or (str(programs[-1]) if programs else "")
    if not found:
        raise SystemExit("PostgreSQL is not installed (Debian: postgresql)")
    programs_folder = Path(found).resolve().parent
    with tempfile.TemporaryDirectory(prefix="witness-postgres-") as folder:
        Path(folder).chmod(0o777)
        data = f"{folder}/data"
        _run(
            programs_folder / "initdb", "-D", data, "-U", "witness", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8"
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c timezone=UTC -c fsync=off {settings}"
        _run(programs_folder / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield programs_folder, folder
        finally:
            _run(programs_folder / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _run(*command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")


def _asked(psql: Path, folder: str) -> list[tuple[str, Answer]]:
    texts = list(expressions())
    script = ["\\set VERBOSITY sqlstate", "\\pset null '(null)'"]
    for number, text in enumerate(texts):
        script += [f"\\echo {MARK}{number}", f"SELECT {text};"]
    command = [str(psql), "-X", "-A", "-t", "-h", folder, "-U", "witness", "-d", "postgres"]
    done = subprocess.run(
        command, input="\n".join(script), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    )
    answers = []
    for part in done.stdout.split(MARK)[1:]:
        number, _, answer = part.partition("\n")
        answer = answer.removesuffix("\n")
        error = answer.startswith("ERROR:")
        value = answer.removeprefix("ERROR:").strip() if error else None if answer == "(null)" else answer
        answers.append((texts[int(number)], (value, error)))
    return answers


if __name__ == "__main__":
    main()
