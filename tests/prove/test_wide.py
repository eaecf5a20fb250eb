"""Tables too wide for one statement: proven in passes, each within what its transport takes."""

from __future__ import annotations

import pytest
from support.prove_engines import DuckEngine

from smartroute_runbook.prove import Field, TableSpec, tables_equal
from smartroute_runbook.prove.passes import in_pieces, passes_of

TYPES = (
    {f"t{n}": "string" for n in range(6)} | {f"n{n}": "int" for n in range(8)} | {f"d{n}": "double" for n in range(9)}
)
SPEC = TableSpec("lake", "wide", tuple(Field(*item) for item in TYPES.items()), (Field("day", "int"),), 10**6)
LIMIT = 32_000


class Bounded(DuckEngine):
    """An engine that takes so many bytes of SQL."""

    longest_sql = LIMIT

    def query(self, sql, parameters=()):
        assert len(sql.encode()) <= self.longest_sql
        return super().query(sql, parameters)


@pytest.fixture(scope="module")
def engines():
    return Bounded("athena"), Bounded("redshift")


def value(name, n):
    kind = TYPES[name]
    return f"'{name}-{n}'" if kind == "string" else str(n * 7 if kind == "int" else n / 3)


def put(engine, rows):
    names = [*TYPES, "day"]
    kinds = {"string": "VARCHAR", "int": "INTEGER", "double": "DOUBLE"}
    columns = ", ".join(f"{name} {kinds[TYPES.get(name, 'int')]}" for name in names)
    engine.db.execute(f"CREATE OR REPLACE TABLE lake.wide ({columns})")
    for row in rows:
        engine.db.execute(f"INSERT INTO lake.wide VALUES ({', '.join(row[name] for name in names)})")


def rows(count=12):
    return [{name: value(name, n) for name in TYPES} | {"day": str(n % 2)} for n in range(count)]


def compare(engines, control, candidate):
    for engine, side in zip(engines, (control, candidate), strict=True):
        put(engine, side)
    return tables_equal(*engines, SPEC)


def test_passes_hold_every_column_and_fit():
    passes = passes_of(SPEC, {"athena": LIMIT, "redshift": LIMIT})
    assert len(passes.specs) > 1
    assert {field.name for one in passes.specs for field in one.columns} == set(TYPES)
    assert passes.tying
    assert all(set(passes.tying) <= set(one.columns) for one in passes.specs)
    assert len(passes_of(SPEC, {"athena": 260_000, "redshift": 260_000}).specs) == 1


def test_a_wide_table_is_equal_and_one_value_in_any_pass_is_not(engines):
    proof = compare(engines, rows(), rows())
    assert (proof.verdict, proof.untied) == ("equal", 0)
    assert proof.passes > 1
    assert "Too wide for one statement" in str(proof.view())
    for name in ("t0", "d6"):
        other = rows()
        other[5][name] = value(name, 99)
        found = compare(engines, rows(), other)
        assert found.verdict == "different"
        assert {cell.column for item in found.differences for cell in item.cells} == {name}


def test_values_exchanged_between_rows_are_found_or_said_not_to_be_told(engines):
    swapped = rows()
    swapped[2]["d6"], swapped[4]["d6"] = swapped[4]["d6"], swapped[2]["d6"]
    assert compare(engines, rows(), swapped).verdict == "different"
    alike = [dict(row) for row in rows()]
    for row in alike:  # rows that differ in one double of each pass: nothing ties the passes
        row.update({name: value(name, 1) for name in TYPES if name not in ("d0", "d8")})
    exchanged = [dict(row) for row in alike]
    exchanged[2]["d8"], exchanged[4]["d8"] = exchanged[4]["d8"], exchanged[2]["d8"]
    proof = compare(engines, alike, exchanged)
    assert proof.verdict == "equal in part"
    assert proof.untied == 2  # a group a day
    assert not proof.equal


@pytest.mark.parametrize("keys", [(), (Field("day", "int"),)])
def test_passes_that_nothing_ties_are_no_proof_of_whole_rows(engines, keys):
    spec = TableSpec("lake", "doubles", tuple(Field(f"d{n}", "double") for n in range(7)), keys, 10**6)
    for engine in engines:
        columns = [*(f"{n} / 3 + row AS d{n}" for n in range(7)), "row % 2 AS day"]
        engine.db.execute(
            f"CREATE OR REPLACE TABLE lake.doubles AS SELECT {', '.join(columns)} FROM range(4) AS r(row)"
        )
    proof = tables_equal(*engines, spec)
    assert proof.passes > 1
    assert (proof.verdict, proof.untied) == ("equal in part", 2 if keys else 1)


def test_doubles_are_tied_by_doubles_where_there_is_nothing_else():
    spec = TableSpec("lake", "doubles", tuple(Field(f"d{n}", "double") for n in range(40)), (), 10**6)
    passes = passes_of(spec, {"athena": 260_000, "redshift": 95_000})
    assert passes.tying
    assert all(set(passes.tying) <= set(one.columns) for one in passes.specs)
    assert {field for one in passes.specs for field in one.columns} == set(spec.columns)


def test_statements_that_name_many_rows_are_cut_to_what_engines_take(engines):
    control = rows(300)
    candidate = [dict(row) for row in control]
    for row in candidate[::3]:
        row["t1"] = "'other'"
    proof = compare(engines, control, candidate)
    assert proof.verdict == "different"
    assert len(proof.differences) >= 50


def test_pieces_fit_and_lose_nothing(engines):
    items = list(range(1000))
    pieces = list(in_pieces(items, lambda some, _d: "x" * 100 * len(some), engines))
    assert [n for piece in pieces for n in piece] == items
    assert all(len(piece) <= LIMIT // 100 for piece in pieces)
