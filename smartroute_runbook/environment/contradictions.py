"""Parameters that contradict each other: each error names the parameter and what was expected of it.

Sources: ModifyClusterSnapshot, CreateClusterSubnetGroup and CreateSecurityGroup (API references), names and identifiers
(Redshift database developer guide), Subscribe (SNS API reference: protocols and their endpoints).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from smartroute_runbook.errors import UsageError, printable

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
    r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?", r"(?![a-zA-Z][a-zA-Z0-9+.-]*:).+",
)  # fmt: skip
_KEYS = (r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/\S+", r"(?![a-zA-Z][a-zA-Z0-9+.-]*:).+")


def contradictions(settings: Any, source: str) -> Iterator[UsageError]:
    """Each parameter of ``Settings`` that is fine by itself and cannot be with the others."""
    for name, expected in (*_names(settings), *_gates(settings), *_places(settings), *_receivers(settings)):
        section, _, key = name.partition(".")
        value = getattr(getattr(settings, section), key)
        text = "'" + "', '".join(map(printable, value)) + "'" if isinstance(value, (tuple, dict)) else repr(value)
        yield UsageError(f"Parameter '{name}' in {source} is {text}", expected=expected)


def _names(settings: Any) -> Iterator[tuple[str, str]]:
    athena, redshift, network, dashboard = settings.athena, settings.redshift, settings.network, settings.dashboard
    if athena.migration_workgroup == athena.workgroup:
        yield "athena.migration_workgroup", "another workgroup than the dashboards' (athena.workgroup)"
    if redshift.schema_name.startswith("pg_") or redshift.schema_name in ("information_schema", "catalog_history"):
        yield "redshift.schema_name", "a name that is not Redshift's own"
    if redshift.database in ("template0", "template1", "padb_harvest") or redshift.database.startswith("sys:"):
        yield "redshift.database", "a name that is not Redshift's own"
    if redshift.manual_snapshot_days == 0:
        yield "redshift.manual_snapshot_days", "1 to 3653 days, or -1 for ever"
    if network.subnet_group.lower() == "default":
        yield "network.subnet_group", "another name than 'default'"
    if network.security_group.startswith("sg-"):
        yield "network.security_group", "the name of a group, not its id"
    if network.security_group == network.lambda_security_group:
        yield "network.security_group", "another group than the dashboard's Lambda is in: one of the cluster's own"
    if dashboard.engine_parameter == dashboard.url_parameter:
        yield "dashboard.url_parameter", "another parameter than dashboard.engine_parameter"


def _gates(settings: Any) -> Iterator[tuple[str, str]]:
    signers, signatures = settings.gates.signers, settings.gates.signatures
    if signers and len(signers) < signatures:
        yield "gates.signers", f"at least {signatures} people, because gates.signatures is {signatures}"


def _places(settings: Any) -> Iterator[tuple[str, str]]:
    anchor, key = settings.record.anchor, settings.record.signing_key
    if anchor is not None and not any(re.fullmatch(one, anchor, re.DOTALL) for one in _ANCHORS):
        yield "record.anchor", "a folder, s3://BUCKET/PREFIX, the ARN of an SNS topic, or 'command: ...'"
    if not any(re.fullmatch(one, key) for one in _KEYS):
        yield "record.signing_key", "a file, or the ARN of a KMS key"
    staging, published = settings.load.staging.strip("/"), settings.dashboard.published_queries.strip("/")
    if f"{published}/".startswith(f"{staging}/") or f"{staging}/".startswith(f"{published}/"):
        yield (
            "dashboard.published_queries",
            f"a prefix beside load.staging ({staging}): each export begins in an empty prefix",
        )


def _receivers(settings: Any) -> Iterator[tuple[str, str]]:
    for one in settings.alarms.receivers:
        protocol, _, endpoint = one.partition(":")
        pattern, words = _ENDPOINTS[protocol]
        if not re.fullmatch(pattern, endpoint):
            yield "alarms.receivers", f"{protocol}: followed by {words}"
            return
