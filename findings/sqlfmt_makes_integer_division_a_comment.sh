#!/usr/bin/env bash
# sqlfmt turns DuckDB's "seconds // 60" into a comment: the formatted query runs, exit code 0, and calls seconds "minutes".
#
# With: shandy-sqlfmt 0.32.0, the queries before and after run by duckdb 2.0.1.
# Expected: a formatter moves blanks and letters' case; sqlfmt says that nearly all dialects are supported by its default one, and
#   compares the tokens before and after (--safe, the default).
# Seen: // begins a comment in that dialect, as in Snowflake, and is written as "--" with the rest of the line. In DuckDB it is the
#   division of integers. Where AS stands on the next line the query is valid and gives the undivided numbers; where the name is
#   on the same line the next column gives its own to them, and there is one column less. The safety check finds
#   nothing: both times it reads a comment.
# Hurts: dbt projects on DuckDB with sqlfmt in pre-commit: minutes are seconds from the day of the formatting.
# Instead: floor(seconds / 60), or "-- fmt: off" around the line.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet shandy-sqlfmt==0.32.0 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pathlib
import subprocess
from importlib.metadata import version

import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE trips AS SELECT * FROM (VALUES ('F', 3600), ('T', 90)) AS v (route, seconds)")
print("sqlfmt", version("shandy-sqlfmt"), "duckdb", duckdb.__version__)


def rows(query: str) -> list[dict]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


QUERIES = (
    ("SELECT route, seconds // 60\n    AS minutes\nFROM trips\n", [{"route": "F", "minutes": 3600}, {"route": "T", "minutes": 90}]),
    ("SELECT seconds // 60 AS minutes,\n    route\nFROM trips\n", [{"route": 3600}, {"route": 90}]),
    ("SELECT route, floor(seconds / 60)\n    AS minutes\nFROM trips\n", None),
)
for query, expected in QUERIES:
    file = pathlib.Path("query.sql")
    file.write_text(query)
    subprocess.run(["venv/bin/sqlfmt", "--safe", "--quiet", file], check=True)
    before, after = rows(query), rows(file.read_text())
    print(f"{query}   {before}\nformatted:\n{file.read_text()}   {after}\n")
    if after != (before if expected is None else expected) or (expected is not None and before == after):
        raise SystemExit("no longer so")
PY
