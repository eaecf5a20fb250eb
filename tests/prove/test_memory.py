"""A second proof reads on Athena only what changed; Redshift is always read anew."""

from __future__ import annotations

import pytest
from support.prove_engines import DuckEngine

from smartroute_runbook.prove import Field, TableSpec, tables_equal

SPEC = TableSpec("lake", "kept", (Field("id", "bigint"), Field("name", "string")), (Field("day", "int"),), 10**6)


class Kept:
    """Fingerprints in memory, with the identity of each partition's files."""

    def __init__(self):
        self.files, self.identity = {}, {(day,): "first" for day in (1, 2, 3)}

    def read(self, name):
        return self.files.get(name)

    def write(self, name, data):
        self.files[name] = data


def put(engine, rows):
    engine.db.execute("CREATE OR REPLACE TABLE lake.kept (id BIGINT, name VARCHAR, day INTEGER)")
    engine.db.executemany("INSERT INTO lake.kept VALUES (?, ?, ?)", rows)
    engine.asked.clear()


@pytest.fixture
def engines():
    return DuckEngine("athena"), DuckEngine("redshift")


ROWS = [(n, f"n{n}", 1 + n % 3) for n in range(30)]


def prove(engines, memory):
    for engine in engines:
        engine.asked.clear()
    return tables_equal(*engines, SPEC, memory=memory)


def fingerprints(engine):
    return [sql for sql in engine.asked if "_figures" in sql]


def test_what_did_not_change_is_read_once_on_athena_and_twice_on_redshift(engines):
    memory = Kept()
    for engine in engines:
        put(engine, ROWS)
    assert prove(engines, memory).reused == 0
    again = prove(engines, memory)
    assert (again.verdict, again.reused) == ("equal", 3)
    assert not fingerprints(engines[0])
    assert len(fingerprints(engines[1])) == 1
    assert "3 partitions were not read again" in str(again.view())


def test_a_changed_partition_alone_is_read_again_and_redshift_is_not_believed(engines):
    memory = Kept()
    for engine in engines:
        put(engine, ROWS)
    prove(engines, memory)
    changed = [(n, "other" if day == 2 and n == 1 else name, day) for n, name, day in ROWS]
    for engine in engines:
        put(engine, changed)
    memory.identity[(2,)] = "second"
    proof = prove(engines, memory)
    assert (proof.verdict, proof.reused) == ("equal", 2)
    (asked,) = fingerprints(engines[0])
    assert '"day" = 2' in asked
    assert '"day" = 1' not in asked
    put(engines[1], ROWS)
    found = prove(engines, memory)
    assert (found.verdict, found.reused) == ("different", 3)
    assert [item.columns for item in found.differences] == [("name",)]


def test_another_number_of_rows_than_was_kept_is_read_again(engines):
    """The files have the names that they had: what was kept is not of what Athena reads now."""
    memory = Kept()
    for engine in engines:
        put(engine, ROWS)
    prove(engines, memory)
    put(engines[0], ROWS[:-1])
    found = prove(engines, memory)
    assert found.verdict == "different"
    assert [(one.control_rows, one.candidate_rows) for one in found.partitions if one.differing_buckets]
    assert found.reused < len(found.partitions)
    put(engines[1], ROWS[:-1])
    assert prove(engines, memory).equal
