"""Random sequences of schema changes, corrections and re-registrations between loads: nothing shifted, lost or doubled.

``python tests/soak/drift.py 200`` runs so many sequences against stand-ins of its own and tells what went wrong;
``drift.py 25 100`` runs 25 from the hundredth on. Five sequences share a run, each on a table of its own.
After every step ``sync`` loads each table, or names each of its drifted columns and changes no row of it, whatever
becomes of the others; after the table was mended it loads. Every row is then compared with what was written, by name;
at the end each table is proven.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence as Sequence_
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.lakes import DATABASE, Lake, carry, run_over, world

from smartroute_runbook import load
from smartroute_runbook.errors import ServiceError, VerificationFailed
from smartroute_runbook.runs.run import Run

TYPES = {
    "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "string": pa.string(), "double": pa.float64(),
    "float": pa.float32(), "boolean": pa.bool_(), "decimal(12,2)": pa.decimal128(12, 2),
    "decimal(14,4)": pa.decimal128(14, 4), "decimal(16,2)": pa.decimal128(16, 2),
}  # fmt: skip
TOGETHER, STEPS = 5, 3
DAYS = [(2026, 9, 21), (2026, 9, 22), (2026, 9, 23)]
KINDS = (
    "add", "drop", "rename", "replace", "move", "widen", "narrow", "retype", "retype_unread", "swap_types", "rescale",
    "spell", "rewrite", "same_count", "register", "exchange", "key_type", "by_hand", "remake",
    "take_away",
)  # fmt: skip


def value(name: str, kind: str, number: int) -> object:
    """What a column holds of a row: its own name or number, so that a shifted value is seen."""
    if kind == "string":
        return f"{name}-{number}"
    if kind == "boolean":
        return bool(number % 2)
    if kind.startswith("decimal"):
        return Decimal(number) / 4
    return number % 30_000 if kind == "smallint" else number


class Sequence:
    """One lake and what happened to it."""

    def __init__(self, base: Path, seed: int, run: Run) -> None:
        self.random = random.Random(seed)
        self.columns = [("id", "bigint"), ("name", "string"), ("place", "int"), ("size", "float")]
        self.columns += [("fare", "decimal(12,2)")] if seed % 2 else [("flag", "boolean")]
        self.fresh, self.upper, self.readable = 0, False, True
        self.keys = [("year", "int"), ("month", "int"), ("day", "int")]
        self.parts = {day: self.rows() for day in DAYS[:2]}
        self.places = {day: f"year={day[0]}/month={day[1]}/day={day[2]}/" for day in DAYS}
        self.lake = Lake(base, f"drift{seed}", self.columns, parts=self.parts, run=run)
        self.wrong: list[str] = []
        self.told: list[str] = []

    def rows(self, count: int = 0) -> pa.Table:
        """Some rows with the columns as they are now, in any order, and at times without one of them."""
        count = count or self.random.randint(1, 4)
        columns = list(self.columns)
        self.random.shuffle(columns)
        if self.random.random() < 0.2:
            columns.pop()
        numbers = [self.random.randint(1, 10**6) for _ in range(count)]
        return pa.table(
            {name: pa.array([value(name, kind, n) for n in numbers], TYPES[kind]) for name, kind in columns}
        )

    def change(self) -> None:
        """One thing happens; what is to be said of it afterwards."""
        kind = self.random.choice(KINDS)
        self.told.append(kind)
        getattr(self, kind)()
        self.before = sorted(map(repr, self.lake.rows()))
        held, wanted = self.held(), self.columns + self.keys
        self.differing = {name for name, kind in wanted if held.get(name) != kind}
        self.differing |= set(held) - {name for name, _ in wanted}

    def synced(self, said: str) -> None:
        """After a sync: loaded, or named and left as it was."""
        own = " ".join(part for part in said.split("; ") if f"{self.lake.name}: " in part)
        if not self.differing:
            return self.compared()
        if not all(f"'{name}'" in own for name in self.differing):
            self.wrong.append(f"drift of {self.differing} told as {own or said}")
        if sorted(map(repr, self.lake.rows())) != self.before:
            self.wrong.append("rows changed though the load was refused")
        return None

    def unread(self, said: str) -> None:
        """Files of another type than Glue says: Athena reads none of them, so nothing can be mended before they are."""
        if self.readable:
            return
        if f"{self.lake.name}: " not in said or "HIVE_BAD_DATA" not in said:
            self.wrong.append(f"unreadable files told as {said}")
        if len(self.lake.rows()) != len(self.before):
            self.wrong.append("rows changed though the files cannot be read")
        self.rewritten()

    @property
    def problems(self) -> list[str]:
        """What went wrong; nothing when all is right."""
        return [f"{problem} after {', '.join(self.told)}" for problem in self.wrong]

    def held(self) -> dict[str, str]:
        """Columns in Redshift by the Athena type that they are for."""
        names = {"integer": "int", "character varying": "string", "real": "float", "double precision": "double"}
        with self.lake.run.redshift() as redshift:
            found = redshift.query(
                "SELECT column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns "
                f"WHERE table_schema = 'smartroute_analytics' AND table_name = '{self.lake.name}'"
            ).rows
        return {
            str(name): f"decimal({p},{s})" if kind == "numeric" else names.get(str(kind), str(kind))
            for name, kind, p, s in found
        }

    def compared(self, how: str = "") -> None:
        """Every row against what was written, by name."""
        names = [name for name, _ in self.columns]
        wanted = []
        for values, rows in self.parts.items():
            lower = [{name.lower(): held for name, held in row.items()} for row in rows.to_pylist()]
            wanted += [(*map(row.get, names), *self.typed(values)) for row in lower]
        got = self.lake.rows(", ".join(f'"{name}"' for name in [*names, "year", "month", "day"]))
        as_text = [sorted(repr(tuple(_plain(v) for v in row)) for row in side) for side in (wanted, got)]
        if as_text[0] != as_text[1]:
            self.wrong.append(f"{len(got)} rows hold other values than the {len(wanted)} that were written {how}")

    def typed(self, values: tuple[int, ...]) -> tuple[object, ...]:
        """A partition's values by the types of the partition columns."""
        return tuple(str(v) if kind == "string" else v for v, (_, kind) in zip(values, self.keys, strict=True))

    def described(self) -> None:
        """Glue says what the columns are now."""
        self.lake.columns = [(name.upper() if self.upper else name, kind) for name, kind in self.columns]
        self.lake.keys = self.keys
        self.lake.describe()

    def put(self, day: tuple[int, ...], rows: pa.Table) -> None:
        """A partition's file, where it is registered."""
        self.parts[day] = rows
        spelled = rows.rename_columns([name.upper() for name in rows.column_names]) if self.upper else rows
        self.lake.put(day, spelled, folder=self.places[day])

    def rewritten(self) -> None:
        """Every file anew, with the columns as they are."""
        for day in sorted(self.parts):
            self.put(day, self.rows())
        self.readable = True

    def at(self, *kinds: str) -> int | None:
        """The place of some column of these types."""
        places = [n for n, (_, kind) in enumerate(self.columns) if kind in kinds]
        return self.random.choice(places) if places else None

    def typed_anew(self, at: int | None, kind: str) -> None:
        """A column's type changes, and every file with it."""
        if at is None:
            return self.rewrite()
        self.columns[at] = (self.columns[at][0], kind)
        self.described()
        return self.rewritten()

    def name(self) -> str:
        self.fresh += 1
        return f"c{self.fresh}"

    def add(self) -> None:
        place = self.random.randint(0, len(self.columns))
        self.columns.insert(place, (self.name(), self.random.choice(["int", "string", "double"])))
        self.described()
        self.rewrite()

    def drop(self) -> None:
        if len(self.columns) > 1:
            self.columns.pop(self.random.randrange(len(self.columns)))
        self.described()

    def rename(self) -> None:
        at = self.random.randrange(len(self.columns))
        self.columns[at] = (self.name(), self.columns[at][1])
        self.described()
        self.rewrite()

    def replace(self) -> None:
        """A column goes and another of its type stands in its place; no file has it yet."""
        at = self.random.randrange(len(self.columns))
        self.columns[at] = (self.name(), self.columns[at][1])
        self.described()

    def move(self) -> None:
        self.random.shuffle(self.columns)
        self.described()

    def widen(self) -> None:
        wider = {"smallint": "int", "int": "bigint", "float": "double"}
        self.columns = [(name, wider.get(kind, kind)) for name, kind in self.columns]
        self.described()

    def narrow(self) -> None:
        at = self.at("bigint", "int")
        self.typed_anew(at, "smallint" if at is not None and self.columns[at][1] == "int" else "int")

    def retype(self) -> None:
        """Number to text, or text to number."""
        at = self.at("int", "string", "bigint")
        self.typed_anew(at, "int" if at is not None and self.columns[at][1] == "string" else "string")

    def retype_unread(self) -> None:
        """The same in Glue alone: Athena cannot read the files until they are written anew."""
        at = self.at("int", "bigint")
        if at is None or all(self.columns[at][0] not in rows.column_names for rows in self.parts.values()):
            return self.rewrite()
        self.columns[at] = (self.columns[at][0], "string")
        self.readable = False
        return self.described()

    def swap_types(self) -> None:
        """Two columns keep their names and places and exchange their types."""
        one, other = self.random.sample(range(len(self.columns)), 2) if len(self.columns) > 1 else (0, 0)
        (first, kind), (second, other_kind) = self.columns[one], self.columns[other]
        self.columns[one], self.columns[other] = (first, other_kind), (second, kind)
        self.described()
        self.rewritten()

    def rescale(self) -> None:
        """A decimal's scale or precision changes."""
        decimals = [kind for kind in TYPES if kind.startswith("decimal")]
        at = self.at(*decimals)
        self.typed_anew(at, self.random.choice([k for k in decimals if at is None or k != self.columns[at][1]]))

    def spell(self) -> None:
        """Glue and the next files write the columns' names in capitals; Athena's names have no case."""
        self.upper = not self.upper
        self.described()
        self.rewrite()

    def rewrite(self) -> None:
        self.put(self.random.choice(DAYS), self.rows())

    def same_count(self) -> None:
        """A file is replaced by one of as many rows."""
        day = self.random.choice(sorted(self.parts))
        self.put(day, self.rows(self.parts[day].num_rows))

    def register(self) -> None:
        """A partition's files move to another folder, and its registration with them."""
        day = self.random.choice(sorted(self.parts))
        self.places[day] = f"moved-{self.random.randint(1, 10**6)}/"
        self.put(day, self.rows())

    def exchange(self) -> None:
        """Two partitions are registered at each other's folders: no file changed."""
        one, other = self.random.sample(sorted(self.parts), 2)
        self.places[one], self.places[other] = self.places[other], self.places[one]
        self.parts[one], self.parts[other] = self.parts[other], self.parts[one]
        for day in (one, other):
            self.lake.register(day, self.places[day])

    def take_away(self) -> None:
        """A partition is dropped from Glue, and comes back with other files in another folder."""
        day = self.random.choice(sorted(self.parts))
        texts = [str(v) for v in day]
        self.lake.glue.delete_partition(DatabaseName=DATABASE, TableName=self.lake.name, PartitionValues=texts)
        self.places[day] = f"again-{self.random.randint(1, 10**6)}/"
        self.put(day, self.rows())

    def key_type(self) -> None:
        """A partition column becomes text, or a number again."""
        at = self.random.randrange(len(self.keys))
        name, kind = self.keys[at]
        self.keys[at] = (name, "int" if kind == "string" else "string")
        self.described()

    def remake(self) -> None:
        """Somebody makes Redshift's table anew with its columns in another order, with its rows or without."""
        names = [f'"{name}"' for name in self.held()]
        self.random.shuffle(names)
        rows = self.random.choice(("", " WHERE 1 = 0"))
        name = self.lake.name
        self.lake.execute(f'CREATE TABLE "{name}_other" AS SELECT {", ".join(names)} FROM "{name}"{rows}')
        self.lake.execute(f'DROP TABLE "{name}"')
        self.lake.execute(f'ALTER TABLE "{name}_other" RENAME TO "{name}"')

    def by_hand(self) -> None:
        """Somebody alters Redshift's table: nobody is told."""
        self.fresh += 1
        first = self.columns[0][0]
        hows = [f"ADD COLUMN stray{self.fresh} INTEGER", f'RENAME COLUMN "{first}" TO stray{self.fresh}']
        self.lake.execute(f'ALTER TABLE "{self.lake.name}" {self.random.choice(hows)}')


class Fleet:
    """Sequences that share a run."""

    def __init__(self, base: Path, seeds: Sequence_[int], **settings: object) -> None:
        names = [f"drift{seed}" for seed in seeds]
        self.run = run_over(base, f"fleet-{names[0]}-{len(names)}", names, **settings)
        self.sequences = [Sequence(base, seed, self.run) for seed in seeds]
        carry(self.run)
        self.steps = 0

    def go(self, steps: int = STEPS) -> list[str]:
        """So many steps of each; what went wrong."""
        for _ in range(steps):
            for one in self.sequences:
                one.change()
            said = self.sync()
            for one in self.sequences:
                one.synced(said)
            said = self.mend()
            for one in self.sequences:
                one.unread(said)
            self.mend()
            if left := self.sync():
                self.sequences[0].wrong.append(f"a sync of mended tables: {left}")
            for one in self.sequences:
                one.compared("after mending")
            self.steps += 1
        for one in self.sequences:
            proof = load.prove_table(self.run, one.lake.name)
            if not proof.equal:
                one.wrong.append(f"proof {proof.verdict}: {proof.differences[:2]}")
        return [problem for one in self.sequences for problem in one.problems]

    def sync(self) -> str:
        """What it says when it refuses tables."""
        try:
            load.sync(self.run)
        except (VerificationFailed, ServiceError) as error:
            return str(error)
        return ""

    def mend(self) -> str:
        """What it says of tables that cannot be mended."""
        try:
            done = self.run.do(load.MendTables())
        except ServiceError as error:
            return str(error)
        return " ".join(done.outcome.facts.get("not mended", ()))


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return value
    return round(float(value), 4) if isinstance(value, (int, float, Decimal)) else value


def main() -> int:
    """So many sequences; 0 when nothing went wrong."""
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.rehearsal.stack import Stack

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    wrong = 0
    kinds: Counter[str] = Counter()
    with Stack(trips_share=0.0005), tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        copy_to(base)
        world(base)
        for start in range(first, first + count, TOGETHER):
            design = "plan" if start % (2 * TOGETHER) else "time-first"  # sort keys: columns that no ALTER touches
            fleet = Fleet(base, range(start, min(start + TOGETHER, first + count)), load={"design": design})
            try:
                fleet.go()
            except Exception as error:
                fleet.sequences[0].wrong.append(f"{type(error).__name__}: {error}")
            for one in fleet.sequences:
                wrong += bool(one.wrong)
                kinds.update(one.told)
                print(f"{one.lake.name:9} {', '.join(one.told)}: {'; '.join(one.wrong) or 'right'}", flush=True)
    print(f"{count} sequences, {wrong} wrong; {dict(kinds.most_common())}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
