"""Other people's clients, unmodified, against the stand-ins: ``make witness-clients``.

Prints a table; ends with an error when a client fails. What cannot be had here is skipped, with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from smartroute_runbook.standins.stack import StandIns

from . import dbt, psql
from .environments import Unavailable, jars, program, virtual
from .outcome import FAILED, PASSED, REFUSED, SKIPPED, Outcome

HERE = Path(__file__).parent
Environ = Mapping[str, str]
SLOWEST = 900  # seconds that a client's script may take


def _script(environment: str, name: str, environ: Environ) -> Iterator[Outcome]:
    """A script of a Python client, in its environment."""
    yield from _lines([str(virtual(environment) / "python"), str(HERE / f"{name}_client.py")], name, environ)


def _jdbc(scheme: str, environ: Environ) -> Iterator[Outcome]:
    """The Java source, with both drivers on its class path."""
    folder, java = jars()
    yield from _lines([java, "-cp", f"{folder}/*", str(HERE / "Jdbc.java"), scheme], f"JDBC {scheme}", environ)


def _lines(command: list[str], client: str, environ: Environ) -> Iterator[Outcome]:
    """The outcomes that a command prints; what it says besides is shown when it fails."""
    done = subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=SLOWEST, check=False
    )
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            yield Outcome(**json.loads(line))
    if done.returncode:
        yield Outcome(client, "", "to its end", FAILED, (done.stderr or done.stdout).strip()[-400:])


def _psql(environ: Environ) -> Iterator[Outcome]:
    program("psql", "PostgreSQL's client (Debian: postgresql-client)")
    yield from psql.outcomes(environ)


def _dbt(target: str, environ: Environ) -> Iterator[Outcome]:
    yield from dbt.outcomes(target, virtual("dbt"), environ)


def _athena_jdbc(_environ: Environ) -> Iterator[Outcome]:
    raise Unavailable("Amazon's JDBC driver for Athena is not on Maven Central")


CLIENTS: dict[str, Callable[[Environ], Iterator[Outcome]]] = {
    "psql": _psql,
    "asyncpg": lambda environ: _script("drivers", "asyncpg", environ),
    "psycopg": lambda environ: _script("drivers", "psycopg", environ),
    "psycopg2": lambda environ: _script("drivers", "psycopg2", environ),
    "sqlalchemy-redshift": lambda environ: _script("sqlalchemy", "sqlalchemy", environ),
    "jdbc-postgresql": lambda environ: _jdbc("postgresql", environ),
    "jdbc-redshift": lambda environ: _jdbc("redshift", environ),
    "jdbc-athena": _athena_jdbc,
    "dbt-redshift": lambda environ: _dbt("redshift", environ),
    "dbt-athena": lambda environ: _dbt("athena", environ),
}


def main() -> int:
    """Runs the named clients, or all; 1 when one failed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("clients", nargs="*", choices=[*CLIENTS, []], help="all, when none is named")
    options.add_argument("--all", action="store_true", help="also print what passed and what was refused")
    given = options.parse_args()
    seen: list[Outcome] = []
    with StandIns(["lake"]) as standins:
        to = standins.connection
        environ = {
            **standins.environ, "PGHOST": to["host"], "PGPORT": str(to["port"]), "PGDATABASE": to["database"],
            "PGUSER": to["user"], "PGPASSWORD": to["password"], "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": standins.environ["SSL_CERT_FILE"],
        }  # fmt: skip
        for name in given.clients or CLIENTS:
            try:
                for outcome in CLIENTS[name](environ):
                    seen.append(outcome)
                    if given.all or outcome.result == FAILED:
                        print(f"{outcome.result}: {outcome.client}: {outcome.what!r} {outcome.said}", flush=True)
            except Unavailable as missing:
                seen.append(Outcome(name, "", "", SKIPPED, str(missing)))
            print(*_row(name, seen), sep="\n", flush=True)
    return 1 if any(outcome.result == FAILED for outcome in seen) else 0


def _row(name: str, seen: list[Outcome]) -> Iterator[str]:
    """The lines of a client's own outcomes, which came last."""
    clients = dict.fromkeys((each.client, each.version) for each in seen)
    client, version = list(clients)[-1]
    mine = [each for each in seen if each.client == client]
    if mine[0].result == SKIPPED:
        yield f"{name:22} skipped: {mine[0].said}"
        return
    counts = Counter(each.result for each in mine)
    numbers = ", ".join(f"{counts[kind]} {kind}" for kind in (PASSED, REFUSED, FAILED))
    yield f"{name:22} {version:30} {numbers}"
    yield f"{'':22} {', '.join(' '.join(each.what.split()) for each in mine)}"


if __name__ == "__main__":
    sys.exit(main())
