"""Random sequences of schema changes, corrections and re-registrations between loads: nothing shifted, lost or doubled.

``python tests/soak/drift.py 200`` runs so many sequences against stand-ins of its own and tells what went wrong.
After every step ``sync`` either loads, and then both sides are proven equal, or names each drifted column and changes
no row; after the table was mended it loads. At the end every row is compared with what was written, by name.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.lakes import Lake, world

from smartroute_runbook import load
from smartroute_runbook.errors import VerificationFailed

TYPES = {"int": pa.int32(), "bigint": pa.int64(), "string": pa.string(), "double": pa.float64(), "float": pa.float32()}
DAYS = [(2026, 9, 21), (2026, 9, 22), (2026, 9, 23)]


class Sequence:
    """One lake and what happened to it."""

    def __init__(self, base: Path, seed: int, steps: int = 4) -> None:
        self.random, self.steps = random.Random(seed), steps
        self.columns = [("id", "bigint"), ("name", "string"), ("place", "int"), ("size", "float")]
        self.fresh = 0
        self.parts = {day: self.rows() for day in DAYS[:2]}
        self.lake = Lake(base, f"drift{seed}", self.columns, parts=self.parts)
        self.wrong: list[str] = []
        self.told: list[str] = []

    def rows(self) -> pa.Table:
        """Some rows with the columns as they are now, in any order, and at times without one of them."""
        count = self.random.randint(1, 4)
        columns = list(self.columns)
        self.random.shuffle(columns)
        if self.random.random() < 0.2:
            columns.pop()
        numbers = [self.random.randint(1, 10**6) for _ in range(count)]
        return pa.table(
            {
                name: pa.array([f"{name}-{n}" if kind == "string" else n for n in numbers], TYPES[kind])
                for name, kind in columns
            }
        )

    def run(self) -> list[str]:
        """What went wrong; nothing when all is right."""
        self.lake.carry()
        for _ in range(self.steps):
            change = self.random.choice(
                [self.add, self.drop, self.rename, self.move, self.widen, self.rewrite, self.register, self.by_hand]
            )
            self.told.append(change.__name__)
            change()
            self.synced()
        self.compared()
        return [f"{problem} after {', '.join(self.told)}" for problem in self.wrong]

    def synced(self) -> None:
        """Sync; where columns differ it must say so, twice, and change nothing until they are mended."""
        before = sorted(map(repr, self.lake.rows()))
        held = self.held()
        differing = {name for name, kind in self.lake.columns + self.lake.keys if held.get(name) != kind}
        differing |= set(held) - {name for name, _ in self.lake.columns + self.lake.keys}
        try:
            load.sync(self.lake.run)
            if differing:
                self.wrong.append(f"a load into a table that drifted in {differing}")
        except VerificationFailed as error:
            if not differing or not all(f"'{name}'" in str(error) for name in differing):
                self.wrong.append(f"drift of {differing} told as {error}")
            if sorted(map(repr, self.lake.rows())) != before:
                self.wrong.append("rows changed though the load was refused")
            self.lake.run.do(load.MendTables())
            load.sync(self.lake.run)
        proof = self.lake.proof()
        if not proof.equal:
            self.wrong.append(f"proof {proof.verdict}: {proof.differences[:2]}")

    def held(self) -> dict[str, str]:
        """Columns in Redshift by the Athena type that they are for."""
        names = {"integer": "int", "bigint": "bigint", "character varying": "string", "real": "float"}
        with self.lake.run.redshift() as redshift:
            found = redshift.query(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = "
                f"'smartroute_analytics' AND table_name = '{self.lake.name}'"
            ).rows
        return {str(name): names.get(str(kind), "double") for name, kind in found}

    def compared(self) -> None:
        """Every row against what was written, by name."""
        names = [name for name, _ in self.lake.columns]
        wanted = []
        for values, rows in self.parts.items():
            wanted += [(*map(row.get, names), *values) for row in rows.to_pylist()]
        got = self.lake.rows(", ".join(f'"{name}"' for name in [*names, "year", "month", "day"]))
        as_text = [sorted(repr(tuple(_plain(v) for v in row)) for row in side) for side in (wanted, got)]
        if as_text[0] != as_text[1]:
            self.wrong.append(f"{len(got)} rows hold other values than the {len(wanted)} that were written")

    def described(self) -> None:
        self.lake.columns = self.columns
        self.lake.describe()

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

    def move(self) -> None:
        self.random.shuffle(self.columns)
        self.described()

    def widen(self) -> None:
        wider = {"int": "bigint", "float": "double"}
        self.columns = [(name, wider.get(kind, kind)) for name, kind in self.columns]
        self.described()

    def rewrite(self) -> None:
        day = self.random.choice(DAYS)
        self.parts[day] = self.rows()
        self.lake.put(day, self.parts[day])

    def register(self) -> None:
        """A partition's files move to another folder, and its registration with them."""
        day = self.random.choice(sorted(self.parts))
        rows = self.rows()
        self.lake.put(day, rows, folder=f"moved-{self.random.randint(1, 99)}/")
        self.parts[day] = rows

    def by_hand(self) -> None:
        """Somebody alters Redshift's table: nobody is told."""
        how = self.random.choice(["ADD COLUMN stray INTEGER", f'DROP COLUMN "{self.columns[0][0]}"'])
        self.lake.execute(f'ALTER TABLE "{self.lake.name}" {how}')


def _plain(value: object) -> object:
    return round(float(value), 3) if isinstance(value, (int, float)) else value


def main() -> int:
    """So many sequences; 0 when nothing went wrong."""
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.rehearsal.stack import Stack

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    wrong = 0
    with Stack(trips_share=0.0005), tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        copy_to(base)
        world(base)
        for seed in range(count):
            one = Sequence(base, seed)
            problems = one.run()
            wrong += bool(problems)
            print(f"{seed:4} {', '.join(one.told)}: {'; '.join(problems) or 'right'}", flush=True)
    print(f"{count} sequences, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
