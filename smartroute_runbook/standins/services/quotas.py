"""Service Quotas: the few that a migration needs, at AWS's defaults in us-east-1."""

from __future__ import annotations

from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

__all__: list[str] = []

# name, code, value, adjustable.
# Redshift management guide, amazon-redshift-limits.md; Athena user guide, service-limits.md.
_QUOTAS = {
    "redshift": (
        ("Nodes per Region", "L-8FEBC92C", 200.0, True),
        ("Snapshots per Region", "L-2E428669", 700.0, True),
        ("Subnet groups per Region", "L-F57A7A61", 50.0, True),
    ),
    "athena": (
        ("Active DML queries", "L-FC5F6546", 200.0, True),
        ("Active DDL queries", "L-3CE0BBA0", 20.0, True),
        ("DML query timeout in minutes", "L-B5B0CC2E", 30.0, True),
    ),
}


def _quotas(call: Call) -> list[dict[str, Any]]:
    service = call.params["ServiceCode"]
    if service not in _QUOTAS:
        raise NotImplementedError(f"quotas of {service}")
    return [
        {
            "ServiceCode": service,
            "ServiceName": f"Amazon {service.title()}",
            "QuotaArn": f"arn:aws:servicequotas:{call.region}:{call.account}:{service}/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": value,
            "Unit": "None",
            "Adjustable": adjustable,
            "GlobalQuota": False,
        }
        for name, code, value, adjustable in _QUOTAS[service]
    ]


@operation("servicequotas")
def list_service_quotas(call: Call) -> Any:
    """ListServiceQuotas."""
    return {"Quotas": _quotas(call)}


@operation("servicequotas")
def list_aws_default_service_quotas(call: Call) -> Any:
    """ListAWSDefaultServiceQuotas."""
    return {"Quotas": _quotas(call)}


@operation("servicequotas")
def get_service_quota(call: Call) -> Any:
    """GetServiceQuota."""
    quotas = [quota for quota in _quotas(call) if quota["QuotaCode"] == call.params["QuotaCode"]]
    if not quotas:
        raise ApiError("NoSuchResourceException", "The request failed because the specified quota does not exist.")
    return {"Quota": quotas[0]}
