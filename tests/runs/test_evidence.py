"""Evidence that is read back is what the journal recorded, or the run stops."""

from __future__ import annotations

import pytest

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.runs.evidence import read_kept
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.store import FolderStore

FILE = "evidence/decide.harvest-000000000000.json"


@pytest.fixture
def kept(tmp_path):
    store = FolderStore(tmp_path)
    journal = Journal(store, "r/journal")
    value = {"queries_day": 134}
    store.put_new(f"r/{FILE}", canonical(value))
    journal.append("evidence", {"name": "decide.harvest", "digest": digest(value), "file": FILE})
    return store, journal, tmp_path / "r" / FILE


def test_what_was_kept_is_read_back(kept):
    store, journal, _ = kept
    assert read_kept(store, journal, "r", FILE) == b'{"queries_day":134}'


def test_what_was_edited_on_disk_stops_the_run(kept):
    store, journal, path = kept
    path.chmod(0o644)
    path.write_bytes(b'{"queries_day":200000}')
    with pytest.raises(VerificationFailed, match="was changed since journal entry 1") as error:
        read_kept(store, journal, "r", FILE)
    assert error.value.exit_code == 5
    path.unlink()
    with pytest.raises(VerificationFailed, match="is missing"):
        read_kept(store, journal, "r", FILE)


def test_what_was_planted_is_no_evidence(kept):
    store, journal, _ = kept
    store.put_new("r/evidence/x.json", b"{}")
    with pytest.raises(VerificationFailed, match="No entry of the journal recorded"):
        read_kept(store, journal, "r", "evidence/x.json")
