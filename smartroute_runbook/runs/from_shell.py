"""Open a run as a shell does: by the name of a parameters file, with another place for its records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smartroute_runbook.environment.parameters import home, load_parameters
from smartroute_runbook.environment.way_back import parameters_of_way_back

from .run import Run

__all__ = ["open_run"]


def open_run(
    environment: str,
    run_id: str = "",
    *,
    records: Path | str | None = None,
    base: Path | None = None,
    finished_too: bool = False,
    create: bool = True,
    aws: bool = True,
    way_back: bool = False,
) -> tuple[Run, dict[str, Any]]:
    """Open a run as a shell does, with the parameters that its notebooks will get; see ``Run.open``."""
    base = base or home()
    parameters = (parameters_of_way_back if way_back else load_parameters)(environment, base)
    if records is not None:
        parameters = _stored(parameters, records if isinstance(records, str) else str(records.resolve()))
    name = run_id or parameters["run_id"]
    run = Run.open(
        environment, name, parameters["settings"], base=base, finished_too=finished_too, create=create, aws=aws,
        way_back=way_back,
    )  # fmt: skip
    if run.unrecorded:
        parameters = _stored(parameters, run.store.where)
    return run, {**parameters, "run_id": run.id}


def _stored(parameters: dict[str, Any], where: str) -> dict[str, Any]:
    section = dict(parameters["settings"].get("record") or {})
    return {**parameters, "settings": {**parameters["settings"], "record": {**section, "store": where}}}
