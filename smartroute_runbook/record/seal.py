"""Seal an executed notebook: drop what cannot be evidence, write it once with its page, journal and sign both."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Protocol

import nbformat

from smartroute_runbook.canonical import plain
from smartroute_runbook.environment.working_folder import shipped
from smartroute_runbook.errors import UsageError
from smartroute_runbook.runs.journal import Entry, Journal
from smartroute_runbook.runs.store import AlreadyWritten, Store

from . import signing
from .execute import Execution
from .html import body_html, title_of
from .limits import limits_text
from .page import STATUS_TONES, facts, page, pill
from .scan import refuse_secrets

__all__ = ["Sealed", "finish_sealing", "seal"]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_PARTS = ("boto3", "nbclient", "papermill", "pyathena", "redshift-connector", "sqlglot")


class Recorded(Protocol):
    """What sealing needs of a run."""

    id: str
    environment: str
    store: Store
    journal: Journal
    settings: Any


@dataclass(frozen=True)
class Sealed:
    """Three files of the record, by name below the run, and the SHA-256 of the first two."""

    week: str
    notebook: str
    html: str
    attestation: str
    notebook_sha256: str
    html_sha256: str
    entry: int


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _versions() -> dict[str, str]:
    found = {name: importlib.metadata.version(name) for name in ("smartroute-runbook", *_PARTS)}
    return {"python": platform.python_version(), **found}


def _stripped(path: Path, limits: Sequence[Mapping[str, str]]) -> Any:
    """The notebook without widget views and widget state: they show a wrong state to whoever reads them later.

    A rehearsal's ends with what its stand-ins could not show.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if _WIDGET not in o.get("data", {})]
    if limits:
        notebook.cells.append(nbformat.v4.new_markdown_cell(limits_text(limits), id="stand-in-limits"))
    return notebook


def _as_shipped(source: Path) -> bool:
    """Whether the runbook's code is what came with the installation: a gate's cell that somebody took out shows here.

    Outputs and metadata are left aside: JupyterLab rewrites those when it saves.
    """
    try:
        original = shipped() / "runbooks" / source.name
    except UsageError:
        return False
    return original.is_file() and _code(original) == _code(source)


def _code(path: Path) -> list[tuple[str, str]]:
    cells = nbformat.read(path, as_version=4).cells
    return [(cell.get("id", ""), cell.source) for cell in cells if cell.cell_type == "code"]


def _free_name(store: Store, run_id: str, week: str) -> str:
    """``week1``, or ``week1-2`` when a week is sealed again: nothing sealed is ever replaced."""
    stem = week if not re.fullmatch(r"\d", week) else f"week{week}"
    taken = {key.rpartition("/")[2] for key in store.keys(f"{run_id}/{stem}")}
    names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, 10_000))
    return next(name for name in names if not {f"{name}.ipynb", f"{name}.html"} & taken)


def seal(run: Recorded, execution: Execution, *, week: str, source: Path, parameters: Mapping[str, Any]) -> Sealed:
    """Seal an executed notebook into the run's record.

    Args:
        run: its store, journal and signing key are used.
        execution: what ``execute`` returned.
        week: ``1`` to ``4``, or ``rollback``.
        source: the notebook that was executed; its digest is recorded.
        parameters: what it was executed with.

    Raises:
        Refused: the notebook shows a secret; nothing is written.
        UsageError: the signing key cannot be used.
    """
    finish_sealing(run)
    key = signing.signing_key(Path(run.settings.record.signing_key))
    notebook = _stripped(execution.path, _opened(run.journal).get("limits", ()))
    refuse_secrets(notebook, execution.path.name)
    name = _free_name(run.store, run.id, week)
    n, head = run.journal.head()
    data = (nbformat.writes(notebook) + "\n").encode()
    times = notebook.metadata.get("papermill", {})
    body: dict[str, Any] = {
        "week": week,
        "name": name,
        "status": execution.status,
        "exit_code": execution.exit_code,
        "failure": plain(execution.failure),
        "notebook": _sha256(data),
        "source": {"name": source.name, "sha256": _sha256(source.read_bytes()), "as_shipped": _as_shipped(source)},
        "parameters": plain(parameters),
        "environment": run.environment,
        "rehearsal": bool(_opened(run.journal).get("rehearsal")),
        "started": times.get("start_time"),
        "finished": times.get("end_time"),
        "versions": _versions(),
        "files": _others(run),
        "journal": {"n": n, "digest": head},
        "key": signing.key_id(signing.public_pem(key)),
    }
    html = _page(notebook, body, run.id).encode()
    body["html"] = _sha256(html)
    run.store.put_new(f"{run.id}/{name}.ipynb", data)
    run.store.put_new(f"{run.id}/{name}.html", html)
    entry = run.journal.append("sealed", body)
    _attest(run, entry)
    return _sealed(entry)


def finish_sealing(run: Recorded) -> None:
    """Sign what a killed process had sealed but not signed."""
    for entry in run.journal.of("sealed"):
        if f"{run.id}/{entry.body['name']}.attestation.json" not in run.store.keys(f"{run.id}/{entry.body['name']}"):
            _attest(run, entry)


def _others(run: Recorded) -> dict[str, str]:
    """SHA-256 of what lies in the record and neither the journal nor an earlier seal covers: samples, leases."""
    covered = {name for entry in run.journal.of("sealed") for name in entry.body.get("files", ())}
    names = (key.removeprefix(f"{run.id}/") for key in run.store.keys(f"{run.id}/"))
    return {name: _sha256(run.store.get(f"{run.id}/{name}")) for name in names if name not in covered and _loose(name)}


def _loose(name: str) -> bool:
    folder = name.partition("/")[0]
    return folder != name and folder not in ("journal", "evidence", "keys")


def _attest(run: Recorded, entry: Entry) -> None:
    """Sign an entry and, through it, its two files and the whole journal up to it."""
    key = signing.signing_key(Path(run.settings.record.signing_key))
    pem, body = signing.public_pem(key), entry.body
    subjects = {f"{body['name']}.ipynb": body["notebook"], f"{body['name']}.html": body["html"]}
    predicate = {"run": run.id, "journal": {"n": entry.n, "digest": entry.digest}, "sealed": body}
    with contextlib.suppress(AlreadyWritten):
        run.store.put_new(f"{run.id}/keys/{signing.key_id(pem)[:16]}.pem", pem)
    with contextlib.suppress(AlreadyWritten):
        run.store.put_new(f"{run.id}/{body['name']}.attestation.json", signing.sign(key, subjects, predicate))


def _sealed(entry: Entry) -> Sealed:
    body, name = entry.body, entry.body["name"]
    files = (f"{name}.ipynb", f"{name}.html", f"{name}.attestation.json")
    return Sealed(body["week"], *files, body["notebook"], body["html"], entry.n)


def _opened(journal: Journal) -> Mapping[str, Any]:
    return next((entry.body for entry in journal.of("opened")), {})


def _page(notebook: Any, body: Mapping[str, Any], run_id: str) -> str:
    """The page of one executed notebook."""
    week = body["week"]
    title = title_of(notebook, f"Week {week}" if week.isdigit() else week.capitalize())
    failure = body["failure"]
    told = (
        f'<div class="failure"><b>{escape(failure["name"])}</b> in cell <code>{escape(failure["cell"])}</code><br>'
        f"{escape(failure['message'])}</div>"
        if failure
        else ""
    )
    head = body["journal"]
    rows = [
        ("Status", pill(body["status"], STATUS_TONES[body["status"]])),
        ("Run", escape(run_id)),
        ("Environment", escape(body["environment"])),
        ("Time", f"{_moment(body['started'])} to {_moment(body['finished'])} UTC"),
        ("Source", _source(body["source"])),
        ("Notebook", f'{escape(body["name"])}.ipynb <span class="digest">{body["notebook"]}</span>'),
        ("Journal", f'entry {head["n"]} <span class="digest">{head["digest"]}</span>'),
        ("Versions", escape(", ".join(f"{name} {v}" for name, v in body["versions"].items()))),
    ]
    footer = (
        f"This page is sealed together with {body['name']}.ipynb. "
        "Check both with: smartroute-runbook verify, on the folder that holds them."
    )
    content = told + body_html(notebook)
    lead = "Executed notebook of the migration from Amazon Athena to Amazon Redshift"
    return page(title, lead, facts(rows), content, footer, rehearsal=body["rehearsal"])


def _source(source: Mapping[str, Any]) -> str:
    word = "" if source["as_shipped"] else pill("code changed by the operator", "warn")
    return f'{escape(source["name"])} <span class="digest">{source["sha256"]}</span> {word}'


def _moment(text: str | None) -> str:
    return escape(text[:19].replace("T", " ")) if text else "(interrupted)"
