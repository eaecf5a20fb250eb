"""Which weeks are sealed, and how a week that somebody steps through in JupyterLab comes to be.

The runner seals what it executes. In JupyterLab the notebook is saved a while after its last cell was executed, maybe
when the kernel has gone: a process of its own waits for that and seals it (``smartroute-runbook seal --wait``). What
was saved of an attempt that came to nothing is kept when its week is begun anew, and sealed with the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .journal import Entry, Journal
from .store import Store

__all__ = [
    "RUNNER", "WAIT_SECONDS", "attempts_folder", "is_sealed", "keep_stepped", "seal_when_saved", "shows_run",
    "texts_shown", "unsealed",
]  # fmt: skip

RUNNER = "SMARTROUTE_RUNNER"
"""Set in the kernels of the runner, which seals by itself."""
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])")
WAIT_SECONDS = 900
"""How long a saved notebook is waited for: JupyterLab saves every two minutes, and when a tab is closed."""


def is_sealed(journal: Journal, week: str) -> bool:
    """Whether a notebook that ended well was sealed after the week's newest end, and its seal attested."""
    ended = _last(journal, "week-finished", week)
    seals = [e for e in journal.of("sealed") if e.body.get("week") == week and e.body.get("status") == "finished"]
    names = [str(entry.body.get("name")) for entry in seals if ended is not None and entry.n > ended.n]
    return any(journal.beside(f"{name}.attestation.json") for name in names)


def unsealed(journal: Journal) -> tuple[str, ...]:
    """The weeks that are finished and not sealed."""
    weeks = dict.fromkeys(str(entry.body.get("week")) for entry in journal.of("week-finished"))
    return tuple(week for week in weeks if not is_sealed(journal, week))


def _last(journal: Journal, kind: str, week: str) -> Entry | None:
    return next(reversed([entry for entry in journal.of(kind) if entry.body.get("week") == week]), None)


def attempts_folder(store: Store, run_id: str, base: Path) -> Path:
    """Where notebooks on their way into the record lie: below the run, or for S3 below the working folder."""
    return store.folder / run_id / ".attempts" if store.folder is not None else base / ".attempts" / run_id


def shows_run(text: str, run_id: str) -> bool:
    """Whether a text names a run as the head of each week does: ``run NAME``."""
    return re.search(rf"\brun\s+{re.escape(run_id)}(?![\w.-]*\w)", text) is not None


def texts_shown(notebook: Mapping[str, Any]) -> Iterator[str]:
    """Everything that the outputs of a notebook say."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()) if isinstance(cell, dict) else ():
            data = output.get("data", {}) if isinstance(output, dict) else {}
            for text in (output.get("text"), *(data.values() if isinstance(data, dict) else ())):
                yield "".join(map(str, text)) if isinstance(text, list) else str(text or "")


def keep_stepped(journal: Journal, run_id: str, store: Store, base: Path, week: str) -> None:
    """Keep what JupyterLab saved of this week's last attempt, when nobody sealed it: cells are about to run anew."""
    path = Path(os.environ.get("JPY_SESSION_NAME", ""))
    begun, sealed = _last(journal, "week-started", week), _last(journal, "sealed", week)
    if os.environ.get(RUNNER) or path.suffix != ".ipynb" or begun is None or (sealed and sealed.n > begun.n):
        return
    # A notebook that is gone or half written, a folder that is full: the week goes on.
    with contextlib.suppress(OSError, ValueError, KeyError, AttributeError, TypeError):
        data = path.read_bytes()
        if _of_run(json.loads(data), run_id, journal):
            folder = attempts_folder(store, run_id, base)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept = folder / f"{week}-{time.time_ns()}-0.ipynb"  # nobody is at work on it
            kept.touch(mode=0o600)
            kept.write_bytes(data)


def _of_run(notebook: Mapping[str, Any], run_id: str, journal: Journal) -> bool:
    """Whether a saved notebook shows what this run did.

    Its first cell names the run. Where that was being executed anew when its kernel died, its output is gone, and the
    digests that the other cells show tell whose they are.
    """
    texts = list(texts_shown(notebook))
    if any(shows_run(text, run_id) for text in texts):
        return True
    code = [cell for cell in notebook["cells"] if cell.get("cell_type") == "code"]
    begins = [cell for cell in code if ".begin(" in "".join(cell["source"])]
    kept = {str(entry.body.get("digest"))[:12] for entry in journal.of("evidence")}
    shown = {digest for text in texts for digest in _DIGEST.findall(text)}
    return not any(cell.get("outputs") for cell in begins) and not kept.isdisjoint(shown)


def seal_when_saved(environment: str, run_id: str, store: Store, base: Path, week: str) -> str:
    """See to it that a week that was just finished is sealed; what a person should know, empty under the runner."""
    if os.environ.get(RUNNER):
        return ""
    path = Path(os.environ.get("JPY_SESSION_NAME", ""))
    options = ["--environment", environment, "--run-id", run_id]
    if path.suffix != ".ipynb" or not path.is_file():  # plain papermill, a script, a console
        command = f"smartroute-runbook seal {week} NOTEBOOK {' '.join(options)}"
        return f"It is not sealed yet. When the notebook is saved: `{command}`"
    if store.folder is not None:
        options += ["--records", str(store.folder)]
    arguments = [sys.executable, "-m", "smartroute_runbook", "seal", week, str(path), *options]
    arguments += ["--wait", str(WAIT_SECONDS)]
    subprocess.Popen(
        arguments, env={**os.environ, "SMARTROUTE_HOME": str(base)}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return (
        "Save the notebook (Ctrl+S): it is sealed as soon as it is saved. 'smartroute-runbook status' says when it is."
    )
