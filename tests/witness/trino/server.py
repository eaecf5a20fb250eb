"""Real Trino from Maven Central, in a process of its own: ``with running("435") as url``, or ``make trino``.

With its Hive connector it executes a rehearsal's Athena: ``smartroute-runbook rehearse --trino URL``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("TRINO_WITNESS_JARS", Path.home() / ".cache" / "smartroute-trino"))
JAVA = {"435": "17", "483": "25"}
"""The versions asked and the Java each needs: 435 is the last for Java 17, near Athena engine version 3."""
LAKE = "435"
"""The version that serves a rehearsal's lake unless another is named."""
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


def hive(version: str) -> Path:
    """The folder with the Hive connector's jars; the first time Maven fetches them (about 170 MB).

    Of 435 one archive holds them all, and some are on Maven Central nowhere else; of 483 there is no archive, but each.
    """
    folder = CACHE / f"hive-{version}"
    within = folder / f"trino-hive-{version}"
    if not (folder / ".complete").exists():
        command = ["mvn", "-B", "-q"]
        if version == "435":
            command += ["-f", str(HERE / "pom.xml"), "dependency:unpack", f"-DoutputDirectory={folder}"]
            command += [f"-Dartifact=io.trino:trino-hive:{version}:zip"]
        else:
            command += ["-f", str(HERE / "pom-hive.xml"), "dependency:copy-dependencies", f"-Dtrino.version={version}"]
            command += ["-DincludeScope=runtime", f"-DoutputDirectory={within}"]
        subprocess.run(command, check=True, env={**os.environ, "JAVA_HOME": str(java_home(version))})
        if version != "435":
            _as_plugin(within, version)
        (folder / ".complete").touch()
    return within


def _as_plugin(folder: Path, version: str) -> None:
    """What an archive has besides the jars: the plugin's name, and no SPI, which is the server's."""
    (folder / f"trino-spi-{version}.jar").unlink(missing_ok=True)
    with zipfile.ZipFile(folder / "services.jar", "w") as services:
        services.writestr("META-INF/services/io.trino.spi.Plugin", "io.trino.plugin.hive.HivePlugin\n")


@contextmanager
def running(version: str, *, port: int = 0, plugins: Sequence[Path] = ()) -> Iterator[str]:
    """A Trino of this version that listens; gives its address and ends it afterwards.

    Args:
        version: one of ``JAVA``.
        port: where; 0 for any free one.
        plugins: folders of further plugins' jars.

    Raises:
        SystemExit: it does not start within three minutes.
    """
    java, opened = java_home(version) / "bin" / "java", [f"--add-opens={name}=ALL-UNNAMED" for name in _OPENED]
    command = [
        str(java),
        f"-Xmx{os.environ.get('TRINO_WITNESS_MEMORY', '3g')}",
        "-Duser.timezone=UTC",
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
            [*command, str(HERE / "TrinoWitness.java"), str(address), str(port), *map(str, plugins)],
            stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
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


def main() -> None:
    """Runs until it is interrupted, and prints the address."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8080)
    options.add_argument("--version", choices=JAVA, default=LAKE)
    given = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with running(given.version, port=given.port, plugins=[hive(given.version)]) as url:
        print(url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
