"""One at a time: who holds the lease is said, who is gone is noticed, who works keeps it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
from support.gates import reach

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import LeaseHeld, UsageError
from smartroute_runbook.runs import lease as leases
from smartroute_runbook.runs.lease import WITHIN, hold, release
from smartroute_runbook.runs.process import identity
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.steps import Change, Outcome, Proposal
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.views import View

HOLDER = """
import sys, time
from pathlib import Path
from smartroute_runbook.runs.lease import hold
from smartroute_runbook.runs.store import FolderStore
with hold(FolderStore(Path(sys.argv[1])), sys.argv[2], "week2.load"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lease of ``prefix`` below the test's folder."""
    started = []

    def start(prefix, folder=tmp_path):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder), prefix], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def elsewhere(store, expires, number=1):
    """A lease of somebody on another host."""
    owner = {"by": "ada", "host": "elsewhere", "pid": 1, "what": "week2.load", "at": "then", "expires": expires}
    store.put_new(f"run/lease/{number:06d}.json", canonical(owner))


def test_the_second_is_told_who_holds_it_since_when_and_until_when(tmp_path, other):
    first = other("run/lease")
    with pytest.raises(LeaseHeld) as refused, hold(FolderStore(tmp_path), "run/lease", "week1.cluster"):
        pass
    said = str(refused.value)
    assert f"process {first.pid} on" in said
    assert "works on 'week2.load' since 20" in said
    assert "its lease holds until 20" in said


def test_an_owner_that_was_killed_here_is_noticed_at_once(tmp_path, other):
    first = other("run/lease")
    first.send_signal(signal.SIGKILL)
    first.wait()
    with hold(FolderStore(tmp_path), "run/lease", "week1.cluster") as lease:
        assert lease.number == 2


def test_an_owner_elsewhere_is_believed_until_its_lease_expires(tmp_path):
    store = FolderStore(tmp_path)
    elsewhere(store, time.time() + 100)
    with pytest.raises(LeaseHeld, match="ada"), hold(store, "run/lease", "x"):
        pass
    store.put_new("run/lease/000001.renewed-000001", canonical({"expires": time.time() - leases.GRACE - 1}))
    with hold(store, "run/lease", "x") as lease:
        assert lease.number == 2


def test_who_works_long_renews(tmp_path):
    store = FolderStore(tmp_path)
    with hold(store, "run/lease", "load", seconds=0.6) as lease:
        first = json.loads(store.get("run/lease/000001.json"))["expires"]
        time.sleep(1.1)
        lease.require()
        renewals = store.keys("run/lease/000001.renewed-")
        assert json.loads(store.get(renewals[-1]))["expires"] > first + 0.4
        assert lease.until > time.time()
    assert "run/lease/000001.released" in store.keys("run/lease/")


def test_who_slept_past_the_end_and_was_replaced_does_not_go_on(tmp_path):
    store = FolderStore(tmp_path)
    with hold(store, "run/lease", "load", seconds=1000) as lease:
        lease.until = 0
        elsewhere(store, time.time() + 100, number=2)
        with pytest.raises(LeaseHeld, match="taken over: ada"):
            lease.require()


def test_who_slept_and_was_not_replaced_goes_on(tmp_path):
    with hold(FolderStore(tmp_path), "run/lease", "load", seconds=1000) as lease:
        lease.until = 0
        lease.require()
        assert lease.until > time.time()


def test_a_renewal_between_reading_and_taking_wins(tmp_path):
    class Racing(FolderStore):
        def put_new(self, key, data):
            if key == "run/lease/000002.json":
                super().put_new("run/lease/000001.renewed-000001", canonical({"expires": time.time() + 100}))
            super().put_new(key, data)

    store = Racing(tmp_path)
    elsewhere(store, time.time() - leases.GRACE - 1)
    with pytest.raises(LeaseHeld, match="ada"), hold(store, "run/lease", "x"):
        pass
    assert "run/lease/000002.released" in store.keys("run/lease/")


@dataclass(frozen=True)
class Fine:
    def view(self):
        return View("fine")


class Nothing:
    id = "week1.nothing"
    needs = "week1.decision"
    done = 0

    def propose(self, run):
        return Proposal(self.id, (Change("thing", "create", None, 1),))

    def apply(self, run, proposal):
        Nothing.done += 1
        return Outcome(self.id, "applied")

    def verify(self, run):
        return Fine()


def test_of_two_runs_at_once_one_proceeds_and_the_other_changes_nothing(stack, tmp_path, other):
    (tmp_path / "parameters").mkdir()
    run = Run.open("rehearsal", "twice", {"aws": {}}, base=tmp_path)
    reach(run, 1, through="week1.decision")
    first = other("twice/lease", tmp_path / "records")
    with pytest.raises(LeaseHeld, match=f"process {first.pid}"):
        run.do(Nothing())
    assert Nothing.done == 0
    assert not list(run.journal.of("started"))
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert run.do(Nothing()).outcome.status == "applied"


def mine(**changed):
    """A lease of this process, as it stands in the store, with some of it changed."""
    return {"by": "ada", **identity(), "what": "week2.load", "at": "then", "expires": time.time() + 500} | changed


@pytest.mark.parametrize(
    ("changed", "free"),
    [
        ({}, False),
        ({"start": "1"}, True),  # the number was given to another process
        ({"pid": 2**22 + 1}, True),
        ({"pid": 2**22 + 1, "namespace": "pid:[1]"}, False),  # another container of the same host name
        ({"pid": 2**22 + 1, "boot": "another"}, False),
        ({"pid": 2**22 + 1, "host": "elsewhere"}, False),
        ({"pid": "x"}, False),
        ({"pid": None}, False),
    ],
)
def test_who_lives_where_decides_whether_a_lease_is_free(tmp_path, changed, free):
    store = FolderStore(tmp_path)
    store.put_new("run/lease/000001.json", canonical(mine(**changed)))
    if free:
        with hold(store, "run/lease", "x") as lease:
            assert lease.number == 2
    else:
        with pytest.raises(LeaseHeld), hold(store, "run/lease", "x"):
            pass


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"expires": "soon"}', b'{"expires": 1e300}'])
def test_a_lease_that_cannot_be_read_holds_until_it_is_released_with_a_reason(tmp_path, data):
    store = FolderStore(tmp_path)
    store.put_new("run/lease/000001.json", data)
    with pytest.raises(LeaseHeld, match="release --note"), hold(store, "run/lease", "x"):
        pass
    with pytest.raises(UsageError, match="with a reason"):
        release(store, "run/lease", " ")
    release(store, "run/lease", "the disk was full")
    assert json.loads(store.get("run/lease/000001.released"))["note"] == "the disk was full"
    with hold(store, "run/lease", "x") as lease:
        assert lease.number == 2
    with pytest.raises(UsageError, match="Nobody holds"):
        release(store, "run/lease", "again")


def test_whoever_was_released_does_not_go_on(tmp_path):
    store = FolderStore(tmp_path)
    with hold(store, "run/lease", "load") as lease:
        lease.require()
        release(store, "run/lease", "it hangs")
        with pytest.raises(LeaseHeld, match="released by somebody else"):
            lease.require()


def test_a_notebook_works_under_the_lease_of_its_runner(tmp_path, monkeypatch):
    store = FolderStore(tmp_path)
    with hold(store, "run/lease", "week 2") as week:
        monkeypatch.setenv(WITHIN, week.name)
        with hold(store, "run/lease", "week2.load") as step:
            step.require()
            assert step.number == week.number == 1
        assert "run/lease/000001.released" not in store.keys("run/lease/")
        with hold(store, "other/lease", "x") as unrelated:
            assert unrelated.name == "other/lease:1"
        elsewhere(store, time.time() + 100, number=2)
        with pytest.raises(LeaseHeld, match="taken over: ada"), hold(store, "run/lease", "week2.load"):
            pass


def test_a_run_is_free_when_its_runner_and_its_notebook_have_ended(tmp_path):
    store = FolderStore(tmp_path)
    store.put_new("run/lease/000001.json", canonical(mine(pid=2**22 + 1)))
    store.put_new("run/lease/000001.worker-7", canonical(identity()))
    with pytest.raises(LeaseHeld), hold(store, "run/lease", "x"):
        pass
