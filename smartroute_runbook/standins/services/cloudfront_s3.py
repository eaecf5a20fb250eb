"""Operations for which moto has no route: CloudFront's cache policies, an object's retention."""

from __future__ import annotations

import uuid
from typing import Any

from moto.cloudfront import cloudfront_backends
from moto.s3 import s3_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

__all__: list[str] = []


def _policies(call: Call) -> dict[str, dict[str, Any]]:
    policies: dict[str, dict[str, Any]] = cloudfront_backends[call.account]["aws"].__dict__.setdefault(
        "cache_policies", {}
    )
    return policies


def _policy(call: Call) -> dict[str, Any]:
    policy = _policies(call).get(call.params["Id"])
    if policy is None:
        raise ApiError("NoSuchCachePolicy", f"The cache policy {call.params['Id']} does not exist.", 404)
    return policy


def _matching(call: Call) -> dict[str, Any]:
    policy = _policy(call)
    if call.params.get("IfMatch") != policy["ETag"]:
        raise ApiError("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the policy.")
    return policy


def _check(call: Call) -> dict[str, Any]:
    config: dict[str, Any] = call.params["CachePolicyConfig"]
    low, high = int(config["MinTTL"]), int(config.get("MaxTTL", 31536000))
    if not low <= int(config.get("DefaultTTL", max(low, min(86400, high)))) <= high:
        raise ApiError("InvalidArgument", "MinTTL <= DefaultTTL <= MaxTTL must hold.")
    return config


@operation("cloudfront", routed=False)
def create_cache_policy(call: Call) -> Any:
    """CreateCachePolicy."""
    config = _check(call)
    if any(
        policy["CachePolicy"]["CachePolicyConfig"]["Name"] == config["Name"]
        for policy in tuple(_policies(call).values())
    ):
        raise ApiError("CachePolicyAlreadyExists", f"A cache policy named {config['Name']} exists.", 409)
    name, etag = str(uuid.uuid4()), f"E{uuid.uuid4().hex[:13].upper()}"
    _policies(call)[name] = {"CachePolicy": {"Id": name, "CachePolicyConfig": config}, "ETag": etag}
    return {**_policies(call)[name], "Location": f"/2020-05-31/cache-policy/{name}"}


@operation("cloudfront", routed=False)
def get_cache_policy(call: Call) -> Any:
    """GetCachePolicy."""
    return _policy(call)


@operation("cloudfront", routed=False)
def list_cache_policies(call: Call) -> Any:
    """ListCachePolicies: custom ones; AWS's managed ones are not here."""
    policies = _policies(call).values()
    items = [{"Type": "custom", "CachePolicy": policy["CachePolicy"]} for policy in policies]
    return {"CachePolicyList": {"MaxItems": 100, "Quantity": len(items), "Items": items}}


@operation("cloudfront", routed=False)
def update_cache_policy(call: Call) -> Any:
    """UpdateCachePolicy, refused when the ETag is not the latest."""
    policy = _matching(call)
    policy["CachePolicy"]["CachePolicyConfig"] = _check(call)
    policy["ETag"] = f"E{uuid.uuid4().hex[:13].upper()}"
    return policy


@operation("cloudfront", routed=False)
def delete_cache_policy(call: Call) -> Any:
    """DeleteCachePolicy."""
    _matching(call)
    del _policies(call)[call.params["Id"]]


@operation("s3", routed=False)
def get_object_retention(call: Call) -> Any:
    """GetObjectRetention."""
    s3 = s3_backends[call.account]["aws"]
    key = s3.get_object(call.params["Bucket"], call.params["Key"], call.params.get("VersionId"))
    if key is None:
        raise ApiError("NoSuchKey", "The specified key does not exist.", 404)
    if not key.lock_mode:
        message = "The specified object does not have a ObjectLock configuration"
        raise ApiError("NoSuchObjectLockConfiguration", message, 404)
    return {"Retention": {"Mode": key.lock_mode, "RetainUntilDate": key.lock_until}}
