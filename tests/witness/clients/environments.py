"""Environments of other people's clients, outside the project's: their pins conflict with ours and with each other's.

They are made once, under ``~/.cache/smartroute-clients`` (or ``WITNESS_CLIENTS``), named by what they hold.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("WITNESS_CLIENTS", Path.home() / ".cache" / "smartroute-clients"))
PINS: dict[str, tuple[str, ...]] = {
    "drivers": ("asyncpg==0.32.0", "psycopg[binary]==3.3.9", "psycopg2-binary==2.9.13"),
    "sqlalchemy": ("sqlalchemy-redshift==1.0.0", "SQLAlchemy==2.0.58", "psycopg2-binary==2.9.13"),
    "dbt": ("dbt-core==1.10.23", "dbt-redshift==1.10.2", "dbt-athena==1.10.2"),
}
JDBC = {"postgresql": ("org.postgresql", "postgresql", "42.7.14"),
        "redshift": ("com.amazon.redshift", "redshift-jdbc42", "2.3.0")}  # fmt: skip
"""Drivers on Maven Central; Amazon's for Athena is not there."""


class Unavailable(Exception):
    """A client cannot be had here; the text says why."""


def virtual(name: str) -> Path:
    """The folder of programs of an environment; the first time pip fills it.

    Raises:
        Unavailable: pip cannot.
    """
    pins = PINS[name]
    folder = CACHE / f"{name}-{hashlib.sha256(' '.join(pins).encode()).hexdigest()[:12]}"
    if not (folder / ".complete").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        command = [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *pins,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"pip cannot install {', '.join(pins)}: {done.stderr.strip().splitlines()[-1][:200]}")
        (folder / ".complete").touch()
    return folder / "bin"


def jars() -> tuple[Path, str]:
    """The JDBC drivers' class path and Java's program; the first time Maven fetches them (3 MB).

    Raises:
        Unavailable: no Java that runs a source file, or no Maven and no drivers.
    """
    java = _java()
    folder = CACHE / f"jdbc-{'-'.join(version for *_, version in JDBC.values())}"
    if not (folder / ".complete").exists():
        maven = program("mvn", "Maven")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pom.xml").write_text(_pom())
        command = [maven, "-B", "-q", "-f", str(folder / "pom.xml"), "dependency:copy-dependencies"]
        done = subprocess.run(
            [*command, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Unavailable(f"Maven cannot fetch the JDBC drivers: {done.stdout.strip()[-200:]}")
        (folder / ".complete").touch()
    return folder, java


def program(name: str, known_as: str) -> str:
    """The path of a program.

    Raises:
        Unavailable: it is not installed.
    """
    found = shutil.which(name)
    if not found:
        raise Unavailable(f"{known_as} is not installed (no program {name})")
    return found


def _java() -> str:
    java = program("java", "Java")
    modules = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False).stdout
    if "jdk.compiler" not in modules:
        raise Unavailable("Java is no JDK 11 or later: it cannot run a source file")
    return java


def _pom() -> str:
    wanted = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name, version in JDBC.values()
    )
    head = "<modelVersion>4.0.0</modelVersion><groupId>witness</groupId><artifactId>clients</artifactId>"
    head += "<version>1</version>"
    return f'<project xmlns="http://maven.apache.org/POM/4.0.0">{head}<dependencies>{wanted}</dependencies></project>'
