"""AWS: the account, both engines, and the network that exists already."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from smartroute_runbook.environment.names import (
    ClusterName,
    DatabaseName,
    GlueName,
    GroupName,
    KeyName,
    Name,
    PolicyName,
    RegionName,
    RoleName,
    SchemaName,
    TagName,
    UserName,
    WorkgroupName,
)

from .base import Section

__all__ = ["Athena", "Aws", "Network", "Redshift"]


class Aws(Section):
    """Where: region and, optionally, a named profile (never a key)."""

    region: RegionName = Field("us-east-1", description="of the lake's bucket and of the cluster")
    profile: Name | None = Field(None, description="a named profile of the AWS SDK; null: its own credentials")
    permissions_boundary: PolicyName | None = Field(
        "smartroute-boundary", description="caps every role made here: a managed policy's name or ARN; none: no cap"
    )
    timeout_seconds: float = Field(60, ge=1, le=900, description="longest wait for an answer of AWS")
    attempts: int = Field(8, ge=1, le=50, description="tries a call, adaptive mode")

    def boundary_in(self, account: str) -> str | None:
        """The ARN of the permissions boundary, for roles of an account (twelve digits)."""
        name = self.permissions_boundary
        return name if name is None or name.startswith("arn:") else f"arn:aws:iam::{account}:policy/{name}"


class Athena(Section):
    """The control: what is migrated, and through which workgroups."""

    database: GlueName = "smartroute_analytics"
    workgroup: WorkgroupName = "smartroute-analytics"
    tables: Annotated[tuple[GlueName, ...], Field(min_length=1)] = Field(
        ("vehicles", "delay_metrics", "crowding_metrics"), description="what is migrated; docs/lakes.md: which qualify"
    )
    migration_workgroup: WorkgroupName = Field(
        "smartroute-migration", description="made by week 2, for exports and proofs; not the dashboards' own"
    )
    migration_scan_limit_gb: int = Field(100, ge=1, le=7_000, description="cut-off a query, GiB")


class Redshift(Section):
    """The candidate: the cluster and how to reach it."""

    cluster: ClusterName = "smartroute-analytics"
    node_type: Name = Field("ra3.xlplus", description="RA3 or RG, as the price book has it")
    nodes: int = Field(2, ge=1, le=32, description="of the cluster; 1 is not for production")
    database: DatabaseName = "smartroute"
    schema_name: SchemaName = "smartroute_analytics"
    master_user: UserName = "smartroute_admin"
    port: int = Field(5439, ge=1, le=65535, description="5431 to 5455 or 8191 to 8215 with managed storage")
    transport: Literal["driver", "data-api"] = Field(
        "driver", description="how statements reach the cluster; data-api needs no network path to its port"
    )
    copy_role: RoleName = "smartroute-redshift-copy"
    parameter_group: GroupName = "smartroute-analytics"
    snapshot_days: int = Field(14, ge=1, le=35)
    manual_snapshot_days: int = Field(30, ge=-1, le=3653, description="of the one before the cut-over; -1: for ever")
    snapshot_cadence: Literal["default", "daily"] = Field(
        "default", description="default: about every 8 hours, as Redshift makes them by itself"
    )
    timeout_seconds: float = Field(900, ge=1, le=86_400, description="longest wait for a statement or a cluster")


class Network(Section):
    """What exists already and is looked up by name, in the account of the credentials."""

    vpc: TagName = Field("smartroute", description="its Name tag; the dashboard's Lambda is in it")
    subnets: Annotated[tuple[TagName, ...], Field(min_length=1)] = Field(
        ("smartroute-private-a", "smartroute-private-b"), description="their Name tags; two zones or more"
    )
    lambda_security_group: TagName = Field(
        "smartroute-dashboard-lambda", description="the group of the dashboard's Lambda: it alone may reach the cluster"
    )
    security_group: TagName = Field("smartroute-redshift", description="the cluster's own, made by week 1")
    subnet_group: GroupName = "smartroute-redshift"
    kms_key: KeyName = Field("alias/smartroute", description="encrypts the cluster and its password")
