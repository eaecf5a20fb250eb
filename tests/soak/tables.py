"""52 other tables, of every form of key, column and file, through week 2 and its proof; what is refused is named.

``python tests/soak/tables.py`` makes them in stand-ins of its own, in one run; ``tables.py 10 20`` ten from the
twentieth on. Each row is then looked for in Redshift by its number and its partition, beside the proof.
``tables.py weeks`` carries them beside the plan's tables through the runbooks themselves: four weeks, the rollback, the
record's verification.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from pyarrow import orc

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.lakes import PARQUET, Lake, body, carry, run_over, world

from smartroute_runbook import load
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.lake import HIVE_NULL
from smartroute_runbook.prepare import checks
from smartroute_runbook.runs.run import Run

_YMD = (("year", "int"), ("month", "int"), ("day", "int"))
_TEXTS = (("year", "string"), ("month", "string"), ("day", "string"))
_HOURS = (*_YMD, ("hour", "int"))
#: Partition columns, and the values of two partitions.
KEYS = {
    "none": ((), ((),)),
    "ymd": (_YMD, ((2026, 9, 21), (2026, 9, 22))),
    "padded": (_TEXTS, (("2026", "09", "21"), ("2026", "10", "01"))),
    "unpadded": (_TEXTS, (("2026", "9", "21"), ("2026", "10", "1"))),
    "hours": (_HOURS, ((2026, 9, 21, 4), (2026, 9, 21, 5))),
    "a null hour": (_HOURS, ((2026, 9, 21, 4), (2026, 9, 21, HIVE_NULL))),
    "date": ((("dt", "date"),), (("2026-09-21",), ("2026-09-22",))),
    "text date": ((("dt", "string"),), (("2026-09-21",), ("2026-09-22",))),
    "compact date": ((("ds", "string"),), (("20260921",), ("20260922",))),
    "date and hour": ((("dt", "string"),), (("2026-09-21-04",), ("2026-09-21-05",))),
    "months": ((("month", "string"),), (("2026-08",), ("2026-09",))),
    "region first": ((("region", "string"), *_YMD), (("eu", 2026, 9, 21), ("us west", 2026, 9, 21))),
    "region last": ((("dt", "string"), ("region", "string")), (("2026-09-21", "eu"), ("2026-09-21", "a=b/c"))),
    "region": ((("region", "string"),), (("eu",), ("é",))),
    "numbers": ((("bucket", "bigint"),), ((1,), (2**40,))),
    "no day": (_YMD, ((2026, 9, 21), (2026, 2, 30))),
}  # fmt: skip
_AT = dt.datetime.fromisoformat("2026-09-21T01:02:03.123456")


def _numbered(i: int):
    """Values of one of many columns."""
    return (lambda n: f"{n}.{i}") if i % 3 == 2 else (lambda n: n + i)


#: Columns with their Athena types, and the values of a row by its number.
COLUMNS = {
    "names": [("name", "string", lambda n: f"n{n} é '\"\\"),
              ("note", "varchar(20)", lambda n: None if n % 2 else "")],
    "numbers": [("a", "tinyint", lambda n: n % 100), ("b", "smallint", lambda n: -n),
                ("c", "bigint", lambda n: n << 40), ("d", "double", lambda n: n / 3), ("e", "float", lambda n: n / 4),
                ("f", "boolean", lambda n: n % 2 == 0)],
    "decimals": [("m", "decimal(10,2)", lambda n: Decimal(n) / 4),
                 ("big", "decimal(38,10)", lambda n: Decimal(n) * 10**20),
                 ("whole", "decimal(9)", lambda n: Decimal(-n))],
    "times": [("at", "timestamp", lambda n: _AT + dt.timedelta(microseconds=n * 499)),
              ("on_day", "date", lambda n: dt.date(1 if n % 2 else 9999, 12, 31))],
    "binary": [("raw", "binary", lambda n: bytes([0, 255, n % 256])), ("code", "char(4)", lambda n: f"c{n % 10}")],
    "nested": [("tags", "array<string>", lambda n: ["a", None, "é"][: n % 4]),
               ("stop", "struct<name:string,zone:int>", lambda n: {"name": f"s{n}", "zone": n} if n % 3 else None),
               ("seen", "map<string,bigint>", lambda n: [(f"k{n}", n)])],
    "reserved": [("user", "string", lambda n: "u"), ("order", "int", lambda n: n), ("a b", "string", lambda n: "blank"),
                 ("1st", "int", lambda n: n)],
    "wide": [(f"c{i:03}", ("int", "bigint", "string")[i % 3], _numbered(i)) for i in range(300)],
}  # fmt: skip
_ARROW = {
    "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "double": pa.float64(),
    "float": pa.float32(), "boolean": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
    "binary": pa.binary(), "decimal(10,2)": pa.decimal128(10, 2), "decimal(38,10)": pa.decimal128(38, 10),
    "decimal(9)": pa.decimal128(9, 0), "array<string>": pa.list_(pa.string()),
    "struct<name:string,zone:int>": pa.struct([("name", pa.string()), ("zone", pa.int32())]),
    "map<string,bigint>": pa.map_(pa.string(), pa.int64()),
}  # fmt: skip
HIVE = "org.apache.hadoop.hive"
SERDES = {
    "csv": (f"{HIVE}.serde2.lazy.LazySimpleSerDe", {"field.delim": "\t", "escape.delim": "\\"}),
    "json": ("org.openx.data.jsonserde.JsonSerDe", {}), "orc": (f"{HIVE}.ql.io.orc.OrcSerde", {}),
}  # fmt: skip
#: What no week can carry: columns, partition columns, table properties.
REFUSED = {
    "fractions in SUPER": ([("at", "array<double>")], (), {}),
    "binary in JSON": ([("raw", "map<string,binary>")], (), {}),
    "system column": ([("oid", "bigint")], (), {}),
    "a long name": ([("x" * 128, "int")], (), {}),
    "double key": ([], (("share", "double"),), {}),
    "injected": ([], (("who", "string"),), {"projection.enabled": "true", "projection.who.type": "injected"}),
    "delta": ([], (), {"spark.sql.sources.provider": "delta"}),
    "hudi": ([], (), {"spark.sql.sources.provider": "hudi"}),
    "iceberg without state": ([], (), {"table_type": "ICEBERG"}),
    "union": ([("one", "uniontype<int,string>")], (), {}),
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A table to be made."""

    name: str
    keys: str
    columns: tuple[str, ...]
    format: str = "parquet"
    rows: dict[tuple, list[int]] = field(default_factory=dict)

    @property
    def described(self) -> list[tuple[str, str]]:
        """Glue's columns."""
        return [("id", "bigint"), *((name, kind) for group in self.columns for name, kind, _ in COLUMNS[group])]

    def file(self, ids: list[int]) -> bytes:
        """A file with rows of these numbers."""
        made = {"id": ids} | {name: [of(n) for n in ids] for group in self.columns for name, _, of in COLUMNS[group]}
        if self.format == "csv":
            lines = ["\t".join(map(_as_text, row)) for row in zip(*made.values(), strict=True)]
            return "".join(f"{line}\n" for line in lines).encode()
        if self.format == "json":
            records = [dict(zip(made, row, strict=True)) for row in zip(*made.values(), strict=True)]
            return "".join(f"{json.dumps(_as_json(record), default=str)}\n" for record in records).encode()
        table = pa.table({name: pa.array(made[name], _ARROW.get(kind, pa.string())) for name, kind in self.described})
        if self.format == "orc":
            out = io.BytesIO()
            orc.write_table(table, out)
            return out.getvalue()
        return body(table)


def _as_text(value: object) -> str:
    if value is None:
        return r"\N"
    return str(value).lower() if isinstance(value, bool) else str(value).replace("\\", "\\\\").replace("\t", "\\\t")


def _as_json(record: dict) -> dict:
    return {name: dict(v) if isinstance(v, list) and v and isinstance(v[0], tuple) else v for name, v in record.items()}


def forms() -> Iterator[Form]:
    """52 of them: each form of key with plain columns, each group of columns and each format under several keys."""
    for keys in KEYS:
        yield Form(f"key_{keys.replace(' ', '_')}", keys, ("names",))
    for group in COLUMNS:
        for keys in ("none", "ymd", "text date"):
            yield Form(f"of_{group}_{keys.replace(' ', '_')}", keys, (group,))
    for format_ in SERDES:
        yield Form(f"{format_}_dimension", "none", ("names",), format_)
        yield Form(f"{format_}_days", "ymd", ("names", "numbers"), format_)
    yield Form("json_nested", "ymd", ("nested",), "json")
    yield Form("orc_decimals", "region", ("decimals", "times"), "orc")
    yield Form("csv_decimals", "hours", ("decimals",), "csv")
    yield Form("of_all", "region first", ("names", "numbers", "decimals", "times", "binary", "nested"))
    yield Form("of_all_dimension", "none", ("names", "numbers", "decimals", "times", "binary", "nested", "reserved"))
    yield Form("wide_hours", "a null hour", ("wide", "nested"))


def make(base: Path, run: Run, form: Form) -> Lake:
    """A table with two partitions of a few rows, in the stand-ins."""
    keys, partitions = KEYS[form.keys]
    serde, parameters = SERDES.get(form.format, ("", {}))
    sd = {**PARQUET, "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters}} if serde else None
    lake = Lake(base, form.name, form.described, keys, sd=sd, run=run)
    for place, values in enumerate(partitions):
        ids = [10 * place + n for n in (1, 2, 3, 3)]
        form.rows[values] = ids
        lake.put(values, form.file(ids), f"a.{form.format}")
    return lake


def lacking(lake: Lake, form: Form) -> str:
    """How Redshift's rows are other than those that were written; '' for not at all."""
    names = ", ".join(f'"{name}"' for name in ("id", *(key for key, _ in KEYS[form.keys][0])))
    got = sorted(tuple(map(_plain, row)) for row in lake.rows(names, "1"))
    wanted = sorted((str(n), *map(_plain, values)) for values, ids in form.rows.items() for n in ids)
    return "" if got == wanted else f"{len(got)} rows {got[:3]} instead of {len(wanted)} {wanted[:3]}"


def _plain(value: object) -> str:
    return "None" if value in (None, HIVE_NULL) else str(value)


def refused(base: Path) -> Iterator[tuple[str, str]]:
    """What cannot be carried, with the line of the preflight; '' when it says nothing."""
    for n, (name, (columns, keys, parameters)) in enumerate(REFUSED.items()):
        run = run_over(base, f"refused-{n}", [f"refused_{n}"], begun=False)
        lake = Lake(base, f"refused_{n}", [("id", "bigint"), *columns], keys, parameters=parameters, run=run)
        ((state, words, hint),) = checks.tables(lake.run)
        yield name, f"{words}. {hint}" if state == "fail" else ""


def through_weeks() -> int:
    """All of them beside the plan's tables, by the runbooks; 0 when every week ended well and every row is there."""
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.rehearsal.stack import Stack
    from smartroute_runbook.rehearse import rehearse

    wanted = list(forms())
    with Stack(trips_share=0.002) as stack, tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        copy_to(base)
        names = ["vehicles", "delay_metrics", "crowding_metrics", *(form.name for form in wanted)]
        parameters = base / "parameters" / "rehearsal.yaml"
        given = parameters.read_text()
        parameters.write_text(given.replace("settings:\n", f"settings:\n  athena:\n    tables: {json.dumps(names)}\n"))
        maker = run_over(base, "maker", names, begun=False)
        lakes = {form.name: make(base, maker, form) for form in wanted}
        done = rehearse(stack.environ(), base / "records", base=base)
        for week in done.weeks:
            print(week.as_json(), flush=True)
        unlike = [row for row in done.tables if row["verdict"] != "equal"]
        missing = {name: why for name, lake in lakes.items() if (why := lacking(lake, by_name(wanted, name)))}
        print(f"{len(done.tables)} tables proven, not equal: {unlike}; rows: {missing or 'all'}", flush=True)
        print(f"record valid: {done.verification.valid}; {done.seconds:.0f} s; switches {done.as_json()['switch']}")
        return 1 if done.exit_code or unlike or missing or len(done.tables) != len(names) else 0


def by_name(wanted: list[Form], name: str) -> Form:
    """The form of a table."""
    return next(form for form in wanted if form.name == name)


def main() -> int:
    """All of them; 0 when nothing is wrong."""
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.rehearsal.stack import Stack

    if sys.argv[1:] == ["weeks"]:
        return through_weeks()
    count, first = (int(sys.argv[n]) if len(sys.argv) > n else given for n, given in ((1, 52), (2, 0)))
    wanted = list(forms())[first : first + count]
    wrong = 0
    with Stack(trips_share=0.0005), tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        copy_to(base)
        world(base)
        run = run_over(base, "other-tables", [form.name for form in wanted])
        lakes = {form.name: make(base, run, form) for form in wanted}
        carry(run)
        for form in wanted:
            try:
                verdict = load.prove_table(run, form.name).verdict
            except RunbookError as error:
                verdict = f"{type(error).__name__}: {error}"
            why = lacking(lakes[form.name], form)
            wrong += verdict != "equal" or bool(why)
            print(f"{form.name:28} {form.format:8} {form.keys:14} {verdict} {why}", flush=True)
        for name, said in refused(base):
            wrong += not said
            print(f"refused: {name:22} {said or 'NOT REFUSED'}", flush=True)
    print(f"{len(wanted)} tables and {len(REFUSED)} refused: {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
