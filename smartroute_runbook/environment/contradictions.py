"""Parameters that contradict each other: each error names the parameter and what was expected of it.

Sources: ModifyClusterSnapshot, CreateClusterSubnetGroup and CreateSecurityGroup (API references), names and identifiers
(Redshift database developer guide), Subscribe (SNS API reference: protocols and their endpoints), AWS managed keys (KMS
developer guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import PurePath
from posixpath import normpath
from typing import Any

from .names import BUCKET, FOLDER

__all__ = ["contradictions"]

_EMAIL, _URL = r"[^@\s]+@[^@\s]+\.[^@\s]+", r"https?://[^\s/]+\S*"
_ENDPOINTS = {
    "email": (_EMAIL, "an address"),
    "email-json": (_EMAIL, "an address"),
    "sms": (r"\+[1-9]\d{6,14}", "a number such as +12125550100"),
    "https": (r"https://[^\s/]+\S*", "an address that begins with https://"),
    "http": (r"http://[^\s/]+\S*", "an address that begins with http://"),
    "sqs": (r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:\S+", "the ARN of a queue"),
    "lambda": (r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:\S+", "the ARN of a function"),
}
_ANCHORS = (
    r"command:\s*\S.*", r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?",
    rf"s3://{BUCKET}(/(?!/).*)?", rf"(?!command\b){FOLDER}",
)  # fmt: skip
_KEYS = (r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/\S+", rf"(?!alias/|-----){FOLDER}")


Wrong = tuple[tuple[str, ...], str]
"""The parameters that cannot be together, the one to correct first, and what was expected of it."""


def contradictions(settings: Any) -> Iterator[Wrong]:
    """Each parameter of ``Settings`` that is fine by itself and cannot be with the others."""
    yield from _names(settings)
    yield from _others_names(settings)
    yield from _numbers(settings)
    yield from _times(settings)
    yield from _places(settings)
    yield from _elsewhere(settings)
    yield from _receivers(settings)


def _names(settings: Any) -> Iterator[Wrong]:
    redshift, network = settings.redshift, settings.network
    if redshift.schema_name.startswith("pg_") or redshift.schema_name in ("information_schema", "catalog_history"):
        yield ("redshift.schema_name",), "a name that is not Redshift's own"
    if redshift.master_user == "rdsdb":
        yield ("redshift.master_user",), "a name that is not Redshift's own"
    if redshift.database in ("template0", "template1", "padb_harvest") or redshift.database.startswith("sys:"):
        yield ("redshift.database",), "a name that is not Redshift's own"
    if network.subnet_group.lower() == "default":
        yield ("network.subnet_group",), "another name than 'default'"
    if network.kms_key.startswith("alias/aws/"):
        yield (
            ("network.kms_key",),
            "a key of your own: each AWS managed key serves one service, and this one serves two",
        )
    if network.security_group.lower() == "default":
        yield ("network.security_group",), "another name than 'default', which EC2 keeps for its own"
    if settings.tuning.dashboard_user == "rdsdb":
        yield ("tuning.dashboard_user",), "a name that is not Redshift's own"


#: A name, the other that it may not be, and which one was expected.
_APART = (
    ("athena.migration_workgroup", "athena.workgroup", "another workgroup than the dashboards' (athena.workgroup)"),
    ("analysts.workgroup", "athena.workgroup", "another workgroup than the dashboards' (athena.workgroup)"),
    ("analysts.workgroup", "athena.migration_workgroup",
     "another workgroup than the migration's (athena.migration_workgroup)"),
    ("network.security_group", "network.lambda_security_group",
     "another group than the dashboard's Lambda is in: one of the cluster's own"),
    ("dashboard.url_parameter", "dashboard.engine_parameter", "another parameter than dashboard.engine_parameter"),
    ("publish.database", "athena.database", "a database of its own, not the lake's (athena.database)"),
    ("publish.role", "redshift.copy_role", "another role than COPY's (redshift.copy_role): it may write"),
    ("tuning.dashboard_user", "redshift.master_user",
     "another user than redshift.master_user: the dashboard only reads"),
)  # fmt: skip


def _others_names(settings: Any) -> Iterator[Wrong]:
    for name, other, words in _APART:
        mine, taken = (getattr(getattr(settings, section), key) for section, key in (name.split("."), other.split(".")))
        if mine is not None and mine.rstrip("/").lower() == taken.rstrip("/").lower():
            yield (name, other), words


def _numbers(settings: Any) -> Iterator[Wrong]:
    gates, redshift, load, tuning = settings.gates, settings.redshift, settings.load, settings.tuning
    if redshift.manual_snapshot_days == 0:
        yield ("redshift.manual_snapshot_days",), "1 to 3653 days, or -1 for ever"
    # CreateCluster, Port: nodes with managed storage (RA3, RG) listen in two ranges only.
    ranges = (range(5431, 5456), range(8191, 8216))
    if redshift.node_type.startswith(("ra3", "rg")) and not any(redshift.port in each for each in ranges):
        yield ("redshift.port", "redshift.node_type"), f"5431 to 5455 or 8191 to 8215 for {redshift.node_type}"
    if load.first_day and load.last_day and load.first_day > load.last_day:
        yield ("load.first_day", "load.last_day"), f"first_day not after last_day ({load.last_day})"
    if gates.signers and len(gates.signers) < gates.signatures:
        words = f"at least {gates.signatures} people, because gates.signatures is {gates.signatures}"
        yield ("gates.signers", "gates.signatures"), words
    if tuning.dashboard_abort_seconds < tuning.dashboard_log_seconds:
        words = (
            f"at least tuning.dashboard_log_seconds ({tuning.dashboard_log_seconds}): what is ended was noted before"
        )
        yield ("tuning.dashboard_abort_seconds", "tuning.dashboard_log_seconds"), words


def _times(settings: Any) -> Iterator[Wrong]:
    dashboard, experiment = settings.dashboard, settings.experiment
    patience = f"dashboard.switch_seconds ({dashboard.switch_seconds:g}): no switch would be seen in time"
    if dashboard.cache_seconds >= dashboard.switch_seconds:
        yield ("dashboard.cache_seconds", "dashboard.switch_seconds"), f"less than {patience}"
    if dashboard.answer_seconds > dashboard.switch_seconds:
        yield ("dashboard.answer_seconds", "dashboard.switch_seconds"), f"no more than {patience}"
    median, slowest = experiment.expected_seconds, experiment.target_seconds
    if median is not None and slowest is not None and median > slowest:
        words = f"no more than experiment.target_seconds ({slowest:g}): a median lies below the 95th percentile"
        yield ("experiment.expected_seconds", "experiment.target_seconds"), words


#: Beginnings of regions outside the partition ``aws``.
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b",
               "eusc-": "aws-eusc"}  # fmt: skip


def _elsewhere(settings: Any) -> Iterator[Wrong]:
    """ARNs of another partition than the region's, or of another region where only this one can serve."""
    region = settings.aws.region
    partition = next((name for begin, name in _PARTITIONS.items() if region.startswith(begin)), "aws")
    here = {
        "network.kms_key": (settings.network.kms_key,),
        "record.anchor": (settings.record.anchor or "",),
    }
    anywhere = {
        "aws.permissions_boundary": (settings.aws.permissions_boundary or "",),
        "record.signing_key": (settings.record.signing_key,),
        "alarms.receivers": tuple(one.partition(":")[2] for one in settings.alarms.receivers),
    }
    for name, values in (here | anywhere).items():
        for arn in (value.split(":") for value in values if re.match(r"arn:aws[a-z-]*:([^:]*:){3}", value)):
            if arn[1] != partition:
                yield (name, "aws.region"), f"an ARN that begins with arn:{partition}:, as those of {region} do"
            elif name in here and arn[3] != region:
                yield (name, "aws.region"), f"an ARN in {region}, which aws.region names"


def _within(inner: str, outer: str) -> bool:
    """Whether a place is another, or lies in it; both folders, or both of S3."""
    if inner.startswith("s3://") != outer.startswith("s3://"):
        return False
    one, other = (PurePath(normpath(place.removeprefix("s3://"))) for place in (inner, outer))
    return one == other or other in one.parents


def _places(settings: Any) -> Iterator[Wrong]:
    anchor, key = settings.record.anchor, settings.record.signing_key
    if anchor is not None and not any(re.fullmatch(one, anchor, re.DOTALL) for one in _ANCHORS):
        yield ("record.anchor",), "a folder, s3://BUCKET/PREFIX, the ARN of an SNS topic, or 'command: ...'"
    if not any(re.fullmatch(one, key) for one in _KEYS):
        yield ("record.signing_key",), "a file, or the ARN of a KMS key"
    elif not key.startswith("arn:") and _within(key, settings.record.store):
        yield ("record.signing_key", "record.store"), "a file outside record.store: whoever gets the record would sign"
    if anchor is not None and not anchor.startswith(("command:", "arn:")) and _within(anchor, settings.record.store):
        yield ("record.anchor", "record.store"), "a second place, not record.store itself or a part of it"
    apart = {
        "load.staging": (settings.load.staging, "each export begins in an empty prefix"),
        "dashboard.published_queries": (settings.dashboard.published_queries, "the dashboard reads what lies there"),
        "publish.prefix": (settings.publish.prefix, "published tables are read whole"),
        "analysts.results": (settings.analysts.results, "results are thrown away after a while"),
    }
    for (first, (one, why)), (second, (other, _)) in combinations(apart.items(), 2):
        a, b = f"{one.strip('/')}/", f"{other.strip('/')}/"
        if a.startswith(b) or b.startswith(a):
            yield (second, first), f"a prefix beside {first} ({one.strip('/')}): {why}"


def _receivers(settings: Any) -> Iterator[Wrong]:
    receivers = [one.lower() for one in settings.alarms.receivers]
    if len(set(receivers)) < len(receivers):
        yield ("alarms.receivers",), "a list that names nobody twice"
    for one in settings.alarms.receivers:
        protocol, _, endpoint = one.partition(":")
        pattern, words = _ENDPOINTS[protocol]
        if not re.fullmatch(pattern, endpoint):
            yield ("alarms.receivers",), f"{protocol}: followed by {words}"
            return
