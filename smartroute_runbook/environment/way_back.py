"""Parameters as far as they are right: a wrong one keeps no users on an engine that fails.

A newer release may refuse what an older one took, and a file may be edited badly on the worst of days. Going back needs
the region, who asks, and the name of SSM's parameter; the rest has defaults then.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from smartroute_runbook.errors import UsageError
from smartroute_runbook.strict_yaml import read_yaml_and_lines

from .parameters import home, load_parameters
from .settings import Settings, parse_settings, without

__all__ = ["as_far_as_right", "parameters_of_way_back"]

_NEEDED = {("aws",), ("dashboard",), ("aws", "region"), ("aws", "profile"), ("dashboard", "engine_parameter")}


def parameters_of_way_back(environment: str, folder: Path | None = None) -> dict[str, Any]:
    """As ``load_parameters`` gives them, without those that are wrong.

    Raises:
        UsageError: there is no such file, it cannot be read, or what going back needs is wrong.
    """
    try:
        return load_parameters(environment, folder)
    except UsageError:
        path = (folder or home()) / "parameters" / f"{environment}.yaml"
        if not path.is_file():
            raise
        written, _ = read_yaml_and_lines(path, texts=("environment", "run_id"))
        settings = written.get("settings") if isinstance(written, dict) else None
        if not isinstance(settings, Mapping):
            raise
        right, _ = as_far_as_right(settings, f"parameters/{environment}.yaml")
        return {"environment": environment, "run_id": str(written.get("run_id") or ""), "settings": right}


def as_far_as_right(values: Mapping[str, Any], source: str) -> tuple[dict[str, Any], Settings]:
    """Settings without what is wrong by itself; what contradicts something else stays.

    Raises:
        UsageError: what going back needs is wrong.
    """
    try:
        return dict(values), Settings.model_validate(dict(values))
    except ValidationError as error:
        spoilt = {tuple(one["loc"][:2]) for one in error.errors()}
    if spoilt & _NEEDED:
        return dict(values), parse_settings(values, source)  # which raises, with every wrong one
    right = without(values, spoilt)
    return right, Settings.model_validate(right)
