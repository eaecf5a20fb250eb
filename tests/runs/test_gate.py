"""Gates: a signature holds over exactly the evidence that was signed, and over nothing else."""

from __future__ import annotations

import pytest

from smartroute_runbook.errors import GateBlocked, SignatureMissing, SignatureVoid, UsageError
from smartroute_runbook.runs.gate import Gate
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.plan import gate_items
from smartroute_runbook.runs.store import FolderStore

NAME = "week2.loaded"


@pytest.fixture
def journal(tmp_path):
    return Journal(FolderStore(tmp_path), "j")


def test_an_unsigned_gate_stops_and_says_how_to_sign(journal):
    with pytest.raises(SignatureMissing, match=r"smartroute-runbook sign week2\.loaded") as error:
        Gate(NAME, journal, {"proof": "a"}).require()
    assert error.value.exit_code == 3


def test_a_signature_lets_pass_until_the_evidence_changes(journal):
    gate = Gate(NAME, journal, {"proof": "a"})
    gate.sign("Ada")
    assert gate.require().status().state == "signed"
    with pytest.raises(SignatureVoid, match="Ada"):
        Gate(NAME, journal, {"proof": "b"}).require()
    with pytest.raises(SignatureVoid):
        Gate(NAME, journal, {"proof": "a", "more": "c"}).require()
    assert gate.require()  # the evidence that was signed still is


def test_two_signatures_are_of_two_people(journal):
    gate = Gate(NAME, journal, {"proof": "a"}, needed=2)
    gate.sign("Ada")
    gate.sign(" Ada ")
    assert gate.status().state == "partly"
    with pytest.raises(SignatureMissing, match="1 of 2"):
        gate.require()
    gate.sign("Grace")
    assert gate.require()


def test_a_revoked_signature_is_none(journal):
    gate = Gate(NAME, journal, {"proof": "a"})
    gate.sign("Ada")
    gate.revoke("Grace", "read it again")
    with pytest.raises(SignatureMissing):
        gate.require()


def test_a_signature_for_another_gate_is_none(journal):
    Gate("week2.tables", journal, {"proof": "a"}).sign("Ada")
    with pytest.raises(SignatureMissing):
        Gate(NAME, journal, {"proof": "a"}).require()


def test_evidence_that_says_no_cannot_be_overruled(journal):
    gate = Gate(NAME, journal, {"proof": "a"}, blocks=["table vehicles is different"])
    with pytest.raises(GateBlocked, match="vehicles is different"):
        gate.sign("Ada")
    Gate(NAME, journal, {"proof": "a"}).sign("Ada")
    with pytest.raises(GateBlocked):
        gate.require()


def test_every_point_of_the_checklist_is_confirmed(journal):
    gate = Gate(NAME, journal, {"proof": "a"})
    with pytest.raises(UsageError, match="1 point is not confirmed"):
        gate.sign("Ada", checked=gate_items(NAME)[:-1])
    with pytest.raises(UsageError, match="signer"):
        gate.sign("  ")
    assert gate.status().state == "unsigned"


def test_nobody_signs_once_more_when_the_week_is_over(tmp_path):
    journal = Journal(FolderStore(tmp_path), "run/journal")
    evidence = {"week4.switched.watched": "ab" * 32}
    gate = Gate("week4.switched", journal, evidence)
    journal.append("gate", {"gate": gate.name, "evidence": evidence})
    gate.sign("Ada Lovelace")
    gate.sign("Grace Hopper")  # one more than is needed, in time
    journal.append("week-finished", {"week": "4"})
    with pytest.raises(UsageError, match="its week is finished"):
        gate.sign("Katherine Johnson")
    gate.revoke("Ada Lovelace", "the watch was of another week")
    gate.sign("Katherine Johnson")
