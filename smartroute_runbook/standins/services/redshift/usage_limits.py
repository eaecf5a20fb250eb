"""Redshift's usage limits: one per cluster, feature and period."""

from __future__ import annotations

import uuid
from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .cluster_checks import cluster_named, stored

__all__: list[str] = []


@operation("redshift")
def create_usage_limit(call: Call) -> Any:
    """CreateUsageLimit: one per cluster, feature, period."""
    params = call.params
    cluster_named(call)
    kind = {"spectrum": "data-scanned", "cross-region-datasharing": "data-scanned"}.get(params["FeatureType"], "time")
    if params["LimitType"] != kind:
        raise ApiError("InvalidUsageLimit", f"LimitType for {params['FeatureType']} must be {kind}.")
    if int(params["Amount"]) <= 0:
        raise ApiError("InvalidUsageLimit", "Amount must be positive.")
    limit = {
        "UsageLimitId": str(uuid.uuid4()),
        "Period": "monthly",
        "BreachAction": "log",
        "Tags": [],
        **{key: params[key] for key in ("ClusterIdentifier", "FeatureType", "LimitType", "Amount")},
        **{key: params[key] for key in ("Period", "BreachAction", "Tags") if key in params},
    }
    same = ("ClusterIdentifier", "FeatureType", "Period")
    for other in tuple(stored(call, "usage_limits").values()):
        if all(other[key] == limit[key] for key in same):
            raise ApiError("UsageLimitAlreadyExists", "A usage limit for this feature and period exists.")
    stored(call, "usage_limits")[limit["UsageLimitId"]] = limit
    return limit


@operation("redshift")
def describe_usage_limits(call: Call) -> Any:
    """DescribeUsageLimits."""
    keys = ("UsageLimitId", "ClusterIdentifier", "FeatureType")
    limits = stored(call, "usage_limits").values()
    return {
        "UsageLimits": [item for item in limits if all(call.params.get(key, item[key]) == item[key] for key in keys)]
    }


@operation("redshift")
def modify_usage_limit(call: Call) -> Any:
    """ModifyUsageLimit."""
    limit = _limit(call)
    limit.update({key: call.params[key] for key in ("Amount", "BreachAction") if key in call.params})
    return limit


@operation("redshift")
def delete_usage_limit(call: Call) -> Any:
    """DeleteUsageLimit."""
    del stored(call, "usage_limits")[_limit(call)["UsageLimitId"]]


def _limit(call: Call) -> dict[str, Any]:
    name = call.params["UsageLimitId"]
    if name not in stored(call, "usage_limits"):
        raise ApiError("UsageLimitNotFound", f"Usage limit {name} not found.")
    return stored(call, "usage_limits")[name]
