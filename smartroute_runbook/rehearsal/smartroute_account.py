"""SmartRoute before the migration: the lake, its catalog, its Athena workgroup, its network, its dashboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from smartroute_runbook.prepare.permissions import boundary_policy
from smartroute_runbook.rehearsal.lake.tables import PARTITION_KEYS, TABLES
from smartroute_runbook.standins.account import ACCOUNT, REGION
from smartroute_runbook.standins.s3 import Objects

__all__ = ["DATABASE", "LAKE", "RESULTS", "WORKGROUP", "World", "build", "dashboard_queries"]

LAKE = f"smartroute-data-lake-{ACCOUNT}"
RESULTS = f"smartroute-athena-results-{ACCOUNT}"
DATABASE = "smartroute_analytics"
WORKGROUP = "smartroute-analytics"
ENGINE_PARAMETER = "/smartroute/dashboard/engine"
URL_PARAMETER = "/smartroute/dashboard/url"

_CUTOFF = 10 * 1024**3


@dataclass(frozen=True)
class World:
    """What was made: names that later parts need."""

    vpc: str
    subnets: tuple[str, ...]
    lambda_security_group: str
    kms_key: str
    objects: int
    partitions: Mapping[str, int]


def dashboard_queries() -> dict[str, str]:
    """The dashboard's queries as they run on Athena, by name: packaged with a wheel, else from the repository."""
    packaged = resources.files("smartroute_runbook") / "_files" / "parameters" / "queries"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "parameters" / "queries"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return {f.name.removesuffix(".sql"): f.read_text(encoding="utf-8") for f in files}


def build(client: Callable[[str], Any], objects: Objects, lake: Path) -> World:
    """Makes SmartRoute as it is before week 1.

    Args:
        client: makes a boto3 client of the rehearsal for a service.
        objects: the rehearsal's S3, in process.
        lake: folder with local Hive files under ``processed/`` and ``analytics/``.
    """
    vpc, subnets, group = _network(client("ec2"))
    key = _key(client("kms"))
    _buckets(client("s3"), key)
    files = _upload(objects, lake)
    for name, sql in dashboard_queries().items():
        objects.put(LAKE, f"dashboard/queries/athena/{name}.sql", sql.encode())
    partitions = _catalog(client("glue"), files)
    _workgroup(client("athena"))
    # What an administrator makes before week 1: the cap on every role that the runbook makes.
    client("iam").create_policy(PolicyName="smartroute-boundary", PolicyDocument=json.dumps(boundary_policy()))
    ssm = client("ssm")
    ssm.put_parameter(Name=ENGINE_PARAMETER, Value="athena", Type="String", Description="athena or redshift")
    return World(vpc, subnets, group, key, len(files), partitions)


def _network(ec2: Any) -> tuple[str, tuple[str, ...], str]:
    def tagged(kind: str, name: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]

    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=tagged("vpc", "smartroute"))["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.20.{number}.0/24",
            AvailabilityZone=f"{REGION}{letter}",
            TagSpecifications=tagged("subnet", f"smartroute-private-{letter}"),
        )["Subnet"]["SubnetId"]
        for number, letter in enumerate("ab", start=1)
    )
    group = ec2.create_security_group(
        GroupName="smartroute-dashboard-lambda",
        Description="SmartRoute dashboard API",
        VpcId=vpc,
        TagSpecifications=tagged("security-group", "smartroute-dashboard-lambda"),
    )["GroupId"]
    routes = [table["RouteTableId"] for table in ec2.describe_route_tables(Filters=_of(vpc))["RouteTables"]]
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=routes)
    return vpc, subnets, group


def _of(vpc: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]


def _key(kms: Any) -> str:
    key: str = kms.create_key(Description="SmartRoute data")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/smartroute", TargetKeyId=key)
    return key


def _buckets(s3: Any, key: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    for bucket in (LAKE, RESULTS):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    expire = {"ID": "results", "Status": "Enabled", "Filter": {"Prefix": "results/"}, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket=RESULTS, LifecycleConfiguration={"Rules": [expire]})


def _upload(objects: Objects, lake: Path) -> list[str]:
    files = sorted(path for path in lake.rglob("*.parquet") if path.is_file())
    keys = [path.relative_to(lake).as_posix() for path in files]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: objects.put(LAKE, pair[0], pair[1]), zip(keys, files, strict=True)))
    return keys


def _catalog(glue: Any, files: list[str]) -> dict[str, int]:
    glue.create_database(DatabaseInput={"Name": DATABASE, "Description": "SmartRoute's lake"})
    counts = {}
    for name, table in TABLES.items():
        columns = [{"Name": column, "Type": kind} for column, kind in table.columns]
        storage = _storage(columns, f"s3://{LAKE}/{table.prefix}/")
        glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
                "PartitionKeys": [{"Name": part, "Type": "int"} for part in PARTITION_KEYS],
                "StorageDescriptor": storage,
            },
        )
        folders = sorted({key.rpartition("/")[0] for key in files if key.startswith(f"{table.prefix}/")})
        partitions = [_partition(storage, folder) for folder in folders]
        for start in range(0, len(partitions), 100):
            batch = partitions[start : start + 100]
            glue.batch_create_partition(DatabaseName=DATABASE, TableName=name, PartitionInputList=batch)
        counts[name] = len(partitions)
    return counts


def _storage(columns: list[dict[str, str]], location: str) -> dict[str, Any]:
    return {
        "Columns": columns,
        "Location": location,
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }


def _partition(storage: Mapping[str, Any], folder: str) -> dict[str, Any]:
    values = dict(piece.split("=", 1) for piece in folder.split("/") if "=" in piece)
    return {
        "Values": [values[part] for part in PARTITION_KEYS],
        "StorageDescriptor": {**storage, "Location": f"s3://{LAKE}/{folder}/"},
    }


def _workgroup(athena: Any) -> None:
    athena.create_work_group(
        Name=WORKGROUP,
        Description="SmartRoute's dashboards and analysts",
        Configuration={
            "ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/results/"},
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": _CUTOFF,
            "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
        },
    )
