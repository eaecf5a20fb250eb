"""Lakes of every form that is carried, in one run: designed, loaded, proven; and what is not carried, by name."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
import re
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import orc
from support.lakes import D1, D2, PARQUET, Lake, carry, run_over, world

from smartroute_runbook import load, measure
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import UsageError, VerificationFailed
from smartroute_runbook.lake import HIVE_NULL
from smartroute_runbook.load.table_design import design_table
from smartroute_runbook.prepare import checks
from smartroute_runbook.runs.run import Run

ID, NAME = [("id", "bigint"), ("name", "string")], ("name", "string")
STRINGS = (("year", "string"), ("month", "string"), ("day", "string"))


def rows(*ids, **extra):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array([f"n{n}" for n in ids]), **extra})


def moments():
    texts = ("2026-09-21T01:02:03.123456", "2026-09-21T01:02:03.123500", "2026-09-21T01:02:03.123999")
    micros = [dt.datetime.fromisoformat(text) for text in (*texts, "1969-12-31T23:59:59.999500")]
    return pa.table({
        "id": pa.array([1, 2, 3, 4], pa.int64()), "at": pa.array(micros, pa.timestamp("us")),
        "on_day": pa.array([dt.date(2026, 9, 21), None, dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
        "fare": pa.array([Decimal("1.25"), None, Decimal("-99999999.99"), Decimal("0.00")], pa.decimal128(10, 2)),
        "few": pa.array([1, -128, 127, None], pa.int8()), "some": pa.array([1, None, 32767, -32768], pa.int16()),
        "ratio": pa.array([0.1, float("nan"), float("-inf"), None], pa.float32()),
        "code": pa.array(["a", "ab ", None, "é"]), "raw": pa.array([b"", b"\x00\xff", None, b"abc"], pa.binary()),
        "yes": pa.array([True, False, None, True]),
        "whole": pa.array([Decimal(12), Decimal(-9999999999), None, Decimal(0)], pa.decimal128(10, 0)),
        "much": pa.array([Decimal("9" * 38), Decimal("-" + "9" * 38), None, Decimal(1)], pa.decimal128(38, 0)),
    })  # fmt: skip


TYPED = [
    ("id", "bigint"), ("at", "timestamp"), ("on_day", "date"), ("fare", "decimal(10,2)"), ("few", "tinyint"),
    ("some", "smallint"), ("ratio", "float"), ("code", "varchar(5)"), ("raw", "binary"), ("yes", "boolean"),
    ("whole", "decimal"), ("much", "decimal(38,0)"),
]  # fmt: skip
PROJECTED = {
    "projection.enabled": "true", "projection.dt.type": "date", "projection.dt.range": "2026-09-20,2026-09-25",
    "projection.dt.format": "yyyy-MM-dd", "projection.region.type": "enum", "projection.region.values": "eu,us",
}  # fmt: skip
DT = (("dt", "string"),)
NESTED = [*ID, ("tags", "array<string>"), ("stop", "struct<name:string,zone:int,open:boolean>"),
          ("seen", "map<string,bigint>"), ("legs", "array<struct<at:string,stops:array<int>>>")]  # fmt: skip


WORDS = ("select", "not", "from-to", "1st", "a b", "c.d", "é", "order")


def worded(n):
    """Rows with a struct whose fields are called what SQL or a parser of types takes for something else."""
    kind = pa.struct([(name, pa.int32()) for name in WORDS])
    return rows(n, s=pa.array([{name: n * 10 + place for place, name in enumerate(WORDS)}], kind))


def nested(*ids, **extra):
    """Rows with parts: empty, NULL, quotes, letters beyond ASCII, a NULL inside."""
    tags = [["a", 'say "x"', None, "é\\/"], [], None, ["\n\t"]]
    stops = [{"name": "Hbf", "zone": 1, "open": True}, {"name": None, "zone": None, "open": None}, None, None]
    legs = [[{"at": "x", "stops": [1, None]}], [], None, [None, {"at": None, "stops": None}]]
    seen = [[("b", 2), ("a", None)], [], None, [("", -(2**63))]]
    kinds = {
        "tags": pa.list_(pa.string()), "seen": pa.map_(pa.string(), pa.int64()),
        "stop": pa.struct([("name", pa.string()), ("zone", pa.int32()), ("open", pa.bool_())]),
        "legs": pa.list_(pa.struct([("at", pa.string()), ("stops", pa.list_(pa.int32()))])),
    }  # fmt: skip
    values = {"tags": tags, "stop": stops, "seen": seen, "legs": legs}
    return rows(*ids, **{n: pa.array([values[n][i % 4] for i in ids], kind) for n, kind in kinds.items()}, **extra)


NULLED = (("year", "int"), ("month", "int"), ("day", "int"), ("hour", "int"))

HIVE = "org.apache.hadoop.hive"


TEXT = {"InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": f"{HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat"}  # fmt: skip
ORC = {"InputFormat": f"{HIVE}.ql.io.orc.OrcInputFormat", "OutputFormat": f"{HIVE}.ql.io.orc.OrcOutputFormat"}


def serde(name, formats=TEXT, **parameters):
    """A storage descriptor of another format, with the classes that read and write it: Trino goes by them too."""
    return {**PARQUET, **formats, "SerdeInfo": {"SerializationLibrary": name, "Parameters": parameters}}


def as_orc(table):
    out = io.BytesIO()
    orc.write_table(table, out)
    return out.getvalue()


CSV = {"columns": [*ID, ("fare", "decimal(9,2)"), ("at", "timestamp"), ("yes", "boolean")],
       "sd": serde(f"{HIVE}.serde2.lazy.LazySimpleSerDe", **{"field.delim": ",", "escape.delim": "\\"}),
       "parameters": {"skip.header.line.count": "1"}}  # fmt: skip
QUOTED = {"columns": ID, "sd": serde(f"{HIVE}.serde2.OpenCSVSerde", separatorChar=";")}
JSON = {"columns": [*ID, ("stop", "struct<name:string,zones:array<int>>"), ("share", "double")],
        "sd": serde("org.openx.data.jsonserde.JsonSerDe")}  # fmt: skip
LINES = """{"ID": 1, "name": "é", "stop": {"Name": "Hbf", "zones": [1, null]}, "share": 0.1}
{"id": 2, "unknown": 3, "share": 1e10}
"""

FORMS = {
    "strings": {"columns": ID, "keys": STRINGS, "parts": {("2026", "09", "21"): rows(1), ("2026", "10", "2"): rows(2)}},
    "a_date": {"columns": ID, "keys": (("dt", "date"),), "parts": {("2026-09-21",): rows(1), ("2026-09-22",): rows(2)}},
    "texts": {"columns": ID, "keys": DT, "parts": {("2026-09-21",): rows(1), ("2026-09-22",): rows(2)}},
    "regions": {
        "columns": ID, "keys": (("region", "string"), ("year", "int"), ("month", "int"), ("day", "int")),
        "parts": {("eu", *D1): rows(1), ("us", *D1): rows(2), ("eu", *D2): rows(3)},
    },
    "nulls": {"columns": ID, "keys": NULLED, "parts": {(*D1, 4): rows(1), (*D1, HIVE_NULL): rows(2)}},
    "no_day": {"columns": ID, "parts": {D1: rows(1), (2026, 2, 30): rows(2), (0, 0, 0): rows(3)}},
    "dimension": {"columns": ID, "keys": ()},
    "projected": {"columns": ID, "keys": (("region", "string"), ("dt", "string")), "parameters": PROJECTED,
                  "parts": {("eu", "2026-09-21"): rows(1), ("us", "2026-09-22"): rows(2, 3)}},
    "typed": {"columns": TYPED, "parts": {D1: moments()}},
    "evolved": {"columns": [*ID, ("extra", "bigint")],
                "parts": {D1: rows(1), D2: rows(2, extra=pa.array([7], pa.int32()), unread=pa.array([1]))}},
    "nested": {"columns": NESTED, "parts": {D1: nested(0, 1, 2), D2: nested(3, 0, 0)}},
    "words": {"columns": [*ID, ("s", f"struct<{','.join(f'{name}:int' for name in WORDS)}>")],
              "parts": {D1: worded(1), D2: worded(2)}},
    "csv": {**CSV, "parts": {D1: b"id,name,fare,at,yes\n1,a\\,b,1.50,2026-09-21 01:02:03.5,true\n2,\\N,x,,\n",
                             D2: b"id,name\n3,c,,,,beyond\n"}},
    "quoted": {**QUOTED, "parts": {D1: b'1;"a;""b"""\n2;\n', D2: b'"3";c\n'}},
    "json": {**JSON, "parts": {D1: LINES.encode(), D2: b""}},
    "orc": {"columns": ID, "sd": serde(f"{HIVE}.ql.io.orc.OrcSerde", ORC), "parts": {D1: as_orc(rows(1, 2))}},
    "later": {"columns": ID, "parts": {D1: rows(1, 2), (2038, 2, 10): rows(3)}},
}  # fmt: skip


if os.environ.get("STACK_TRINO"):  # Athena reads numbers with OpenCSVSerde (its user guide), Trino texts alone
    del FORMS["quoted"]


@pytest.fixture(scope="module")
def base(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lakes")
    copy_to(folder)
    world(folder)
    return folder


@pytest.fixture(scope="module")
def lakes(base):
    """All of them, made, in one run that is loaded."""
    run = run_over(base, "forms", [f"form_{name}" for name in FORMS])
    made = {name: Lake(base, f"form_{name}", **form, run=run) for name, form in FORMS.items()}
    made["dimension"].put((), rows(1, 2, 3))
    if "quoted" in made:
        made["quoted"].put(D2, gzip.compress(b"4;d\n"), "b.csv.gz", register=False)
    again = made["no_day"]
    again.put(D1, rows(4), folder="year=2026/month=09/day=21/", register=False)  # the same day, another writer
    again.glue.create_partition(
        DatabaseName="smartroute_analytics", TableName=again.name,
        PartitionInput={"Values": ["2026", "09", "21"], "StorageDescriptor": {
            **again.description, "Location": again.address("year=2026/month=09/day=21/")}},
    )  # fmt: skip
    again.put(D1, rows(5), "part-1/b.parquet", register=False)
    again.put(D1, rows(6), "_temporary/0/c.parquet", register=False)
    return made, carry(run)


BROKEN = pa.array([b"good", b"b\xff\xfed"], pa.binary())
"""Bytes of two texts, of which the second is not UTF-8."""


@pytest.mark.parametrize("kind", ["string", "char(9)"])
@pytest.mark.skipif(not os.environ.get("STACK_TRINO"), reason="only a real Trino reads such bytes: STACK_TRINO=URL")
def test_text_that_is_not_utf_8_is_counted_before_it_is_unloaded(base, kind):
    """Trino hands such bytes on as they are, and COPY refuses them: the design names the column."""
    columns = [("id", "bigint"), ("name", kind)]
    bad = Lake(base, f"bytes_{kind[:4]}", columns, parts={D1: rows(1, 2).set_column(1, "name", BROKEN), D2: rows(3)})
    with pytest.raises(UsageError, match=r"'name' of .* holds 1 value that is not UTF-8"):
        load.CreateTables().propose(bad.run)


def test_a_char_is_measured_as_a_varchar(base):
    """Trino 435 has no TO_UTF8 of a CHAR."""
    lake = Lake(base, "with_char", [("id", "bigint"), ("name", "char(9)")], parts={D1: rows(1, 2)})
    assert load.CreateTables().propose(lake.run).changes


MOVING = ("typed", "later", "dimension", "regions", "nested", "evolved", "a_date")


@pytest.fixture(scope="module")
def moving(base):
    """Some of them in a run of their own, to be changed."""
    run = run_over(base, "moving", [f"moving_{name}" for name in MOVING])
    made = {name: Lake(base, f"moving_{name}", **FORMS[name], run=run) for name in MOVING}
    made["dimension"].put((), rows(1, 2, 3))
    return made, carry(run)


@pytest.fixture(scope="module")
def proofs(lakes):
    return {row[0].removeprefix("form_"): row for row in load.prove(lakes[1]).tables}


@pytest.mark.parametrize("name", FORMS)
def test_a_lake_is_loaded_and_proven(lakes, proofs, name):
    rows_there = {
        "later": 2,
        "no_day": 5,
        "typed": 4,
        "dimension": 3,
        "regions": 3,
        "projected": 3,
        "nested": 6,
        "csv": 3,
        "quoted": 4,
    }.get(name, 2)
    assert proofs[name][3] == proofs[name][4] == rows_there
    assert proofs[name][1] == ("equal in part" if name == "later" else "equal")


def test_every_field_of_a_struct_is_carried_whatever_it_is_called(lakes):
    held = [json.loads(str(text)) for (text,) in lakes[0]["words"].rows("JSON_SERIALIZE(s)", "id")]
    assert held == [{name: n * 10 + place for place, name in enumerate(WORDS)} for n in (1, 2)]


def test_what_is_dated_after_now_is_told_everywhere_and_blocks_until_it_is_accepted(moving, base):
    made, run = moving
    proof = load.prove_table(run, "moving_later")
    assert round(proof.covered, 2) == 0.67
    assert "year=2038" in str(proof.view())
    (left,) = load.inventory(run).left_out
    assert (left.why, left.rows) == ("not begun", 1)
    assert load.sync(run).as_json()["left_out"][0]["rows"] == 1
    proofs = load.prove(run)
    assert any("1 row in 1 partition not begun" in reason for reason in proofs.blocks)
    settings = {**run.settings.model_dump(), "load": {**run.settings.load.model_dump(), "leave_out_future": True}}
    accepted = Run.open("rehearsal", "moving", settings, base=base)
    assert not load.prove(accepted).blocks
    assert made


def test_a_dimension_that_changed_is_loaded_again_whole(moving):
    made, run = moving
    made["dimension"].put((), rows(1, 3, 4))
    assert load.sync(run).partitions == 1
    assert load.prove_table(run, "moving_dimension").equal
    assert [row[0] for row in made["dimension"].rows("id", "id")] == [1, 3, 4]


def test_one_bad_partition_holds_back_no_other(moving):
    made, run = moving
    lake = made["regions"]
    lake.put(("eu", *D1), rows(9).set_column(1, "name", pa.array(["x" * 300])))
    lake.put(("us", *D1), rows(8))
    lake.put(("eu", *D2), rows(7))
    with pytest.raises(
        Exception, match=r"1 of 3 partitions were not loaded.*region=eu/year=2026/month=9/day=21"
    ) as error:
        load.sync(run)
    assert "The others are loaded" in str(error.value)
    assert [row[0] for row in lake.rows("id", "id")] == [1, 7, 8]
    lake.put(("eu", *D1), rows(1))
    load.sync(run)
    assert load.prove_table(run, lake.name).equal


REFUSED = {
    "injected": ({"columns": ID, "keys": (("who", "string"),), "parameters": {
        "projection.enabled": "true", "projection.who.type": "injected"}}, "injected"),
    "fractions": ({"columns": [*ID, ("at", "array<double>")]},
                  "'at' of type array<double>, and each engine prints double.*load.nested to text.*UNNEST"),
    "fraction_behind_a_word": ({"columns": [*ID, ("s", "struct<a:int,select:double>")]}, "'s' .* prints double"),
    "fraction_behind_a_sign": ({"columns": [*ID, ("s", "array<struct<from-to:int,b:float>>")]}, "'s' .* prints float"),
    "binaries": ({"columns": [*ID, ("raw", "map<string,binary>")]}, "'raw' of type .*Athena makes no JSON of binary"),
    "keyed_by_day": ({"columns": [*ID, ("by", "map<date,int>")]}, "'by' of type .* maps with such keys"),
    "undecided": ({"columns": [*ID, ("tags", "struct<a:int>")], "load": {"nested": "refuse"}}, "tags.a AS tags_a"),
    "twice": ({"columns": [*ID, ("Day", "int")]}, "a column 'day' twice"),
    "union": ({"columns": [*ID, ("one", "uniontype<int,string>")]}, "'one' of type uniontype"),
    "system": ({"columns": [*ID, ("oid", "bigint")]}, "'oid', which is a system column"),
    "long_name": ({"columns": [*ID, ("x" * 130, "int")]}, "a name of 130 bytes"),
    "keyed": ({"columns": ID, "keys": (("share", "double"),)}, "partitioned by share, which is a double"),
    "keyed_by_char": ({"columns": ID, "keys": (("share", "char(3)"),)}, "partitioned by share, which is a char"),
    "too_wide": ({"columns": [(f"c{n}", "int") for n in range(1598)]}, "has 1,601 columns, and Redshift takes 1,600"),
    "blanks": ({"columns": ID, "keys": DT, "parts": {("a",): rows(1), ("a ",): rows(2)}},
               "'dt=a' and 'dt=a ' of refused_blanks differ in blanks at the end"),
    "blank_end": ({"columns": ID, "keys": DT, "parts": {("a ",): rows(1), ("b",): rows(2)}},
                  "'dt=a ' of refused_blank_end ends in blanks"),
    "blank": ({"columns": ID, "keys": (("r", "varchar(3)"), ("n", "int")), "parts": {(" ", 1): rows(1)}},
              "'r= /n=1' of refused_blank ends in blanks"),
    "delta": ({"columns": ID, "parameters": {"spark.sql.sources.provider": "delta"}}, "is a Delta table"),
    "blanks_computed": ({"columns": ID, "keys": DT, "parameters": {"projection.enabled": "true",
                         "projection.dt.type": "enum", "projection.dt.values": "a,b,a "}}, "'dt=a' and 'dt=a ' of"),
    "listed": ({"columns": ID, "sd": {**PARQUET, "InputFormat": f"{HIVE}.ql.io.SymlinkTextInputFormat"}},
               "through a list of its files"),
    "restored": ({"columns": ID, "parameters": {"read_restored_glacier_objects": "true"}}, "S3 Glacier while they are"),
    "all_fraction": ({"columns": [*ID, ("m", "decimal(38, 38)")]}, "'m' of type decimal.* takes a scale of 37"),
    "many_long": ({"columns": [(f"{n:04}{'x' * 60}", "int") for n in range(1500)]}, "a CREATE TABLE of 1[0-9]{2},"),
    "short_key": ({"columns": ID, "keys": (("region", "varchar(3)"),), "parts": {("abcd",): rows(1)}},
                  r"region=abcd of .* is no varchar\(3\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_carried_is_refused_by_name_before_a_table_is_made(base, name):
    form, said = REFUSED[name]
    form = dict(form)
    run = run_over(base, f"refused-{name}", [f"refused_{name}"], begun=False, load=form.pop("load", {}))
    lake = Lake(base, f"refused_{name}", **form, run=run)
    with pytest.raises(UsageError, match=said):
        load.inventory(lake.run)
    ((state, words, hint),) = checks.tables(lake.run)
    assert state == "fail"
    assert re.search(said, f"{words} {hint}")


UNLISTED = {
    "nowhere": ({"Values": ["2026", "9", "22"]},
                r"Partition \(2026, 9, 22\) of .* has no location in Glue.*DROP PARTITION"),
    "short": ({"Values": ["2026", "9"], "StorageDescriptor": {"Location": "s3://x/"}},
              r"Partition \(2026, 9\) of .* has 2 values.*3: year, month, day"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNLISTED)
def test_a_partition_that_athena_cannot_list_is_named_before_a_table_is_made(base, name):
    given, said = UNLISTED[name]
    run = run_over(base, f"unlisted-{name}", [f"unlisted_{name}"], begun=False)
    lake = Lake(base, f"unlisted_{name}", ID, parts={D1: rows(1)}, run=run)
    lake.glue.create_partition(DatabaseName="smartroute_analytics", TableName=lake.name, PartitionInput=given)
    with pytest.raises(UsageError, match=said):
        load.inventory(run)
    ((state, _, _),) = checks.tables(run)
    assert state == "fail"


def test_text_files_are_read_as_their_serde_reads_them(lakes):
    made, _ = lakes
    first = dt.datetime.fromisoformat("2026-09-21T01:02:03.500")
    wanted = [(1, "a,b", Decimal("1.50"), first, True), (2, None, None, None, None), (3, "c", None, None, None)]
    assert made["csv"].rows("id, name, fare, at, yes", "id") == wanted
    assert made["json"].rows("id, name, share", "id") == [(1, "é", 0.1), (2, None, 1e10)]
    assert '{"name":"Hbf","zones":[1,null]}' in str(made["json"].rows("stop", "id"))


VIEWS = {
    "per_day": "SELECT day, COUNT(*) AS n, AVG(id) AS mean FROM form_regions GROUP BY day",
    "busy": "WITH b AS (SELECT * FROM smartroute_analytics.per_day) SELECT b.day FROM b WHERE b.n > 1",
    "foreign": "SELECT * FROM delay_metrics",
    "odd": "SELECT day, array_agg(id) AS ids FROM form_regions GROUP BY day",
}


def test_views_of_glue_are_made_on_redshift_each_after_what_it_reads_and_others_are_named(lakes):
    _, run = lakes
    athena = run.athena()
    run.begin(3)
    assert run.do(measure.CreateViews()).outcome.status == "unchanged"  # a lake without views
    for name, sql in VIEWS.items():
        athena.run(f"CREATE VIEW {name} AS {sql}")
    with pytest.raises(UsageError, match=r"per_day is a view: it holds no rows"):
        load.read_table(run, "per_day")
    proposal = run.propose(measure.CreateViews())
    assert [change.resource for change in proposal.changes] == ["view per_day", "view busy"]
    foreign, odd = proposal.facts["views that are not made"]
    assert "delay_metrics, which is not on Redshift: name it in athena.tables" in foreign
    assert "odd: Redshift has no ARRAY_AGG" in odd
    run.do(measure.CreateViews())
    with run.redshift() as redshift:
        for name in ("per_day", "busy"):
            asked = f"SELECT * FROM smartroute_analytics.{name} ORDER BY 1"
            assert redshift.query(asked).rows == athena.query(asked).rows
    assert run.propose(measure.CreateViews()).empty
    athena.run("CREATE OR REPLACE VIEW busy AS SELECT day FROM per_day WHERE n > 0")
    (changed,) = [change for change in run.propose(measure.CreateViews()).changes if change.action != "none"]
    assert (changed.resource, changed.action) == ("view busy", "modify")
    athena.run("CREATE VIEW tagged AS SELECT id, t.tag FROM form_nested CROSS JOIN UNNEST(tags) AS t(tag)")
    (tagged,) = [view for view in measure.read_views(run) if view.name == "tagged"]
    assert "form_nested AS form_nested, form_nested.tags AS t" in tagged.create  # rows of the SUPER


CHANGED = {  # in SQL, and what is shown of both
    "much": ("'" + "9" * 37 + "8'", "9" * 38, "9" * 37 + "8"),
    "raw": ("'ab'", "", "6162"),
    "ratio": ("0.10000001639127731", "0.10000000149011612", "0.10000001639127731"),
    "code": ("'a '", "a", "a "),
}


@pytest.mark.parametrize("column", CHANGED)
def test_a_value_that_differs_is_found_and_shown_whatever_its_type(moving, column):
    made, run = moving
    lake = made["typed"]
    value, before, after = CHANGED[column]
    lake.execute(f'UPDATE "{lake.name}" SET "{column}" = {value} WHERE id = 1')
    proof = lake.proof()
    assert proof.verdict == "different"
    ((cell,),) = [one.cells for one in proof.differences]
    assert (cell.column, str(cell.control), str(cell.candidate)) == (column, before, after)
    load.sync(run)  # loads what a proof found changed
    assert lake.proof().equal


def test_a_nested_value_that_differs_is_found_and_a_field_that_is_added_is_loaded(moving):
    made, run = moving
    lake = made["nested"]
    kinds = {column: kind for column, kind, _ in design_table(run, load.read_table(run, lake.name)).columns}
    assert [kinds[name] for name in ("tags", "stop", "seen", "legs")] == ["SUPER"] * 4
    lake.execute(f"""UPDATE "{lake.name}" SET tags = JSON_PARSE('["a"]') WHERE id = 3""")
    proof = load.prove_table(run, lake.name)
    assert proof.verdict == "different"
    assert "tags" in str(proof.differences)
    lake.put(D2, nested(3, 0))  # other files: loaded anew
    assert load.sync(run).partitions == 1
    assert load.prove_table(run, lake.name).equal
    lake.columns[3] = ("stop", "struct<name:string,zone:int,open:boolean,lift:string>")
    lake.describe()
    wider = pa.struct([("name", pa.string()), ("zone", pa.int32()), ("open", pa.bool_()), ("lift", pa.string())])
    stop = pa.array([{"name": "Ost", "zone": 2, "open": False, "lift": "two"}], wider)
    lake.put(D2, nested(3).set_column(3, "stop", stop))
    assert load.sync(run).partitions == 2
    assert load.prove_table(run, lake.name).equal
    assert '"lift":"two"' in str(lake.rows("id, stop", "id")[-1])


def test_a_table_that_cannot_be_carried_any_more_is_named_and_holds_back_no_other(moving):
    made, run = moving
    lake, other = made["evolved"], made["a_date"]
    kept, before = lake.columns, lake.rows()
    lake.columns = [*kept, ("shares", "array<double>")]
    lake.describe()
    other.put(("2026-09-22",), rows(2, 4))
    with pytest.raises(VerificationFailed, match=r"evolved: it has a column 'shares' of type array<double>.*to text"):
        load.sync(run)
    assert [row[0] for row in other.rows("id", "id")] == [1, 2, 4]
    assert lake.rows() == before
    with pytest.raises(UsageError, match=r"moving_evolved: .* 'shares' of type array<double>"):
        run.propose(load.MendTables())
    lake.columns = kept
    lake.describe()
    load.sync(run)
    assert all(load.prove_table(run, one.name).equal for one in (lake, other))


@pytest.mark.parametrize("now", ["dropped", "a view"])
def test_a_table_that_is_none_any_more_is_named_and_holds_back_no_other(moving, now):
    made, run = moving
    lake, other = made["evolved"], made["a_date"]
    where = {"DatabaseName": "smartroute_analytics"}
    partitions = lake.glue.get_partitions(**where, TableName=lake.name)["Partitions"]
    before, there = lake.rows(), other.rows("id", "id")
    lake.glue.delete_table(**where, Name=lake.name)
    if now == "a view":
        view = {"Name": lake.name, "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "SELECT 1 AS id"}
        lake.glue.create_table(**where, TableInput=view)
    other.put(("2026-09-22",), rows(2, 77))
    with pytest.raises(VerificationFailed, match=r"evolved: it is not carried: .*(no table|is a view)"):
        load.sync(run)
    assert other.rows("id", "id") != there
    assert lake.rows() == before
    if now == "a view":
        lake.glue.delete_table(**where, Name=lake.name)
    lake.describe()
    for one in partitions:
        lake.register(one["Values"], lake.folder(one["Values"]))
    other.put(("2026-09-22",), rows(2))
    load.sync(run)
    assert all(load.prove_table(run, one.name).equal for one in (lake, other))


def test_a_partition_that_no_engine_reads_holds_back_its_own_table_alone(moving):
    made, run = moving
    lake, other = made["regions"], made["a_date"]
    before = lake.rows()
    lake.put(("eu", "2026", "9", "today"), rows(9))
    other.put(("2026-09-21",), rows(1, 5))
    with pytest.raises(VerificationFailed, match=r"regions: it cannot be read: .*day=today.* is no int"):
        load.sync(run)
    assert lake.rows() == before
    assert (5,) in other.rows("id", "id")
    texts = ["eu", "2026", "9", "today"]
    lake.glue.delete_partition(DatabaseName="smartroute_analytics", TableName=lake.name, PartitionValues=texts)
    load.sync(run)
    assert load.prove_table(run, other.name).equal


def test_a_second_proof_reads_nothing_of_the_lake_and_then_what_changed_alone(base):
    days = [(2026, month, day) for month in (5, 6, 7, 8) for day in range(1, 26)]
    lake = Lake(base, "hundred", ID, parts={day: rows(*range(50 * n, 50 * n + 50)) for n, day in enumerate(days)})
    first = lake.carry()
    assert first.equal
    assert first.bytes_scanned > 0
    second = lake.proof()
    assert second.equal
    assert second.bytes_scanned == 0
    lake.put(days[40], rows(*range(7, 57)))
    load.sync(lake.run)
    third = lake.proof()
    assert third.equal
    assert 0 < third.bytes_scanned <= 0.02 * first.bytes_scanned
    lake.execute('UPDATE "hundred" SET name = name || 1 WHERE id = 60')  # Redshift is always asked again
    fourth = lake.proof()
    assert fourth.verdict == "different"
    assert "60" in str(fourth.differences)


def test_fractions_inside_nested_values_are_carried_as_text_to_the_digit(base):
    inner = pa.list_(pa.struct([("at", pa.timestamp("ms")), ("share", pa.float64()), ("fare", pa.decimal128(9, 2))]))
    values = [[{"at": dt.datetime.fromisoformat("2026-09-21T01:02:03"), "share": 0.1, "fare": Decimal("1.50")}], None]
    columns = [*ID, ("legs", "array<struct<at:timestamp,share:double,fare:decimal(9,2)>>")]
    lake = Lake(base, "as_text", columns, parts={D1: rows(1, 2, legs=pa.array(values, inner))}, load={"nested": "text"})
    assert "load.nested: text" in str(lake.run.propose(load.CreateTables()).facts)
    assert lake.carry().equal
    assert '"share":0.1' in str(lake.rows("legs", "id"))
    lake.execute(f"""UPDATE "{lake.name}" SET legs = '[]' WHERE id = 1""")
    assert lake.proof().verdict == "different"


def test_a_nested_value_that_is_longer_than_any_text_is_refused_before_a_table_is_made(base):
    run = run_over(base, "long-nested", ["long_nested"], begun=False)
    lake = Lake(base, "long_nested", [*ID, ("tags", "array<string>")], run=run)
    lake.put(D1, rows(1, tags=pa.array([["x" * 70_000]])))
    with pytest.raises(UsageError, match=r"'tags' holds a value of 70,004 bytes, as JSON.*json_format"):
        load.CreateTables().propose(run)


def test_a_value_that_is_none_of_its_type_is_named_with_its_partition(base):
    run = run_over(base, "odd-value", ["odd_value"], begun=False)
    lake = Lake(base, "odd_value", ID, parts={D1: rows(1)}, run=run)
    lake.put(("2026", "9", "eu"), rows(2))
    with pytest.raises(UsageError, match=r"Partition day=eu of odd_value .* is no int.*DROP PARTITION"):
        load.inventory(lake.run)
