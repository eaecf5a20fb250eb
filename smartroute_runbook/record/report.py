"""The auditor's page over a run: what was decided, who signed what, what was compared, and whether the record holds.

It is a view of the record, made from the journal and the evidence alone; it is not evidence itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import UsageError

from . import chapters
from .page import facts, page, pill
from .verify import Verification, read_journal, run_folders, verify

__all__ = ["report"]


def report(
    directory: Path,
    key: Path | Sequence[Path] | None = None,
    *,
    heads: Sequence[str] = (),
    anchor: str | None = None,
    under_way: bool = False,
) -> Path:
    """Write ``index.html`` into each run's folder, and one over all of them when there are several.

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
    options: dict[str, Any] = {"heads": heads, "anchor": anchor, "under_way": under_way}
    found = {folder: verify(folder, key, **options) for folder in folders}
    for folder, verification in found.items():
        (folder / "index.html").write_text(_run_page(folder, verification), encoding="utf-8")
    if folders == [directory]:
        return directory / "index.html"
    rows = [
        (f'<a href="{escape(folder.name)}/index.html">{escape(folder.name)}</a>', _holds(verification))
        for folder, verification in found.items()
    ]
    body = chapters.table(("run", "record"), rows)
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
        chapters.weeks(entries),
        chapters.gates(entries),
        chapters.verdicts(folder, entries),
        chapters.switches(entries),
        chapters.limits(opened),
        chapters.journal(entries),
    ]
    checked = verification.checked
    rows = [
        ("Record", _holds(verification)),
        ("Run", escape(str(opened.get("run", folder.name)))),
        ("Environment", escape(str(opened.get("environment", "unknown")))),
        ("Time", " to ".join(chapters.moment(entry.at) for entry in (entries[:1] + entries[-1:])) + " UTC"),
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
    return "<h2>What does not hold</h2>" + chapters.table(("file", "what is wrong"), rows)
