"""What stands beside each point of a gate: what was measured, in words, for whoever signs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartroute_runbook.load.reconciliation import Reconciliation
from smartroute_runbook.operate.readiness import ALARMS_ITEM, Point, Ready
from smartroute_runbook.operate.watch import Watched
from smartroute_runbook.runs.gate_view import _signers
from smartroute_runbook.runs.plan import gate_items, plan
from smartroute_runbook.runs.showing import _says
from smartroute_runbook.runs.signatures import Signature
from smartroute_runbook.runs.steps import Change, Proposal
from smartroute_runbook.runs.switching import Attempt, Switches

ROW = ("hourly_trend", 6, 1, 120.0, 225.0, 225.0, 2, 0)
AWAY = Attempt("2026-11-30T06:57:53+00:00", "redshift", 4.17, 66, 0, 0, "switched", "redshift")
BACK = Attempt("2026-11-30T06:58:01+00:00", "athena", 2.16, 15, 2, 0, "switched", "athena")


def test_the_last_gate_says_what_was_seen_of_the_switches_and_the_watch():
    evidence = (Switches((AWAY, BACK)), Watched("redshift", 31.5, 48.0, (ROW,), 0))
    beside = _says("week4.switched", evidence, stay=False)
    timed, alarms, regression, stays = gate_items("week4.switched")
    assert beside[timed] == "back on Athena in 2.2 s: 2 of 15 requests failed"
    assert beside[stays] == "Athena answered 13 of 15 requests when it went back"
    assert beside[regression] == "31 h 30 min of 48 h 00 min watched, 6 requests: 1 failed, 0 wrong"
    assert "no rule of the watch tripped" in beside[alarms]
    assert "week4.ready" in beside[alarms]


def test_a_watch_tells_p95_where_there_are_answers_enough_and_whose_times_they_are():
    often = ("most_crowded", 24, 1, 80.0, 190.0, 230.0, 2, 0)
    rehearsed = Watched("redshift", 48, 48.0, (ROW, often), 0, rehearsal=True).view()
    assert rehearsed.title.startswith("Watch of Redshift: ")
    assert "say nothing about AWS" in rehearsed.parts[0].text
    table = rehearsed.parts[1]
    assert [row[table.columns.index("p95 ms")] for row in table.rows] == [None, 190.0]
    assert table.note == "p95 from 20 answers on."
    assert Watched("redshift", 48, 48.0, (often,), 0).view().parts[0].note == ""


def test_a_way_back_that_was_never_taken_is_not_claimed():
    beside = _says("week4.switched", (Switches((AWAY,)), Watched("redshift", 48, 48.0, (ROW,), 0)), stay=False)
    assert "back on Athena" not in " ".join(beside.values())
    assert beside[gate_items("week4.switched")[0]] == "The dashboard was switched 1 time: 0 of 66 requests failed"


def test_before_the_cut_over_each_point_says_what_was_measured():
    names = ("answers", "results", "rows", "freshness", "snapshot", "way back")
    points = tuple(
        Point(name, holds=True, says=f"{name} hold", measured=f"{n} measured") for n, name in enumerate(names)
    )
    beside = _says("week4.ready", (Ready(points, "Nobody is subscribed"),), stay=False)
    assert beside[gate_items("week4.ready")[0]] == "0 measured; 1 measured"
    assert beside[ALARMS_ITEM] == "Nobody is subscribed"
    row = Ready(points, "").view().parts[0]
    assert "✓" not in {cell for one in row.rows for cell in one}  # the tone is the mark: once


def test_proposals_that_are_signed_together_are_counted_together():
    steps = list(plan()["shown_by"]["week1.cluster"][1])
    made = tuple(
        Proposal(name.removesuffix(".proposal"), (Change(f"thing {n}", "create", None, {"a": n}, "why"),))
        for n, name in enumerate(steps)
    )
    beside = _says("week1.cluster", made, stay=False)
    assert beside[gate_items("week1.cluster")[1]] == "Proposals of 5 steps: 5 to create"


@pytest.mark.parametrize(("lost", "doubled"), [(0, 0), (3, 1)])
def test_rows_that_are_lost_or_doubled_stand_in_the_headline(lost, doubled):
    title = Reconciliation((("vehicles", 24, 1_000, 1_000 - lost + doubled, lost, doubled),), ()).view().title
    assert title == f"{lost} rows lost, {doubled} doubled, of 1,000: all days"


def test_a_caller_of_all_signatures_is_named_once():
    ada, grace = (
        Signature(name, "2026-11-30T14:11:00.000+00:00", "", entry, {}, {}, "arn:aws:iam::123456789012:user/both", "")
        for name, entry in (("Ada", 7), ("Grace", 8))
    )
    shown = _signers((ada, grace))
    assert shown.endswith(
        "**Grace** at 2026-11-30 14:11 UTC (journal entry 8); both as arn:aws:iam::123456789012:user/both"
    )
    assert shown.count("arn:") == 1
    other = replace(grace, caller="arn:aws:iam::123456789012:user/grace")
    assert _signers((ada, other)).count("arn:") == 2
    assert _signers((ada,)).endswith("(journal entry 7), as arn:aws:iam::123456789012:user/both")
