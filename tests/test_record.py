"""Notebooks executed in process, sealed, verified; a zoo of bad notebooks, one misbehaviour each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.journal import Journal
from smartroute_runbook.record.execute import Execution, execute
from smartroute_runbook.record.seal import seal
from smartroute_runbook.record.verify import verify
from smartroute_runbook.store import FolderStore

ZOO = Path(__file__).parent / "notebooks"


@dataclass
class Recorded:
    """The parts of a run that sealing uses, over a real store and journal."""

    id: str
    environment: str
    store: FolderStore
    journal: Journal
    settings: Any

    @property
    def folder(self) -> Path:
        return self.store.folder / self.id


def open_record(folder: Path) -> Recorded:
    store = FolderStore(folder / "records")
    journal = Journal(store, "r1/journal")
    section = SimpleNamespace(record=SimpleNamespace(signing_key=str(folder / "signing.pem")))
    run = Recorded("r1", "rehearsal", store, journal, section)
    journal.append("opened", {"run": "r1", "environment": "rehearsal", "settings": {}, "rehearsal": True})
    return run


def keep_evidence(run: Recorded, name: str, value: Any) -> str:
    found = digest(value)
    file = f"evidence/{name}-{found[:12]}.json"
    run.store.put_new(f"{run.id}/{file}", canonical(value))
    run.journal.append("evidence", {"name": name, "digest": found, "file": file})
    return found


def executed(folder: Path, name: str, parameters: dict[str, Any] | None = None) -> Execution:
    return execute(ZOO / f"{name}.ipynb", folder / f"{name}.ipynb", parameters or {})


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Execution:
    return executed(tmp_path_factory.mktemp("good"), "good", {"rows": 612})


@pytest.fixture(scope="module")
def sealed(tmp_path_factory, good) -> Recorded:
    run = open_record(tmp_path_factory.mktemp("sealed"))
    found = keep_evidence(run, "week1.inventory", {"rows": 380232})
    body = {"gate": "week1.decision", "signer": "Ada", "evidence": {"week1.inventory": found}, "checked": ["a"]}
    run.journal.append("signature", {**body, "note": ""})
    seal(run, good, week="1", source=ZOO / "good.ipynb", parameters={"rows": 612})
    return run


def test_a_good_notebook_finishes_with_its_parameters_and_few_outputs(good):
    assert (good.status, good.exit_code, good.failure) == ("finished", 0, None)
    assert good.cells == good.cells_done == 4
    assert "612" in good.path.read_text()


def test_a_record_that_was_not_touched_is_valid(sealed):
    found = verify(sealed.folder)
    assert found.valid, found.problems
    assert found.checked["entries"] == found.checked["attested_entries"] == 4
    assert found.checked["not_covered"] == []
    assert verify(sealed.store.folder).valid


def files_of(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_flipped_bit_is_found_and_its_file_named(sealed, data):
    path = data.draw(st.sampled_from(files_of(sealed.folder)))
    original = path.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    path.chmod(0o644)
    path.write_bytes(changed)
    try:
        found = verify(sealed.folder)
    finally:
        path.write_bytes(original)
    assert not found.valid
    assert path.relative_to(sealed.folder).as_posix() in {problem.file for problem in found.problems}


def test_every_missing_file_is_found(sealed, tmp_path):
    for path in files_of(sealed.folder):
        copy = tmp_path / "copy"
        shutil.copytree(sealed.folder, copy)
        (copy / path.relative_to(sealed.folder)).unlink()
        found = verify(copy)
        assert not found.valid, path
        shutil.rmtree(copy)
