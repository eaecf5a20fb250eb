"""The auditor's chapter on gates: points, evidence, and who signed, revoked or was not counted, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from smartroute_runbook.errors import UsageError
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.plan import gate_title, plan
from smartroute_runbook.runs.signatures import NotCounted

from .page import pill
from .story.gates import counted, holding, shown_before
from .story.story import Story, text
from .tables import moment, rows_of, table

__all__ = ["gates"]


def gates(entries: Sequence[Entry], attested: int) -> str:
    """Each gate of the plan that was reached, as it stood at last."""
    story = Story(entries, "")
    reached = dict.fromkeys(text(entry, "gate") for entry in entries if entry.kind == "gate")
    blocks = [_gate(story, name, attested) for name in sorted(reached, key=_place)]
    return '<h2 id="gates">Gates</h2>' + ("".join(blocks) or "<p>No gate was reached.</p>")


def _place(name: str) -> tuple[int, str]:
    known = list(plan()["gates"])
    return (known.index(name) if name in known else len(known), name)


def _gate(story: Story, name: str, attested: int) -> str:
    shown = shown_before(story, name, len(story.entries) + 1)
    if shown is None:
        return ""
    needed = shown.body.get("needed", 1)
    have = holding(story, name, shown, len(story.entries) + 1, aged=True)
    blocks = shown.body.get("blocks") or ()
    if blocks:
        state = pill("blocked", "bad")
    elif isinstance(needed, int) and have >= max(1, needed):
        state = pill("signed", "good")
    else:
        state = pill(f"{have} of {needed} signed", "warn")
    why = f"<p>{escape('; '.join(map(str, blocks)))}</p>" if blocks else ""
    acts = [_act(story, name, entry) for entry in story.of("signature", "revoked", gate=name)]
    numbers = [entry.n for entry in story.of("signature", "revoked", gate=name)]
    rows = table(("entry", "time (UTC)", "who", "did", "over"), acts, rows=rows_of(numbers, attested))
    title = f"<h3>{escape(name)} {state}</h3><p>{escape(_title(name))}</p>"
    return f"{title}{why}{_points(story, name, shown)}{rows if acts else '<p>Nobody signed it.</p>'}{_evidence(shown)}"


def _title(name: str) -> str:
    try:
        return gate_title(name)
    except UsageError:
        return "The plan does not know this gate."


def _points(story: Story, name: str, shown: Entry) -> str:
    """Each point that somebody ticked, what the evidence said of it, and who did."""
    who: dict[str, list[str]] = {}
    for entry in story.of("signature", gate=name):
        checked = entry.body.get("checked")
        for point in checked if isinstance(checked, (list, tuple)) else ():
            who.setdefault(str(point), []).append(f"{text(entry, 'signer')} (entry {entry.n})")
    statement = shown.body.get("says")
    says = statement if isinstance(statement, Mapping) else {}
    rows = [
        (escape(point), escape(str(says.get(point, ""))), escape(", ".join(dict.fromkeys(names))))
        for point, names in who.items()
    ]
    return table(("point of the checklist", "what the evidence said", "ticked by"), rows) if rows else ""


def _act(story: Story, name: str, entry: Entry) -> tuple[str, ...]:
    shown = shown_before(story, name, entry.n)
    caller = entry.body.get("caller")
    known = f"<br><small>AWS: {escape(str(caller.get('arn', '')))}</small>" if isinstance(caller, Mapping) else ""
    note = f"<br><small>{escape(str(entry.body['note']))}</small>" if entry.body.get("note") else ""
    if entry.kind == "revoked":
        had = entry.body.get("had")
        names = ", ".join(map(str, had)) if isinstance(had, (list, tuple)) else ""
        did = pill("not signed" if entry.body.get("declined") is True else "revoked", "bad") + (
            f"<br><small>had been signed by {escape(names)}</small>" if names else ""
        )
        over = ""
    else:
        found = counted(story, name, shown, entry, None) if shown else None
        did = pill("signed", "good")
        if isinstance(found, NotCounted):
            did = pill("does not count", "warn") + f"<br><small>{escape(found.why)}</small>"
        evidence = entry.body.get("evidence")
        same = shown is not None and evidence == shown.body.get("evidence")
        over = "what was shown" if same else "other evidence than was shown"
    return str(entry.n), moment(entry.at), f"{escape(text(entry, 'signer'))}{known}{note}", did, over


def _evidence(shown: Entry) -> str:
    evidence = shown.body.get("evidence")
    links = [
        f'<li><a href="evidence.html#{escape(str(digest))[:12]}">{escape(str(name))}</a> '
        f'<span class="digest">{escape(str(digest)[:12])}</span></li>'
        for name, digest in sorted(evidence.items() if isinstance(evidence, Mapping) else ())
    ]
    return f"<p>Shown at entry {shown.n}, over this evidence:</p><ul>{''.join(links)}</ul>"
