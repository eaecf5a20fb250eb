"""The auditor's page over a run: what was decided, who signed what, what was compared, and whether the record holds.

It is a view of the record, made from the journal and the evidence alone; it is not evidence itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import UsageError
from smartroute_runbook.journal import Entry
from smartroute_runbook.plan import gate_title, plan
from smartroute_runbook.present.formats import duration
from smartroute_runbook.record.page import facts, page, pill
from smartroute_runbook.record.seal import TONES
from smartroute_runbook.record.verify import Verification, read_journal, run_folders, verify

__all__ = ["report"]

_VERDICTS = {
    "equal": "good",
    "migrate": "good",
    "pass": "good",
    "different": "bad",
    "stay": "plain",
    "changed": "bad",
    "missing": "bad",
}


def report(directory: Path, key: Path | None = None) -> Path:
    """Write ``index.html`` into each run's folder, and one over all of them when there are several.

    Args:
        directory: the folder of one run, or a folder of runs.
        key: the public key to verify with; see ``verify``.

    Returns:
        The page to open.

    Raises:
        UsageError: there is no run in the folder.
    """
    if not directory.is_dir():
        raise UsageError(f"No folder {directory}", expected="a records folder, or the folder of one run")
    folders = run_folders(directory)
    if not folders:
        raise UsageError(f"There is no run in {directory}", expected="a folder that holds 'journal'")
    found = {folder: verify(folder, key) for folder in folders}
    for folder, verification in found.items():
        (folder / "index.html").write_text(_run_page(folder, verification), encoding="utf-8")
    if folders == [directory]:
        return directory / "index.html"
    rows = [
        (f'<a href="{escape(folder.name)}/index.html">{escape(folder.name)}</a>', _holds(verification))
        for folder, verification in found.items()
    ]
    body = _table(("run", "record"), rows)
    over = directory / "index.html"
    over.write_text(
        page("Migration runs", str(len(rows)) + " runs", "", body, _FOOTER, rehearsal=False), encoding="utf-8"
    )
    return over


_COUNTED = (("entries", "journal entries"), ("evidence", "pieces of evidence"), ("notebooks", "notebooks"),
            ("signatures", "signatures"), ("attestations", "attestations"))  # fmt: skip
_FOOTER = "Made by 'smartroute-runbook report' from the journal and the evidence beside it; a view, not evidence."


def _run_page(folder: Path, verification: Verification) -> str:
    entries = read_journal(folder)
    opened: Mapping[str, Any] = next((e.body for e in entries if e.kind == "opened"), {})
    sections = [
        _problems(verification),
        _weeks(entries),
        _gates(entries),
        _comparisons(folder, entries),
        _timeline(entries),
    ]
    checked = verification.checked
    rows = [
        ("Record", _holds(verification)),
        ("Run", escape(str(opened.get("run", folder.name)))),
        ("Environment", escape(str(opened.get("environment", "unknown")))),
        ("Time", f"{_moment(entries[0].at)} to {_moment(entries[-1].at)} UTC" if entries else "nothing was recorded"),
        ("Checked", ", ".join(f"{checked[name]:,} {word}" for name, word in _COUNTED)),
        ("Signed with", f'<span class="digest">{escape(", ".join(checked["keys"]) or "no key")}</span>'),
    ]  # fmt: skip
    lead = "Migration of SmartRoute from Amazon Athena to Amazon Redshift: the record of one run"
    rehearsal = bool(opened.get("rehearsal"))
    return page(f"Run {folder.name}", lead, facts(rows), "".join(sections), _FOOTER, rehearsal=rehearsal)


def _holds(verification: Verification) -> str:
    if verification.valid:
        return pill("valid", "good")
    count = len(verification.problems)
    return pill(f"not valid: {count} problem{'s' if count > 1 else ''}", "bad")


def _problems(verification: Verification) -> str:
    if verification.valid:
        return ""
    rows = [(f"<code>{escape(p.file)}</code>", escape(p.what)) for p in verification.problems]
    return "<h2>What does not hold</h2>" + _table(("file", "what is wrong"), rows)


def _weeks(entries: Sequence[Entry]) -> str:
    rows = []
    for entry in entries:
        if entry.kind != "sealed":
            continue
        body, name = entry.body, escape(str(entry.body["name"]))
        week = str(body["week"])
        title = f"Week {week}: {plan()['weeks'][int(week)]['title']}" if week in "1234" else "Rollback"
        failure = body.get("failure") or {}
        rows.append(
            (
                f'<a href="{name}.html">{escape(title)}</a>',
                pill(str(body["status"]), TONES.get(str(body["status"]), "plain")) + _reason(failure),
                f"{_moment(body.get('started'))}",
                _took(body.get("started"), body.get("finished")),
                f'<a href="{name}.ipynb">{name}.ipynb</a> <span class="digest">{str(body["notebook"])[:12]}</span>',
            )
        )
    return "<h2>Weeks</h2>" + _table(("week", "status", "started (UTC)", "took", "notebook"), rows)


def _reason(failure: Mapping[str, Any]) -> str:
    return f"<br><small>{escape(str(failure.get('message', '')))}</small>" if failure else ""


def _gates(entries: Sequence[Entry]) -> str:
    """Each gate as it stood at last: its evidence, and who signed exactly that."""
    last: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind == "gate":
            last[str(entry.body["gate"])] = entry
    rows = []
    for name, gate in last.items():
        signatures, history = _signatures(name, gate, entries)
        blocks, needed = gate.body.get("blocks") or (), gate.body.get("needed", 1)
        if blocks:
            state = pill("blocked", "bad")
        else:
            have = len({str(e.body["signer"]) for e in signatures})
            state = pill("signed", "good") if have >= needed else pill(f"{have} of {needed} signed", "warn")
        who = "<br>".join(map(_who, signatures)) or escape("; ".join(map(str, blocks))) or "nobody"
        bound = "<br>".join(
            f'{escape(str(n))} <span class="digest">{escape(str(d)[:12])}</span>'
            for n, d in sorted(gate.body["evidence"].items())
        )
        rows.append((f"<b>{escape(name)}</b><br>{escape(_title(name))}", state, who + history, bound))
    return "<h2>Gates</h2>" + _table(("gate", "state", "signed by", "over this evidence"), rows)


def _signatures(name: str, gate: Entry, entries: Iterable[Entry]) -> tuple[list[Entry], str]:
    valid: list[Entry] = []
    void = revoked = 0
    for entry in entries:
        if entry.kind == "revoked" and entry.body.get("gate") == name:
            revoked, valid = revoked + 1, []
        elif entry.kind == "signature" and entry.body.get("gate") == name:
            if entry.body["evidence"] == gate.body["evidence"]:
                valid.append(entry)
            else:
                void += 1
    told = [f"{void} void, the evidence changed" if void else "", f"{revoked} revoked" if revoked else ""]
    said = "; ".join(filter(None, told))
    return valid, f"<br><small>{said}</small>" if said else ""


def _who(entry: Entry) -> str:
    note = f"<br><small>{escape(str(entry.body['note']))}</small>" if entry.body.get("note") else ""
    return f"{escape(str(entry.body['signer']))}, {_moment(entry.at)} (entry {entry.n}){note}"


def _title(name: str) -> str:
    try:
        return gate_title(name)
    except UsageError:
        return ""


def _comparisons(folder: Path, entries: Iterable[Entry]) -> str:
    """Every piece of evidence that holds a verdict, the last of each name."""
    last = {str(e.body["name"]): e for e in entries if e.kind == "evidence"}
    rows = []
    for name, entry in sorted(last.items(), key=lambda item: item[1].n):
        link = f'<a href="{escape(str(entry.body["file"]))}">{escape(name)}</a>'
        for what, verdict, detail in _verdicts(_load(folder, entry.body)):
            rows.append((link, escape(what), pill(verdict, _VERDICTS.get(verdict, "warn")), escape(detail)))
    return "<h2>Verdicts</h2>" + _table(("evidence", "of", "verdict", "detail"), rows) if rows else ""


def _load(folder: Path, body: Mapping[str, Any]) -> Any:
    """The evidence as it was journaled; changed evidence says nothing but that."""
    try:
        data = (folder / str(body["file"])).read_bytes()
    except OSError:
        return {"verdict": "missing"}
    if hashlib.sha256(data).hexdigest() != body["digest"]:
        return {"verdict": "changed"}
    return json.loads(data)


def _verdicts(value: Any) -> Iterable[tuple[str, str, str]]:
    """Objects with a ``verdict`` at any depth; one below another is left to the upper one."""
    if isinstance(value, list):
        for item in value:
            yield from _verdicts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("verdict"), str):
            what = str(value.get("table") or value.get("query") or value.get("name") or "")
            yield what, value["verdict"], _detail(value)
        else:
            for item in value.values():
                yield from _verdicts(item)


def _detail(value: Mapping[str, Any]) -> str:
    """The plain numbers beside a verdict."""
    numbers = [(k, v) for k, v in value.items() if isinstance(v, (int, float)) and not isinstance(v, bool)]
    return ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in numbers[:5])


def _timeline(entries: Sequence[Entry]) -> str:
    rows = [(str(e.n), _moment(e.at), escape(e.by), escape(e.kind), _told(e)) for e in entries]
    table = _table(("entry", "time (UTC)", "by", "what", ""), rows)
    return f"<h2>Journal</h2><details><summary>{len(rows)} entries, in order</summary>{table}</details>"


def _told(entry: Entry) -> str:
    """The words of an entry that say what it is about."""
    kept = ("week", "step", "gate", "signer", "name", "status", "to", "table", "day", "rows", "seconds", "error")
    words = [f"{key} {entry.body[key]}" for key in kept if isinstance(entry.body.get(key), (str, int, float))]
    return escape(", ".join(words))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "<p>None.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="output"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _moment(text: Any) -> str:
    return escape(str(text)[:19].replace("T", " ")) if text else "–"  # noqa: RUF001 - an empty cell


def _took(started: Any, finished: Any) -> str:
    if not (started and finished):
        return "interrupted"
    return duration((datetime.fromisoformat(str(finished)) - datetime.fromisoformat(str(started))).total_seconds())
