"""The chapters of the auditor's page, each from the journal and the evidence alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import UsageError
from smartroute_runbook.present.formats import duration
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.plan import gate_title, plan
from smartroute_runbook.runs.switching import Attempt, attempts

from .limits import LEAD
from .page import STATUS_TONES, pill

__all__ = ["gates", "journal", "limits", "moment", "switches", "table", "verdicts", "weeks"]

_VERDICTS = {
    **dict.fromkeys(("equal", "migrate", "pass", "better", "no worse"), "good"),
    **dict.fromkeys(("different", "fail", "worse", "changed", "missing"), "bad"),
    **dict.fromkeys(("fired", "inconclusive"), "warn"),
}
_OUTCOMES = {"switched": "good", "not begun": "warn", **dict.fromkeys(("went back", "interrupted", "no end"), "bad")}


def weeks(entries: Iterable[Entry]) -> str:
    """Each sealed notebook, with how it ended and where its page is."""
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
                pill(str(body["status"]), STATUS_TONES.get(str(body["status"]), "plain"))
                + _reason(failure)
                + _changed(body),
                f"{moment(body.get('started'))}",
                _took(body.get("started"), body.get("finished")),
                f'<a href="{name}.ipynb">{name}.ipynb</a> <span class="digest">{str(body["notebook"])[:12]}</span>',
            )
        )
    return "<h2>Weeks</h2>" + table(("week", "status", "started (UTC)", "took", "notebook"), rows)


def _changed(body: Mapping[str, Any]) -> str:
    source = body.get("source") or {}
    if source.get("as_shipped", True):
        return ""
    return f"<br><small>{escape(str(source.get('name')))} is not the runbook as it was shipped</small>"


def _reason(failure: Mapping[str, Any]) -> str:
    return f"<br><small>{escape(str(failure.get('message', '')))}</small>" if failure else ""


def gates(entries: Sequence[Entry]) -> str:
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
            f'<a href="evidence/{escape(n)}-{d[:12]}.json">{escape(n)}</a> <span class="digest">{d[:12]}</span>'
            for n, d in sorted((str(n), escape(str(d))) for n, d in gate.body["evidence"].items())
        )
        rows.append((f"<b>{escape(name)}</b><br>{escape(_title(name))}", state, who + history, bound))
    return "<h2>Gates</h2>" + table(("gate", "state", "signed by", "over this evidence"), rows)


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
    return f"{escape(str(entry.body['signer']))}, {moment(entry.at)} (entry {entry.n}){note}"


def _title(name: str) -> str:
    try:
        return gate_title(name)
    except UsageError:
        return ""


def verdicts(folder: Path, entries: Iterable[Entry]) -> str:
    """Every piece of evidence that holds a verdict: the last of each name, and one name where several say the same."""
    last = {str(e.body["name"]): e for e in entries if e.kind == "evidence"}
    once = {entry.body["digest"]: entry for entry in sorted(last.values(), key=lambda e: e.n)}
    rows = []
    for entry in once.values():
        name = str(entry.body["name"])
        link = f'<a href="{escape(str(entry.body["file"]))}">{escape(name)}</a>'
        for what, verdict, detail in _verdicts(_load(folder, entry.body)):
            rows.append((link, escape(what), pill(verdict, _VERDICTS.get(verdict, "plain")), escape(detail)))
    return "<h2>Verdicts</h2>" + table(("evidence", "of", "verdict", "detail"), rows) if rows else ""


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
    """Objects with a ``verdict`` at any depth (one below another is left to the upper one), and rows that name one."""
    if isinstance(value, list):
        rows = [item for item in value if isinstance(item, list) and len(item) > 1 and isinstance(item[0], str)]
        if any(row[1] in ("equal", "different") for row in rows):  # then the others' words are verdicts too
            for row in rows:
                yield row[0], str(row[1]), " ".join(item for item in row[2:] if isinstance(item, str))
            return
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
    return ", ".join(f"{name.replace('_', ' ')} {_number(number)}" for name, number in numbers[:5])


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def switches(entries: Iterable[Entry]) -> str:
    """Each attempt to change the dashboard's engine: how it ended, what failed meanwhile, and where it was left."""
    rows = [
        (
            f"to {escape(one.to.capitalize())}",
            moment(one.at),
            pill(one.outcome, _OUTCOMES[one.outcome]) + (f"<br><small>{escape(one.why)}</small>" if one.why else ""),
            duration(one.seconds),
            _asked(one),
            escape(one.left),
        )
        for one in attempts(entries).switches
    ]
    names = ("dashboard", "time (UTC)", "outcome", "took", "requests meanwhile", "left at")
    return "<h2>Switches</h2>" + table(names, rows) if rows else ""


def _asked(one: Attempt) -> str:
    if one.outcome == "no end":
        return "not known: no command has noted them yet"
    bad = [f"{one.failed} of {one.requests} failed"] + ([f"{one.wrong} wrong"] if one.wrong else [])
    return pill(", ".join(bad), "bad" if one.failed or one.wrong else "good")


def limits(opened: Mapping[str, Any]) -> str:
    """What the stand-ins of a rehearsal could not show, folded away."""
    told = opened.get("limits") or ()
    if not told:
        return ""
    rows = [[escape(str(limit.get(key, ""))) for key in ("area", "what", "so")] for limit in told]
    listed = table(("where", "how it differs", "therefore"), rows)
    known = f"<details><summary>{len(rows)} known ways</summary>{listed}</details>"
    return f"<h2>What this rehearsal cannot show</h2><p>{LEAD}</p>{known}"


def journal(entries: Iterable[Entry]) -> str:
    """Every entry, in order, folded away."""
    rows = [(str(e.n), moment(e.at), escape(e.by), escape(e.kind), _told(e)) for e in entries]
    entries_table = table(("entry", "time (UTC)", "by", "what", ""), rows)
    return f"<h2>Journal</h2><details><summary>{len(rows)} entries, in order</summary>{entries_table}</details>"


def _told(entry: Entry) -> str:
    """The words of an entry that say what it is about."""
    kept = ("week", "step", "gate", "signer", "name", "status", "to", "table", "day", "rows", "seconds", "error")
    words = [f"{key} {entry.body[key]}" for key in kept if isinstance(entry.body.get(key), (str, int, float))]
    return escape(", ".join(words))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the columns' names are text, the cells HTML."""
    if not rows:
        return "<p>None.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="output"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def moment(text: Any) -> str:
    """A moment of the journal, in UTC as it stands there."""
    return escape(str(text)[:19].replace("T", " ")) if text else "–"  # noqa: RUF001 - an empty cell


def _took(started: Any, finished: Any) -> str:
    if not (started and finished):
        return "interrupted"
    return duration((datetime.fromisoformat(str(finished)) - datetime.fromisoformat(str(started))).total_seconds())
