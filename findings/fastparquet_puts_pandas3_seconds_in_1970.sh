#!/usr/bin/env bash
# fastparquet writes pandas timestamps of whole-second resolution as instants in January 1970.
#
# With: fastparquet 2026.9.0, pandas 3.0.6, numpy 2.3.5; the frame made by duckdb 2.0.1.
# Expected: 2025-11-24 16:00:00 is written and read as 2025-11-24 16:00:00. A pandas timestamp column may have the
#   unit s, ms, us or ns; Parquet has no seconds, so a writer multiplies by 1000 and says "milliseconds".
# Seen: fastparquet says "milliseconds" and divides by 1000 instead. Every datetime64[s] of our days becomes some
#   minute of 1970-01-01, for fastparquet itself and for every other reader; ms, us and ns are right. A
#   timedelta64[s] of 90 seconds becomes 90 microseconds. No warning. Nobody has to ask for seconds: DuckDB's .df() gives
#   datetime64[s] for a TIMESTAMP_S column, and so do many conversions from dates.
# Hurts: who exports with to_parquet(engine="fastparquet") after an upgrade to a pandas that keeps units other
#   than ns: row counts, NULL counts and distinct counts all agree, only every time is wrong.
# Instead: engine="pyarrow", or column.astype("datetime64[us]") before writing; compare min and max of times.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet fastparquet==2026.9.0 pandas==3.0.6 numpy==2.3.5 duckdb==2.0.1 pyarrow==25.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import fastparquet
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

frame = duckdb.sql("SELECT TIMESTAMP_S '2025-11-24 16:00:00' AS at").df()
frame["waited"] = np.array([90], dtype="timedelta64[s]")
frame.to_parquet("rows.parquet", engine="fastparquet")
other = pq.read_table("rows.parquet").to_pylist()[0]
own = fastparquet.ParquetFile("rows.parquet").to_pandas().iloc[0]
frame["at"] = frame["at"].astype("datetime64[us]")
frame[["at"]].to_parquet("micros.parquet", engine="fastparquet")
micros = pq.read_table("micros.parquet")["at"][0].as_py()

print("fastparquet", fastparquet.__version__, "pandas", pd.__version__, "duckdb", duckdb.__version__)
print("expected            2025-11-24 16:00:00 and 0:01:30")
print("read by pyarrow    ", other["at"], "and", other["waited"])
print("read by fastparquet", own["at"], "and", own["waited"])
print("as datetime64[us]  ", micros)
if other["at"].year != 1970 or own["at"].year != 1970:
    raise SystemExit("no longer so: the timestamp is not in 1970")
if other["waited"].microsecond != 90 or other["waited"].second != 0:
    raise SystemExit("no longer so: 90 seconds are not written as 90 microseconds")
if str(micros) != "2025-11-24 16:00:00":
    raise SystemExit("no longer so: microseconds are not written rightly")
PY
