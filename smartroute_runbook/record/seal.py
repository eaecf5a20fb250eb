"""Seal an executed notebook: drop what cannot be evidence, write it once with its page, journal and sign both."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from smartroute_runbook.canonical import canonical, plain
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.runs.anchored import FOLDER, mark, not_anchored
from smartroute_runbook.runs.guarded import refuse
from smartroute_runbook.runs.journal import Entry, Journal
from smartroute_runbook.runs.secrets.scanning import Scanner
from smartroute_runbook.runs.store import AlreadyWritten, Store

from . import anchors, signing
from .execute import Execution
from .light import nbformat
from .limits import limits_text
from .runbook import LIMITS_CELL, changes, code_digest, shipped_digests, text_digest
from .scan import refuse_secrets
from .sealed_page import sealed_page

__all__ = ["Recorded", "Sealed", "attest", "finish_sealing", "seal"]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_PARTS = ("boto3", "nbclient", "papermill", "pyathena", "redshift-connector", "sqlglot")


class Recorded(Protocol):
    """What sealing needs of a run."""

    id: str
    environment: str
    store: Store
    journal: Journal
    settings: Any
    base: Path
    clients: Any


@dataclass(frozen=True)
class Sealed:
    """Three files of the record, by name below the run, and the SHA-256 of the first two.

    Attributes:
        head: number and digest of the entry that was attested.
        anchor: why the second place did not get the attestation; empty when it did, or when there is none.
    """

    week: str
    notebook: str
    html: str
    attestation: str
    notebook_sha256: str
    html_sha256: str
    entry: int
    head: tuple[int, str] = (0, "")
    anchor: str = ""


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
    key = signing.open_key(run.settings.record.signing_key)
    opened = _opened(run.journal)
    notebook = _stripped(execution.path, opened.get("limits", ()))
    refuse_secrets(notebook, source.name, (run.id, run.environment))
    data = (nbformat.writes(notebook) + "\n").encode()
    times = notebook.metadata.get("papermill", {})
    body: dict[str, Any] = {
        "week": week,
        "status": execution.status,
        "exit_code": execution.exit_code,
        "failure": plain(execution.failure),
        "notebook": _sha256(data),
        "source": _source(notebook, source),
        "parameters": plain(parameters),
        "environment": run.environment,
        "rehearsal": bool(opened.get("rehearsal")),
        "started": times.get("start_time"),
        "finished": times.get("end_time"),
        "versions": _versions(),
        "key": signing.key_id(signing.public_pem(key)),
    } | _covered(run)
    refuse(Scanner(ordinary=(run.id, run.environment)).value(body, "what its seal says"), source.name)
    body |= _written(run, data, notebook, body, opened)
    return _sealed(run, run.journal.append("sealed", body), key)


def attest(run: Recorded) -> Sealed:
    """Attest the journal as it stands, without a notebook: what a command did after the last week was sealed."""
    finish_sealing(run)
    key = signing.open_key(run.settings.record.signing_key)
    name = f"journal-{run.journal.head()[0] + 1:06d}"
    body = {"week": "", "name": name, "key": signing.key_id(signing.public_pem(key))} | _covered(run)
    return _sealed(run, run.journal.append("attested", body), key)


def finish_sealing(run: Recorded) -> None:
    """Sign what a killed process had sealed but not signed."""
    there = set(run.store.keys(f"{run.id}/"))
    for entry in run.journal.of("sealed", "attested"):
        if f"{run.id}/{entry.body['name']}.attestation.json" not in there:
            _attest(run, entry, signing.open_key(run.settings.record.signing_key))


def _written(
    run: Recorded, data: bytes, notebook: Any, body: Mapping[str, Any], opened: Mapping[str, Any]
) -> dict[str, str]:
    """Write notebook and page under the first free name: nothing sealed is ever replaced, and both of two stay."""
    week = str(body["week"])
    stem = f"week{week}" if re.fullmatch(r"\d", week) else week
    taken = {key.rpartition("/")[2] for key in run.store.keys(f"{run.id}/{stem}")}
    before = [str(entry.body["name"]) for entry in run.journal.of("sealed")]
    for number in range(1, 10_000):
        name = stem if number == 1 else f"{stem}-{number}"
        if {f"{name}.ipynb", f"{name}.html"} & taken:
            continue
        html = sealed_page(notebook, {**body, "name": name}, run.id, opened, before).encode()
        with contextlib.suppress(AlreadyWritten):  # somebody else took the name this moment: the next one is ours
            run.store.put_new(f"{run.id}/{name}.ipynb", data)
            run.store.put_new(f"{run.id}/{name}.html", html)
            return {"name": name, "html": _sha256(html)}
    raise RunbookError(f"{stem} was sealed 10,000 times")


def _source(notebook: Any, source: Path) -> dict[str, Any]:
    changed = changes(notebook, source.name)
    return {
        "name": source.name,
        "sha256": _sha256(source.read_bytes()),
        "as_shipped": "code" not in changed,
        "text_as_shipped": "text" not in changed,
        "code": code_digest(notebook),
        "text": text_digest(notebook),
        "shipped": dict(shipped_digests(source.name)),
    }


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
        notebook.cells.append(nbformat.v4.new_markdown_cell(limits_text(limits), id=LIMITS_CELL))
    return notebook


def _covered(run: Recorded) -> dict[str, Any]:
    """Where the journal stands, and SHA-256 of what it and earlier seals do not cover: samples, leases, history."""
    seals = list(run.journal.of("sealed", "attested"))
    n, digest = run.journal.head()
    found: dict[str, Any] = {"journal": {"n": n, "digest": digest}}
    for key, prefix, wanted in (("files", f"{run.id}/", _loose), ("shared", "", _history(run.environment))):
        covered = {name for entry in seals for name in entry.body.get(key, ())}
        below = run.store.keys(prefix or f"history/{run.environment}/")
        names = (name for name in (one.removeprefix(prefix) for one in below) if name not in covered and wanted(name))
        found[key] = {name: _sha256(run.store.get(f"{prefix}{name}")) for name in names}
    return found


def _loose(name: str) -> bool:
    folder = name.partition("/")[0]
    return folder != name and folder not in ("journal", "evidence", "keys", FOLDER)


def _history(environment: str) -> Any:
    return lambda name: name.startswith(f"history/{environment}/")


def _attest(run: Recorded, entry: Entry, key: signing.Key) -> str:
    """Sign an entry and, through it, its files and the whole journal up to it; and tell the anchor."""
    pem, body = signing.public_pem(key), entry.body
    subjects = {f"{body['name']}.ipynb": body.get("notebook"), f"{body['name']}.html": body.get("html")}
    if entry.kind == "attested":
        subjects = {f"journal/{entry.n:06d}.json": _sha256(canonical(entry))}
    predicate = {"run": run.id, "journal": {"n": entry.n, "digest": entry.digest}, "sealed": body}
    with contextlib.suppress(AlreadyWritten):
        run.store.put_new(f"{run.id}/keys/{signing.key_id(pem)[:16]}.pem", pem)
    with contextlib.suppress(AlreadyWritten):
        data = signing.sign(key, {name: str(digest) for name, digest in subjects.items()}, predicate)
        run.store.put_new(f"{run.id}/{body['name']}.attestation.json", data)
    return _anchored(run)


def _anchored(run: Recorded) -> str:
    """Why the anchor lacks a seal's attestation; empty when it has all of them.

    What it did not take before is told again. A folder or S3 prefix gets all of them anew, which does nothing where
    they are: it may have been lost since.
    """
    anchor = getattr(run.settings.record, "anchor", None)
    if not anchor:
        return ""
    again = not anchor.startswith(("command:", "arn:"))
    seals = run.journal.of("sealed", "attested") if again else not_anchored(run.journal, run.store, run.id, anchor)
    try:
        for one in seals:
            with contextlib.suppress(KeyError):  # its process was killed before it was signed
                data = run.store.get(f"{run.id}/{one.body['name']}.attestation.json")
                anchors.put(anchor, run.id, one.n, data, run.clients.boto, run.base)
                mark(run.store, run.id, one, anchor)
    except RunbookError as error:
        lacking = ", ".join(str(one.n) for one in not_anchored(run.journal, run.store, run.id, anchor))
        return (
            f"{error} The record is sealed; its anchor lacks the seals of entries {lacking}: the next seal tries again"
        )
    return ""


def _sealed(run: Recorded, entry: Entry, key: signing.Key) -> Sealed:
    anchor = _attest(run, entry, key)
    body, name = entry.body, entry.body["name"]
    files = (f"{name}.ipynb", f"{name}.html") if entry.kind == "sealed" else ("", "")
    hashes = (str(body.get("notebook", "")), str(body.get("html", "")))
    head = (entry.n, entry.digest)
    return Sealed(body["week"], *files, f"{name}.attestation.json", *hashes, entry.n, head, anchor)


def _opened(journal: Journal) -> Mapping[str, Any]:
    return next((entry.body for entry in journal.of("opened")), {})


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _versions() -> dict[str, str]:
    found = {name: importlib.metadata.version(name) for name in ("smartroute-runbook", *_PARTS)}
    return {"python": platform.python_version(), **found}
