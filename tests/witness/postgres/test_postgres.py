"""The Redshift stand-in against PostgreSQL 15 in what Redshift inherits; each difference with its reason."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from witness.postgres.answers import Answer, load
from witness.postgres.standin import RedshiftStandIn

KNOWN = yaml.safe_load(Path(__file__).with_name("known.yaml").read_text("utf-8"))
REFUSED_AT_MOST = 0.05


def verdict(real: Answer, given: Answer) -> str:
    """`same`, `value`, `accepted`, `refused` or `not rehearsable`; two errors are the same."""
    if real[1]:
        return "same" if given[1] else "accepted"
    if given[1]:
        return "not rehearsable" if given[0] == "not rehearsable" else "refused"
    return "same" if real == given or _number(real[0]) == _number(given[0]) else "value"


def _number(text: str | None) -> float | str | None:
    try:
        number = float(text or "")
    except ValueError:
        return text
    return text if math.isnan(number) else number


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    engine = RedshiftStandIn(tmp_path_factory.mktemp("redshift"))
    asked = ((text, real, engine.ask(text)) for text, real in load().items())
    return [(text, real, given, verdict(real, given)) for text, real, given in asked]


def reason(text: str) -> int | None:
    return next((place for place, rule in enumerate(KNOWN) if re.search(rule["text"], text)), None)


def test_every_difference_has_its_reason(judged):
    wrong = [row for row in judged if row[3] in {"value", "accepted"} and reason(row[0]) is None]
    assert not wrong, "\n".join(map(str, wrong))


def test_every_reason_is_met(judged):
    met = {reason(text) for text, *_, kind in judged if kind != "same"}
    assert [rule for place, rule in enumerate(KNOWN) if place not in met] == []


def test_little_is_refused(judged):
    counted = Counter(kind for *_, kind in judged)
    print(f"{len(judged)} asked: {dict(counted)}")
    assert counted["refused"] + counted["not rehearsable"] <= REFUSED_AT_MOST * len(judged)
