"""The judge of other people's clients: what it lets pass, what it calls refused by name, what is missing here."""

from __future__ import annotations

import json

import pytest

from witness.clients import environments, run
from witness.clients.outcome import FAILED, PASSED, REFUSED, SKIPPED, Checks, Outcome


class Refused(Exception):
    """An error of a client, with its SQLSTATE."""

    def __init__(self, state, words):
        super().__init__(words)
        self.state = state


def judged(capsys, method, *given):
    getattr(Checks("c", "1", lambda error: getattr(error, "state", "")), method)("it", *given)
    return json.loads(capsys.readouterr().out)["result"]


def raising(error):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    ("seen", "expected", "result"),
    [
        ([(1, "a")], [(1, "a")], PASSED), ([(1,)], [(True,)], FAILED), ([(1,)], [(1.0,)], FAILED), ([], None, FAILED),
        ([(None,)], [(0,)], FAILED), ([[1]], [(1,)], FAILED),
    ],
)  # fmt: skip
def test_a_value_passes_with_its_type_alone(capsys, seen, expected, result):
    assert judged(capsys, "passes", lambda: seen, expected) == result


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Refused("0A000", "SAVEPOINT not supported."), REFUSED),
        (Refused("42601", "SAVEPOINT not supported."), FAILED),
        (Refused("0A000", "something else"), FAILED),
        (Refused("0A000", "Binder Error: SAVEPOINT not supported."), FAILED),
        (ValueError("SAVEPOINT not supported."), FAILED),
    ],
)
def test_a_refusal_needs_its_state_and_words_and_no_engine_s(capsys, error, result):
    assert judged(capsys, "refuses", raising(error), "0A000", "SAVEPOINT not supported") == result
    assert judged(capsys, "refuses", lambda: 1, "0A000", "SAVEPOINT not supported") == FAILED
    assert judged(capsys, "passes", raising(error), 1) == FAILED


def test_what_is_missing_is_skipped_with_its_reason(monkeypatch):
    monkeypatch.setenv("PATH", "")
    for client in (run.CLIENTS["psql"], run.CLIENTS["jdbc-redshift"], run.CLIENTS["jdbc-athena"]):
        with pytest.raises(environments.Unavailable, match=r"not installed|not on Maven Central"):
            list(client({}))


def test_a_script_that_ends_early_has_failed(tmp_path):
    line = json.dumps({"client": "c", "version": "1", "what": "it", "result": PASSED, "said": ""})
    script = tmp_path / "script.py"
    script.write_text(f"import sys\nprint({line!r})\nsys.exit('lost the connection')\n")
    outcomes = list(run._lines([run.sys.executable, str(script)], "c", {}))
    assert [outcome.result for outcome in outcomes] == [PASSED, FAILED]
    assert "lost the connection" in outcomes[-1].said


def test_the_table_says_what_was_run():
    seen = [Outcome("c", "1", "one", PASSED), Outcome("c", "1", "two", REFUSED)]
    assert [" ".join(line.split()) for line in run._row("c", seen)] == [
        "c 1 1 passed, 1 refused by name, 0 failed",
        "one, two",
    ]
    assert list(run._row("d", [*seen, Outcome("d", "", "", SKIPPED, "why")])) == [f"{'d':22} skipped: why"]
