"""The 400 queries of ``tests/translate/workload`` on both stand-ins, over made rows: each is equal, or explained.

``make soak-workload``, or ``PYTHONPATH=tests python -m soak.workload [--seed N]``. Texts of a column are those that the
queries compare it with, so that conditions find some rows and leave others; keys are few, so that joins meet.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import yaml
from support.translate_lab import REDSHIFT, differences
from support.translate_near import NearLab
from support.translate_workload import FOLDER, workload
from witness.standin import StandIn

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.storage.catalog import GlueColumn, GlueTable
from smartroute_runbook.standins.redshift.database import Database
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.statements.dispatch import parse
from smartroute_runbook.translate import translate

ROWS = 60
DAY = datetime(2026, 10, 1)  # noqa: DTZ001 - a wall clock's, as TIMESTAMP is
YEARS = {"retail": datetime(2000, 3, 11)}  # noqa: DTZ001
PLAIN = {"string": pa.string(), "int": pa.int32(), "bigint": pa.int64(), "double": pa.float64(), "float": pa.float32(),
         "boolean": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("ms"), "smallint": pa.int16(),
         "timestamp(6)": pa.timestamp("us")}  # fmt: skip


class Kind:
    """A Glue type, read: its name, and its parts by name (``key`` and ``value`` of a map, ``item`` of an array)."""

    def __init__(self, text: str) -> None:
        self.text, (self.name, _, inner) = text, text.partition("<")
        parts = _split(inner[:-1]) if inner else []
        if self.name == "struct":
            self.parts = {part.partition(":")[0]: Kind(part.partition(":")[2]) for part in parts}
        else:
            names = ("key", "value") if self.name == "map" else ("item",)
            self.parts = {name: Kind(part) for name, part in zip(names, parts, strict=False)}

    def arrow(self) -> pa.DataType:
        """Its Arrow type."""
        inner = {name: part.arrow() for name, part in self.parts.items()}
        if self.name == "struct":
            return pa.struct(inner.items())
        if self.name == "map":
            return pa.map_(inner["key"], inner["value"])
        if self.name == "array":
            return pa.list_(inner["item"])
        if self.name.startswith("decimal"):
            return pa.decimal128(*map(int, re.findall(r"\d+", self.name)))
        return PLAIN[self.name]


def _split(text: str) -> list[str]:
    """The parts between commas that are in no brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "<(") - (sign in ">)")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


class Maker:
    """Rows by the types and names of columns, and by the literals of the queries that name a column."""

    def __init__(self, queries: list[str], start: datetime, seed: int) -> None:
        self.queries, self.start, self.chance = queries, start, random.Random(seed)

    def value(self, column: str, kind: Kind, given: dict[str, Any]) -> Any:
        """One value; one in ten is NULL."""
        pick = self.chance
        if pick.random() < 0.1:
            return None
        if kind.name == "struct":
            return {name: self.value(name, part, {}) for name, part in kind.parts.items()}
        if kind.name == "map":
            keys = pick.sample(self.texts(column), min(3, len(self.texts(column))))
            return {key: self.value(key, kind.parts["value"], {}) for key in keys}
        if kind.name == "array":
            return [self.value(column, kind.parts["item"], {}) for _ in range(pick.randrange(3))]
        if kind.name == "string" and given.get("utc"):
            return self.moment().isoformat(timespec="seconds") + "Z"
        if kind.name == "string":
            return pick.choice(self.texts(column))
        return self.number(column, kind)

    def number(self, column: str, kind: Kind) -> Any:
        """A value of a type that is no text."""
        pick = self.chance
        if kind.name in ("int", "bigint", "smallint"):
            return self.start.year + pick.randrange(-2, 3) if column.endswith("year") else pick.randrange(13)
        if kind.name.startswith("decimal"):
            return Decimal(pick.randrange(-2000, 20000)).scaleb(-kind.arrow().scale)
        if kind.name == "boolean":
            return pick.random() < 0.5
        if kind.name == "date":
            return self.moment().date()
        return self.moment() if kind.name.startswith("timestamp") else pick.randrange(-40, 400) / 4

    def moment(self) -> datetime:
        return self.start + timedelta(milliseconds=self.chance.randrange(-60 * 86_400_000, 60 * 86_400_000))

    def texts(self, column: str) -> list[str]:
        """Literals of the queries that name a column, numbers as text, and some others."""
        near = [query for query in self.queries if re.search(rf"\b{re.escape(column)}\b", query)]
        found = {text.strip() for query in near for text in re.findall(r"'([^'%]{1,40})'", query)}
        return [*sorted(found), "1", "2.5", "other", "Ünïcode", '{"a": 1}', "/shop/x?utm_source=mail"][-12:]


class Tables:
    """A catalog of made tables."""

    def __init__(self, database: str, tables: dict[str, dict[str, Kind]]) -> None:
        self.database, self.tables = database, tables

    def get(self, database: str, name: str) -> GlueTable:
        """One of them.

        Raises:
            QueryFailed: TABLE_NOT_FOUND.
        """
        if name.lower() not in self.tables:
            raise QueryFailed("TABLE_NOT_FOUND", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' does not exist")
        fields = tuple(GlueColumn(column, kind.text) for column, kind in self.tables[name.lower()].items())
        return GlueTable(self.database, name.lower(), fields, (), "", None, {})


class WorkloadLab(NearLab):
    """Both engines in this process, with the tables of one file of the workload."""

    def __init__(self, path: Path, seed: int) -> None:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        (database,) = {name.partition(".")[0] for name in loaded["tables"]}
        given = {name.partition(".")[2]: {c: t if isinstance(t, dict) else {"type": t} for c, t in columns.items()}
                 for name, columns in loaded["tables"].items()}  # fmt: skip
        kinds = {name: {column: Kind(of["type"]) for column, of in columns.items()} for name, columns in given.items()}
        queries = [text for name, text, _ in workload() if name.startswith(path.stem)]
        maker = Maker(queries, YEARS.get(database, DAY), seed)
        self._begin(database, Tables(database, kinds))
        for name, columns in kinds.items():
            rows = [{c: maker.value(c, kind, given[name][c]) for c, kind in columns.items()} for _ in range(ROWS)]
            self._fill(name, columns, rows)

    def _begin(self, database: str, catalog: Tables) -> None:
        from pyathena.converter import DefaultTypeConverter

        self._folder = tempfile.TemporaryDirectory()
        self._convert = DefaultTypeConverter().convert
        self._athena = StandIn(catalog, database)
        objects: Any = SimpleNamespace()
        self._redshift = Session(Database(objects, Path(self._folder.name) / "near.db"), "near", parse)
        self._redshift.execute(f"CREATE SCHEMA {database}")
        self._redshift.execute(f"SET search_path TO {database}, public")

    def _fill(self, name: str, columns: dict[str, Kind], rows: list[dict[str, Any]]) -> None:
        cells = {c: pa.array([_arrow(row[c], kind) for row in rows], kind.arrow()) for c, kind in columns.items()}
        self._athena.connection.register("made", pa.table(cells))
        self._athena.connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM made')
        types = {c: "super" if kind.parts else REDSHIFT.get(kind.text, kind.text.partition("(6)")[0])
                 for c, kind in columns.items()}  # fmt: skip
        made = ", ".join(f'"{column}" {to}' for column, to in types.items())
        self._redshift.execute(f"CREATE TABLE {name} ({made})")
        values = (", ".join(_literal(row[c], kind) for c, kind in columns.items()) for row in rows)
        self._redshift.execute(f"INSERT INTO {name} {' UNION ALL '.join(f'SELECT {each}' for each in values)}")


def _arrow(value: Any, kind: Kind) -> Any:
    """A map's entries as pairs."""
    return list(value.items()) if kind.name == "map" and value is not None else value


def _literal(value: Any, kind: Kind) -> str:
    """A constant of Redshift."""
    if kind.parts:
        return "NULL::super" if value is None else f"JSON_PARSE('{_quoted(json.dumps(value, ensure_ascii=False))}')"
    to = REDSHIFT.get(kind.text, kind.text.partition("(6)")[0])
    if value is None:
        return f"CAST(NULL AS {to})"
    text = str(value) if isinstance(value, (bool, int, float, Decimal)) else f"'{_quoted(str(value))}'"
    return f"CAST({text} AS {to})"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")


def outcomes(seed: int) -> Iterator[tuple[str, str, str]]:
    """The name of each query, what became of it, and the difference or the reason."""
    labs = {path.stem: WorkloadLab(path, seed) for path in sorted(FOLDER.glob("*.yaml"))}
    for name, text, schema in workload():
        made, lab = translate(text, schema, name=name), labs[name.partition("-")[0]]
        if made.sql is None:
            yield name, "refused", made.problems[0].rule
            continue
        try:
            control = lab.rows("athena", text)
        except ServiceError as error:
            yield name, "Athena does not answer", str(error)
            continue
        try:
            candidate = lab.rows("redshift", made.sql)
        except ServiceError as error:
            yield name, "Redshift does not answer", f"{error}\n{made.sql}"
            continue
        found = differences(control, candidate, made.tolerances, made.columns)
        noted = ", ".join(sorted({note.rule for note in made.notes}))
        result = "different" if found else "equal, no rows" if not control else "equal"
        yield name, result, f"{found[0]}\n{text}{made.sql}\nnotes: {noted}" if found else ""


def main() -> int:
    """Run it; 1 when an answer differs, or an engine has none."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    counts: Counter[tuple[str, str]] = Counter()
    for name, result, detail in outcomes(parser.parse_args().seed):
        counts[name.partition("-")[0], result] += 1
        if detail and result != "refused":
            print(f"{name}: {result}: {detail}")
    for (of, result), number in sorted(counts.items()):
        print(f"{of:10}{result:28}{number:5}")
    return 1 if any(result not in ("equal", "equal, no rows", "refused") for _, result in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
