"""Execute a notebook in this process with papermill, and say plainly how it ended."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from smartroute_runbook import errors
from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.runs.sealing import RUNNER

from .light import nbformat

__all__ = ["Execution", "Failure", "check_parameters", "execute", "reading"]

Status = Literal["finished", "failed", "interrupted", "waiting"]
_ENVIRONMENT = {
    RUNNER: "1",
    "SMARTROUTE_HEADLESS": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_SECRET_NAME = re.compile(r"pass(word|wd|phrase)?$|secret|token|credential|(access|api|private)_?key", re.IGNORECASE)
_REFERENCE_NAME = re.compile(r"_(arn|ref|reference|name|id|parameter)$", re.IGNORECASE)
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list, tuple),
    "dict": (dict,),
}


@dataclass(frozen=True)
class Failure:
    """Why a notebook stopped: the error's name and message, the cell, and the exit code it stands for."""

    name: str
    message: str
    cell: str
    exit_code: int


@dataclass(frozen=True)
class Execution:
    """How an execution ended. ``waiting``: a gate needs a signature; the notebook is run again after it."""

    status: Status
    path: Path
    seconds: float
    cells: int
    cells_done: int
    failure: Failure | None = None

    @property
    def exit_code(self) -> int:
        """0 finished, 130 interrupted, else what the error stands for."""
        if self.status == "interrupted":
            return 130
        return self.failure.exit_code if self.failure else 0


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse what papermill would only warn about, before a kernel is started.

    Raises:
        UsageError: the notebook is missing or no notebook; a parameter is unknown, of another type than the
            notebook says, or named like a secret (papermill would record it twice in clear).
    """
    if not notebook.is_file():
        raise UsageError(f"No notebook {notebook}", hint="Run 'smartroute-runbook init DIR' for a working folder")
    for name in parameters:
        if _SECRET_NAME.search(name) and not _REFERENCE_NAME.search(name):
            raise UsageError(
                f"Parameter '{name}' looks like a secret and would be recorded in clear",
                expected="a reference, such as the ARN of a secret or the name of a profile",
            )
    known = _declared(notebook)
    for name, value in parameters.items():
        if name not in known:
            hint = did_you_mean(name, known) if known else "It has no cell tagged 'parameters'"
            raise UsageError(f"{notebook.name} has no parameter '{name}'", hint=hint)
        wanted = re.split(r"[\[| ]", known[name])[0]
        allowed = _TYPES.get(wanted)
        wrong = allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and wanted != "bool"))
        if wrong and not (value is None and "None" in known[name]):
            raise UsageError(f"Parameter '{name}' is {value!r}", expected=known[name])


def _declared(notebook: Path) -> dict[str, str]:
    """The parameters a notebook declares, with their annotated types."""
    import papermill

    with _quiet():
        try:
            found = papermill.inspect_notebook(str(notebook))
        except (nbformat.reader.NotJSONError, nbformat.ValidationError, ValueError, KeyError) as error:
            message = (str(error).splitlines() or [""])[0][:120]
            raise UsageError(f"{notebook} is not a notebook: {message}", expected="an .ipynb file") from None
    return {name: str(one["inferred_type_name"]) for name, one in found.items()}


def execute(
    notebook: Path,
    out: Path,
    parameters: Mapping[str, Any],
    *,
    progress: Callable[[int, int, str], None] | None = None,
) -> Execution:
    """Execute ``notebook`` into ``out``, which is a valid notebook whatever happens (saved at each cell).

    Args:
        notebook: the source; it is not changed.
        out: where the executed notebook goes.
        parameters: values for its ``parameters`` cell.
        progress: called with cells done, cells in all, and the id of the cell that begins (empty at the end).

    Raises:
        UsageError: see ``check_parameters``. Whatever happens inside the notebook is told by the result instead.
    """
    import papermill

    from . import engine

    check_parameters(notebook, parameters)
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    interrupted = False
    died: BaseException | None = None
    with _quiet(), _environment(_ENVIRONMENT), _terminable():
        try:
            papermill.execute_notebook(
                str(notebook.resolve()),
                str(out),
                dict(parameters),
                kernel_name="python3",
                engine_name=engine.NAME,
                progress_bar=False,
                coalesce_streams=True,
                report=progress,
                # The kernel warns of its local TCP sockets at each start; an error still ends in the notebook.
                extra_arguments=["--IPKernelApp.log_level=50"],
            )
        except papermill.PapermillExecutionError:
            pass  # told by the executed notebook itself
        except KeyboardInterrupt:
            interrupted = True
        except Exception as error:
            if not out.is_file():
                raise
            died = error
        if interrupted or died:
            gc.collect()  # tasks of an interrupted kernel complain when they are collected: now, while it is quiet
    return reading(out, time.monotonic() - begun, interrupted=interrupted, died=died)


def reading(
    path: Path, seconds: float = 0.0, *, interrupted: bool = False, died: BaseException | None = None
) -> Execution:
    """Tell from an executed notebook how it ended; also from one whose runner was killed."""
    notebook = nbformat.read(path, as_version=4)
    run = notebook.metadata.get("papermill", {})
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    states = [cell.metadata.get("papermill", {}).get("status") for cell in code]
    done = states.count("completed")
    failure = next((f for f in map(_failure, code) if f is not None), None)
    if failure is None and died is not None:
        failure = Failure(type(died).__name__, (str(died).splitlines() or [""])[0], "", 1)
    status: Status = "finished"
    # Whoever stops the runner has its kernel interrupted too; the cell then shows a KeyboardInterrupt.
    interrupted = interrupted or (failure is not None and failure.name == "KeyboardInterrupt")
    if interrupted or (failure is None and (run.get("end_time") is None or "running" in states)):
        status, failure = "interrupted", None
    elif failure is not None:
        status = "waiting" if failure.exit_code == errors.SignatureMissing.exit_code else "failed"
    return Execution(status, path, round(seconds, 3), len(code), done, failure)


def _failure(cell: Any) -> Failure | None:
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            kind = getattr(errors, output.ename, None)
            ours = isinstance(kind, type) and issubclass(kind, errors.RunbookError)
            code = int(getattr(kind, "exit_code", 1)) if ours else 1
            return Failure(output.ename, output.evalue, cell.get("id", ""), code)
    return None


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The log and warnings of papermill and its event loop are not the reader's business; the result says it all."""
    loggers = [logging.getLogger(name) for name in ("papermill", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends an execution as Ctrl-C does: kernel stopped, file saved."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
