"""Parameter files: one YAML file an environment, in the folder ``parameters/`` of the runbooks' home.

A parameters file has three keys: ``environment``, ``run_id`` (empty: the newest open run, else a new one) and
``settings``. Papermill can inject the same file into a notebook as it is (``papermill -f``).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import UsageError, did_you_mean, printable
from smartroute_runbook.strict_yaml import read_yaml

from .settings import parse_settings

__all__ = ["home", "load_parameters"]


def home() -> Path:
    """The folder with ``runbooks/`` and ``parameters/``: SMARTROUTE_HOME, or the nearest one upwards from here.

    Raises:
        UsageError: there is none.
    """
    setting = os.environ.get("SMARTROUTE_HOME")
    start = Path(setting).expanduser() if setting else Path.cwd()
    for folder in [start] if setting else [start, *start.parents]:
        if (folder / "parameters").is_dir():
            return folder
    raise UsageError(
        f"No folder 'parameters' in {start}" + ("" if setting else " or above it"),
        hint="Run 'smartroute-runbook init DIR' and work in DIR, or set SMARTROUTE_HOME",
    )


def load_parameters(environment: str, folder: Path | None = None) -> dict[str, Any]:
    """The parameters file of an environment as papermill gets it: environment, run_id, settings.

    Raises:
        UsageError: the file is missing, is not YAML, or holds unknown or wrong parameters.
    """
    where = (folder or home()) / "parameters"
    path = where / f"{environment}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9-]*", environment) or not path.is_file():
        known = [p.stem for p in where.glob("*.yaml")]
        raise UsageError(
            f"No parameters for environment '{environment}' ({path})", hint=did_you_mean(environment, known)
        )
    values = read_yaml(path, texts=("environment", "run_id"))
    if not isinstance(values, dict):
        raise UsageError(f"{path} holds no parameters", expected="keys environment, run_id, settings")
    unknown = set(values) - {"environment", "run_id", "settings"}
    if unknown:
        name = min(map(printable, unknown))
        raise UsageError(
            f"Unknown parameter '{name}' in {path}",
            hint=did_you_mean(name, ["environment", "run_id", "settings"]),
        )
    if values.get("environment") != environment:
        raise UsageError(f"{path} says environment '{values.get('environment')}'", expected=f"'{environment}'")
    settings = values.get("settings") or {}
    if not isinstance(settings, dict):
        raise UsageError(f"'settings' in {path} is {settings!r}", expected="a mapping of sections")
    parse_settings(settings, str(path))
    return {"environment": environment, "run_id": _text(values, "run_id", path), "settings": settings}


def _text(values: dict[str, Any], key: str, path: Path) -> str:
    """A value that is a text; nothing at all is the empty one."""
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"'{key}' in {path} is {value!r}", expected="a text")
    return value or ""
