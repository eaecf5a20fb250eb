"""Random expressions, NULLs and odd texts included: translated and equal, or refused."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from translate_lab import Lab, differences, schema
from translate_random import batches

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.translate import translate

EXAMPLES = int(os.environ.get("TRANSLATE_EXAMPLES", "20"))  # each of 20 expressions
SCHEMA = schema()


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


def examined(lab: Lab, parts: list[str]) -> None:
    sql = "SELECT id, " + ", ".join(f"{part} AS v{place}" for place, part in enumerate(parts)) + " FROM samples"
    result = translate(sql, SCHEMA)
    if result.sql is None:
        assert result.status == "refused" or len(parts) > 1, (sql, result.problems)
    else:
        try:
            control = lab.rows("athena", sql)
        except ServiceError:  # an overflow is Athena's answer too: look at the parts one by one
            control = None
        if control is not None:
            candidate = lab.rows("redshift", result.sql)
            found = differences(control, candidate, result.tolerances, result.columns)
            assert found == [] or len(parts) > 1, (parts, result.sql, found)
            if not found:
                return
    if len(parts) > 1:
        middle = len(parts) // 2
        examined(lab, parts[:middle])
        examined(lab, parts[middle:])


# Batches are cut down by hand, each part on its own: hypothesis's shrinking would ask the engines thousands of times.
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],
)
@given(parts=batches())
def test_translated_and_equal_or_refused(lab, parts):
    examined(lab, parts)


@settings(max_examples=EXAMPLES * 4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(parts=batches(size=5))
def test_translating_never_fails(parts):
    for part in parts:
        assert translate(f"SELECT {part} AS v FROM samples", SCHEMA).status in ("unchanged", "rewritten", "refused")
