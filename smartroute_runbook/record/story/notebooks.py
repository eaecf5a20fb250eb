"""Rules over what was sealed: which notebook it is, that it was executed as its seal says, and what it shows.

A notebook shows the journal's own words: whoever rewrites one of the two is told by the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smartroute_runbook.record.objections import given, listed
from smartroute_runbook.record.runbook import LIMITS_CELL, changes, code_digest, text_digest
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.plan import week_of

from .gates import shown_before
from .story import GRACE, Reason, Rule, Story, moment_of, text

__all__ = ["NOTEBOOK_RULES", "code_cells", "final_seal", "joined", "outputs_of", "remarks", "weeks_begun"]


def final_seal(story: Story, week: str) -> Entry | None:
    """The seal that says that a week's newest end was executed to its end."""
    finished = story.last("week-finished", week)
    found = story.of("sealed", week=week, status="finished")
    return next((entry for entry in found if finished and entry.n > finished.n), None)


def sealed_whole(story: Story, week: str) -> Iterator[Reason]:
    """The seal tells no failure, and its notebook ran when the journal says."""
    entry = final_seal(story, week)
    if entry is None:
        return
    if entry.body.get("exit_code", 0) != 0 or entry.body.get("failure"):
        yield Reason(entry.n, "its seal says finished, and tells a failure")
    sealed, begun = moment_of(entry.at), story.last("week-started", week)
    started, ended = (moment_of(entry.body.get(key)) for key in ("started", "finished"))
    if sealed and ((started and started > sealed + GRACE) or (ended and ended > sealed + GRACE)):
        yield Reason(entry.n, "its notebook ended after it was sealed")
    first = moment_of(begun.at) if begun else None
    if first and ended and ended < first - GRACE:
        yield Reason(entry.n, "its notebook had ended before the week was started")


def of_the_week(story: Story, week: str) -> Iterator[Reason]:
    """Each notebook that was sealed as finished is this week's, shows no error, and is what its seal says."""
    for entry in story.of("sealed", week=week, status="finished"):
        notebook = story.notebook(entry)
        if notebook is not None:
            yield from _of_the_week(entry, week, notebook)


_BEGIN = re.compile(r"""\.begin\(\s*(?:week\s*=\s*)?["']?(\w+)""")


def weeks_begun(notebook: Any) -> set[str]:
    """The weeks that cells of a notebook begin."""
    return {match for cell in code_cells(notebook) for match in _BEGIN.findall(joined(cell.get("source")))}


def _of_the_week(entry: Entry, week: str, notebook: Any) -> Iterator[Reason]:
    code, begins = code_cells(notebook), weeks_begun(notebook)
    if begins != {week}:
        weeks = f"of week {', '.join(sorted(begins))}" if begins else "of no week"
        yield Reason(entry.n, f"its notebook is {weeks}, not of week {week}")
    failed = [str(one.get("ename")) for cell in code for one in outputs_of(cell) if one.get("output_type") == "error"]
    if failed:
        yield Reason(entry.n, f"its seal says finished, its notebook shows an error: {failed[0]}")
    source = given(entry.body.get("source"))
    for key, found in (("code", code_digest(notebook)), ("text", text_digest(notebook))):
        if source.get(key, found) != found:
            yield Reason(entry.n, f"the {key} of its notebook is not the {key} that was sealed")


def named_rightly(story: Story, week: str) -> Iterator[Reason]:
    """A seal's name and its runbook are the week's, and no two seals have one name."""
    stem = f"week{week}" if week.isdigit() else week
    for entry in story.of("sealed", week=week):
        name, runbook = text(entry, "name"), given(entry.body.get("source")).get("name")
        if not re.fullmatch(rf"{stem}(-\d+)?", name):
            yield Reason(entry.n, f"its seal is named '{name}'")
        if len(story.of("sealed", name=name)) > 1:
            yield Reason(entry.n, f"two seals are named '{name}'")
        if entry.body.get("status") == "finished" and runbook != week_of(week)["notebook"] and _shipped(entry):
            yield Reason(entry.n, f"its seal names the runbook {runbook} as shipped, which is another week's")


def _shipped(entry: Entry) -> bool:
    return given(entry.body.get("source")).get("as_shipped") is True


def as_executed(story: Story, week: str) -> Iterator[Reason]:
    """What papermill wrote into the notebook is what the seal says of its execution."""
    for entry in story.of("sealed", week=week):
        notebook = given(story.notebook(entry))
        run = given(given(notebook.get("metadata")).get("papermill"))
        if not run:
            continue
        for key, sealed in (("start_time", "started"), ("end_time", "finished")):
            if run.get(key) != entry.body.get(sealed):
                message = f"its seal says {entry.body.get(sealed)}"
                yield Reason(entry.n, f"its notebook {sealed} at {run.get(key)}, {message}")
        for key, value in given(run.get("parameters")).items():
            if given(entry.body.get("parameters")).get(key, value) != value:
                yield Reason(entry.n, f"its notebook was executed with another '{key}' than its seal says")
        undone = [str(cell.get("id")) for cell in code_cells(notebook) if not cell.get("execution_count")]
        if entry.body.get("status") == "finished" and undone:
            yield Reason(entry.n, f"its seal says finished, its cell '{undone[0]}' was not executed")


def shows(story: Story, week: str) -> Iterator[Reason]:
    """The notebook of a finished week shows its run, the outputs of what it showed, and the journal as it ended."""
    entry = final_seal(story, week)
    notebook = story.notebook(entry) if entry is not None else None
    if entry is None or notebook is None:
        return
    texts = [words for cell in code_cells(notebook) for output in outputs_of(cell) for words in _words(output)]
    if not any(story.folder in words or str(story.opened.get("run")) in words for words in texts):
        yield Reason(entry.n, "its notebook does not show this run")
    silent = [
        str(cell.get("id"))
        for cell in code_cells(notebook)
        if re.search(r"^\s*show\(", joined(cell.get("source")), re.MULTILINE)
        and cell.get("execution_count")
        and not outputs_of(cell)
    ]
    if silent:
        yield Reason(entry.n, f"its cell '{silent[0]}' shows nothing: its output was taken out")
    yield from _head_shown(story, week, entry, texts)
    yield from _evidence_shown(story, week, entry, texts)
    limits = any(given(cell).get("id") == LIMITS_CELL for cell in listed(given(notebook), "cells"))
    if bool(story.opened.get("limits")) != limits:
        yield Reason(entry.n, "its notebook and the journal disagree whether stand-ins took part")


_HEAD = re.compile(r"Journal head: entry (\d+)\.\s+(?:`|<code>)?(\d+):([0-9a-f]{64})")


def _head_shown(story: Story, week: str, entry: Entry, texts: Sequence[str]) -> Iterator[Reason]:
    """The head that the last cell printed is the journal's, so that whoever rewrites one must rewrite the other."""
    finished = story.last("week-finished", week)
    heads = [match for words in texts for match in _HEAD.findall(" ".join(words.split()))]
    if finished is None or week == "rollback":  # going back does not wait for its record
        return
    digests = {one.n: one.digest for one in story.entries}
    wrong = [n for n, _, digest in heads if digests.get(int(n)) != digest]
    if wrong:
        yield Reason(int(wrong[0]), f"the notebook of week {week} shows another journal entry {wrong[0]}")
    elif "where" in story.opened and not any(int(n) == finished.n for n, _, _ in heads):
        yield Reason(entry.n, f"its notebook does not show that the week was finished (entry {finished.n})")


_EVIDENCE = re.compile(r"\b(week\d\.[a-z-]+(?:\.[a-z-]+)+)(?:\s|<[^>]*>)+([0-9a-f]{12})\b")


def _evidence_shown(story: Story, week: str, entry: Entry, texts: Sequence[str]) -> Iterator[Reason]:
    """The digests that a gate's cell printed are those that were signed."""
    printed = {name: digest for words in texts for name, digest in _EVIDENCE.findall(words)}
    for gate in story.gates(week):
        shown = shown_before(story, gate, entry.n)
        for name, digest in given(shown.body.get("evidence")).items() if shown else ():
            if printed.get(str(name), str(digest)[:12]) != str(digest)[:12]:
                yield Reason(
                    entry.n, f"its notebook shows {name} as {printed[name]}, gate {gate} as {str(digest)[:12]}"
                )


def as_shipped(story: Story, week: str) -> Iterator[Reason]:
    """A runbook that is sealed as shipped is what the sealing installation had; it has the gates of its week."""
    entry = final_seal(story, week)
    if entry is None:
        return
    source, notebook = given(entry.body.get("source")), story.notebook(entry)
    for part, key in _PARTS.items() if "shipped" in source else ():
        if source.get(key) is True and given(source["shipped"]).get(part) != source.get(part):
            yield Reason(entry.n, f"its seal says that the {part} is the runbook's as it was shipped, and it is not")
    code = "\n".join(joined(cell.get("source")) for cell in code_cells(notebook))
    for gate in story.gates(week) if notebook is not None else ():
        if gate not in code:
            yield Reason(entry.n, f"gate {gate} was signed, and its notebook has no such gate")


def remarks(story: Story, week: str) -> Iterator[str]:
    """What a reader should know of a week that is signed."""
    entry = final_seal(story, week)
    if entry is None:
        return
    source = given(entry.body.get("source"))
    for part, key in _PARTS.items():
        if source.get(key) is False:
            yield f"the {part} of {source.get('name')} is not the runbook's as it was shipped"
    for part in _not_shipped(story, entry):
        yield f"its {part} is not that of this installation's runbook: another version, or changed"
    notebook = given(story.notebook(entry))
    undone = [str(cell.get("id")) for cell in code_cells(notebook) if not cell.get("execution_count")]
    if undone and not given(notebook.get("metadata")).get("papermill"):
        yield f"{len(undone)} of its cells were not executed when it was stepped through: {', '.join(undone)}"


_PARTS = {"code": "as_shipped", "text": "text_as_shipped"}


def _not_shipped(story: Story, entry: Entry) -> list[str]:
    """The parts of a notebook that its seal says are as shipped, and that are not this installation's."""
    notebook, source = story.notebook(entry), given(entry.body.get("source"))
    changed = changes(notebook, str(source.get("name"))) if notebook is not None else ()
    return [part for part in changed if source.get(_PARTS[part]) is True]


# ---- reading what anybody may have written ---------------------------------------------------------------------


def code_cells(notebook: Any) -> list[Mapping[str, Any]]:
    """The code cells of a notebook."""
    cells = [given(cell) for cell in listed(given(notebook), "cells")]
    return [cell for cell in cells if cell.get("cell_type") == "code"]


def outputs_of(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a cell showed."""
    return [given(output) for output in listed(cell, "outputs")]


def _words(output: Mapping[str, Any]) -> Iterator[str]:
    for value in (output.get("text"), *given(output.get("data")).values()):
        yield joined(value)


def joined(value: Any) -> str:
    """A text that a notebook may hold as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


NOTEBOOK_RULES: Sequence[Rule] = (
    sealed_whole, of_the_week, named_rightly, as_executed, shows, as_shipped,
)  # fmt: skip
