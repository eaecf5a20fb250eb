"""Parameter files: one YAML file an environment, in the folder ``parameters/`` of the runbooks' home.

A parameters file has three keys: ``environment``, ``run_id`` (empty: the newest open run, else a new one) and
``settings``. Papermill can inject the same file into a notebook as it is (``papermill -f``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import UsageError, did_you_mean, printable
from smartroute_runbook.strict_yaml import Lines, read_yaml_and_lines

from .settings import Settings, wrong_settings
from .wrong import all_of, as_written, located

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
        UsageError: the file is missing, is not YAML, or holds unknown or wrong parameters: all of
            them at once, with their lines.
    """
    where = (folder or home()) / "parameters"
    path = where / f"{environment}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9-]*", environment) or not path.is_file():
        known = [p.stem for p in where.glob("*.yaml")]
        raise UsageError(
            f"No parameters for environment '{environment}' ({path})", hint=did_you_mean(environment, known)
        )
    values, lines = read_yaml_and_lines(path, texts=("environment", "run_id"))
    if not isinstance(values, dict):
        raise UsageError(f"{path} holds no parameters", expected="keys environment, run_id, settings")
    wrong = list(_wrong(values, environment, str(path), lines))
    if len(wrong) > 1:  # the whole path is said once, above them
        wrong = list(_wrong(values, environment, path.name, lines))
    if wrong:
        raise all_of(wrong, str(path))
    settings = values.get("settings")
    return {"environment": environment, "run_id": values.get("run_id") or "", "settings": settings or {}}


def _wrong(values: dict[Any, Any], environment: str, source: str, lines: Lines) -> Iterator[UsageError]:
    yield from _wrong_keys(values, environment, source, lines)
    if isinstance(settings := values.get("settings"), dict):
        inside = {place[1:]: line for place, line in lines.items() if place[0] == "settings"}
        yield from wrong_settings(settings, source, inside)


_KEYS = ("environment", "run_id", "settings")


def _wrong_keys(values: dict[Any, Any], environment: str, source: str, lines: Lines) -> Iterator[UsageError]:
    """What is wrong at the top of a parameters file."""
    for name in values:
        if name not in _KEYS:
            where = located(source, lines.get((name,))).rstrip(",")
            section = str(name).partition(".")[0]
            below = f"Sections stand below 'settings:', '{section}' too, indented"
            hint = below if section in Settings.model_fields else did_you_mean(str(name), _KEYS)
            yield UsageError(f"Unknown parameter '{printable(name)}' in {where}", hint=hint)
    if "environment" not in values:
        yield UsageError(f"{source} names no environment", expected=f"a line 'environment: {environment}'")
    elif values["environment"] != environment:
        written = as_written(values["environment"])
        yield UsageError(f"{source} says environment {written}", expected=f"'{environment}', as the file is called")
    run_id, settings = values.get("run_id"), values.get("settings")
    if run_id is not None and not isinstance(run_id, str):
        yield UsageError(f"'run_id' in {source} is {as_written(run_id)}", expected="a text")
    if settings is not None and not isinstance(settings, dict):
        yield UsageError(f"'settings' in {source} is {as_written(settings)}", expected="a mapping of sections")
