"""Random queries, NULLs and odd texts included: translated and equal, or refused. The soak runs thousands more."""

from __future__ import annotations

import pytest
from soak.translate import Outcome, soak
from support.translate_lab import Lab, schema
from support.translate_shapes import batches, query

from smartroute_runbook.translate import translate

CASES, SEED = 400, 20261122


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


def test_translated_and_equal_or_refused(lab):
    outcomes = soak(lab, CASES, SEED)
    assert [str(one) for one in outcomes if one.result == "different"] == []
    assert sum(one.result == "equal" for one in outcomes) > CASES / 2
    assert len(outcomes) == CASES


def test_a_difference_is_found(lab):
    """The judge is awake: a rule left out shows as a difference."""
    (outcome,) = Outcome.of(lab, "aggregate", ["avg(i)"], off=frozenset({"avg-integer"}))
    assert outcome.result == "different"


def test_translating_never_fails():
    for shape, parts in batches(SEED + 1, 500, size=1):
        assert translate(query(shape, parts), schema()).status in ("unchanged", "rewritten", "refused")
