#!/usr/bin/env bash
# PyPika writes -(fare + tip) as -fare+tip, and units * (seconds / 60) as units*seconds/60: other numbers, and no error.
#
# With: PyPika 0.51.1; run on SQLite (of Python 3.11 or later) and on DuckDB 2.0.1.
# Expected: a builder of queries keeps the tree that Python's operators make, as it does for a - (b - c) and for a / (b / c).
# Seen: the operand of a unary minus and the right side of a product lose their parentheses. The first changes every number; the second
#   changes all that depends on order: with integers in SQLite 3 * (90 / 60) is 3 and 3*90/60 is 4. The operands of >> and of = lose
#   theirs as well: a + (b >> 1) becomes a+b>>1, and (a = 1) = (b = 2) becomes a=1=b=2.
# Hurts: reports of money and time whose expressions are built from parts: the parts are right, the sum of them is not.
# Instead: write (a + b) * -1 in place of -(a + b) and put divisors last; print get_sql() and read it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pypika==0.51.1 duckdb==2.0.1
"$work/venv/bin/python" - <<'PY'
import sqlite3
from importlib.metadata import version

import duckdb
from pypika import Query, Table

row = {"fare": 10, "tip": 2, "units": 3, "seconds": 90, "shift": 4}
t = Table("t")
cases = {  # the expression in PyPika, the value of the same tree of integers
    "-(fare + tip)": (-(t.fare + t.tip), -(row["fare"] + row["tip"])),
    "units * (seconds / 60)": (t.units * (t.seconds / 60), row["units"] * (row["seconds"] // 60)),
    "fare + (shift >> 1)": (t.fare + (t.shift >> 1), row["fare"] + (row["shift"] >> 1)),
    "fare - (tip - units)": (t.fare - (t.tip - t.units), row["fare"] - (row["tip"] - row["units"])),
    "(fare + tip) * -1": ((t.fare + t.tip) * -1, (row["fare"] + row["tip"]) * -1),
}
columns, values = ", ".join(f"{name} INT" for name in row), tuple(row.values())
seen = {}
print("PyPika", version("pypika"), "SQLite", sqlite3.sqlite_version, "DuckDB", duckdb.__version__)
for name, (term, expected) in cases.items():
    sql = Query.from_(t).select(term).get_sql()
    for engine, connection in (("SQLite", sqlite3.connect(":memory:")), ("DuckDB", duckdb.connect())):
        connection.execute(f"CREATE TABLE t ({columns})")
        connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", values)
        seen[name, engine] = connection.execute(sql).fetchone()[0]
    print(f"{name:23} {sql:38} expected {expected}, SQLite {seen[name, 'SQLite']}, DuckDB {seen[name, 'DuckDB']}")
answers = [seen[name, "SQLite"] for name in cases]
if answers != [-8, 4, 7, 11, -12] or seen["-(fare + tip)", "DuckDB"] != -8:
    raise SystemExit(f"no longer so: {answers}")
PY
