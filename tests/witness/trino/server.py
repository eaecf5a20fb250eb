"""Real Trino from Maven Central, in a process of its own on a free port: ``with running("435") as url``."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("TRINO_WITNESS_JARS", Path.home() / ".cache" / "smartroute-trino"))
JAVA = {"435": "17", "483": "25"}
"""The versions asked and the Java each needs: 435 is the last for Java 17, near Athena engine version 3."""
_OPENED = ("java.base/java.nio", "java.base/java.lang", "java.base/java.util")


def java_home(version: str) -> Path:
    """The folder of the Java that a Trino needs: ``JAVA_HOME_17``, ``JAVA_HOME_25``, or where Debian puts them.

    Raises:
        SystemExit: there is none.
    """
    wanted = JAVA[version]
    if given := os.environ.get(f"JAVA_HOME_{wanted}"):
        return Path(given)
    for folder in sorted(Path("/usr/lib/jvm").glob(f"*-{wanted}*")):
        if (folder / "bin" / "javac").exists():
            return folder
    raise SystemExit(f"Trino {version} needs a JDK {wanted}: install one, or name its folder in JAVA_HOME_{wanted}")


def jars(version: str) -> Path:
    """The folder with the engine's jars; the first time Maven fetches them (about 150 MB)."""
    folder = CACHE / version
    if not (folder / ".complete").exists():
        command = ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
        command += [f"-Dtrino.version={version}", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
        subprocess.run(command, check=True, env={**os.environ, "JAVA_HOME": str(java_home(version))})
        (folder / ".complete").touch()
    return folder


@contextmanager
def running(version: str) -> Iterator[str]:
    """A Trino of this version that listens; gives its address and ends it afterwards.

    Raises:
        SystemExit: it does not start within three minutes.
    """
    java, opened = java_home(version) / "bin" / "java", [f"--add-opens={name}=ALL-UNNAMED" for name in _OPENED]
    command = [
        str(java),
        "-Xmx3g",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        *opened,
        "--add-modules=jdk.incubator.vector",
        "-cp",
        f"{jars(version)}/*",
    ]
    address, log = CACHE / f"{version}.url", CACHE / f"{version}.log"
    address.unlink(missing_ok=True)
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, str(HERE / "TrinoWitness.java"), str(address)],
            stdin=subprocess.PIPE, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            for _ in range(1800):
                if server.poll() is not None:
                    break
                if address.exists() and (url := address.read_text()):
                    yield url
                    return
                time.sleep(0.1)
            raise SystemExit(f"Trino {version} did not start: see {log}")
        finally:
            server.stdin.close()
            server.wait(timeout=60)
