#!/usr/bin/env bash
# awswrangler reads day=1 together with day=10 to day=19, and deletes them together, unless the path ends with a slash.
#
# With: awswrangler 3.17.1, pandas 2.2.2, moto 5.2.5; for comparison pyarrow 25.0.1 on folders.
# Expected: "s3://lake/t/day=1" names a folder, as it does for pyarrow, pandas, polars, DuckDB and Spark; delete_objects of it deletes
#   that folder. to_parquet(path, mode="overwrite") treats it so.
# Seen: read_parquet and delete_objects take the path for a prefix of keys: day=1 is read with day=10 in it, 3 rows where there is 1,
#   and delete_objects("s3://.../day=1") removes day=10 as well. read_parquet with dataset=True raises instead ("not under the root
#   path"). to_parquet with mode="overwrite" adds the slash itself and leaves day=10 alone: the same path, two meanings.
# Hurts: loads by day or by hour, right from the 1st to the 9th: on the 10th the count of the 1st is wrong, and a retention job for
#   day=1 deletes a third of the month. (COPY of Redshift reads by prefix, too, so its count agrees with the wrong one.)
# Instead: end every path of awswrangler (and of COPY) with "/", and write two digits: day=01.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet awswrangler==3.17.1 moto==5.2.5 boto3==1.44.8 botocore==1.44.8 s3transfer==0.19.3 \
    python-dateutil==2.9.0.post0 urllib3==2.8.0 cryptography==50.0.2 pandas==2.2.2 numpy==1.26.4 pyarrow==25.0.1
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import awswrangler as wr
import boto3
import moto
import pandas as pd
import pyarrow.dataset as ds

days = pd.DataFrame({"day": [1, 10, 12], "trip": [1, 2, 3]})
days.to_parquet("folders", partition_cols=["day"])
print("awswrangler", wr.__version__, "- expected: 1 row, and only day=1 deleted")
with moto.mock_aws():
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="the-lake")
    wr.s3.to_parquet(days, "s3://the-lake/t/", dataset=True, partition_cols=["day"])
    rows = {
        "without slash": len(wr.s3.read_parquet("s3://the-lake/t/day=1")),
        "with slash": len(wr.s3.read_parquet("s3://the-lake/t/day=1/")),
        "pyarrow, folder": ds.dataset("folders/day=1").count_rows(),
    }
    wr.s3.to_parquet(days[:1], "s3://the-lake/t/day=1", dataset=True, mode="overwrite")
    after_overwrite = len(s3.list_objects_v2(Bucket="the-lake")["Contents"])
    wr.s3.delete_objects("s3://the-lake/t/day=1")
    after_delete = s3.list_objects_v2(Bucket="the-lake")["KeyCount"]
print("rows:", rows)
print("objects after overwrite:", after_overwrite, "- after delete_objects without slash:", after_delete)
if rows != {"without slash": 3, "with slash": 1, "pyarrow, folder": 1} or (after_overwrite, after_delete) != (3, 0):
    raise SystemExit("no longer so: the path is taken for a folder, or overwrite takes it for a prefix")
PY
