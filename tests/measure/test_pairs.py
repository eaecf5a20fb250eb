"""Each answer of the candidate is held against the control's: one wrong one in thousands is a veto."""

from __future__ import annotations

import itertools

import pytest
from measure.test_measure import QUERIES, DuckEngine
from pydantic import TypeAdapter

from smartroute_runbook.canonical import canonical
from smartroute_runbook.engines import Column, Rows
from smartroute_runbook.measure import Experiment, ExperimentDesign, pool, run_ab
from smartroute_runbook.measure.pairs import Pairs
from smartroute_runbook.measure.results import EXPECTATION
from smartroute_runbook.tolerance import Tolerance

COLUMNS = (Column("route", "integer"), Column("mean", "double"))


def answer(*rows):
    return Rows(COLUMNS, list(rows), 1.0)


def compared(pairs, sql="SELECT route, AVG(delay) AS mean FROM vehicles GROUP BY route", tolerances=None):
    found = Pairs({"q": sql}, {"q": tolerances or {}})
    for number, both in enumerate(pairs):
        for side in (0, 1) if number % 2 else (1, 0):
            found.offer("q", number, side, both[side])
    return found


RIGHT = answer((1, 2.5), (2, 3.5))


@pytest.mark.parametrize("wrong", [answer((1, 2.5)), answer((1, 2.5), (2, 3.6)), answer(), answer((1, 2.5), (1, 2.5))])
def test_one_wrong_answer_in_thousands_is_kept(wrong):
    found = compared([(RIGHT, RIGHT)] * 5_000 + [(RIGHT, wrong)] + [(RIGHT, RIGHT)] * 5_000)
    (one,) = found.differing()
    assert (one.pairs, one.compared, found.compared) == (1, 10_001, 10_001)
    assert one.digests[0] != one.digests[1]
    assert one.why


def test_order_that_nobody_promised_and_tolerances_are_no_difference():
    turned = answer((2, 3.5), (1, 2.5))
    assert compared([(RIGHT, turned)]).differing() == ()
    ordered = compared(
        [(RIGHT, turned)], "SELECT route, AVG(delay) AS mean FROM vehicles GROUP BY route ORDER BY route"
    )
    assert ordered.differing()[0].pairs == 1
    near = answer((1, 2.5), (2, 3.5 + 1e-9))
    assert compared([(RIGHT, near)]).differing()
    assert compared([(RIGHT, near)], tolerances={"mean": Tolerance(1e-6, 0.0)}).differing() == ()


def test_what_failed_is_no_pair_and_what_cannot_be_decided_is_told():
    assert compared([(RIGHT, None), (None, RIGHT)]).compared == 0
    tied = compared([(RIGHT, answer((1, 2.5), (3, 3.5)))], "SELECT route, mean FROM v ORDER BY mean LIMIT 2")
    assert tied.differing() == ()
    assert "1 of 1 pair" in tied.undecided()[0]


class Sometimes(DuckEngine):
    """Answers one warm run otherwise."""

    def __init__(self, *args, at=25):
        super().__init__(*args)
        self.turn = itertools.count()
        self.at = at

    def query(self, sql, parameters=()):
        found = super().query(sql, parameters)
        if next(self.turn) == self.at:
            first = found.rows[0]
            return Rows(found.columns, [(*first[:-1], first[-1] + 1), *found.rows[1:]], found.milliseconds)
        return found


def test_a_wrong_answer_within_the_experiment_blocks_its_gate():
    engines = DuckEngine("athena"), Sometimes("redshift")
    design = ExperimentDesign(rounds=20, seed=1, label="x", verdict_blocks=False, target_seconds=1)
    found = run_ab(*engines, QUERIES, design, rehearsal=True)
    assert found.compared == 40
    assert "answered otherwise on Redshift in 1 of 20 pairs" in found.blocks[0]
    assert "Answers differ" in [getattr(part, "title", "") for part in found.view().parts]
    assert canonical(TypeAdapter(Experiment).validate_json(canonical(found))) == canonical(found)
    week = pool([found, found])
    assert week.differing[0].pairs == 2
    assert week.blocks


def test_several_sessions_share_the_slots_and_every_pair_is_compared():
    arms = [[DuckEngine(name) for _ in range(3)] for name in ("athena", "redshift")]
    plans = []
    found = run_ab(
        *arms, QUERIES, ExperimentDesign(rounds=12, seed=2, label="x"), rehearsal=True, register=plans.append
    )
    assert (found.compared, found.differing, found.plan.connections) == (24, (), 3)
    assert plans == [found.plan]
    assert sum(sql == QUERIES["total"][0] for engine in arms[0] for sql in engine.asked) >= 12


def test_rounds_come_from_the_wanted_power_and_an_open_verdict_needs_a_reason():
    engines = DuckEngine("athena"), DuckEngine("redshift")
    planned = []
    with pytest.raises(KeyboardInterrupt):
        run_ab(
            *engines,
            QUERIES,
            ExperimentDesign(rounds=None, seed=1, label="x"),
            rehearsal=True,
            register=stop_after(planned),
        )
    assert planned[0].rounds >= 18
    few = run_ab(*engines, QUERIES, ExperimentDesign(rounds=4, seed=1, label="x"), rehearsal=True)
    assert few.judgement.verdict == "inconclusive"
    assert few.missing_rounds > 0
    assert f"{few.missing_rounds:,} more rounds" in few.against[EXPECTATION]


def stop_after(kept):
    def register(plan):
        kept.append(plan)
        raise KeyboardInterrupt

    return register
