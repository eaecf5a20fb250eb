"""Rules over what comes before what: evidence before what rests on it, and every entry one that the runbook writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.record.objections import given
from smartroute_runbook.runs.changed_settings import ONE_WORLD
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.plan import WEEKS, step_rule

from .story import GRACE, Reason, Story, moment_of, text

__all__ = ["KINDS", "order_rules"]

KINDS = frozenset(
    {
        "opened", "settings-changed", "going-back", "week-started", "week-finished", "evidence", "measured", "gate",
        "signature", "revoked", "started", "stopped", "finished", "sealed", "attested", "released", "view",
        "read-point", "fingerprints", "proven", "doubted", "loaded", "removed", "mended", "experiment-registered",
        "experiment-withdrawn",
        "experiment-continued", "experiment-stopped", "experiment-kept",
        "switching", "switched", "switch-failed", "switch-interrupted", "watch-tripped", "alarm-tested",
        "alarm-acknowledged", "dashboard-seen",
    }
)  # fmt: skip
"""What the runbook writes into a journal."""


def order_rules(story: Story) -> Iterator[Reason]:
    """What must hold of the order of a whole run; a record of version 0.1 names less, and is asked for less."""
    if "where" in story.opened:
        for rule in (
            _known,
            _kept_before,
            _kept_in_its_week,
            _signed_when_written,
            _one_world,
            _answered,
        ):
            yield from rule(story)


def _known(story: Story) -> Iterator[Reason]:
    for entry in story.entries:
        if entry.kind not in KINDS:
            yield Reason(entry.n, f"an entry '{entry.kind}', which the runbook does not write")
        elif entry.kind == "released" and not text(entry, "lease"):
            yield Reason(entry.n, "an entry 'released' that names no lease")


def _kept_before(story: Story) -> Iterator[Reason]:
    """What an entry rests on was kept before it."""
    kept: set[str] = set()
    for entry in story.entries:
        if entry.kind == "evidence":
            kept.add(text(entry, "digest"))
            continue
        for what, digest in _rests_on(entry):
            if digest not in kept:
                yield Reason(entry.n, f"it rests on {what}, which was not kept before")


def _rests_on(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.kind == "gate" and not entry.body.get("blocks"):
        yield from ((str(name), str(digest)) for name, digest in given(entry.body.get("evidence")).items())
    rule = step_rule(text(entry, "step"))
    way_back = rule is not None and rule.way_back  # which keeps nothing before it goes
    if entry.kind in ("started", "finished") and text(entry, "proposal") and not way_back:
        yield f"the proposal of {text(entry, 'step')}", text(entry, "proposal")


def _kept_in_its_week(story: Story) -> Iterator[Reason]:
    """Evidence of a week was kept after the week was begun; a proof of rows, after the first of them were loaded."""
    begun = {week: next((e.n for e in story.of("week-started", week=week)), None) for week in WEEKS}
    loaded = next((e.n for e in story.of("loaded")), None)
    for entry in story.of("evidence"):
        name = text(entry, "name")
        start = begun.get(name.partition(".")[0].removeprefix("week"))
        if start is not None and entry.n < start:
            yield Reason(entry.n, f"{name} was kept before its week was begun")
        elif name.startswith("week2.loaded.") and loaded is not None and entry.n < loaded:
            yield Reason(entry.n, f"{name} was kept before anything was loaded")


def _signed_when_written(story: Story) -> Iterator[Reason]:
    """A signature says the hour at which it was written."""
    for entry in story.of("signature"):
        signed_at, at = moment_of(entry.body.get("at")), moment_of(entry.at)
        if signed_at is not None and at is not None and abs(signed_at - at) > 2 * GRACE:
            yield Reason(
                entry.n, f"it says that it was given at {signed_at:%Y-%m-%d %H:%M}, and was written at {at:%H:%M}"
            )


def _one_world(story: Story) -> Iterator[Reason]:
    """Cluster, database and region stay what they were once the cluster is made; going back is free."""
    made = next((e.n for e in story.of("finished", step="week1.cluster")), None)
    before: Mapping[str, object] = {}
    for entry in story.of("opened", "settings-changed"):
        now = {name: _setting(entry, name) for name in ONE_WORLD}
        for name in ONE_WORLD if made is not None and entry.n > made else ():
            if now[name] is not None and now[name] != before.get(name):
                yield Reason(entry.n, f"{name} became '{now[name]}' after the cluster was made")
        before = now
    region = given(story.opened.get("where")).get("region")
    for entry in story.of("week-started"):
        there = given(entry.body.get("where")).get("region")
        if region and there and there != region and text(entry, "week") != "rollback":
            yield Reason(entry.n, f"it was begun in {there}, the run was opened in {region}")


def _setting(entry: Entry, name: str) -> object:
    """As it held: a parameter that is not written has its default, so that to write that down changes nothing."""
    section, _, key = name.partition(".")
    settings = entry.body.get("settings")
    if not isinstance(settings, Mapping):
        return None
    return given(settings.get(section)).get(key, getattr(getattr(Settings(), section), key))


def _answered(story: Story) -> Iterator[Reason]:
    """What must be followed by something was: a watch that tripped, by going back; a test that was heard, was sent."""
    for entry in story.of("watch-tripped"):
        later = (e for e in story.of("switching", "switch-failed", "switched", to="athena") if e.n > entry.n)
        shown = next((e for e in story.of("gate", gate="week4.switched") if e.n > entry.n), None)
        back = next(later, None)
        if (
            entry.body.get("roll_back") is True
            and shown
            and not shown.body.get("blocks")
            and not (back and back.n < shown.n)
        ):
            yield Reason(entry.n, "a rule of the watch tripped, and the dashboard did not go back before it was signed")
    for entry in story.of("alarm-acknowledged"):
        if not any(sent.n < entry.n for sent in story.of("alarm-tested")):
            yield Reason(entry.n, "the alarms' test was acknowledged, and none was sent")
