"""The auditor's pages over a run: what was decided, who signed what, what was compared, and whether the record holds.

They are a view of the record, made from the journal and the evidence alone; they are not evidence themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import UsageError
from smartroute_runbook.files import replace
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.runs.switching import requests_of

from . import chapters
from .check import Check
from .evidence_page import evidence_page
from .gate_chapter import gates
from .page import facts, page, pill, place
from .root_causes import root_causes
from .story.story import Story, lacking
from .tables import moment, table
from .verify import Verification, run_folders, verify

__all__ = ["report"]

_FOOTER = "Made by 'smartroute-runbook report' from the journal and the evidence beside it; a view, not evidence."
_COUNTED = (("entries", "journal entries"), ("evidence", "pieces of evidence"), ("notebooks", "notebooks"),
            ("signatures", "signatures"), ("attestations", "attestations"))  # fmt: skip


def report(
    directory: Path,
    key: Path | Sequence[Path] | None = None,
    *,
    heads: Sequence[str] = (),
    anchor: str | None = None,
    under_way: bool = False,
) -> Path:
    """Write ``index.html`` and ``evidence.html`` into each run's folder, and a page over all where there are several.

    Args:
        directory: the folder of one run, or a folder of runs.
        key: public keys to verify with; for this and the others see ``verify``.
        heads: journal heads that are known from elsewhere.
        anchor: where attestations were anchored.
        under_way: whether runs may still be open.

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
    found = {folder: verify(folder, key, heads=heads, anchor=anchor, under_way=under_way) for folder in folders}
    for folder, verification in found.items():
        check = Check(folder, folder)
        opened = Story(check.entries, folder.name).opened
        rehearsal = opened.get("rehearsal") is True
        replace(folder / "index.html", _run_page(check, opened, verification, alone=folders == [directory]))
        replace(folder / "evidence.html", evidence_page(check, folder.resolve().name, rehearsal=rehearsal))
    if folders == [directory]:
        return directory / "index.html"
    rows = [
        (
            f'<a href="{escape(folder.name)}/index.html">{escape(folder.name)}</a>',
            _state(verification),
            _claims(verification),
        )
        for folder, verification in found.items()
    ]
    body = table(("run", "record", "weeks"), rows)
    replace(
        directory / "index.html",
        page("Migration runs", f"{plural(len(rows), 'run')}", "", body, _FOOTER, rehearsal=False),
    )
    return directory / "index.html"


def _run_page(check: Check, opened: Mapping[str, Any], verification: Verification, *, alone: bool) -> str:
    name = check.folder.resolve().name
    store = FolderStore(check.folder.resolve().parent)
    attested = check.attested
    odd = [entry for entry in check.entries if lacking(entry)]
    entries = [entry for entry in check.entries if not lacking(entry)]
    sections = [
        _problems(verification),
        _chapter("What the record says of each week", lambda: _weeks(verification)),
        _chapter("Decision", lambda: chapters.decision(entries, check.evidence)),
        _chapter("Notebooks", lambda: chapters.weeks(entries)),
        _chapter("Gates", lambda: gates(entries, attested)),
        _chapter("Verdicts", lambda: chapters.verdicts(entries, check.evidence)),
        _chapter("Switches", lambda: chapters.switches(entries, lambda one: requests_of(store, name, one))),
        _chapter("Root cause", lambda: root_causes(entries, check.evidence)),
        _chapter("How to check this", lambda: _how(verification)),
        _chapter("Limits", lambda: chapters.limits(opened)),
        _chapter("Journal", lambda: chapters.journal(check.entries, attested)),
    ]
    if odd:
        numbers = ", ".join(str(entry.n) for entry in odd[:20])
        sections.insert(1, f"<p>Not formed as the runbook writes them, and left out below: entries {numbers}.</p>")
    checked = verification.checked
    rows = [
        ("Record", _state(verification)),
        ("Run", escape(name)),
        ("Environment", escape(str(opened.get("environment", "unknown")))),
        *place(opened),
        ("Time", " to ".join(moment(entry.at) for entry in (check.entries[:1] + check.entries[-1:])) + " UTC"),
        ("Checked", ", ".join(f"{checked[key]:,} {word}" for key, word in _COUNTED)),
        ("Signed with", f'<span class="digest">{escape(", ".join(checked["keys"]) or "no key")}</span>'),
        ("Journal head", f'<span class="digest">{_head(verification)}</span>'),
    ]  # fmt: skip
    lead = "Migration of SmartRoute from Amazon Athena to Amazon Redshift: the record of one run"
    names = ("weeks", "gates", "verdicts", "switches", "check", "journal")
    links = [f'<a href="#{one}">{one.capitalize() if one != "check" else "How to check this"}</a>' for one in names]
    up = [] if alone else ['<a href="../index.html">All runs</a>']
    nav = f'<nav>{" · ".join([*up, *links])} · <a href="evidence.html">Evidence</a></nav>'
    rehearsal = opened.get("rehearsal") is True
    return page(f"Run {name}", lead, facts(rows) + nav, "".join(sections), _FOOTER, rehearsal=rehearsal, run=name)


def _chapter(title: str, build: Callable[[], str]) -> str:
    """A chapter; one that cannot be read, as somebody else formed it, is named and does not stop the page."""
    try:
        return build()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        message = f"{type(error).__name__}: an entry is not formed as the runbook writes it."
        return f"<h2>{escape(title)}</h2><p>This chapter cannot be shown. {escape(message)}</p>"


def _weeks(verification: Verification) -> str:
    claims = verification.runs[0].claims if verification.runs else ()
    rows = []
    for claim in claims:
        tone = "plain" if not claim.begun else "good" if claim.holds(under_way=verification.under_way) else "bad"
        state, _, why = claim.words.partition(": ")
        reasons = "<br>".join(escape(one) for one in (*why.split("; "), *claim.remarks) if one)
        rows.append((f"Week {claim.week}" if claim.week.isdigit() else "Rollback", pill(state, tone), reasons))
    return "<h2>What the record says of each week</h2>" + table(("week", "claim", "why not, and remarks"), rows)


def _how(verification: Verification) -> str:
    head = _head(verification)
    return (
        '<h2 id="check">How to check this</h2>'
        "<p>This page is made anew from the files beside it, and says nothing that they do not. Check them with</p>"
        "<pre>smartroute-runbook verify FOLDER --key KEY.pem --head N:DIGEST</pre>"
        "<p><b>KEY.pem</b> is the operator's public key, from elsewhere than this folder: "
        "<code>smartroute-runbook key</code> prints it on the machine that seals. "
        "<b>N:DIGEST</b> is a journal head that a command printed and somebody "
        f"wrote down; this record's is <code>{head}</code>. <b>Valid</b> means that no byte was changed since it was "
        "sealed; a week is <b>signed</b> when its gates were signed, over exactly this evidence, by as many people as "
        f"the plan asks for, before what they allow was done.</p><p>{escape(verification.rests_on)}</p>"
    )


def _head(verification: Verification) -> str:
    n, digest = verification.runs[0].head if verification.runs else (0, "")
    return escape(f"{n}:{digest}")


def _claims(verification: Verification) -> str:
    claims = verification.runs[0].claims if verification.runs else ()
    return escape(", ".join(f"{claim.week} {claim.words.partition(':')[0]}" for claim in claims))


def _state(verification: Verification) -> str:
    count = len(verification.problems)
    if count:
        return pill(f"not valid: {plural(count, 'problem')}", "bad")
    if verification.holds:
        return pill("valid", "good")
    return pill("valid", "good") + " " + pill("its story does not hold", "bad")


def _problems(verification: Verification) -> str:
    if verification.valid:
        return ""
    rows = [(f"<code>{escape(p.file)}</code>", escape(p.what)) for p in verification.problems]
    return "<h2>What does not hold</h2>" + table(("file", "what is wrong"), rows)
