#!/usr/bin/env bash
# awswrangler and fastparquet lose every row whose partition column is NULL, without a word.
#
# With: awswrangler 3.17.1 on moto 5.2.5, fastparquet 2026.9.0, pandas 2.2.2 (numpy 1.26.4), for comparison pyarrow 25.0.1.
# Expected: a dataset partitioned by route keeps rows without a route in route=__HIVE_DEFAULT_PARTITION__, as Hive, Athena, Spark,
#   pyarrow, polars and DuckDB do; a writer that cannot do this raises.
# Seen: to_parquet(..., partition_cols=["route"]) of both writes route=A and route=B and returns normally, awswrangler's to_csv too; the
#   row without a route is nowhere: 3 rows in, 2 rows out. Both group with pandas, which leaves NULL groups out. fastparquet does it
#   behind pandas' own DataFrame.to_parquet; with engine="pyarrow" the same call keeps all 3.
# Hurts: who loads a lake with them: the missing rows are just those that an audit looks for, and a comparison by partition finds no
#   partition that differs.
# Instead: fill the partition column first; compare the total count with the source, not only counts by partition.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet awswrangler==3.17.1 moto==5.2.5 boto3==1.44.8 botocore==1.44.8 s3transfer==0.19.3 \
    python-dateutil==2.9.0.post0 urllib3==2.8.0 cryptography==50.0.2 fastparquet==2026.9.0 pandas==2.2.2 numpy==1.26.4 \
    pyarrow==25.0.1
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import pathlib

import awswrangler as wr
import boto3
import fastparquet
import moto
import pandas as pd
import pyarrow.dataset as ds

frame = pd.DataFrame({"route": ["A", None, "B"], "trip": [1, 2, 3]})
counts = {}
for engine in ("pyarrow", "fastparquet"):
    frame.to_parquet(engine, engine=engine, partition_cols=["route"])
    counts[engine] = ds.dataset([str(p) for p in pathlib.Path(engine).rglob("*.parquet")]).count_rows()
with moto.mock_aws():
    boto3.client("s3").create_bucket(Bucket="the-lake")
    wr.s3.to_parquet(frame, "s3://the-lake/parquet/", dataset=True, partition_cols=["route"])
    counts["awswrangler"] = len(wr.s3.read_parquet("s3://the-lake/parquet/", dataset=True))
    wr.s3.to_csv(frame, "s3://the-lake/csv/", dataset=True, partition_cols=["route"], index=False)
    counts["awswrangler csv"] = len(wr.s3.read_csv("s3://the-lake/csv/", dataset=True))
print("awswrangler", wr.__version__, "fastparquet", fastparquet.__version__, "pandas", pd.__version__)
print("expected: 3 rows from each")
for engine, rows in counts.items():
    print(f"{engine:16} {rows} rows")
if counts != {"pyarrow": 3, "fastparquet": 2, "awswrangler": 2, "awswrangler csv": 2}:
    raise SystemExit("no longer so: the row without a route is kept or lost otherwise")
PY
