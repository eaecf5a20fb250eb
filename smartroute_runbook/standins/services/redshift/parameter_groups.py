"""Redshift parameter groups with their values, and those that wait for a reboot."""

from __future__ import annotations

from typing import Any

from moto.redshift import models

from smartroute_runbook.standins.api.operations import ApiError, Call, operation
from smartroute_runbook.standins.redshift.wlm import check_wlm

from .cluster_checks import backend

__all__ = ["wlm_of"]

# name: (default of redshift-1.0, data type, allowed values, apply type);
# management guide, working-with-parameter-groups.md
_DEFAULTS: dict[str, tuple[str, str, str, str]] = {
    "auto_analyze": ("true", "boolean", "true,false", "static"),
    "auto_mv": ("true", "boolean", "true,false", "static"),
    "datestyle": ("ISO, MDY", "string", "", "static"),
    "enable_case_sensitive_identifier": ("false", "boolean", "true,false", "static"),
    "enable_user_activity_logging": ("false", "boolean", "true,false", "static"),
    "extra_float_digits": ("0", "integer", "-15-2", "static"),
    "max_concurrency_scaling_clusters": ("1", "integer", "0-10", "static"),
    "max_cursor_result_set_size": ("default", "integer", "0-14400000", "static"),
    "query_group": ("default", "string", "", "static"),
    "require_ssl": ("false", "boolean", "true,false", "static"),
    "search_path": ("$user, public", "string", "", "static"),
    "statement_timeout": ("0", "integer", "0,100-2147483647", "static"),
    "use_fips_ssl": ("false", "boolean", "true,false", "static"),
    "wlm_json_configuration": ('[{"auto_wlm":true}]', "string", "", "dynamic"),
}
_FAMILY_DEFAULTS = {"redshift-2.0": {"require_ssl": "true"}}
_FAMILIES = ("redshift-1.0", "redshift-2.0")


def _value(family: str, name: str) -> str:
    return _FAMILY_DEFAULTS.get(family, {}).get(name, _DEFAULTS[name][0])


def _group(call: Call, name: str) -> Any:
    redshift = backend(call)
    if name == "default.redshift-2.0" and name not in redshift.parameter_groups:
        redshift.parameter_groups[name] = models.ParameterGroup(
            name, "redshift-2.0", "Default parameter group for redshift-2.0", call.account, call.region
        )
    return redshift.describe_cluster_parameter_groups(name)[0]


def _set_values(group: Any) -> dict[str, str]:
    values: dict[str, str] = group.__dict__.setdefault("set_values", {})
    return values


def _listing(family: str, values: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "ParameterName": name,
            "ParameterValue": values.get(name, _value(family, name)),
            "Description": name.replace("_", " "),
            "Source": "user" if name in values else "engine-default",
            "DataType": kind,
            "AllowedValues": allowed,
            "ApplyType": apply_type,
            "IsModifiable": True,
        }
        for name, (_, kind, allowed, apply_type) in _DEFAULTS.items()
    ]


@operation("redshift")
def create_cluster_parameter_group(call: Call) -> Any:
    """CreateClusterParameterGroup."""
    name, family = call.params["ParameterGroupName"], call.params["ParameterGroupFamily"]
    if family not in _FAMILIES:
        raise ApiError("InvalidParameterValue", f"ParameterGroupFamily {family} does not exist.")
    if name in backend(call).parameter_groups:
        raise ApiError("ClusterParameterGroupAlreadyExists", f"Parameter group {name} already exists")
    return call.original()


@operation("redshift")
def describe_cluster_parameter_groups(call: Call) -> Any:
    """DescribeClusterParameterGroups."""
    _group(call, "default.redshift-2.0")
    return call.original()


@operation("redshift")
def delete_cluster_parameter_group(call: Call) -> Any:
    """DeleteClusterParameterGroup, refused while a cluster uses it or for a default."""
    name = call.params["ParameterGroupName"]
    users = [c for c in tuple(backend(call).clusters.values()) if name in c.cluster_parameter_group_name]
    if users or name.startswith("default."):
        raise ApiError("InvalidClusterParameterGroupState", f"Parameter group {name} is in use or a default.")
    return call.original()


@operation("redshift")
def describe_default_cluster_parameters(call: Call) -> Any:
    """DescribeDefaultClusterParameters."""
    family = call.params["ParameterGroupFamily"]
    return {"DefaultClusterParameters": {"ParameterGroupFamily": family, "Parameters": _listing(family, {})}}


@operation("redshift")
def describe_cluster_parameters(call: Call) -> Any:
    """DescribeClusterParameters: what was set, and the family's defaults for the rest."""
    group = _group(call, call.params["ParameterGroupName"])
    listing = _listing(group.family, _set_values(group))
    source = call.params.get("Source")
    return {"Parameters": [item for item in listing if source in (None, item["Source"])]}


@operation("redshift")
def modify_cluster_parameter_group(call: Call) -> Any:
    """ModifyClusterParameterGroup: static parameters wait for a reboot of the clusters that use the group."""
    group = _group(call, call.params["ParameterGroupName"])
    if group.name.startswith("default."):
        raise ApiError("InvalidClusterParameterGroupState", f"The default group {group.name} cannot be modified.")
    values = {item["ParameterName"]: str(item.get("ParameterValue", "")) for item in call.params["Parameters"]}
    for name, value in values.items():
        _check(name, value)
    changed = {
        name for name, value in values.items() if _set_values(group).get(name, _value(group.family, name)) != value
    }
    _set_values(group).update(values)
    _await_reboot(call, group.name, changed)
    return {"ParameterGroupName": group.name, "ParameterGroupStatus": "Your parameter group has been updated"}


@operation("redshift")
def reset_cluster_parameter_group(call: Call) -> Any:
    """ResetClusterParameterGroup."""
    group = _group(call, call.params["ParameterGroupName"])
    requested = {item["ParameterName"] for item in call.params.get("Parameters", [])}
    gone = set(_set_values(group)) if call.params.get("ResetAllParameters") else requested & set(_set_values(group))
    for name in gone:
        del _set_values(group)[name]
    _await_reboot(call, group.name, gone)
    return {"ParameterGroupName": group.name, "ParameterGroupStatus": "Your parameter group has been updated"}


def _await_reboot(call: Call, group: str, names: set[str]) -> None:
    static = {name for name in names if _DEFAULTS[name][3] == "static"}
    for cluster in tuple(backend(call).clusters.values()):
        if group in cluster.cluster_parameter_group_name:
            cluster.pending_reboot |= static


def _check(name: str, value: str) -> None:
    if name not in _DEFAULTS:
        raise ApiError("InvalidParameterValue", f"Could not find parameter with name: {name}")
    if _DEFAULTS[name][1] == "boolean" and value.lower() not in {"true", "false"}:
        raise ApiError("InvalidParameterValue", f"Invalid value for {name}: {value}. Allowed: true,false")
    if name == "wlm_json_configuration" and (why := check_wlm(value)):
        raise ApiError("InvalidParameterValue", f"Invalid WLM configuration: {why}")


def wlm_of(group: Any) -> str:
    """The WLM configuration of a parameter group."""
    return _set_values(group).get("wlm_json_configuration") or _value(group.family, "wlm_json_configuration")
