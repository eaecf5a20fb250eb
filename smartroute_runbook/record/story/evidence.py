"""Rules over what is said twice: evidence against its gate, against the journal, and against what was kept beside it.

Whoever rewrites one of two places and not the other is told here. What is read is JSON that anybody may have written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smartroute_runbook.canonical import plain
from smartroute_runbook.quantities import plural
from smartroute_runbook.record.objections import given, listed, objections, rows
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.switching import COLUMNS, Attempt, Switches, attempts, counted

from .story import Reason, Rule, Story, text

__all__ = ["EVIDENCE_RULES"]


def says_no(story: Story, week: str) -> Iterator[Reason]:
    """What a gate was shown does not say that nobody may sign."""
    for shown in _shown(story, week):
        for name, value in _values(story, shown):
            for what in objections(name, value):
                yield Reason(shown.n, f"gate {text(shown, 'gate')} was signed over {name}, which says: {what}")


def objections_kept(story: Story, week: str) -> Iterator[Reason]:
    """What was recorded of evidence as speaking against signing stands in its gate too."""
    kept: dict[tuple[str, str], Entry] = {}
    for entry in story.of("evidence"):
        kept[text(entry, "name"), text(entry, "digest")] = entry
    for shown in story.of("gate") if "where" in story.opened else ():
        if text(shown, "gate") not in story.gates(week):
            continue
        pieces = [kept[key] for key in given(shown.body.get("evidence")).items() if key in kept]
        against = {point for piece in pieces for point in given(piece.body.get("against"))}
        if missing := against - set(given(shown.body.get("against"))):
            yield Reason(shown.n, f"gate {text(shown, 'gate')} hides that evidence is against '{min(missing)}'")
        for piece in pieces:
            value = given(story.evidence(text(piece, "digest")))
            if "alarms" in value and "points" in value and bool(value["alarms"]) != bool(piece.body.get("against")):
                yield Reason(piece.n, f"{text(piece, 'name')} and its entry disagree whether somebody hears the alarms")
        blocks = [str(one) for piece in pieces for one in listed(piece.body, "blocks")]
        if blocks and not shown.body.get("stay") and not listed(shown.body, "blocks"):
            yield Reason(shown.n, f"gate {text(shown, 'gate')} hides what blocks it: {blocks[0]}")


def decided(story: Story, week: str) -> Iterator[Reason]:
    """The decision is what its evidence says, and a run that stays goes no further."""
    if week != "1":
        return
    for shown in story.of("gate", gate="week1.decision"):
        values = dict(_values(story, shown))
        verdict = values.get("week1.decision.decision", {}).get("verdict")
        if verdict is not None and (verdict == "migrate") == bool(shown.body.get("stay")):
            chosen = f"stay until {shown.body.get('stay')}" if shown.body.get("stay") else "migrate"
            yield Reason(shown.n, f"the decision's evidence says '{verdict}', its gate '{chosen}'")
    stays = [entry for entry in story.of("week-finished", week="1") if entry.body.get("stay")]
    later = [entry for entry in story.of("week-started") if text(entry, "week") in ("2", "3", "4")]
    if stays and later and later[0].n > stays[-1].n:
        yield Reason(later[0].n, f"week {text(later[0], 'week')} was begun, and the decision was to stay")


def adds_up(story: Story, week: str) -> Iterator[Reason]:
    """Rows as they were loaded, reconciled and proven are the same rows."""
    if week != "2":
        return
    for shown in story.of("gate", gate="week2.loaded"):
        values = dict(_values(story, shown))
        proofs, counts = values.get("week2.loaded.proofs", {}), values.get("week2.loaded.reconciliation", {})
        if shown.body.get("blocks") or proofs.get("accepted"):
            continue
        partitions = {(str(row[0]), str(row[1])): row[3] for row in rows(counts, "partitions", 4)}
        sums = {str(row[0]): row[3] for row in rows(counts, "tables", 4)}
        for row in rows(proofs, "tables", 5):
            for other in {sums.get(str(row[0]), row[4]), _sum(partitions, str(row[0]), row[4])} - {row[4]}:
                yield Reason(
                    shown.n, f"week2.loaded.proofs has {plural(row[4], 'row')} of {row[0]}, its reconciliation {other}"
                )
        for key, (loaded, n) in _loaded(story, shown.n).items():
            if key in partitions and partitions[key] != loaded:
                what = f"{plural(loaded, 'row')} of {' '.join(key)} loaded, its reconciliation has {partitions[key]}"
                yield Reason(n, what)


def _sum(partitions: Mapping[tuple[str, str], Any], table: str, otherwise: Any) -> Any:
    counts = [count for (name, _), count in partitions.items() if name == table and isinstance(count, int)]
    return sum(counts) if counts else otherwise


def _loaded(story: Story, n: int) -> dict[tuple[str, str], tuple[Any, int]]:
    """Rows by table and partition as they were loaded last before entry ``n``, and by which entry."""
    there: dict[tuple[str, str], tuple[Any, int]] = {}
    for entry in story.of("loaded", "removed", "mended"):
        table = text(entry, "table")
        if entry.n > n:
            break
        if entry.kind == "removed":
            there.pop((table, text(entry, "partition")), None)
        elif entry.kind == "mended":
            there = {key: value for key, value in there.items() if key[0] != table}
        for name, state in given(entry.body.get("partitions")).items() if entry.kind == "loaded" else ():
            if isinstance(state, list) and len(state) == 2:
                there[table, str(name)] = (state[1], entry.n)
    return there


def _figures(requests: Sequence[Mapping[str, Any]]) -> tuple[int, int, int, float]:
    """Of requests: failed, compared, wrong, and the milliseconds of the slowest that was answered."""
    compared = [one.get("wrong") for one in requests if one.get("wrong") is not None]
    slowest = max((one.get("milliseconds", 0) for one in requests if not one.get("error")), default=0.0)
    return sum(bool(one.get("error")) for one in requests), len(compared), sum(map(bool, compared)), slowest


def switches_match(story: Story, week: str) -> Iterator[Reason]:
    """The switches that were signed are the journal's, and their figures those of the requests that were kept."""
    if week != "4":
        return
    for shown in story.of("gate", gate="week4.switched"):
        for name, value in _values(story, shown):
            versions = [e.body.get("version") for e in story.of("evidence", name=name)]
            if name != "week4.switched.switches" or Switches.evidence_version not in versions:
                continue
            if value != plain(attempts(entry for entry in story.entries if entry.n < shown.n)):
                yield Reason(shown.n, f"{name} tells other switches than the journal")
    for entry in story.of("switched", "switch-failed"):
        asked = [row for _, value in story.kept(f"switches/{text(entry, 'attempt')}/") for row in _columns(value)]
        # On the way back a store that could not be written stopped nothing, and the journal may know more.
        expected = "where" in story.opened and text(entry, "to") == "redshift" and entry.kind == "switched"
        found = counted(asked) if text(entry, "attempt") and (asked or expected) else {}
        for key in ("requests", "failed_requests", "wrong_answers"):
            if found and entry.body.get(key) != found[key]:
                message = f"it tells {entry.body.get(key)} {key.replace('_', ' ')}, and {found[key]} were kept"
                yield Reason(entry.n, message)


def _columns(value: Any) -> list[list[Any]]:
    return [row for row in value if isinstance(row, list) and len(row) == COLUMNS] if isinstance(value, list) else []


def switched_sanely(story: Story, week: str) -> Iterator[Reason]:
    """A switch ends after it was begun, towards the same engine, with no more failures than requests."""
    begun: dict[str, Entry] = {}
    for entry in story.of("switching", "switched") if week == "4" else ():
        attempt = text(entry, "attempt")
        if entry.kind == "switching":
            begun[attempt] = entry
            continue
        start = begun.pop(attempt, None)
        if start is None:
            yield Reason(entry.n, "a switch ended that was never begun")
        elif (text(start, "to"), start.body.get("share", 100)) != (text(entry, "to"), entry.body.get("share", 100)):
            yield Reason(entry.n, f"a switch to {text(entry, 'to')} ended that was begun to {text(start, 'to')}")
        requests, failed = entry.body.get("requests"), entry.body.get("failed_requests", 0)
        if not isinstance(requests, int) or not isinstance(failed, int) or not 0 <= failed <= requests:
            yield Reason(entry.n, f"it tells {plural(failed, 'failure')} of {plural(requests, 'request')}")


def samples_match(story: Story, week: str) -> Iterator[Reason]:
    """What was signed of the watch is what its samples say."""
    if week != "4":
        return
    for shown in story.of("gate", gate="week4.switched"):
        watched = dict(_values(story, shown)).get("week4.switched.watched", {})
        stays = [one.ended for one in attempts(e for e in story.entries if e.n < shown.n).switches if _stays(one)]
        since = stays[-1] if stays else ""
        samples = [given(value) for _, value in story.kept("watch/")]
        asked = [given(one) for each in samples if str(each.get("at")) >= since for one in listed(each, "asked")]
        for row in rows(watched, "queries", 8) if samples or "where" in story.opened else ():
            mine = [one for one in asked if one.get("query") == row[0]]
            mine = mine[: row[1]] if isinstance(row[1], int) else mine  # a watch goes on while its gate is shown
            failed, compared, wrong, slowest = _figures(mine)
            if (row[1], row[2], row[5], row[6], row[7]) != (len(mine), failed, slowest, compared, wrong):
                message = (
                    f"{plural(row[1], 'request')} of {row[0]}, {row[2]} failed, {row[7]} wrong, at most {row[5]} ms"
                )
                kept = f"{len(mine)}, {failed}, {wrong}, {slowest} ms"
                yield Reason(shown.n, f"week4.switched.watched tells {message}; its samples {kept}")


def _stays(attempt: Attempt) -> bool:
    return attempt.outcome in ("switched", "interrupted") and attempt.left == "redshift"


def read_well(story: Story, week: str) -> Iterator[Reason]:
    """What a step read again says that the world is as it was to be."""
    for entry in story.of("finished") if week in "24" else ():
        step, value = text(entry, "step"), given(story.evidence(text(entry, "evidence")))
        if step == "week2.load" and week == "2" and entry.body.get("status") == "applied":
            for what in objections("reconciliation", value):
                yield Reason(entry.n, f"step {step} read: {what}")
        elif step == "week4.cut-over" and week == "4":
            elsewhere = [row for row in rows(value, "answers", 3) if row[1] != "redshift" or row[2]]
            if value and (value.get("to") != "redshift" or elsewhere):
                message = (
                    f"{elsewhere[0][0]} answered by {elsewhere[0][1]} {elsewhere[0][2]}"
                    if elsewhere
                    else value.get("to")
                )
                yield Reason(entry.n, f"step {step} read: {message}")


def _shown(story: Story, week: str) -> Iterator[Entry]:
    """What the gates of a week were shown and could be signed over."""
    for gate in story.gates(week):
        yield from (e for e in story.of("gate", gate=gate) if not e.body.get("blocks") and not e.body.get("stay"))


def _values(story: Story, shown: Entry) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, digest in given(shown.body.get("evidence")).items():
        yield str(name), given(story.evidence(digest))


EVIDENCE_RULES: Sequence[Rule] = (
    says_no, objections_kept, decided, adds_up, switches_match, switched_sanely, samples_match, read_well,
)  # fmt: skip
