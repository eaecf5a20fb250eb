"""A proof of a table of 1,600 columns, 300 of them double, within the bytes of SQL that both engines take.

``python benchmarks/wide.py [--rows 200] [--doubles 300]``: the same rows in two DuckDBs that stand for Athena and
Redshift; each statement is held against what its transport takes. Then one bit of one value is changed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.prove_engines import DuckEngine

from smartroute_runbook.prove import Field, TableSpec, tables_equal
from smartroute_runbook.prove.passes import passes_of

LIMITS = {"athena": 262_144, "redshift": 100_000}  # bytes of one statement, the latter through the Data API


class Limited(DuckEngine):
    """An engine that takes so many bytes of SQL, and counts what it was sent."""

    sent = longest = 0

    def __init__(self, name):
        super().__init__(name)
        self.longest_sql = LIMITS[name]

    def query(self, sql, parameters=()):
        size = len(sql.encode())
        assert size <= self.longest_sql, f"{size:,} bytes"
        self.sent, self.longest = self.sent + 1, max(self.longest, size)
        return super().query(sql, parameters)


MADE = {
    "double": ("DOUBLE", "(i + {n}) / 3.0"), "int": ("INTEGER", "i * {n}"), "bigint": ("BIGINT", "i * {n} + 1"),
    "string": ("VARCHAR", "'t' || (i + {n})"),
}  # fmt: skip


def filled(types, rows):
    """Both engines with the same rows."""
    items = [f"CAST({MADE[t][1].format(n=n)} AS {MADE[t][0]}) AS {c}" for n, (c, t) in enumerate(types.items())]
    query = f"SELECT {', '.join(items)}, CAST(i % 2 AS INTEGER) AS day FROM range({rows}) r(i)"
    engines = [Limited(name) for name in LIMITS]
    for engine in engines:
        engine.db.execute(f"CREATE TABLE lake.wide AS {query}")
    return engines


def proven(engines, spec, what):
    """A proof, told with its time."""
    began = time.perf_counter()
    proof = tables_equal(*engines, spec)
    where = [str(one)[:200] for one in proof.differences][:2]
    print(f"{what}: {proof.verdict} in {time.perf_counter() - began:.1f} s {where or ''}", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--columns", type=int, default=1600)
    options.add_argument("--doubles", type=int, default=300)
    options.add_argument("--rows", type=int, default=200)
    given = options.parse_args()
    types = {f"d{n:04}": "double" for n in range(given.doubles)}
    others = given.columns - given.doubles - 1  # and the partition column
    types |= {f"c{n:04}": ("int", "string", "bigint")[n % 3] for n in range(others)}
    spec = TableSpec("lake", "wide", tuple(Field(*item) for item in types.items()), (Field("day", "int"),), 10**6)
    engines = filled(types, given.rows)
    print(f"{given.columns} columns, {given.doubles} double, {given.rows} rows")
    proven(engines, spec, f"{len(passes_of(spec, LIMITS).specs)} passes")
    for engine in engines:
        print(
            f"{engine.name}: {engine.sent} statements, the longest {engine.longest:,} of {engine.longest_sql:,} bytes"
        )
    last = f"d{given.doubles - 1:04}"
    engines[1].db.execute(f"UPDATE lake.wide SET {last} = {last} + 1e-9 WHERE c0000 = 7 * {given.doubles}")
    proven(engines, spec, "one value changed")
    print(f"largest resident set: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
