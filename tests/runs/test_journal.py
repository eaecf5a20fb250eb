"""Journal and store: write-once, chained, whole after any kill, one winner for each number."""

from __future__ import annotations

import json
import multiprocessing
import resource
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.runs.journal import GENESIS, Journal
from smartroute_runbook.runs.store import AlreadyWritten, FolderStore

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_canonical_json_reads_back_to_the_same_bytes(value):
    assert canonical(json.loads(canonical(value))) == canonical(value)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=8), json_values, max_size=3), min_size=1, max_size=5))
def test_any_bodies_are_chained_and_read_back(tmp_path_factory, bodies):
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(FolderStore(folder), "run/journal")
    for body in bodies:
        journal.append("noted", body)
    read = Journal(FolderStore(folder), "run/journal").entries()
    assert [entry.n for entry in read] == list(range(1, len(bodies) + 1))
    assert [entry.prev for entry in read] == [GENESIS, *(entry.digest for entry in read[:-1])]
    assert [digest(entry.body) for entry in read] == [digest(body) for body in bodies]


def test_a_changed_byte_anywhere_is_noticed(tmp_path):
    journal = Journal(FolderStore(tmp_path), "j")
    for n in range(3):
        journal.append("noted", {"n": n})
    path = tmp_path / "j" / "000002.json"
    data = path.read_bytes()
    path.chmod(0o644)
    for at in range(0, len(data), 7):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(VerificationFailed, match="000002"):
            Journal(FolderStore(tmp_path), "j").entries()


def test_an_entry_put_in_another_place_is_noticed(tmp_path):
    journal = Journal(FolderStore(tmp_path), "j")
    journal.append("noted", {})
    journal.append("noted", {})
    (tmp_path / "j" / "000003.json").write_bytes((tmp_path / "j" / "000002.json").read_bytes())
    with pytest.raises(VerificationFailed, match="000003"):
        Journal(FolderStore(tmp_path), "j").entries()


@pytest.mark.parametrize("gone", [1, 2, 3, 4])
def test_a_hole_is_no_end_whatever_it_hides(tmp_path, gone):
    """What follows a missing entry, such as a revocation, is not simply forgotten; nor is the hole written over."""
    journal = Journal(FolderStore(tmp_path), "j")
    for n in range(5):
        journal.append("noted", {"n": n})
    (tmp_path / "j" / f"{gone:06d}.json").unlink()
    for act in (Journal.entries, Journal.head, lambda one: one.append("noted", {})):
        with pytest.raises(VerificationFailed, match=f"{gone:06d}.json is missing"):
            act(Journal(FolderStore(tmp_path), "j"))
    assert not (tmp_path / "j" / f"{gone:06d}.json").exists()


def _write(folder, who, count):
    journal = Journal(FolderStore(folder), "j")
    for n in range(count):
        journal.append("noted", {"who": who, "n": n})


def test_writers_in_threads_and_processes_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(tmp_path, f"p{n}", 20)) for n in range(2)]
    threads = [threading.Thread(target=_write, args=(tmp_path, f"t{n}", 20)) for n in range(2)]
    for worker in [*processes, *threads]:
        worker.start()
    for worker in [*processes, *threads]:
        worker.join()
    found = [(entry.body["who"], entry.body["n"]) for entry in Journal(FolderStore(tmp_path), "j").entries()]
    assert sorted(found) == sorted((who, n) for who in ("p0", "p1", "t0", "t1") for n in range(20))


def test_a_key_is_written_once(tmp_path):
    store = FolderStore(tmp_path)
    store.put_new("a/b.json", b"first")
    with pytest.raises(AlreadyWritten):
        store.put_new("a/b.json", b"second")
    assert store.get("a/b.json") == b"first"
    assert store.keys("") == ["a/b.json"]
    with pytest.raises(KeyError):
        store.get("a")


def test_a_disk_that_takes_no_more_is_named_and_nothing_half_written_stays(tmp_path):
    store = FolderStore(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(OSError, match="journal/1") as failed:
            store.put_new("journal/1", b"x" * 2_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert failed.value.filename == str(tmp_path / "journal/1")
    assert list((tmp_path / "journal").iterdir()) == []
