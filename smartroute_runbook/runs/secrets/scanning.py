"""Look for secrets in what is about to be kept: texts, JSON values, Parquet files. A finding never holds the secret."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .columns import below_names
from .known import ESCAPES, known_secrets, shows
from .readings import joined, readings
from .texts import masked, seen, wrapped
from .values import SECRET_WORD, is_key, is_named_secret, is_secret_name, is_secret_value

__all__ = ["Finding", "Scanner", "without_secrets"]

_IDENTIFIER = re.compile(r"[a-z_]+[0-9]?_[a-z0-9_]+")
"""Of two texts the second may be another column's name."""
_SHORT, _KEPT = 200, 20_000
"""Letters of a text that is looked at once, and how many are remembered: names of columns and keys come in each row."""
_AT_ONCE = 2_000
_BETWEEN = "\n\0\n"
"""What stands between two texts that are looked at together, so that nothing is read over it."""


@dataclass(frozen=True)
class Finding:
    """What was found where; the secret itself is not kept."""

    rule: str
    place: str


class Scanner:
    """Looks with the rules of form, and for the known secrets of an environment.

    Args:
        environment: this process's by default.
        ordinary: texts that are told anyhow: the run's id, the environment's name.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, ordinary: Collection[str] = ()) -> None:
        self._known = known_secrets(environment, ordinary)
        self._harmless: set[str] = set()

    def text(self, text: str, place: str) -> Iterator[Finding]:
        """Of one text, in each form in which it may be read."""
        if text in self._harmless:
            return
        harmless = True
        for finding in self._text(text, place):
            harmless = False
            yield finding
        if harmless and len(text) <= _SHORT and len(self._harmless) < _KEPT:
            self._harmless.add(text)

    def _text(self, text: str, place: str) -> Iterator[Finding]:
        for form in readings(text):
            for name, _, _ in seen(form):
                yield Finding(name, place)
            for name in shows(form, self._known):
                yield Finding(f"the value of {name}", place)
            for name in below_names(form, is_secret_name) if "\n" in form and SECRET_WORD.search(form) else ():
                yield Finding(f"a value in column '{name}'", place)
        if "\n" in text:
            for name, _, _ in seen(joined(text), broken=True):
                yield Finding(name, place)
            for name, _, _ in wrapped(ESCAPES.sub("", text)):
                yield Finding(name, place)
        if text.lstrip()[:1] in ("{", "["):  # JSON in a text is looked at as JSON
            with contextlib.suppress(ValueError, RecursionError):
                yield from self.value(json.loads(text), place)

    def value(self, value: Any, place: str) -> Iterator[Finding]:
        """Of a JSON value: its texts, values beside names of secrets, columns and pairs that are named so."""
        if isinstance(value, str):
            yield from self.text(value, place)
        elif isinstance(value, Mapping):
            for name, item in value.items():
                where = f"{place}.{name}"
                yield from self.text(str(name), where)
                if is_named_secret(name, item):
                    yield Finding(f"a value named '{name}'", where)
                yield from self.value(item, where)
            yield from _columns(value, place)
            yield from _pair(value, place)
        elif isinstance(value, (list, tuple)):
            texts = len(value) > 1 and all(isinstance(item, str) for item in value)
            if texts and len(value) == 2 and is_named_secret(*value) and not _IDENTIFIER.fullmatch(value[1]):
                yield Finding(f"a value named '{value[0]}'", place)
            if texts:
                yield from self.text("".join(value), place)  # one text, broken into lines
            for number, item in enumerate(value):
                yield from self.value(item, f"{place}[{number}]")

    def data(self, data: bytes, place: str) -> Iterator[Finding]:
        """Of a file: JSON, Parquet, or text; pictures and what is no text are left out."""
        if data[:4] == b"PAR1":
            yield from self._parquet(data, place)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            yield from self.text(text, place)
            return
        yield from self.value(found, place)

    def _parquet(self, data: bytes, place: str) -> Iterator[Finding]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(data))
        for key, value in (table.schema.metadata or {}).items():
            yield from self.text(
                f"{key.decode(errors='replace')}={value.decode(errors='replace')}", f"{place}, metadata"
            )
        for name in table.column_names:
            yield from self.text(name, f"{place}, column names")
            if pa.types.is_primitive(table.schema.field(name).type):  # numbers, dates, truth values
                continue
            texts = sorted({text for value in table[name].to_pylist() for text in _texts(value)})
            if is_secret_name(name) and any(map(is_secret_value, texts)):
                yield Finding(f"a value in column '{name}'", place)
            for start in range(0, len(texts), _AT_ONCE):  # together: much quicker than one by one
                yield from self.text(_BETWEEN.join(texts[start : start + _AT_ONCE]), f"{place}, column {name}")


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value of a column, whatever it is made of."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif isinstance(value, Mapping):
        for item in (*value.keys(), *value.values()):
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def without_secrets(text: str) -> str:
    """What somebody else wrote, for the record: masked, or left out as a whole where that does not reach."""
    bare = masked(text) if text else text
    found = next(Scanner().text(bare, ""), None) if bare else None
    return bare if found is None else f"[left out: it shows {found.rule}]"


def _pair(value: Mapping[str, Any], place: str) -> Iterator[Finding]:
    """A name and a value under those very words."""
    small = {str(key).lower(): item for key, item in value.items()}
    name, given = small.get("name", small.get("key")), small.get("value")
    if isinstance(given, str) and is_named_secret(name, given):
        yield Finding(f"a value named '{name}'", place)
    key = small.get("key")
    if (
        isinstance(key, str)
        and is_key(key)
        and not {"user", "username", "login", "client", "client_id"}.isdisjoint(small)
    ):
        yield Finding("a value named 'key'", place)  # of somebody: no key of a file, no digest


def _columns(value: Mapping[str, Any], place: str) -> Iterator[Finding]:
    """Rows below columns that are named like secrets."""
    names, rows = value.get("columns"), value.get("rows")
    if not isinstance(names, (list, tuple)) or not isinstance(rows, (list, tuple)):
        return
    for at, name in enumerate(names):
        for row in rows if is_secret_name(name) else ():
            if (
                isinstance(row, (list, tuple))
                and len(row) > at
                and isinstance(row[at], str)
                and is_secret_value(row[at])
            ):
                yield Finding(f"a value in column '{name}'", place)
