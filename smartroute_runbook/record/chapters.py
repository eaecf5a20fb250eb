"""The chapters of the auditor's page, each from the journal and the evidence alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from smartroute_runbook.present.formats import duration
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.plan import plan
from smartroute_runbook.runs.switching import Attempt, attempts, with_requests

from .limits import LEAD
from .page import STATUS_TONES, pill
from .story.story import moment_of
from .tables import moment, rows_of, table

__all__ = ["decision", "journal", "limits", "switches", "verdicts", "weeks"]

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
        title = f"Week {week}: {plan()['weeks'][int(week)]['title']}" if week in tuple("1234") else week.capitalize()
        failure = body.get("failure")
        failure = failure if isinstance(failure, Mapping) else {}
        rows.append(
            (
                f'<a href="{name}.html">{escape(title)}</a>',
                pill(str(body["status"]), STATUS_TONES.get(str(body["status"]), "plain"))
                + _reason(failure)
                + _changed(body),
                f"{moment(body.get('started'))}",
                _took(body.get("started"), body.get("finished")),
                f'<a href="{name}.ipynb">{name}.ipynb</a> {_digest(body["notebook"])}',
            )
        )
    return '<h2 id="weeks">Notebooks</h2>' + table(("week", "status", "started (UTC)", "took", "notebook"), rows)


def _digest(value: Any) -> str:
    return f'<span class="digest">{escape(str(value)[:12])}</span>'


def _changed(body: Mapping[str, Any]) -> str:
    source = body.get("source")
    if not isinstance(source, Mapping) or source.get("as_shipped", True):
        return ""
    return f"<br><small>{escape(str(source.get('name')))} is not the runbook as it was shipped</small>"


def _reason(failure: Mapping[str, Any]) -> str:
    return f"<br><small>{escape(str(failure.get('message', '')))}</small>" if failure else ""


def verdicts(entries: Iterable[Entry], evidence: Callable[[str], Any]) -> str:
    """Every piece of evidence that holds a verdict: the last of each name, and one name where several say the same."""
    last = {str(e.body["name"]): e for e in entries if e.kind == "evidence"}
    once = {entry.body["digest"]: entry for entry in sorted(last.values(), key=lambda e: e.n)}
    rows = []
    for entry in once.values():
        name = str(entry.body["name"])
        link = f'<a href="evidence.html#{escape(str(entry.body["digest"]))[:12]}">{escape(name)}</a>'
        for what, verdict, detail in _verdicts(_whole(evidence, entry)):
            rows.append((link, escape(what), pill(verdict, _VERDICTS.get(verdict, "plain")), escape(detail)))
    return '<h2 id="verdicts">Verdicts</h2>' + table(("evidence", "of", "verdict", "detail"), rows) if rows else ""


def _whole(evidence: Callable[[str], Any], entry: Entry) -> Any:
    found = evidence(str(entry.body["digest"]))
    return {"verdict": "missing or changed"} if found is None else found


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


_INNER = frozenset({"block_length"})  # how a verdict was computed; its own page has it


def _detail(value: Mapping[str, Any]) -> str:
    """The plain numbers beside a verdict."""
    numbers = [(k, v) for k, v in value.items() if isinstance(v, (int, float)) and not isinstance(v, bool)]
    unit = f" {value['unit']}" if isinstance(value.get("unit"), str) else ""
    shown = [(name.replace("_", " "), number) for name, number in numbers[:5] if name not in _INNER]
    return ", ".join(f"{name} {_number(number)}{unit}" for name, number in shown)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def switches(entries: Iterable[Entry], kept: Callable[[str], Sequence[Sequence[Any]]] = lambda _: ()) -> str:
    """Each attempt to change the dashboard's engine: how it ended, what failed meanwhile, and where it was left.

    Args:
        entries: of the journal.
        kept: the requests of an attempt, by its id: asked of one that has no end.
    """
    found = [with_requests(one, kept(one.id)) if one.outcome == "no end" else one for one in attempts(entries).switches]
    longest = max((one.seconds for one in found), default=0) or 1
    rows = [
        (
            f"to {escape(one.to.capitalize())}",
            moment(one.at),
            pill(one.outcome, _OUTCOMES[one.outcome]) + (f"<br><small>{escape(one.why)}</small>" if one.why else ""),
            f"{duration(one.seconds)}<br>{_bar(one, longest)}",
            _asked(one),
            escape(one.left_at),
        )
        for one in found
    ]
    names = ("dashboard", "time (UTC)", "outcome", "took", "requests meanwhile", "left at")
    return '<h2 id="switches">Switches</h2>' + table(names, rows) if rows else ""


def _bar(one: Attempt, longest: float) -> str:
    """How long it took, to scale among the others; the share of requests that failed or were wrong, hatched red."""
    width = 160 * max(0.0, one.seconds) / longest
    bad = width * min(1.0, (one.failed + one.wrong) / one.requests) if one.requests else 0.0
    return (
        f'<svg role="img" aria-label="{duration(one.seconds)}" width="160" height="10" viewBox="0 0 160 10">'
        f'<rect class="took" width="{width:.1f}" height="10"/>'
        f'<rect class="failed" width="{bad:.1f}" height="10"/></svg>'
    )


def _asked(one: Attempt) -> str:
    bad = [f"{one.failed} of {one.requests} failed"] + ([f"{one.wrong} wrong"] if one.wrong else [])
    users = f"<br><small>as users ask: {escape(one.users_met)}</small>"
    so_far = "<br><small>by what was kept; no command has noted its end</small>" if one.outcome == "no end" else ""
    return pill(", ".join(bad), "bad" if one.failed or one.wrong else "good") + users + so_far


def decision(entries: Sequence[Entry], evidence: Callable[[str], Any]) -> str:
    """What week 1 decided, in its own sentences with their figures."""
    kept = [e for e in entries if e.kind == "evidence" and e.body.get("name") == "week1.decision.decision"]
    value = evidence(str(kept[-1].body["digest"])) if kept else None
    if not isinstance(value, Mapping):
        return ""
    lines = value.get("lines")
    paragraphs = "".join(f"<p>{_bold(str(line))}</p>" for line in lines) if isinstance(lines, list) else ""
    verdict = str(value.get("verdict", "unknown"))
    return f'<h2 id="decision">Decision: {escape(verdict)}</h2>{paragraphs}'


def _bold(line: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(line))


def limits(opened: Mapping[str, Any]) -> str:
    """What the stand-ins of a rehearsal could not show, folded away."""
    limitations = opened.get("limits") or ()
    if not limitations:
        return ""
    rows = [[escape(str(limit.get(key, ""))) for key in ("area", "what", "so")] for limit in limitations]
    listed = table(("where", "how it differs", "therefore"), rows)
    known = f"<details><summary>{plural(len(rows), 'known way')}</summary>{listed}</details>"
    return f"<h2>What this rehearsal cannot show</h2><p>{LEAD}</p>{known}"


def journal(entries: Iterable[Entry], attested: int) -> str:
    """Every entry, in order, folded away; what nobody attested is greyed."""
    entries = list(entries)
    rows = [(str(e.n), moment(e.at), escape(e.by), escape(e.kind), _subject(e)) for e in entries]
    greyed = rows_of([entry.n for entry in entries], attested)
    listed = table(("entry", "time (UTC)", "by", "what", ""), rows, rows=greyed)
    folded = f"<details open><summary>{plural(len(rows), 'entry')}, in order</summary>{listed}</details>"
    return f'<h2 id="journal">Journal</h2>{folded}'


def _subject(entry: Entry) -> str:
    """The words of an entry that say what it is about."""
    kept = ("week", "step", "gate", "signer", "name", "status", "to", "day", "rows", "seconds", "error")
    words = [f"{key} {entry.body[key]}" for key in kept if isinstance(entry.body.get(key), (str, int, float))]
    return escape(", ".join(words))


def _took(started: Any, finished: Any) -> str:
    begun, ended = moment_of(started), moment_of(finished)
    return duration((ended - begun).total_seconds()) if begun and ended else "not recorded"
