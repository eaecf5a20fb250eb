"""What a translator gets silently wrong, class by class: the text, the refusal or the word of warning, and the rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from support.translate_lab import Lab, differences, schema

from smartroute_runbook.translate import translate

ATTACKS = yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text(encoding="utf-8"))
CASES = [pytest.param(case, id=f"{name}-{n}") for name, cases in ATTACKS.items() for n, case in enumerate(cases)]
RUN = [case for case in CASES if case.values[0].get("runs")]
SCHEMA = schema()


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


@pytest.mark.parametrize("case", CASES)
def test_text_refusal_or_warning(case):
    result = translate(case["sql"], SCHEMA)
    rules = [problem.rule for problem in result.problems]
    if "refused" in case or "invalid" in case:
        status = "refused" if "refused" in case else "invalid-source"
        assert (result.status, rules[0]) == (status, case.get("refused", case.get("invalid"))), result.problems
        return
    assert result.sql is not None, result.problems
    text = " ".join(result.sql.split()).replace("( ", "(").replace(" )", ")")
    assert case.get("has", "") in text
    assert "lacks" not in case or case["lacks"] not in text, text
    assert case.get("no_note") not in {note.rule for note in result.notes}
    assert "note" not in case or case["note"] in {note.rule for note in result.notes}


@pytest.mark.parametrize("case", RUN)
def test_equal_on_both_engines(lab, case):
    result = translate(case["sql"], SCHEMA)
    control, candidate = lab.rows("athena", case["sql"]), lab.rows("redshift", result.sql)
    assert differences(control, candidate, result.tolerances, result.columns) == [], result.sql
