"""How files are read is part of their state: order of columns in text, SerDe options, a partition's own descriptor."""

from __future__ import annotations

import pyarrow as pa
import pytest
from support.lakes import D1, D2, PARQUET, Lake, world

from smartroute_runbook import load, prepare
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.lake.reading import reading_of
from smartroute_runbook.load.sql import anew, staged

HIVE = "org.apache.hadoop.hive"
COLUMNS = [("id", "bigint"), ("come", "string"), ("gone", "string")]


def serde(name, **parameters):
    return {**PARQUET, "SerdeInfo": {"SerializationLibrary": name, "Parameters": parameters}}


CSV = serde(f"{HIVE}.serde2.lazy.LazySimpleSerDe", **{"field.delim": ","})
JSON = serde("org.openx.data.jsonserde.JsonSerDe")


@pytest.fixture(scope="module")
def base(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("readings")
    copy_to(folder)
    world(folder)
    return folder


def rows(*ids):
    return pa.table({"id": pa.array(ids, pa.int64()), "come": [f"c{n}" for n in ids], "gone": [f"g{n}" for n in ids]})


def reregistered(lake):
    """Every partition under the table's descriptor as it is now, as a crawler leaves it."""
    lake.describe()
    for values in (D1, D2):
        lake.register(values, lake.folder(values))


def stale(lake):
    """What a proof and a load say of a table whose files did not change: it must be noticed, and nothing be equal."""
    before = lake.proof()
    again = load.sync(lake.run)
    return before.verdict, again.partitions


@pytest.fixture(scope="module")
def text(base):
    parts = {D1: b"1,c1,g1\n2,c2,g2\n", D2: b"3,c3,g3\n"}
    lake = Lake(base, "read_text", COLUMNS, sd=CSV, parts=parts)
    assert lake.carry().equal
    return lake


def test_columns_of_a_text_table_that_change_places_are_other_values_of_the_same_files(text):
    text.columns = [COLUMNS[0], COLUMNS[2], COLUMNS[1]]
    reregistered(text)
    assert stale(text) == ("different", 2)
    assert text.rows("id, come, gone") == [(1, "g1", "c1"), (2, "g2", "c2"), (3, "g3", "c3")]
    assert text.proof().equal
    text.columns = COLUMNS
    reregistered(text)
    assert load.sync(text.run).partitions == 2


def test_a_header_that_is_skipped_from_now_on_is_another_state_of_every_file(text):
    text.parameters = {**text.parameters, "skip.header.line.count": "1"}
    reregistered(text)
    assert stale(text) == ("different", 2)
    assert text.rows("id") == [(2,)]
    del text.parameters["skip.header.line.count"]
    reregistered(text)
    load.sync(text.run)


@pytest.mark.parametrize("option", ["use.null.for.invalid.data", "ignore.malformed.json", "avro.schema.literal"])
def test_a_property_that_makes_values_null_is_another_state_of_every_file(option):
    descriptor = {**PARQUET, "Columns": []}
    assert reading_of(descriptor, {option: "true"}) != reading_of(descriptor, {"classification": "parquet"})


def test_another_delimiter_of_one_partition_is_another_state_of_that_one(text):
    text.description = serde(f"{HIVE}.serde2.lazy.LazySimpleSerDe", **{"field.delim": "g"})
    text.description["Columns"] = [{"Name": n, "Type": t} for n, t in COLUMNS]
    text.register(D2, text.folder(D2))
    assert stale(text) == ("different", 1)
    assert text.rows("id, come, gone")[-1] == (None, "3", None)  # '3,c3,' is no number
    reregistered(text)
    assert load.sync(text.run).partitions == 1
    assert text.proof().equal


def test_partitions_of_other_formats_are_read_by_their_own_descriptors(base):
    lake = Lake(base, "read_mixed", COLUMNS, parts={D1: rows(1, 2)})
    table = lake.description
    for values, sd, body in ((D2, CSV, b"3,c3,g3\n"), ((2026, 9, 23), JSON, b'{"gone": "g4", "id": 4}\n')):
        lake.description = {**sd, "Columns": table["Columns"]}
        lake.put(values, body, "a.txt")
    lake.description = table
    found = prepare.files.inventory(lake.run, lake.name)
    assert (found.files, found.footers, found.mismatched) == (3, 1, ())
    assert lake.carry().equal
    assert lake.rows("id, come, gone") == [(1, "c1", "g1"), (2, "c2", "g2"), (3, "c3", "g3"), (4, None, "g4")]


def test_a_partition_that_is_registered_elsewhere_while_it_is_exported_is_not_loaded_under_its_old_state(
    base, monkeypatch
):
    from smartroute_runbook.load import export

    lake = Lake(base, "read_moving", COLUMNS, parts={D1: rows(1, 2), D2: rows(3)})
    assert lake.carry().equal
    lake.put(D1, rows(1, 5))
    unload = export._unload

    def moved(*given):
        lake.put(D1, rows(8, 9), folder="elsewhere/")
        return unload(*given)

    monkeypatch.setattr(export, "_unload", moved)
    with pytest.raises(ServiceError, match="changed while it was exported"):
        load.sync(lake.run)
    assert [n for (n,) in lake.rows("id")] == [1, 2, 3]
    monkeypatch.undo()
    lake.register(D1, lake.folder(D1))
    load.sync(lake.run)
    assert [n for (n,) in lake.rows("id")] == [1, 3, 5]
    lake.register(D1, "elsewhere/")
    load.sync(lake.run)
    assert [n for (n,) in lake.rows("id")] == [3, 8, 9]
    assert lake.proof().equal


@pytest.mark.parametrize("name", ["x" * 127, "é" * 63 + "x", "trips"])
def test_tables_beside_one_of_a_long_name_have_names_that_redshift_takes_whole(name):
    beside = [staged(name), anew(name)]
    assert all(len(one.encode()) <= 127 for one in beside)
    assert len({name, *beside}) == 3
