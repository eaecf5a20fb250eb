"""Rules over where and as what it was done: one account, one kind of world, the plan's own steps, in time."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.quantities import plural
from smartroute_runbook.record.objections import given
from smartroute_runbook.runs.plan import gate_good_for_days, step_rule

from .gates import holding, needed_of, shown_before
from .story import Reason, Rule, Story, moment_of, text

__all__ = ["PLACE_RULES", "place_rules"]


def place_rules(story: Story) -> Iterator[Reason]:
    """What must hold of where a whole run was at work."""
    for rule in (_world, _one_account, _settings):
        yield from rule(story)


def _world(story: Story) -> Iterator[Reason]:
    """Whether it was a rehearsal is what its clients' addresses say."""
    opened = story.opened
    rehearsal = opened.get("rehearsal") is True
    if opened.get("environment") == "rehearsal" and not rehearsal:
        yield Reason(1, "its environment is 'rehearsal', and it says that it is none")
    if "where" not in opened:
        return
    if rehearsal != bool(opened.get("limits")):
        message = "names nothing that a rehearsal cannot show" if rehearsal else "names what a rehearsal cannot show"
        yield Reason(1, f"it says rehearsal '{rehearsal}', and {message}")
    for entry in story.of("opened", "week-started"):
        hosts = [_host(url) for url in given(given(entry.body.get("where")).get("endpoints")).values()]
        if rehearsal and any(".amazonaws.com" in host for host in hosts):
            yield Reason(entry.n, "it says that it is a rehearsal, and its clients reached AWS")
        if not rehearsal and hosts and all(map(_here, hosts)):
            yield Reason(entry.n, "it says that it is not a rehearsal, and its clients reached this machine alone")


def _host(url: Any) -> str:
    try:
        return urlsplit(str(url)).hostname or ""
    except ValueError:
        return ""


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_account(story: Story) -> Iterator[Reason]:
    """Every week was begun, and every gate signed, in the account that the run was opened in; going back is free."""
    account = given(story.opened.get("where")).get("account")
    for entry in story.of("week-started", "signature") if account else ():
        there = given(entry.body.get("where" if entry.kind == "week-started" else "caller")).get("account")
        if there and there != account and text(entry, "week") != "rollback":
            yield Reason(entry.n, f"it was done in account {there}, the run was opened in {account}")


def _settings(story: Story) -> Iterator[Reason]:
    """Each notebook was executed with the settings of the journal; where the record lies is not compared."""
    signatures = given(given(story.opened.get("settings")).get("gates")).get("signatures", 1)
    if not isinstance(signatures, int) or isinstance(signatures, bool):
        yield Reason(1, f"it was opened with '{signatures}' signatures a gate, which is not a number")
    known: list[Any] = []
    for entry in story.of("opened", "settings-changed", "sealed"):
        if entry.kind != "sealed":
            known.append(_compared(entry.body.get("settings")))
            continue
        used = given(entry.body.get("parameters")).get("settings")
        if text(entry, "week") == "rollback":  # changed parameters do not stop it
            continue
        if isinstance(used, Mapping) and used and _compared(used) not in known:
            yield Reason(entry.n, "its notebook was executed with settings that the journal does not know")


def _compared(settings: Any) -> Any:
    if not isinstance(settings, Mapping):
        return settings
    try:
        found = parse_settings(dict(settings)).model_dump(mode="json")
    except RunbookError:  # of another release
        found = dict(settings)
    return {name: value for name, value in found.items() if name != "record"}


def of_the_plans_class(story: Story, week: str) -> Iterator[Reason]:
    """A step was carried out by the package's own code, under the gate that the plan names."""
    for entry in story.of("started"):
        rule = step_rule(text(entry, "step"))
        prefix = f"week{week}." if week.isdigit() else f"{week}."
        if rule is None or not text(entry, "step").startswith(prefix):
            continue
        kind = entry.body.get("kind")
        if kind is not None and not (str(kind).startswith("smartroute_runbook.") and str(kind).endswith(f".{rule.of}")):
            yield Reason(
                entry.n, f"step {text(entry, 'step')} was carried out by {kind}, which is not the plan's {rule.of}"
            )
        if "needs" in entry.body and entry.body["needs"] != rule.needs:
            yield Reason(entry.n, f"step {text(entry, 'step')} names gate {entry.body['needs']}, the plan {rule.needs}")


def fresh(story: Story, week: str) -> Iterator[Reason]:
    """What must be measured shortly before was measured and signed shortly before."""
    for entry in story.of("started"):
        rule = step_rule(text(entry, "step"))
        days = gate_good_for_days(rule.needs) if rule and rule.needs else None
        at = moment_of(entry.at)
        if rule is None or not rule.needs or days is None or at is None or str(rule.week) != week:
            continue
        oldest, shown = at - timedelta(days=days), shown_before(story, rule.needs, entry.n)
        old = [e.n for e in story.entries if e.n < entry.n and (moment_of(e.at) or at) < oldest]
        last = max(old, default=0)
        if shown and holding(story, rule.needs, shown, entry.n, after=last) < needed_of(shown):
            what = (
                f"step {text(entry, 'step')} was started more than {plural(days, 'day')} after gate {rule.needs} "
                "was signed"
            )
            yield Reason(entry.n, what)
        elif shown and shown.n <= last and "where" in story.opened:
            what = (
                f"step {text(entry, 'step')} was started more than {plural(days, 'day')} after gate {rule.needs} "
                "was measured"
            )
            yield Reason(entry.n, what)


def signed_afterwards(story: Story, week: str) -> Iterator[Reason]:
    """Nobody signed a gate that was signed, after its week was finished: such a signature says nothing."""
    finished = story.last("week-finished", week)
    for gate in story.gates(week) if finished else ():
        for entry in story.of("signature", gate=gate):
            shown = shown_before(story, gate, entry.n)
            if finished is None or entry.n < finished.n or shown is None or shown.n > finished.n:
                continue
            if holding(story, gate, shown, entry.n) >= needed_of(shown):
                who = text(entry, "signer")
                yield Reason(entry.n, f"gate {gate} was signed by '{who}' after its week was finished, and was signed")


PLACE_RULES: Sequence[Rule] = (of_the_plans_class, fresh, signed_afterwards)
