"""Ways to get past a gate, by a person at a notebook, a command, or a script: none does.

Each is tried on a run in production, where two people must sign. What reaches for AWS got past (``Reached``). The
other way round, a run that is signed as it should be must get that far, or these tests would prove nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.attempts import ACCOUNT, ADA, GATED, GRACE, NoAws, Reached, Tiny, World, gated_steps
from support.gates import Seen

from smartroute_runbook import load, operate
from smartroute_runbook.engines.clients import Caller
from smartroute_runbook.errors import Refused, RunbookError, SignatureMissing, StaleProposal, UsageError
from smartroute_runbook.runs.plan import gate_items, gates_of, plan, step_rule
from smartroute_runbook.runs.signatures import fingerprint, prove
from smartroute_runbook.runs.status import status_of

LAST = "week3.compared"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def refused(world, act, match=None):
    """It is refused in one line, and nothing was started."""
    with pytest.raises(RunbookError, match=match) as error:
        act()
    assert "\n" not in str(error.value)
    assert error.value.exit_code in (2, 3, 4), error.value
    assert world.started() == []


# -- the steps, in every order ------------------------------------------------------------------------------------


def gate_before(name):
    """The gate before a step's own; the weeks before have others."""
    names = list(plan()["gates"])
    index = names.index(step_rule(name).needs)
    return names[index - 1] if index else None


@pytest.mark.parametrize("name", GATED)
def test_a_step_signed_as_it_should_be_gets_as_far_as_aws(world, name):
    rule = step_rule(name)
    if rule.stay:
        world.decide_to_stay()
        world.run.gate("week1.cluster", evidence=[world.run.evidence("week1.cluster.audit", Seen())])
        with pytest.raises(Refused, match="is not signed"):
            world.run.do(gated_steps()[name])
        return
    world.reach(rule.week, through=rule.needs if rule.needs.startswith(f"week{rule.week}.") else "")
    if rule.after_back:
        world.went_back()
    with pytest.raises(Reached):
        world.run.do(gated_steps()[name])


@pytest.mark.parametrize("name", GATED)
def test_nothing_has_begun(world, name):
    refused(world, lambda: world.run.do(gated_steps()[name]), "was not begun")


@pytest.mark.parametrize("name", GATED)
def test_the_week_began_and_nobody_signed(world, name):
    for week in range(1, step_rule(name).week + 1):
        world.run.record("week-started", {"week": str(week)})  # as a script may write
    refused(world, lambda: world.run.do(gated_steps()[name]), "was not reached")


@pytest.mark.parametrize("name", GATED)
def test_the_cells_below_a_refused_week(world, name):
    """Shift+Enter goes on below a refusal; the run does not."""
    world.reach(2, through="week2.tables")
    with pytest.raises(Refused, match="Week 4 cannot start"):
        world.run.begin(4)
    refused(world, lambda: world.run.propose(gated_steps()[name]), "Week 4 cannot start")
    refused(world, lambda: world.run.do(gated_steps()[name]), "Week 4 cannot start")


@pytest.mark.parametrize("name", [name for name in GATED if gate_before(name)])
def test_a_gate_before_was_revoked_after_all_was_signed(world, name):
    rule = step_rule(name)
    world.reach(rule.week, through=rule.needs if rule.needs.startswith(f"week{rule.week}.") else "")
    world.run.last_gate(gate_before(name)).revoke("Grace Hopper", "it was wrong")
    refused(world, lambda: world.again().do(gated_steps()[name]), "is not signed|that was signed")


@pytest.mark.parametrize("name", [name for name in GATED if not step_rule(name).stay])
def test_after_a_decision_to_stay(world, name):
    world.decide_to_stay()
    world.run.record("week-started", {"week": "2"})
    refused(world, lambda: world.run.do(gated_steps()[name]))


# -- weeks --------------------------------------------------------------------------------------------------------


def begin_out_of_order(world):
    world.run.begin(3)


def begin_after_a_forged_end(world):
    world.run.record("week-finished", {"week": "1"})
    world.run.begin(2)


def begin_after_a_revocation(world):
    world.reach(2)
    world.run.last_gate("week1.cluster").revoke("Grace Hopper", "the policy is too wide")
    world.again().begin(2)


def begin_after_a_revocation_two_weeks_ago(world):
    world.reach(3)
    world.run.last_gate("week1.decision").revoke("Grace Hopper", "the decision was wrong")
    world.run.begin(3)


def begin_after_the_evidence_moved(world):
    world.reach(2)
    world.show("week1.cluster", "another proposal")
    world.run.begin(2)


def begin_after_blocked_evidence(world):
    world.reach(3)
    world.run.gate("week2.loaded", evidence=[Blocking()])
    world.run.begin(3)


def finish_what_was_not_begun(world):
    world.run.finish(1)


def finish_without_signatures(world):
    world.run.begin(1)
    world.run.finish(1)


def finish_with_half_the_gates(world):
    world.reach(1, through="week1.decision")
    world.run.finish(1)


def finish_below_a_refused_week(world):
    world.reach(2, through="week2.loaded")
    with pytest.raises(Refused):
        world.run.begin(4)
    world.run.finish(2)


def go_on_after_staying(world):
    world.decide_to_stay()
    world.sign("week1.cluster")
    world.run.finish(1)
    world.run.begin(2)


def go_on_in_a_finished_run(world):
    world.reach(4, through="week4.switched")
    world.run.finish(4)
    run = world.again()
    run.reading = "Run one is finished; set run_id to start another."
    step = Tiny()
    run.environment = "rehearsal"
    run.place = dataclasses.replace(run.place, rehearsal=True)
    run.do(step)


@pytest.mark.parametrize(
    "attempt",
    [
        begin_out_of_order, begin_after_a_forged_end, begin_after_a_revocation, begin_after_a_revocation_two_weeks_ago,
        begin_after_the_evidence_moved, begin_after_blocked_evidence, finish_what_was_not_begun,
        finish_without_signatures, finish_with_half_the_gates, finish_below_a_refused_week, go_on_after_staying,
        go_on_in_a_finished_run,
    ],
    ids=lambda attempt: attempt.__name__,
)  # fmt: skip
def test_weeks_are_begun_and_finished_in_order(world, attempt):
    refused(world, lambda: attempt(world))


@dataclasses.dataclass(frozen=True)
class Blocking:
    """Evidence that says no."""

    blocks: tuple[str, ...] = ("table vehicles is different",)


# -- who signs ----------------------------------------------------------------------------------------------------

ONE_PERSON = [
    "ada lovelace", "ADA LOVELACE", " Ada Lovelace ", "Ada  Lovelace", "Ada\u00a0Lovelace", "Ada\u2003Lovelace",
    "Ada Lovelace.", "Ada-Lovelace", "Ada Lovelace!", "\uff21da Lovelace", "\U0001d400da Lovelace", "Ada L\u00f6velace",
    "Ada Lo\u0308velace", "Ada L0velace", "Ada Love1ace", "AdaLovelace", "Ada 'Lovelace'", "Ada\tLovelace",
    "Ada\u200bLovelace", "Ada\u00adLovelace", "Ada\u2060 Lovelace", "Ada\nLovelace", "Ada Lovelace\u202e",
    "\u0410da Lovelace", "Ada L\u03bfvelace", "Ada Lovelace\u3164", "Ada\ufe0f Lovelace", "", "   ", "\u200b", "...",
    "rehearsal (automatic)", "Rehearsal (Automatic)", "rehearsal  automatic", "rehearsal (automatic) 2",
    "r\u0435hearsal (automatic)", "rehearsal\u200b(automatic)",
]  # fmt: skip


@pytest.mark.parametrize("name", ONE_PERSON, ids=[ascii(name) for name in ONE_PERSON])
def test_another_spelling_is_not_another_person(world, name):
    world.run.begin(1)
    world.sign("week1.decision", ("Ada Lovelace", ADA))
    with contextlib.suppress(UsageError):
        world.sign("week1.decision", (name, GRACE))
    assert world.run.last_gate("week1.decision").status().state == "partly"
    with pytest.raises(SignatureMissing, match="1 of 2"):
        world.run.last_gate("week1.decision").require()


def role(session, name="Admin"):
    return Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}", f"AROAXXXXXXXXXXXXXXXXX:{session}")


def federated(name):
    return Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:federated-user/{name}", f"{ACCOUNT}:{name}")


ROOT = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
SSO = "AWSReservedSSO_Engineers_0123456789abcdef"


@pytest.mark.parametrize(
    ("first", "second", "persons"),
    [
        (ADA, ADA, 1),
        (ROOT, ROOT, 1),
        (role("ada"), role("grace"), 1),  # whoever assumes a role names the session
        (federated("ada"), federated("grace"), 1),
        (ADA, dataclasses.replace(ADA, arn=f"arn:aws:iam::{ACCOUNT}:user/renamed"), 1),
        (ADA, GRACE, 2),
        (role("ada", SSO), role("grace", SSO), 2),  # the directory names the session
        (role("ada"), role("grace", "Auditor"), 2),
        (ADA, ROOT, 2),
    ],
)
def test_two_names_of_one_caller_are_one_person(world, first, second, persons):
    world.run.begin(1)
    world.sign("week1.decision", ("Ada Lovelace", first), ("Grace Hopper", second))
    found = world.run.last_gate("week1.decision").status()
    assert found.persons == persons
    assert found.state == ("signed" if persons == 2 else "partly")
    if persons == 1:
        assert "are one account and count once" in str(world.run.last_gate("week1.decision").view())


def test_one_person_with_two_accounts_is_one_person(world):
    world.run.begin(1)
    world.sign("week1.decision", ("Ada Lovelace", ADA), ("ada lovelace", GRACE))
    assert world.run.last_gate("week1.decision").status().persons == 1


def test_a_go_between_joins_two_into_one(world):
    """Ada signs as herself and as Grace's account; Grace's account signs as Grace: one account is one person."""
    world.run.begin(1)
    world.sign("week1.decision", ("Ada Lovelace", ADA), ("Ada Lovelace", GRACE), ("Grace Hopper", GRACE))
    assert world.run.last_gate("week1.decision").status().persons == 1


def test_a_rehearsal_does_not_sign_for_production(world):
    world.run.begin(1)
    refused(world, world.show("week1.decision").sign_automatically, "outside a rehearsal")


def test_nobody_signs_where_aws_does_not_say_who(world):
    world.run.begin(1)
    gate = world.show("week1.decision")
    world.run.clients.caller = lambda: (_ for _ in ()).throw(RunbookError("no credentials"))
    with pytest.raises(RunbookError, match="no credentials"):
        gate.sign("Ada Lovelace")
    assert gate.status().state == "unsigned"


# -- signatures that somebody writes by hand ----------------------------------------------------------------------


def signed_body(world, name=LAST, signer="Grace Hopper", who=GRACE, **changed):
    gate = world.run.last_gate(name)
    body = {
        "gate": name, "run": "one", "signer": signer, "evidence": gate.evidence, "checked": list(gate.items),
        "reasons": {}, "note": "", "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "caller": vars(who),
    }  # fmt: skip
    return {key: value for key, value in (body | changed).items() if value is not ...}


def days(number):
    return (datetime.now(UTC) + timedelta(days=number)).isoformat(timespec="milliseconds")


FORGED = {
    "empty": lambda w: {},
    "no gate": lambda w: signed_body(w, gate=...),
    "a gate that is none": lambda w: signed_body(w, gate="week9.nothing"),
    "of another gate": lambda w: signed_body(w, gate="week2.loaded"),
    "no run": lambda w: signed_body(w, run=...),
    "of another run": lambda w: signed_body(w, run="two"),
    "no signer": lambda w: signed_body(w, signer=...),
    "a signer that is no text": lambda w: signed_body(w, signer=["Grace"]),
    "the same person": lambda w: signed_body(w, signer="Ada Lovelace"),
    "the same caller": lambda w: signed_body(w, who=ADA),
    "no evidence": lambda w: signed_body(w, evidence=...),
    "empty evidence": lambda w: signed_body(w, evidence={}),
    "other evidence": lambda w: signed_body(w, evidence={"a": "b"}),
    "part of the evidence": lambda w: signed_body(w, evidence=dict(list(w.run.last_gate(LAST).evidence.items())[:1])),
    "evidence that is a text": lambda w: signed_body(w, evidence="all"),
    "nothing checked": lambda w: signed_body(w, checked=[]),
    "checked is missing": lambda w: signed_body(w, checked=...),
    "one point less": lambda w: signed_body(w, checked=list(gate_items(LAST))[1:]),
    "other points": lambda w: signed_body(w, checked=["I read it"] * 3),
    "checked is true": lambda w: signed_body(w, checked=True),
    "no caller": lambda w: signed_body(w, caller=None),
    "a caller without an id": lambda w: signed_body(w, caller={"account": ACCOUNT, "arn": GRACE.arn}),
    "a caller of blanks": lambda w: signed_body(w, caller={"account": "", "arn": "", "user_id": ""}),
    "a caller that is a text": lambda w: signed_body(w, caller="grace"),
    "more of a caller": lambda w: signed_body(w, caller={**vars(GRACE), "more": "x"}),
    "expired": lambda w: signed_body(w, at=days(-91)),
    "three years old": lambda w: signed_body(w, at=days(-1095)),
    "from tomorrow": lambda w: signed_body(w, at=days(1)),
    "from the year 2999": lambda w: signed_body(w, at="2999-01-01T00:00:00.000+00:00"),
    "at no time": lambda w: signed_body(w, at="soon"),
    "without a time zone": lambda w: signed_body(w, at="2026-01-01T00:00:00"),
    "automatic": lambda w: signed_body(w, signer="rehearsal (automatic)"),
    "automatic 2": lambda w: signed_body(w, signer="rehearsal (automatic) 2"),
    "mixed script": lambda w: signed_body(w, signer="Gr\u0430ce Hopper"),
    "invisible": lambda w: signed_body(w, signer="Grace\u200b Hopper"),
    "reasons that are a text": lambda w: signed_body(w, reasons="because"),
    "a note that is a number": lambda w: signed_body(w, note=1),
    "evidence with other case": lambda w: signed_body(
        w, evidence={name: value.upper() for name, value in w.run.last_gate(LAST).evidence.items()}
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_signature_written_by_hand_does_not_count(world, what):
    """One of two has signed; the journal gets an entry that claims to be the other."""
    world.reach(3)
    world.sign(LAST, ("Ada Lovelace", ADA))
    world.run.journal.append("signature", FORGED[what](world))
    assert world.run.last_gate(LAST).status().persons == 1
    refused(world, lambda: world.run.finish(3), "is not signed")
    assert {gate.gate: gate.state for gate in status_of(world.run).gates}[LAST] == "partly"
    assert str(world.run.last_gate(LAST).view())


def test_a_signature_as_it_should_be_counts(world):
    world.reach(3)
    world.sign(LAST, ("Ada Lovelace", ADA))
    world.run.journal.append("signature", signed_body(world))
    world.run.finish(3)


def test_a_signature_of_another_run_is_copied(world):
    other = world.other()
    other.reach(3, through=LAST)
    world.reach(3)
    world.show(LAST)
    for entry in other.run.journal.of("signature"):
        world.run.journal.append("signature", entry.body)
    assert world.run.last_gate(LAST).status().persons == 0


SHOWN = {
    "nothing at all": {"gate": LAST, "evidence": {}, "blocks": [], "needed": 2},
    "one signature is enough": {"gate": LAST, "blocks": [], "needed": 1},
    "none is needed": {"gate": LAST, "blocks": [], "needed": 0},
    "needed is a text": {"gate": LAST, "blocks": [], "needed": "none"},
    "blocks cannot be read": {"gate": LAST, "blocks": "none", "needed": 2},
    "the decision is to stay": {"gate": LAST, "blocks": [], "needed": 2, "stay": "2030-01-01"},
}


@pytest.mark.parametrize("what", SHOWN)
def test_a_gate_shown_by_hand_asks_no_less(world, what):
    world.reach(3)
    world.sign(LAST, ("Ada Lovelace", ADA))
    evidence = world.run.last_gate(LAST).evidence
    world.run.journal.append("gate", {"evidence": evidence, **SHOWN[what]})
    refused(world, lambda: world.run.finish(3))


@pytest.mark.parametrize(
    "entry", ["gate", "signature", "revoked", "week-started", "week-finished", "finished", "sealed"]
)
def test_an_entry_that_says_nothing_is_no_traceback(world, entry):
    world.reach(2, through="week2.tables")
    world.run.journal.append(entry, {})
    assert status_of(world.run).as_json()
    refused(world, lambda: world.run.begin(3))


# -- evidence -----------------------------------------------------------------------------------------------------


def test_a_gate_over_nothing_is_blocked(world):
    world.run.begin(1)
    refused(world, lambda: world.run.gate("week1.decision", evidence=[]).sign("Ada Lovelace"), "was not shown")


def test_a_gate_without_one_piece_is_blocked(world):
    world.run.begin(1)
    evidence = [world.run.evidence(one, Seen()) for one in plan()["gates"]["week1.decision"]["evidence"][1:]]
    refused(world, lambda: world.run.gate("week1.decision", evidence=evidence).sign("Ada Lovelace"), "was not shown")


def test_a_point_that_the_evidence_is_against_needs_a_reason(world):
    point = gate_items("week1.decision")[4]

    @dataclasses.dataclass(frozen=True)
    class Decision:
        against: dict

    world.run.begin(1)
    world.show("week1.decision")
    evidence = [world.run.evidence(one, Seen()) for one in plan()["gates"]["week1.decision"]["evidence"][:-1]]
    gate = world.run.gate("week1.decision", evidence=[*evidence, Decision({point: "$800 against $1,610"})])
    refused(world, lambda: gate.sign("Ada Lovelace"), "the evidence is against 'Budget approved")
    refused(world, lambda: gate.sign("Ada Lovelace", reasons={point: "  "}), "a written reason")
    refused(world, lambda: world.run.last_gate("week1.decision").sign("Ada Lovelace"), "the evidence is against")
    gate.sign("Ada Lovelace", reasons={point: "the board raised it on Monday"})
    assert "the board raised it on Monday" in str(gate.view())
    body = [entry.body for entry in world.run.journal.of("signature")][-1]
    world.run.clients.who = GRACE
    world.run.journal.append("signature", {**body, "signer": "Grace Hopper", "caller": vars(GRACE), "reasons": {}})
    assert gate.status().persons == 1


def test_revoking_takes_a_reason_and_keeps_who_had_signed(world):
    world.reach(2)
    gate = world.run.last_gate("week1.decision")
    refused(world, lambda: gate.revoke("Grace Hopper"), "without a reason")
    refused(world, lambda: gate.revoke("Grace Hopper", "  "), "without a reason")
    gate.revoke("Grace Hopper", "the bill was misread")
    assert "Ada Lovelace, Grace Hopper had signed" in str(gate.view())
    found = status_of(world.run)
    assert "taken back by Grace Hopper (the bill was misread), though week 1 is finished" in found.next_action
    gate.sign("Ada Lovelace")
    assert "Grace Hopper" in str(gate.view())
    assert gate.status().state == "partly"


# -- keys ---------------------------------------------------------------------------------------------------------


def keys_of(**names):
    """A key for each person, and the parameters that name them."""
    keys = {name.replace("_", " "): Ed25519PrivateKey.generate() for name in names}
    pems = {
        name: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for name, key in keys.items()
    }
    return keys, {"gates": {"signatures": 2, "signers": pems}}


def test_with_keys_only_the_named_sign(tmp_path):
    keys, settings = keys_of(Ada_Lovelace=1, Grace_Hopper=1)
    world = World(tmp_path, settings=settings)
    world.run.begin(1)
    gate = world.show("week1.decision")
    ada, grace, other = keys["Ada Lovelace"], keys["Grace Hopper"], Ed25519PrivateKey.generate()
    refused(world, lambda: gate.sign("Ada Lovelace"), "signed with keys")
    refused(world, lambda: gate.sign("Ada Lovelace", key=other), "would not count")
    refused(world, lambda: gate.sign("Ada Lovelace", key=grace), "would not count")
    refused(world, lambda: gate.sign("Mallory", key=other), "names no such person")
    gate.sign("Ada Lovelace", key=ada)
    body = next(world.run.journal.of("signature")).body
    for changed in (
        {"signer": "Grace Hopper"},
        {"signer": "Grace Hopper", "key": fingerprint(grace.public_key())},
        {"signer": "Grace Hopper", "proof": "AAAA"},
        {"signer": "Grace Hopper", "proof": "not base64"},
        {"note": "edited"},
    ):
        world.run.journal.append("signature", {**body, **changed})
        assert gate.status().persons == 1
    world.run.journal.append("signature", prove({**body, "signer": "Grace Hopper", "run": "two"}, grace))
    assert gate.status().persons == 1
    gate.sign("Grace Hopper", key=grace)
    assert gate.status().state == "signed"


# -- steps --------------------------------------------------------------------------------------------------------


class NoNeeds(operate.CutOver):
    needs = None


class Lower(operate.CutOver):
    needs = "week1.decision"


class Renamed(operate.CutOver):
    id, needs = "week1.sneak", "week1.decision"


class Disguised(operate.CutOver):
    id, needs = "week2.migration-workgroup", "week1.cluster"


class OwnLoad(load.LoadDays):
    def apply(self, run, proposal):
        raise Reached


class Anything:
    """A step that the plan does not know and that needs nothing."""

    id, needs = "week0.anything", None

    def propose(self, run):
        raise Reached


class Back(Anything):
    """It says that it is the way back."""

    id = "rollback.switch-to-athena"


class Silent:
    """It says nothing of gates."""

    id = "week2.load"


def instance(step, **changed):
    for name, value in changed.items():
        setattr(step, name, value)
    return step


STEPS = {
    "a subclass that needs nothing": lambda: NoNeeds(["q"]),
    "a subclass that needs less": lambda: Lower(["q"]),
    "a subclass under a name of its own": lambda: Renamed(["q"]),
    "a subclass under an earlier name": lambda: Disguised(["q"]),
    "a subclass with an apply of its own": OwnLoad,
    "a step that the plan does not know": Anything,
    "a step that says it is the way back": Back,
    "a step that says nothing of gates": Silent,
    "an instance that needs nothing": lambda: instance(operate.CutOver(["q"]), needs=None),
    "an instance under an earlier name": lambda: instance(
        operate.CutOver(["q"]), id="week2.load", needs="week2.tables"
    ),
    "an instance that is called the reminder": lambda: instance(
        operate.CutOver(["q"]), id="week1.reminder", needs="week1.cluster"
    ),
    "an instance with an apply of its own": lambda: instance(load.LoadDays(), apply=lambda *_: None),
    "a switch under another week's name": lambda: operate.Switch("redshift", ["q"], week="week1"),
    "a switch in the name of the rollback": lambda: operate.Switch("redshift", ["q"], week="rollback"),
    "a switch that needs nothing": lambda: instance(operate.Switch("redshift", ["q"]), needs=None),
    "a switch that is called sync": lambda: instance(
        operate.Switch("redshift", ["q"]), id="week4.catch-up", needs="week2.loaded"
    ),
}


@pytest.mark.parametrize("what", STEPS)
def test_a_step_is_what_the_plan_says(world, what):
    world.reach(2, through="week2.loaded")
    refused(world, lambda: world.run.do(STEPS[what]()))


@pytest.mark.parametrize("what", [what for what in STEPS if "apply of its own" not in what])
def test_a_rehearsal_does_not_do_it_either(tmp_path, what, monkeypatch):
    monkeypatch.setenv("SMARTROUTE_HEADLESS", "0")
    world = World(tmp_path, environment="rehearsal", settings={"gates": {"signatures": 1}})
    world.reach(2, through="week2.tables")
    refused(world, lambda: world.run.do(STEPS[what]()))


def test_the_way_back_goes_nowhere_else(world):
    """Under the way back's own name, to Redshift."""

    class Parameter:
        def get_parameter(self, Name):  # noqa: N803  (boto3's own spelling)
            return {"Parameter": {"Value": "athena" if Name.endswith("engine") else "http://localhost"}}

    world.run.clients.boto = lambda _: Parameter()
    step = instance(operate.Switch("redshift", ["q"]), id="switch.switch-to-athena", needs=None)
    refused(world, lambda: world.run.do(step), "not go back to Athena")


def test_going_back_asks_nobody(world):
    with pytest.raises(Reached, match="ssm"):
        world.run.do(operate.Switch("athena", ["q"]))
    with pytest.raises(Refused):
        world.run.begin(4)
    with pytest.raises(Reached, match="ssm"):
        world.run.do(operate.Switch("athena", ["q"], week="rollback"))


# -- proposals ----------------------------------------------------------------------------------------------------


@pytest.fixture
def rehearsal(tmp_path, monkeypatch):
    """A rehearsal in which week 2 has begun; a step of the test's own stands in the plan's place."""
    monkeypatch.setenv("SMARTROUTE_HEADLESS", "0")
    world = World(tmp_path, environment="rehearsal", settings={})
    for week in (1,):
        world.run.begin(week)
        for name in gates_of(week):
            world.show(name).sign("Ada Lovelace")
        world.run.finish(week)
    world.run.begin(2)
    return world


def over(world, *proposals):
    inventory = world.run.evidence("week2.tables.inventory", Seen())
    return world.run.gate("week2.tables", evidence=[inventory, *proposals])


def test_what_was_signed_is_what_is_applied(rehearsal):
    step = Tiny()
    over(rehearsal, rehearsal.run.propose(step)).sign("Ada Lovelace")
    rehearsal.run.do(step)
    assert step.applied == ["wanted"]


def signed_without_its_proposal(world):
    world.show("week2.tables").sign("Ada Lovelace")
    return Tiny()


def another_proposal_was_signed(world):
    over(world, world.run.propose(Tiny("small"))).sign("Ada Lovelace")
    return Tiny("large")


def proposed_again_after_signing(world):
    over(world, world.run.propose(Tiny("small"))).sign("Ada Lovelace")
    step = Tiny("large")
    world.run.propose(step)
    return step


def the_step_changed_after_it_was_shown(world):
    step = Tiny("small")
    over(world, world.run.propose(step)).sign("Ada Lovelace")
    step.wanted = "large"
    return step


def the_world_moved_after_it_was_shown(world):
    step = Tiny()
    over(world, world.run.propose(step)).sign("Ada Lovelace")
    step.world = "somebody's"
    return step


def swapped_in_the_run(world):
    step = Tiny("large")
    over(world, world.run.propose(Tiny("small"))).sign("Ada Lovelace")
    world.run.shown[step.id] = step.propose(world.run)
    return step


def shown_again_with_more(world):
    step = Tiny()
    over(world, world.run.propose(step)).sign("Ada Lovelace")
    over(world, step.propose(world.run), *[dataclasses.replace(step.propose(world.run), step="more")])
    return step


@pytest.mark.parametrize(
    "attempt",
    [
        signed_without_its_proposal, another_proposal_was_signed, proposed_again_after_signing,
        the_step_changed_after_it_was_shown, the_world_moved_after_it_was_shown, swapped_in_the_run,
        shown_again_with_more,
    ],
    ids=lambda attempt: attempt.__name__,
)  # fmt: skip
def test_nothing_is_applied_that_was_not_signed(rehearsal, attempt):
    step = attempt(rehearsal)
    refused(rehearsal, lambda: rehearsal.run.do(step))
    assert step.applied == []


def test_a_stale_proposal_is_one_message(rehearsal):
    step = Tiny()
    over(rehearsal, rehearsal.run.propose(step)).sign("Ada Lovelace")
    step.world = "somebody's"
    with pytest.raises(StaleProposal, match="thing changed since it was proposed"):
        rehearsal.run.do(step)


def test_another_process_on_the_same_run_has_the_same_gates(rehearsal):
    step = Tiny()
    over(rehearsal, rehearsal.run.propose(step)).sign("Ada Lovelace")
    rehearsal.run.last_gate("week2.tables").revoke("Grace Hopper", "a width is wrong")
    refused(rehearsal, lambda: rehearsal.again().do(step), "is not signed")


def test_revoked_while_the_lease_was_awaited(rehearsal):
    """The gate is asked again once the lease is held."""
    step = Tiny()
    over(rehearsal, rehearsal.run.propose(step)).sign("Ada Lovelace")
    propose = step.propose

    def late(run):
        rehearsal.again().last_gate("week2.tables").revoke("Grace Hopper", "stop")
        return propose(run)

    step.propose = late
    del rehearsal.run.shown[step.id]
    refused(rehearsal, lambda: rehearsal.run.do(step))


def test_a_run_of_aws_signs_nothing_by_itself(tmp_path, monkeypatch):
    """Automatic in its parameters, headless, and yet not all of its clients reach stand-ins."""
    monkeypatch.setenv("SMARTROUTE_HEADLESS", "1")
    world = World(tmp_path, environment="rehearsal", settings={"gates": {"automatic": True}})
    world.run.place = dataclasses.replace(world.run.place, rehearsal=False)
    assert world.show("week1.decision").status().state == "unsigned"
    assert NoAws().who is ADA
