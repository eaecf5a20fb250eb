"""More ways to get past a gate: by what a script may change, by other orders, other processes, old and edited evidence.

As in ``test_gate_attempts`` each is tried on a run in production where two people must sign, or on one that they did
sign; what reaches for AWS got past.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from support.attempts import ADA, GATED, GRACE, Reached, World, gated_steps
from support.gates import Compared, Seen

from smartroute_runbook import operate
from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import GateBlocked, Refused, RunbookError, SignatureVoid, UsageError, VerificationFailed
from smartroute_runbook.runs import gate as gates
from smartroute_runbook.runs import journal, permit
from smartroute_runbook.runs.changed_settings import loosened
from smartroute_runbook.runs.evidence import Evidence
from smartroute_runbook.runs.gate import Gate
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.plan import gate_evidence, plan, step_rule
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.signatures import Terms
from smartroute_runbook.runs.status import status_of
from smartroute_runbook.runs.steps import Change, Proposal

READY, CUT_OVER = "week4.ready", "switch.switch-to-redshift"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture(scope="module")
def week_4(tmp_path_factory):
    """Week 4 has begun, and its gates are not signed."""
    world = World(tmp_path_factory.mktemp("week4"))
    world.reach(4)
    return world


@pytest.fixture(scope="module")
def all_signed(week_4, tmp_path_factory):
    world = week_4.copy(tmp_path_factory.mktemp("signed"))
    world.sign(READY)
    reaches(world)
    return world


@pytest.fixture
def unsigned(week_4, tmp_path):
    return week_4.copy(tmp_path)


@pytest.fixture
def signed(all_signed, tmp_path):
    """All is signed up to the gate before the cut-over: a switch reaches AWS."""
    return all_signed.copy(tmp_path)


def reaches(world, step=None):
    with pytest.raises(Reached):
        world.again().do(step or operate.Switch("redshift", ["q"]))


def refused(world, act, match=None):
    """It is refused in one line, and nothing was started."""
    with pytest.raises(RunbookError, match=match) as error:
        act()
    assert "\n" not in str(error.value)
    assert error.value.exit_code in (2, 3, 4), error.value
    assert world.started() == []


def refused_as(world, kind, act):
    """It is refused as a record that does not hold, before anything reached AWS."""
    with pytest.raises(kind):
        act()


def cut_over(world, run=None):
    return lambda: (run or world.again()).do(operate.Switch("redshift", ["q"]))


# -- around Run.do ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GATED)
def test_apply_is_called_without_do(signed, name):
    refused(signed, lambda: gated_steps()[name].apply(signed.run, Proposal(name, ())), "by Run.do alone")


@pytest.mark.parametrize("name", [name for name in GATED if not step_rule(name).after_back])
def test_a_run_that_was_opened_to_go_back_goes_nowhere_else(signed, name):
    signed.run.going_back = True
    refused(signed, lambda: signed.run.do(gated_steps()[name]), "opened to go back")


def test_inside_another_step_nothing_else_is_applied(signed):
    with signed.run.applying("week4.alarms"):
        refused(signed, lambda: gated_steps()["week4.cut-over"].apply(signed.run, Proposal("week4.cut-over", ())))


# -- objects that a script may change -----------------------------------------------------------------------------


def needed_nobody(world, gate):
    gate.needed = 0
    gate.require()


def blocked_no_more(world, gate):
    world.run.gate(READY, evidence=[Blocking()])
    gate = world.run.last_gate(READY)
    gate.blocks = ()
    for person, who in (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
        world.run.clients.who = who
        gate.sign(person)


def nothing_to_check(world, gate):
    gate.items = ()
    for person, who in (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
        world.run.clients.who = who
        gate.sign(person, checked=[])


def over_nothing(world, gate):
    gate.evidence = {}
    for person, who in (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
        world.run.clients.who = who
        gate.sign(person)


def in_the_terms_of_a_rehearsal(world, gate):
    gate.terms = Terms(run="one")
    gate.sign_automatically()
    gate.require()


def with_a_caller_of_its_own(world, gate):
    gate.terms = dataclasses.replace(gate.terms, rehearsal=True, caller=None)
    gate.sign("Ada Lovelace")
    gate.sign("Grace Hopper")


def another_gate_object(world, gate):
    Gate(READY, world.run.journal, gate.evidence, needed=0, terms=gate.terms).require()


@pytest.mark.parametrize(
    "attempt",
    [
        needed_nobody, blocked_no_more, nothing_to_check, over_nothing, in_the_terms_of_a_rehearsal,
        with_a_caller_of_its_own, another_gate_object,
    ],
    ids=lambda attempt: attempt.__name__,
)  # fmt: skip
def test_a_gate_that_was_changed_in_memory_lets_nobody_pass(unsigned, attempt):
    attempt(unsigned, unsigned.show(READY))
    refused(unsigned, cut_over(unsigned, unsigned.run))
    refused(unsigned, cut_over(unsigned))


def one_signature_is_enough(run):
    run.settings = parse_settings({"gates": {"signatures": 1}})


def it_is_called_a_rehearsal(run):
    run.environment = "rehearsal"
    run.place = dataclasses.replace(run.place, rehearsal=True)


def nothing_was_refused(run):
    run.refused = None


@pytest.mark.parametrize("change", [one_signature_is_enough, it_is_called_a_rehearsal, nothing_was_refused])
def test_a_run_whose_attributes_were_set_asks_no_less(unsigned, change):
    change(unsigned.run)
    with contextlib.suppress(UsageError):  # it belongs to another environment
        unsigned.sign(READY, ("Ada Lovelace", ADA), ("Somebody Else", ADA))
    refused(unsigned, cut_over(unsigned, unsigned.run))


def test_the_rules_of_its_gates_cannot_be_set(world):
    with pytest.raises(AttributeError):
        world.run.gates = parse_settings({"gates": {"signatures": 1}}).gates


def needs_less():
    plan()["steps"][CUT_OVER]["needs"] = "week1.decision"


def forgets_a_gate():
    del plan()["gates"][READY]


def wants_no_evidence():
    plan()["gates"][READY]["evidence"].clear()


def has_another_way_back():
    plan()["steps"]["week4.cut-over"] = {"of": "CutOver", "way_back": True}


@pytest.mark.parametrize("change", [needs_less, forgets_a_gate, wants_no_evidence, has_another_way_back])
def test_the_plan_cannot_be_changed_while_it_is_followed(change):
    with pytest.raises((TypeError, AttributeError)):
        change()


# -- evidence -----------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Blocking:
    """Evidence that says no, and to one point of the checklist."""

    blocks: tuple[str, ...] = ("table vehicles is different",)

    def __post_init__(self):
        object.__setattr__(self, "evidence_name", "loaded")


def shown(world, gate, name, value):
    """Show a gate where one piece is this."""
    pieces = [value if one == name else world.run.evidence(one, Seen()) for one in gate_evidence(gate)]
    return world.run.gate(gate, evidence=pieces)


def test_evidence_that_says_no_says_it_by_its_digest_too(world):
    world.reach(2, through="week2.tables")
    name = "week2.loaded.proofs"
    gate = shown(world, "week2.loaded", name, world.run.evidence(name, Blocking()))
    with pytest.raises(GateBlocked, match="vehicles is different"):
        gate.sign("Ada Lovelace")
    refused(world, lambda: world.again().finish(2), "vehicles is different")


def test_a_point_that_evidence_is_against_takes_a_reason_by_its_digest_too(unsigned):
    @dataclasses.dataclass(frozen=True)
    class Against:
        against: dict

    item = plan()["gates"][READY]["items"][3]
    gate = shown(
        unsigned, READY, "week4.ready.ready", unsigned.run.evidence("week4.ready.ready", Against({item: "nobody"}))
    )
    refused(unsigned, lambda: gate.sign("Ada Lovelace"), "the evidence is against")


@pytest.mark.parametrize("where", ["nowhere", "another run"])
def test_evidence_that_this_run_never_kept_is_none(world, where):
    name, made = "week2.loaded.proofs", Evidence("week2.loaded.proofs", "ab" * 32, "one/evidence/x.json")
    if where == "another run":
        made = world.other().run.evidence(name, Seen("all is equal"))
    world.reach(2, through="week2.tables")
    refused(world, lambda: shown(world, "week2.loaded", name, made).sign("Ada Lovelace"), "was never kept")


# -- what moved since ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [lambda: operate.Switch("redshift", ["q"])], ids=["switch"])
def test_after_a_rollback_the_old_signatures_count_no_more(signed, step):
    signed.went_back()
    refused(signed, lambda: signed.again().do(step()), "signed before the dashboard went back")
    signed.run.clients.who = ADA
    signed.run.last_gate(READY).sign("Ada Lovelace")
    refused(signed, lambda: signed.again().do(step()), "signed before the dashboard went back")
    signed.run.clients.who = GRACE
    signed.run.last_gate(READY).sign("Grace Hopper")
    refused(signed, lambda: signed.again().do(step()), "was measured before the dashboard went back")
    signed.show(READY)
    reaches(signed, step())


def at(monkeypatch, module, moment):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz)

    monkeypatch.setattr(module, "datetime", Clock)


def test_what_was_signed_before_a_rollback_by_a_fast_clock_was_signed_before_it(unsigned, monkeypatch):
    """The machine of who signed was fifty minutes ahead: the order is the journal's, not that of two clocks."""
    now = datetime.now(UTC)
    with monkeypatch.context() as fast:  # an hour ago
        for module in (journal, gates):
            at(fast, module, now - timedelta(minutes=10))
        unsigned.sign(READY)
    with monkeypatch.context() as right:  # half an hour later
        at(right, journal, now - timedelta(minutes=30))
        unsigned.went_back()
    refused(unsigned, cut_over(unsigned), "measured and signed before the dashboard went back")
    unsigned.show(READY)  # measured anew, and nobody has signed since
    refused(unsigned, cut_over(unsigned), "was signed before the dashboard went back")
    unsigned.sign(READY)
    reaches(unsigned)


def test_parameters_that_changed_after_a_fast_clock_measured_changed_after_it(signed, monkeypatch):
    with monkeypatch.context() as slow:
        at(slow, journal, datetime.now(UTC) - timedelta(minutes=30))
        signed.run.journal.append("settings-changed", {"changed": ["load.leave_out_future"], "settings": {}})
    refused(signed, cut_over(signed), "before load.leave_out_future changed")


def test_what_was_measured_three_days_ago_is_measured_again(signed, monkeypatch):
    at(monkeypatch, permit, datetime.now(UTC) + timedelta(days=3))
    refused(signed, cut_over(signed), "more than 2 days ago")


def test_who_signs_today_over_what_was_shown_three_days_ago_has_signed_for_then(unsigned, monkeypatch):
    """Neither the notebook nor its kernel is needed to sign: what was measured must be as new as the signature."""
    with monkeypatch.context() as then:
        at(then, journal, datetime.now(UTC) - timedelta(days=3))
        unsigned.show(READY)
    for person, who in (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
        unsigned.run.clients.who = who
        unsigned.run.last_gate(READY).sign(person)
    refused(unsigned, cut_over(unsigned), "was measured more than 2 days ago")
    unsigned.show(READY)  # the same again: it is noted, and nobody need sign twice
    reaches(unsigned)


def test_what_was_measured_under_other_parameters_is_not_signed_afterwards(unsigned):
    unsigned.show(READY)
    unsigned.run.journal.append("settings-changed", {"changed": ["load.leave_out_future"], "settings": {}})
    for person, who in (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
        unsigned.run.clients.who = who
        unsigned.run.last_gate(READY).sign(person)
    refused(unsigned, cut_over(unsigned), "was measured before load.leave_out_future changed")
    unsigned.show(READY)
    reaches(unsigned)


def test_what_is_shown_again_at_once_is_no_news(signed):
    signed.show(READY)
    assert len([entry for entry in signed.run.journal.of("gate") if entry.body["gate"] == READY]) == 1


def tripped(world):
    """The watch says that the dashboard must go back, and nobody has sent it."""
    for kind in ("switching", "switched"):
        world.run.journal.append(kind, {"attempt": "there", "to": "redshift", "left": "redshift"})
    world.run.journal.append("watch-tripped", {"findings": ["slow"], "roll_back": False})


@pytest.mark.parametrize(
    ("happened", "why"),
    [(World.went_back, "the dashboard went back to Athena"), (tripped, "a rule of the watch tripped")],
)
def test_a_week_does_not_end_well_after_users_were_sent_back(signed, happened, why):
    """All was signed while it was well: the last cells alone, run afterwards, end nothing."""
    signed.sign("week4.switched")
    happened(signed)
    refused(signed, lambda: signed.again().finish(4), why)
    gate = signed.show("week4.switched")
    assert gate.status().state == "blocked"
    refused(signed, gate.require, why)
    assert why in status_of(signed.again()).next_action
    for kind in ("switching", "switched"):
        signed.run.journal.append(kind, {"attempt": "again", "to": "redshift", "left": "redshift"})
    signed.show("week4.switched")
    signed.again().finish(4)


@pytest.mark.parametrize("name", [name for name in GATED if not step_rule(name).upkeep and not step_rule(name).stay])
def test_a_clock_that_is_set_back_brings_no_signature_to_life(signed, name):
    entry = signed.run.journal.entries()[-1]
    later = (datetime.now(UTC) + timedelta(days=40)).isoformat(timespec="milliseconds")
    fields = {**vars(entry), "n": entry.n + 1, "prev": entry.digest, "at": later, "kind": "note", "body": {}}
    del fields["digest"]
    signed.run.store.put_new(f"one/journal/{entry.n + 1:06d}.json", canonical({**fields, "digest": digest(fields)}))
    refused(signed, lambda: signed.again().do(gated_steps()[name]), "clock is behind")


@pytest.mark.parametrize(
    ("name", "before", "after", "laxer"),
    [
        ("dashboard.watch_hours", 48, 0.001, True),
        ("dashboard.watch_hours", 1, 48, False),
        ("experiment.verdict_blocks", True, False, True),
        ("experiment.verdict_blocks", False, True, False),
        ("dashboard.watch_every", 30, 60, False),
    ],
)
def test_limits_by_which_evidence_is_judged_are_not_lowered(name, before, after, laxer):
    section, _, key = name.partition(".")
    opened, now = (parse_settings({section: {key: value}}) for value in (before, after))
    assert loosened(name, opened, now) is laxer


@pytest.mark.parametrize(
    ("changed", "passes"),
    [(["dashboard.answer_seconds"], False), (["alarms.topic", "record.store"], False), (["record.signing_key"], True)],
)
def test_after_parameters_changed_all_is_measured_again(signed, changed, passes):
    signed.run.journal.append("settings-changed", {"changed": changed, "settings": {}})
    if passes:
        reaches(signed)
    else:
        refused(signed, cut_over(signed), f"signed before {changed[0]} changed")


@pytest.mark.parametrize("name", ["week4.remove-days", "week2.mend-tables", "week4.catch-up"])
def test_from_a_run_that_is_read_no_upkeep_is_done_either(signed, monkeypatch, name):
    run, step = signed.again(), gated_steps()[name]
    run.reading = "It was opened to be read."
    proposal = Proposal(name, (Change("partition", "delete", {"rows": 9}),))
    monkeypatch.setattr(type(step), "propose", lambda *_: proposal)
    refused(signed, lambda: run.do(step), "opened to be read")


# -- what is published --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queries", "match"),
    [
        ({"q": "SELECT 2"}, "Query q"),
        ({"q": "SELECT 1 "}, "Query q"),
        ({"other": "SELECT 1"}, "Query other"),
        ({"q": "SELECT 1", "other": "SELECT 1"}, "Query other"),
    ],
)
def test_only_what_week_3_compared_is_published(signed, queries, match):
    refused(signed, lambda: signed.run.do(operate.PublishQueries(queries, "bucket")), match)


def test_a_view_that_week_3_proved_is_published(world):
    @dataclasses.dataclass(frozen=True)
    class Serving:
        serving: dict

    world.reach(3)
    world.sign("week3.compared")
    pieces = {one: Seen() for one in gate_evidence("week3.compared")}
    template = "-- :n int = 1\nSELECT :n"
    pieces["week3.compared.dashboardqueries"] = Compared(({"name": "q", "sql": "SELECT 1"},), {"q": template})
    pieces["week3.compared.aggregates"] = Serving({"q": "SELECT v FROM a_view"})
    gate = world.run.gate("week3.compared", evidence=[world.run.evidence(*one) for one in pieces.items()])
    for person, who in (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
        world.run.clients.who = who
        gate.sign(person)
    world.run.finish(3)
    world.run.begin(4)
    reaches(world, operate.PublishQueries({"q": "SELECT v FROM a_view"}, "bucket"))
    reaches(world, operate.PublishQueries({"q": template}, "bucket"))
    changed = template.replace("= 1", "= 2")
    refused(world, lambda: world.run.do(operate.PublishQueries({"q": changed}, "bucket")), "Query q")
    refused(world, lambda: world.run.do(operate.PublishQueries({"q": "SELECT v FROM other"}, "bucket")), "Query q")


# -- folders that somebody edited ---------------------------------------------------------------------------------


def test_a_run_that_was_copied_under_another_name_has_nobodys_signature(signed):
    records = signed.folder / "records"
    shutil.copytree(records / "one", records / "two")
    copy = World.again(signed)
    copy = Run(copy.environment, "two", copy.settings, copy.store, copy.clients, copy.base)
    copy.place = signed.run.place
    refused(signed, cut_over(signed, copy), "is not signed")


def test_evidence_that_was_edited_publishes_nothing(signed):
    held = signed.run.last_gate("week3.compared").evidence["week3.compared.dashboardqueries"]
    path = signed.folder / "records" / "one" / "evidence" / f"week3.compared.dashboardqueries-{held[:12]}.json"
    path.chmod(0o644)
    path.write_text(json.dumps({"translations": [{"name": "q", "sql": "SELECT 2"}]}))
    with pytest.raises(VerificationFailed, match="was changed since"):
        signed.run.do(operate.PublishQueries({"q": "SELECT 2"}, "bucket"))
    assert signed.started() == []


def test_an_entry_that_was_taken_out_stops_everything(signed):
    entries = sorted((signed.folder / "records" / "one" / "journal").glob("*.json"))
    entries[3].unlink()
    run = signed.again()
    run.journal = Journal(signed.run.store, "one/journal")
    refused_as(signed, VerificationFailed, lambda: run.do(operate.Switch("redshift", ["q"])))


@pytest.mark.parametrize("of", ["revoked", "note"])
def test_a_revocation_that_was_taken_out_of_the_middle_brings_no_signature_to_life(signed, of):
    """Only the entries before the hole are read otherwise: with the signatures, and without what took them back."""
    signed.run.clients.who = GRACE
    signed.run.journal.append("note", {})
    signed.run.last_gate(READY).revoke("Grace Hopper", "stop")
    signed.run.journal.append("note", {})
    entry = next(signed.run.journal.of(of))
    (signed.folder / "records" / "one" / "journal" / f"{entry.n:06d}.json").unlink()
    refused_as(signed, VerificationFailed, cut_over(signed))


# -- in another order ---------------------------------------------------------------------------------------------


def test_the_rollbacks_cells_begin_no_week(world):
    world.reach(2)
    world.run.begin("rollback")
    refused(world, cut_over(world, world.run), "was not begun")
    world.run.finish("rollback")
    refused(world, cut_over(world, world.run), "was not begun")


def test_the_rollback_does_not_forgive_a_refused_week(world):
    world.reach(3)
    with pytest.raises(Refused):
        world.run.begin(4)
    world.run.begin("rollback")
    refused(world, cut_over(world, world.run))


@pytest.mark.parametrize("name", ["week3.compared", "week2.loaded", READY])
def test_revoked_by_another_process_between_propose_and_do(signed, name):
    run = signed.again()
    run.shown["week4.alarms"] = Proposal("week4.alarms", ())
    signed.run.clients.who = GRACE
    signed.again().last_gate(name).revoke("Grace Hopper", "stop")
    refused(signed, lambda: run.do(operate.Switch("redshift", ["q"])), "is not signed")


def test_the_gate_of_a_share_is_asked_each_time(signed):
    """What the cut-over asks before each share is the same as before it began."""
    step = operate.Switch("redshift", ["q"])
    signed.run.require(step)
    signed.again().last_gate(READY).revoke("Grace Hopper", "users complain")
    with pytest.raises((Refused, SignatureVoid), match="is not signed"):
        signed.run.require(step)
