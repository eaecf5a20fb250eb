"""AWS SDK for pandas, unmodified, against the Redshift stand-in: connect, read, copy, unload, to_sql."""

from __future__ import annotations

import json

import pandas as pd
import pytest

wr = pytest.importorskip(
    "awswrangler",
    reason="awswrangler is not installed: it needs pyarrow below 26, see docs/rehearsal.md",
    exc_type=ImportError,
)

CLUSTER, SCHEMA = "smartroute-analytics", "pandas_sdk"
FRAME = pd.DataFrame({"id": [1, 2, 3], "name": ["a", "é", None], "share": [0.5, -0.05, 2.25]})


@pytest.fixture(scope="module")
def cluster(stack):
    """The cluster with a role that COPY and UNLOAD may use, and a secret in the form that the library reads."""
    from smartroute_runbook.rehearsal.smartroute_account import LAKE

    redshift, iam, secrets = (stack.client(name) for name in ("redshift", "iam", "secretsmanager"))
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "redshift.amazonaws.com"}}
    said = {"Version": "2012-10-17", "Statement": [trust]}
    role = iam.create_role(RoleName="pandas-sdk", AssumeRolePolicyDocument=json.dumps(said))["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": ["s3:*"], "Resource": [f"arn:aws:s3:::{LAKE}", f"arn:aws:s3:::{LAKE}/sdk/*"]}
    policy = {"Version": "2012-10-17", "Statement": [may]}
    iam.put_role_policy(RoleName="pandas-sdk", PolicyName="lake", PolicyDocument=json.dumps(policy))
    redshift.create_cluster(
        ClusterIdentifier=CLUSTER, NodeType="ra3.xlplus", NumberOfNodes=2, DBName="smartroute",
        MasterUsername="smartroute_admin", ManageMasterPassword=True, IamRoles=[role],
    )  # fmt: skip
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier=CLUSTER, WaiterConfig={"Delay": 1})
    made = redshift.describe_clusters(ClusterIdentifier=CLUSTER)["Clusters"][0]
    master = json.loads(secrets.get_secret_value(SecretId=made["MasterPasswordSecretArn"])["SecretString"])
    where = {"host": made["Endpoint"]["Address"], "port": str(made["Endpoint"]["Port"]), "dbname": "smartroute"}
    secrets.create_secret(Name="pandas-sdk", SecretString=json.dumps({**master, **where, "engine": "redshift"}))
    return role


@pytest.fixture
def con(cluster):
    with wr.redshift.connect(secret_id="pandas-sdk") as connection:
        connection.cursor().execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.commit()
        yield connection


@pytest.fixture
def staging(request):
    from smartroute_runbook.rehearsal.smartroute_account import LAKE

    return f"s3://{LAKE}/sdk/{request.node.name.replace('[', '/').rstrip(']')}/"


def same(found, expected=FRAME):
    found = found.sort_values("id").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_connect_by_glue_connection(cluster, stack):
    held = stack.client("secretsmanager").get_secret_value(SecretId="pandas-sdk")["SecretString"]
    secret = json.loads(held)
    stack.client("glue").create_connection(
        ConnectionInput={
            "Name": "pandas-sdk",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {
                "JDBC_CONNECTION_URL": f"jdbc:redshift://{secret['host']}:{secret['port']}/smartroute",
                "USERNAME": secret["username"],
                "PASSWORD": secret["password"],
            },
        }
    )
    with wr.redshift.connect("pandas-sdk") as connection:
        assert wr.redshift.read_sql_query("SELECT 1 AS one", con=connection)["one"].tolist() == [1]


def test_connect_temp(cluster):
    with wr.redshift.connect_temp(CLUSTER, user="smartroute_admin") as connection:
        found = wr.redshift.read_sql_query("SELECT current_user AS who", con=connection)
    assert found["who"].tolist() == ["smartroute_admin"]


def test_to_sql_read_sql_query_and_read_sql_table(con):
    wr.redshift.to_sql(FRAME, con, "t", SCHEMA, mode="overwrite", primary_keys=["id"], use_column_names=True)
    same(wr.redshift.read_sql_table("t", con, schema=SCHEMA))
    query = f"SELECT id, name, share FROM {SCHEMA}.t WHERE id > %s"
    same(wr.redshift.read_sql_query(query, con, params=[1]), FRAME[1:].reset_index(drop=True))
    chunks = list(wr.redshift.read_sql_query(f"SELECT * FROM {SCHEMA}.t ORDER BY id", con, chunksize=2))
    assert [len(chunk) for chunk in chunks] == [2, 1]


@pytest.mark.parametrize("method", ["drop", "cascade", "truncate", "delete"])
def test_to_sql_overwrites(con, method):
    table = f"over_{method}"
    wr.redshift.to_sql(FRAME, con, table, SCHEMA, mode="overwrite")
    wr.redshift.to_sql(FRAME[:2], con, table, SCHEMA, mode="overwrite", overwrite_method=method)
    same(wr.redshift.read_sql_table(table, con, schema=SCHEMA), FRAME[:2])


def test_to_sql_appends_adds_columns_and_upserts(con):
    wr.redshift.to_sql(FRAME[:2], con, "grown", SCHEMA, mode="overwrite", primary_keys=["id"])
    wider = FRAME[2:].assign(extra=7)
    wr.redshift.to_sql(wider, con, "grown", SCHEMA, use_column_names=True, add_new_columns=True)
    changed = pd.DataFrame({"id": [3, 4], "name": ["c", "d"], "share": [1.0, 2.0], "extra": [8, 9]})
    wr.redshift.to_sql(changed, con, "grown", SCHEMA, mode="upsert", primary_keys=["id"], use_column_names=True)
    found = wr.redshift.read_sql_table("grown", con, schema=SCHEMA).sort_values("id")
    assert found["name"].tolist() == ["a", "é", "c", "d"]
    assert found["extra"].tolist()[2:] == [8, 9]


@pytest.mark.parametrize("design", [{"diststyle": "KEY", "distkey": "id", "sortkey": ["id"]}, {"diststyle": "ALL"}])
def test_copy(con, cluster, staging, design):
    table = "copied_" + design["diststyle"].lower()
    wr.redshift.copy(FRAME, staging, con, table, SCHEMA, iam_role=cluster, mode="overwrite", **design)
    same(wr.redshift.read_sql_table(table, con, schema=SCHEMA))
    wr.redshift.copy(FRAME[:1].assign(id=4), staging, con, table, SCHEMA, iam_role=cluster, lock=True)
    assert len(wr.redshift.read_sql_table(table, con, schema=SCHEMA)) == 4


def test_copy_upserts(con, cluster, staging):
    options = {"iam_role": cluster, "primary_keys": ["id"], "varchar_lengths": {"name": 10}}
    wr.redshift.copy(FRAME, staging, con, "upserted", SCHEMA, mode="overwrite", **options)
    options.pop("primary_keys")  # known from the table
    wr.redshift.copy(FRAME[:1].assign(name="z"), staging, con, "upserted", SCHEMA, mode="upsert", **options)
    found = wr.redshift.read_sql_table("upserted", con, schema=SCHEMA).sort_values("id")
    assert found["name"].tolist()[:2] == ["z", "é"]


def test_copy_from_files_and_manifest(con, cluster, staging):
    paths = wr.s3.to_parquet(FRAME, f"{staging}data/", dataset=True)["paths"]
    wr.redshift.copy_from_files(f"{staging}data/", con, "files", SCHEMA, iam_role=cluster, mode="overwrite")
    same(wr.redshift.read_sql_table("files", con, schema=SCHEMA))
    size = wr.s3.size_objects(paths)
    entries = [{"url": path, "mandatory": True, "meta": {"content_length": size[path]}} for path in paths]
    bucket, _, key = f"{staging}list.manifest".removeprefix("s3://").partition("/")
    wr.s3.upload(local_file=_bytes({"entries": entries}), path=f"s3://{bucket}/{key}")
    wr.redshift.copy_from_files(
        f"{staging}list.manifest", con, "files", SCHEMA, iam_role=cluster, mode="overwrite", manifest=True
    )
    same(wr.redshift.read_sql_table("files", con, schema=SCHEMA))


def _bytes(value):
    import io

    return io.BytesIO(json.dumps(value).encode())


def test_unload(con, cluster, staging):
    wr.redshift.to_sql(FRAME, con, "kept", SCHEMA, mode="overwrite")
    same(wr.redshift.unload(f"SELECT id, name, share FROM {SCHEMA}.kept", staging, con, iam_role=cluster))
    assert not wr.s3.list_objects(staging)  # what was staged is deleted


@pytest.mark.parametrize(
    "how",
    [
        {"unload_format": "PARQUET", "manifest": True},
        {"unload_format": "PARQUET", "partition_cols": ["id"]},
        {"unload_format": "PARQUET", "max_file_size": 5.0, "parallel": False, "region": "us-east-1"},
        {"unload_format": "CSV"},
        {"unload_format": "PARQUET", "cleanpath": True},
    ],
)
@pytest.mark.filterwarnings("ignore:The copy keyword")  # awswrangler with pandas 3
def test_unload_to_files(con, cluster, staging, how):
    wr.redshift.to_sql(FRAME, con, "kept", SCHEMA, mode="overwrite")

    query = f"SELECT id, name, share FROM {SCHEMA}.kept WHERE name <> 'it''s' OR name IS NULL"
    for _ in range(2):  # the second time into a folder that is not empty
        wr.redshift.unload_to_files(query, staging, con, iam_role=cluster, **how)
    if how["unload_format"] == "CSV":
        found = wr.s3.read_csv(staging, header=None, names=["id", "name", "share"])
        assert sorted(found["id"]) == [1, 2, 3]
    else:
        files = [path for path in wr.s3.list_objects(staging) if path.endswith(".parquet")]
        parts = {"dataset": True, "path_root": staging} if "partition_cols" in how else {}
        found = wr.s3.read_parquet(files, **parts)
        assert sorted(found["share"]) == sorted(FRAME["share"])
