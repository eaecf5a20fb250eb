"""Seal a notebook that was executed elsewhere: stepped through in JupyterLab, or by plain papermill.

A saved notebook is sealed when it says that it is of this run and shows its last cell's word: JupyterLab writes it a
while after ``run.finish`` was executed (at each save, by itself every two minutes).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smartroute_runbook import errors
from smartroute_runbook.errors import UsageError
from smartroute_runbook.files import read_bytes
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.sealing import shows_run, texts_shown

from .execute import Execution, Failure, reading
from .seal import Recorded, Sealed, seal
from .story.notebooks import weeks_begun

__all__ = ["reading_of", "seal_notebook", "wait_until_saved"]


_LARGEST = 256 * 2**20  # bytes of a notebook


def seal_notebook(run: Recorded, week: str, path: Path) -> Sealed:
    """Seal the notebook of a week that was executed elsewhere, finished or not.

    Raises:
        UsageError: it is no notebook, it was not executed, or it shows another run.
        Refused: it shows a secret.
    """
    notebook = _read(path)
    outputs = list(texts_shown(notebook))
    if not outputs:
        raise UsageError(f"{path} was not executed", expected="a notebook with its outputs, saved")
    metadata = notebook.get("metadata", {}).get("papermill")
    parameters = metadata.get("parameters", {}) if isinstance(metadata, Mapping) else {}
    if not any(shows_run(text, run.id) for text in outputs) or parameters.get("run_id") not in (None, "", run.id):
        raise UsageError(f"{path} does not show run '{run.id}'", expected="the notebook that was executed in this run")
    _require_week(run, week, path, notebook)
    execution = reading_of(run, week, path)
    return seal(run, execution, week=week, source=path, parameters={"run_id": run.id, **parameters})


def _require_week(run: Recorded, week: str, path: Path, notebook: Mapping[str, Any]) -> None:
    """What is sealed stays for good: another week's notebook would make the record of this one say so for ever."""
    begun = weeks_begun(notebook)
    if begun != {week}:
        named = f"of week {', '.join(sorted(begun))}" if begun else "of no week: no cell begins one"
        hint = f"smartroute-runbook seal {next(iter(begun))} {path}" if len(begun) == 1 else ""
        raise UsageError(f"{path} is {named}", expected=f"the notebook of week {week}", hint=hint)
    if week != "rollback" and not any(e.body.get("week") == week for e in run.journal.of("week-started")):
        raise UsageError(f"Week {week} was not begun in run '{run.id}'", expected="the run that the notebook names")


def reading_of(run: Recorded, week: str, path: Path) -> Execution:
    """How a notebook ended, whether papermill executed it or a person stepped through it.

    Raises:
        UsageError: it is no notebook.
    """
    notebook = _read(path)
    return reading(path) if notebook.get("metadata", {}).get("papermill") else _stepped(run, week, path, notebook)


def wait_until_saved(run: Recorded, week: str, path: Path, seconds: float) -> bool:
    """Wait until a saved notebook shows that its week is finished; False when it does not within ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        try:
            if _finished(run, week, _read(path)):
                return True
        except UsageError:
            pass  # it is just being written
        if time.monotonic() > end:
            return False
        time.sleep(0.5)


def _stepped(run: Recorded, week: str, path: Path, notebook: Mapping[str, Any]) -> Execution:
    """How stepping through ended: finished when the last cell's word is there and no cell shows an error."""
    code = [cell for cell in notebook["cells"] if cell.get("cell_type") == "code"]
    done = sum(1 for cell in code if cell.get("execution_count"))
    failure = next(
        (found for cell in code for output in cell.get("outputs", ()) if (found := _failure(cell, output))), None
    )
    if failure is not None:
        waiting = failure.exit_code == errors.SignatureMissing.exit_code
        return Execution("waiting" if waiting else "failed", path, 0.0, len(code), done, failure)
    return Execution("finished" if _finished(run, week, notebook) else "interrupted", path, 0.0, len(code), done)


def _failure(cell: Mapping[str, Any], output: Mapping[str, Any]) -> Failure | None:
    if output.get("output_type") != "error":
        return None
    name = str(output.get("ename"))
    kind = getattr(errors, name, None)
    ours = isinstance(kind, type) and issubclass(kind, errors.RunbookError)
    return Failure(
        name, str(output.get("evalue")), str(cell.get("id", "")), int(getattr(kind, "exit_code", 1)) if ours else 1
    )


def _finished(run: Recorded, week: str, notebook: Mapping[str, Any]) -> bool:
    ended: Entry | None = next(reversed([e for e in run.journal.of("week-finished") if e.body["week"] == week]), None)
    return ended is not None and any(f"Journal head: entry {ended.n}." in text for text in texts_shown(notebook))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(read_bytes(path, "The notebook", limit=_LARGEST))
    except (ValueError, RecursionError):
        raise UsageError(f"{path} cannot be read: it is not a notebook", expected="a saved notebook") from None
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise UsageError(f"{path} is not a notebook", expected="an .ipynb file")
    return found
