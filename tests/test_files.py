"""Only regular files of bounded size are read; what is written is whole, follows no link, is ours and our group's."""

from __future__ import annotations

import json
import os

import pytest

from smartroute_runbook.errors import UsageError
from smartroute_runbook.files import make_folder, read_bytes, read_text, replace
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.strict_yaml import read_yaml
from smartroute_runbook.translate.files import translate_files
from smartroute_runbook.translate.schema import Schema

SCHEMA = Schema.of({"lake.trips": {"id": "bigint", "name": "string"}})


@pytest.fixture
def odd(tmp_path):
    """A folder, a pipe, a device, a loop, a link to nothing, and a file that is too large."""
    (tmp_path / "folder.sql").mkdir()
    os.mkfifo(tmp_path / "pipe.sql")
    (tmp_path / "device.sql").symlink_to("/dev/zero")
    (tmp_path / "loop.sql").symlink_to("loop.sql")
    (tmp_path / "nothing.sql").symlink_to("nowhere")
    with (tmp_path / "large.sql").open("wb") as file:
        file.truncate(5 * 2**30)  # sparse: it takes no room
    return tmp_path


@pytest.mark.parametrize("name", ["folder", "pipe", "device", "loop", "nothing", "large"])
def test_what_is_no_file_is_one_line(odd, name):
    for read in (lambda p: read_text(p, "The file"), lambda p: read_bytes(p, "The file"), read_yaml):
        with pytest.raises(UsageError, match="cannot be read"):
            read(odd / f"{name}.sql")


def test_odd_files_are_told_as_one_query_each_and_the_others_are_translated(odd):
    (odd / "good.sql").write_text("SELECT id FROM lake.trips")
    (odd / "latin.sql").write_bytes(b"SELECT '\xe9'")
    found = {one.name: one for one in translate_files([odd], SCHEMA)}
    assert set(found) == {"folder", "pipe", "device", "loop", "nothing", "large", "good", "latin"}
    assert found.pop("good").sql is not None
    assert all(one.sql is None and len(one.problems) == 1 for one in found.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.json", "[" * 100_000 + "]" * 100_000),
        ("deep.yaml", "[" * 3_000),
        ("twice.yaml", "sql: SELECT 1\nsql: SELECT 2\n"),
        ("inf.yaml", "a: .inf\n"),
        ("python.yaml", "!!python/object/apply:os.getcwd []\n"),
        ("bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
        ("cut.json", '{"sql": "SELECT'),
        ("nothing.json", "{}"),
        ("bytes.json", b"\xff\xfe\x00"),
    ],
)
def test_an_export_that_cannot_be_read_is_one_query_too(tmp_path, name, text):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "good.sql").write_text("SELECT id FROM lake.trips")
    odd, good = translate_files([tmp_path / name, tmp_path / "good.sql"], SCHEMA)
    assert odd.sql is None
    assert len(odd.problems) == 1
    assert good.sql is not None


@pytest.mark.parametrize("name", ["12:30", "0123", "off", "2026-10-01", "1e3", "~"])
def test_the_name_in_an_export_stays_as_it_is_written(tmp_path, name):
    (tmp_path / "superset.yaml").write_text(f"- table_name: x{name}\n  sql: SELECT id FROM lake.trips\n")
    (tmp_path / "dashboard.json").write_text(json.dumps([{"title": name, "rawSql": "SELECT id FROM lake.trips"}]))
    (tmp_path / "schema.yaml").write_text(f"lake.trips: {{x{name.replace(':', '_')}: string}}\n")
    names = [one.name for one in translate_files([tmp_path / "superset.yaml", tmp_path / "dashboard.json"], SCHEMA)]
    assert names[0].startswith("x")
    assert names[0][1:].strip("_") == names[1].strip("_") or name == "~"
    assert f"x{name.replace(':', '_')}" in Schema.load(tmp_path / "schema.yaml").tables["lake.trips"]


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_what_is_written_is_its_owners_and_groups_whatever_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        store = FolderStore(tmp_path / f"records{mask}")
        store.put_new("run/journal/000001.json", b"{}")
        make_folder(tmp_path / f"pages{mask}")
        replace(tmp_path / f"pages{mask}" / "index.html", "<p>page</p>")
    finally:
        os.umask(before)
    for path in (*(tmp_path / f"records{mask}").rglob("*"), *(tmp_path / f"pages{mask}").rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o750 if path.is_dir() else 0o440 if path.suffix == ".json" else 0o640)
    assert (tmp_path / f"records{mask}").stat().st_mode & 0o777 == 0o750


def test_a_link_is_replaced_and_never_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "page.html").symlink_to(victim)
    replace(tmp_path / "page.html", "page")
    assert victim.read_text() == "mine"
    assert (tmp_path / "page.html").read_text() == "page"


@pytest.mark.parametrize("make", [os.mkfifo, lambda p: p.symlink_to("/dev/zero")])
def test_a_store_reads_what_a_run_wrote_and_nothing_else(tmp_path, make):
    store = FolderStore(tmp_path)
    (tmp_path / "run").mkdir()
    make(tmp_path / "run" / "odd.json")
    with pytest.raises(UsageError, match="not as a run writes it"):
        store.get("run/odd.json")


def test_a_folder_is_no_file_of_a_run(tmp_path):
    """S3 has no folders: a key that others lie under is a key without a value."""
    (tmp_path / "run" / "odd.json").mkdir(parents=True)
    with pytest.raises(KeyError):
        FolderStore(tmp_path).get("run/odd.json")
