"""How a run is opened: by name or not at all, with the rules it began with, and to be read where it is finished."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys

import pytest
from support.attempts import ACCOUNT, ADA, GRACE, Tiny, World
from support.gates import Seen

from smartroute_runbook.cli import main
from smartroute_runbook.errors import Refused, UsageError, VerificationFailed
from smartroute_runbook.record.verify import verify
from smartroute_runbook.runs.changed_settings import ONE_WORLD
from smartroute_runbook.runs.gate import Gate
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.plan import plan
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.status import status_of
from smartroute_runbook.runs.store import FolderStore

SETTINGS = {"gates": {"signatures": 2}}


@pytest.fixture
def base(tmp_path, monkeypatch):
    """A working folder for production, in a shell without credentials: nothing is reached."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "SMARTROUTE_", "SSL_CERT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    (tmp_path / "parameters" / "queries").mkdir(parents=True)
    (tmp_path / "parameters" / "queries" / "q.sql").write_text("SELECT 1")
    text = "environment: production\nrun_id: ''\nsettings:\n  gates:\n    signatures: 2\n"
    (tmp_path / "parameters" / "production.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(capsys, monkeypatch, *arguments):
    """A command line: exit code, what was said, and that it was no traceback."""
    monkeypatch.setattr(sys, "argv", ["smartroute-runbook", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsys.readouterr()
    assert "Traceback" not in output.out + output.err
    return int(ended.value.code or 0), output.out + output.err


def opened(base, run_id="one", settings=None, **how):
    return Run.open("production", run_id, settings or SETTINGS, base=base, **how)


# -- names --------------------------------------------------------------------------------------------------------

NO_NAMES = [
    "../elsewhere", "a/b", "/etc", ".hidden", "..", "-x", "_x", "a b", "a\nb", "a\tb", "<b>", "caf\u00e9", "a:b",
    "a\\b", "x" * 121, "a\x00b", "%2e%2e", "~",
]  # fmt: skip


@pytest.mark.parametrize("name", NO_NAMES, ids=[ascii(name)[:20] for name in NO_NAMES])
def test_a_run_id_is_a_name_and_never_a_path(base, name):
    for create in (True, False):
        with pytest.raises(UsageError, match="is not a run id") as error:
            opened(base, name, create=create)
        assert "\n" not in str(error.value)
    assert not (base / "records").exists()


@pytest.mark.parametrize("name", ["a", "7", "2026-11-28", "Run_1.b-2", "x" * 120])
def test_names_that_are_taken(base, name):
    assert opened(base, name).id == name


# -- reading makes nothing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--run-id", "onne"),
        ("status", "--run-id", "../one"),
        ("sign", "week1.decision", "--run-id", "onne", "--evidence", "0" * 64),
        ("revoke", "week1.decision", "--run-id", "onne", "--note", "x"),
        ("compare", "vehicles", "--run-id", "onne"),
        ("preflight", "--run-id", "onne"),
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_a_mistyped_run_is_not_made(base, capsys, monkeypatch, arguments):
    opened(base)
    before = FolderStore(base / "records").keys("")
    code, output = command(capsys, monkeypatch, *arguments, "--environment", "production")
    assert code == 2, output
    if "onne" in arguments:
        assert "Did you mean 'one'?" in output
    assert FolderStore(base / "records").keys("") == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("status",), 2), (("sync",), 4), (("watch",), 4), (("switch", "redshift"), 4), (("heard", "abcdef"), 4),
        (("alarms", "--apply"), 4), (("experiment", "run"), 4), (("tune", "queues"), 4), (("seal",), 4),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_where_there_is_no_run_nothing_is_made(base, capsys, monkeypatch, arguments, expected):
    """Such as a schedule in another folder: the run that it made was the newest, and the next command's."""
    code, output = command(capsys, monkeypatch, *arguments, "--environment", "production")
    assert code == expected
    assert "There is no run of 'production'" in output
    assert not (base / "records").exists()


# -- commands that ask no gate of their own -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("switch", "redshift"), ("sync",), ("sync", "--remove", "2026-09-22")],
    ids=" ".join,
)
def test_a_command_in_a_run_that_has_done_nothing(base, capsys, monkeypatch, arguments):
    opened(base, "begun").begin(1)
    for name in ("begun", "fresh"):
        code, output = command(capsys, monkeypatch, *arguments, "--environment", "production", "--run-id", name)
        assert code == 4, output
        journal = Journal(FolderStore(base / "records"), f"{name}/journal")
        assert {entry.kind for entry in journal.entries()} <= {"opened", "week-started"}
    assert not Journal(FolderStore(base / "records"), "fresh/journal").entries()


def test_signing_from_the_shell_takes_the_digest_that_was_read(base, capsys, monkeypatch):
    world = World(base)
    world.run.begin(1)
    gate = world.show("week1.decision")
    monkeypatch.setattr("smartroute_runbook.engines.clients.Clients.caller", lambda _: ADA)
    ways = ("sign", "week1.decision", "--environment", "production", "--run-id", "one", "--signer", "Ada Lovelace")
    code, output = command(capsys, monkeypatch, *ways)
    assert code == 2
    assert f"sign week1.decision --evidence {gate.digest[:12]}" in output
    assert "Budget approved for Redshift cluster" in output  # it was shown before it asked
    assert command(capsys, monkeypatch, *ways, "--confirm-all")[0] == 2
    assert command(capsys, monkeypatch, *ways, "--evidence", gate.digest[:8])[0] == 2
    assert command(capsys, monkeypatch, *ways, "--evidence", "0" * 64)[0] == 4
    world.show("week1.decision", "another workload")
    code, output = command(capsys, monkeypatch, *ways, "--evidence", gate.digest)
    assert code == 4
    assert "shows other evidence" in output
    assert gate.status().state == "unsigned"
    code, output = command(capsys, monkeypatch, *ways, "--evidence", world.run.last_gate("week1.decision").digest[:12])
    assert code == 0, output
    assert world.run.last_gate("week1.decision").status().persons == 1
    code, output = command(capsys, monkeypatch, "revoke", "week1.decision", "--environment", "production")
    assert code == 2
    assert "--note" in output


def test_the_account_that_signs_is_the_run_s(base, monkeypatch):
    world = World(base)
    world.run.begin(1)
    world.show("week1.decision")
    run = opened(base, create=False, aws=False)
    stranger = type(ADA)("999999999999", "arn:aws:iam::999999999999:user/ada", "AIDASTRANGER")
    monkeypatch.setattr("smartroute_runbook.engines.clients.Clients.caller", lambda _: stranger)
    with pytest.raises(Refused, match=f"belongs to account {ACCOUNT}"):
        run.last_gate("week1.decision").sign("Ada Lovelace")


# -- the rules of a run -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "gates",
    [
        {"signatures": 1},
        {},
        {"signatures": 2, "valid_days": 366},
        {"signatures": 2, "signers": {"Mallory": "-----BEGIN PUBLIC KEY-----"}},
        {"signatures": 2, "automatic": True},
        {"signatures": 0},
    ],
    ids=str,
)
def test_the_rules_for_gates_do_not_change_within_a_run(base, gates):
    opened(base)
    with pytest.raises(UsageError):
        opened(base, settings={"gates": gates})
    assert [entry.kind for entry in opened(base).journal.entries()] == ["opened"]


def test_whoever_only_reads_goes_by_the_rules_of_the_run(base):
    world = World(base)
    world.run.begin(1)
    world.sign("week1.decision", ("Ada Lovelace", ADA))
    run = opened(base, settings={"gates": {"signatures": 1}}, create=False, aws=False)
    assert run.last_gate("week1.decision").status().state == "partly"


def test_other_parameters_may_change_and_it_is_noted(base):
    opened(base)
    run = opened(base, settings={**SETTINGS, "redshift": {"nodes": 4}, "record": {"store": str(base / "records")}})
    noted = [entry.body["changed"] for entry in run.journal.of("settings-changed")]
    assert noted == [["redshift.nodes"]]
    opened(base, settings={**SETTINGS, "redshift": {"nodes": 4}})
    assert len(list(run.journal.of("settings-changed"))) == 1


def test_a_run_stays_in_its_environment(base):
    opened(base)
    (base / "parameters" / "staging.yaml").write_text("environment: staging\nsettings: {}\n")
    with pytest.raises(UsageError, match="belongs to environment 'production'"):
        Run.open("staging", "one", {"aws": {}}, base=base)


def test_a_run_that_began_on_stand_ins_does_not_go_on_in_aws(base):
    body = {"run": "one", "environment": "production", "settings": SETTINGS, "rehearsal": True}
    Journal(FolderStore(base / "records"), "one/journal").append("opened", body)
    with pytest.raises(Refused, match="began on stand-ins"):
        opened(base)


def test_what_is_known_of_the_place_is_in_the_record(base):
    run = opened(base)
    run.begin(1)
    for entry in run.journal.of("opened", "week-started"):
        where = entry.body["where"]
        assert where["region"] == "us-east-1"
        assert where["endpoints"]["redshift"] == "https://redshift.us-east-1.amazonaws.com"
        assert "no AWS credentials" in where["unknown"]


def test_going_back_with_another_account_moves_no_run_there(base, monkeypatch):
    """The way back asks no account, so what it writes says nothing of where the run is at home."""
    world = World(base)
    world.run.begin(1)
    stranger = type(ADA)("999999999999", "arn:aws:iam::999999999999:user/ada", "AIDASTRANGER")
    monkeypatch.setattr("smartroute_runbook.engines.clients.Clients.caller", lambda _: stranger)
    opened(base, way_back=True, finished_too=True).begin("rollback")
    with pytest.raises(Refused, match=f"belongs to account {ACCOUNT}"):
        opened(base)
    monkeypatch.setattr("smartroute_runbook.engines.clients.Clients.caller", lambda _: ADA)
    assert opened(base).id == "one"


@pytest.mark.parametrize("name", [one for one in ONE_WORLD if one != "aws.region"])
def test_a_command_that_goes_by_other_parameters_moves_no_week_to_another_cluster(base, name):
    """``sync`` may go by a restored cluster: what it journals is not what week 1 made the cluster under."""
    section, _, key = name.partition(".")
    moved = {**SETTINGS, section: {key: "elsewhere"}}
    opened(base).journal.append("finished", {"step": "week1.cluster", "status": "applied", "proposal": ""})
    told = f"has made its cluster, and {name} changed"
    with pytest.raises(UsageError, match=told) if section == "athena" else contextlib.nullcontext():
        opened(base, settings=moved, finished_too=True)
    for _ in range(2):
        with pytest.raises(UsageError, match=told):
            opened(base, settings=moved)
    opened(base, settings=moved, way_back=True, finished_too=True)
    assert opened(base).id == "one"


# -- finished, old and damaged runs -------------------------------------------------------------------------------


def finished_run(base):
    world = World(base)
    world.reach(4, through="week4.switched")
    world.run.finish(4)
    world.run.journal.append("sealed", {"week": "4", "name": "week4", "status": "finished"})
    world.run.store.put_new(f"{world.run.id}/week4.attestation.json", b"{}")
    return world


def test_a_finished_run_is_read_and_says_so(base):
    world = finished_run(base)
    before = world.run.journal.head()
    run = Run.open("production", "", SETTINGS, base=base)
    assert run.id == "one"
    assert "Run one is finished; set run_id to start another" in str(run.begin(1).view())
    assert run.evidence("week1.decision.costs", Seen("now"))
    assert run.gate("week1.decision", evidence=[Seen()])
    assert "is finished" in str(run.finish(1))
    assert run.journal.head() == before
    with pytest.raises(Refused, match=r"was not reached|finished|not the package"):
        run.do(Tiny())
    assert opened(base, "two").is_new


def test_an_open_run_goes_before_a_finished_one(base):
    finished_run(base)
    opened(base, "two")
    assert Run.open("production", "", SETTINGS, base=base).id == "two"


def test_new_and_continued_are_told_apart(base):
    assert "one (new)" in str(opened(base).begin(1).view())
    assert "one (continued at journal entry 3)" in str(opened(base).begin(1).view())


def test_signatures_of_an_older_release_are_asked_for_again(base):
    """They named no run: nobody can say whether they were copied."""
    world = World(base)
    world.run.begin(1)
    gate = world.show("week1.decision")
    body = {"gate": "week1.decision", "signer": "Ada", "evidence": gate.evidence, "checked": list(gate.items)}
    world.run.journal.append("signature", {**body, "note": ""})
    found = status_of(opened(base, create=False, aws=False))
    state = next(one for one in found.gates if one.gate == "week1.decision")
    assert state.state == "unsigned"
    assert "does not name its run: made before signatures did; sign again" in state.reason


def test_a_damaged_journal_is_not_gone_on_with(base):
    opened(base).begin(1)
    (base / "records" / "one" / "journal" / "000002.json").chmod(0o644)
    (base / "records" / "one" / "journal" / "000002.json").write_text("{}")
    with pytest.raises(VerificationFailed):
        opened(base)
    with pytest.raises(VerificationFailed):
        opened(base, create=False, aws=False)


def test_each_run_names_the_run_before_it_and_one_that_is_taken_away_leaves_a_hole(base):
    for name in ("one", "two", "three"):
        opened(base, name).begin(1)
    records = base / "records"
    n, head = Journal(FolderStore(records), "two/journal").head()
    third = next(Journal(FolderStore(records), "three/journal").of("opened"))
    assert third.body["previous"] == {"run": "two", "n": n, "digest": head}
    assert verify(records, under_way=True).problems == ()
    shutil.rmtree(records / "two")
    (hole,) = verify(records, under_way=True).problems
    assert hole.what == "run 'two' was in this store when it was opened, and is not here"


def test_the_way_back_opens_whatever_happened_to_the_record(base):
    opened(base).begin(1)
    (base / "records" / "one" / "journal" / "000002.json").chmod(0o644)
    (base / "records" / "one" / "journal" / "000002.json").write_text("{}")
    run = opened(base, way_back=True)
    assert run.id.startswith("production-back-")
    assert "cannot be continued" in run.unrecorded[0]
    assert "cannot be continued" in str(run.begin("rollback").view())


def test_the_way_back_opens_where_nothing_can_be_written(base):
    (base / "records").write_text("a file where the folder was")
    run = opened(base, way_back=True)
    assert "cannot be written" in run.unrecorded[0]
    assert run.begin("rollback")
    assert not run.store.where.startswith(str(base))


def test_the_way_back_asks_for_no_rules(base):
    opened(base)
    assert opened(base, settings={"gates": {"signatures": 1}}, way_back=True).id == "one"


def test_what_cannot_be_written_on_the_way_back_is_kept_in_words(base):
    run = opened(base, way_back=True)
    run.journal.append = lambda *_: (_ for _ in ()).throw(OSError("disk full"))
    run.record("started", {})
    assert run.unrecorded == ["'started' could not be written into the journal: disk full"]


def test_the_end_of_the_way_back_shows_the_journal_s_head_where_it_can_be_read(base):
    run = opened(base, way_back=True)
    run.begin("rollback")
    shown = str(run.finish("rollback"))
    ended = next(run.journal.of("week-finished"))
    assert f"Journal head: entry {ended.n}. `{ended.n}:{ended.digest}`" in shown  # by which a saved notebook is sealed
    run.journal.head = lambda: (_ for _ in ()).throw(OSError("gone"))
    shown = str(run.finish("rollback"))
    assert "Journal head" not in shown
    assert "the journal could not be read: gone" in shown


def test_gates_that_stand_alone_take_names_as_people(tmp_path):
    journal = Journal(FolderStore(tmp_path), "r/journal")
    gate = Gate("week2.loaded", journal, {"proof": "a"}, needed=2)
    for signer in ("Ada Lovelace", "ada  lovelace"):
        gate.sign(signer)
    assert gate.status().state == "partly"
    gate.sign("Grace Hopper")
    assert gate.status().state == "signed"
    assert GRACE.account == ACCOUNT
    assert plan()["gates"]["week2.loaded"]["evidence"]


@pytest.mark.parametrize(
    ("stand_ins", "kind", "other"), [(True, "Rehearsal:", "PRODUCTION"), (False, "PRODUCTION:", "Rehearsal")]
)
def test_who_only_reads_is_told_where_the_run_is_at_work(base, stand_ins, kind, other):
    """``sign`` called a run of another name on stand-ins PRODUCTION, beside a head line that said REHEARSAL."""
    journal = Journal(FolderStore(base / "records"), "one/journal")
    where = {"account": ACCOUNT, "region": "us-east-1", "caller": "", "endpoints": {}}
    journal.append(
        "opened",
        {"run": "one", "environment": "production", "rehearsal": stand_ins, "settings": SETTINGS, "where": where},
    )
    gate = Gate("week2.loaded", journal, {}, terms=opened(base, create=False, aws=False).terms)
    shown = gate.view().parts[0].text
    assert kind in shown
    assert f"production, account {ACCOUNT}, us-east-1." in shown
    assert other not in shown
    assert not gate.terms.rehearsal  # people sign as callers all the same
