"""20,000 typed Trino expressions from a seed: every overload of every listed function, operators, casts, forms.

A case is a *shape* and a text. ``value``: an expression over the one row of ``ROW``; ``aggregate``: one over the rows
of ``ROWS``; ``window``: one whose value in each of these rows, by ``id``, is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from .signatures import Signature, listed, split_types
from .vocabulary import CAST_TO, COLUMNS, FORMS, HINTS, LITERALS, ROW, ROWS, SIZED, WINDOW, T

SEED, CASES = 20261128, 20_000


def source(shape: str, texts: list[str]) -> str:
    """The FROM clause of a shape, with the columns that the texts name."""
    named = set(re.findall(r"[a-z]+", " ".join(re.sub("'[^']*'", "", text) for text in texts)))
    if shape == "value":
        columns = [f"{value} AS {name}" for name, value in ROW.items() if name in named]
        return f"(SELECT {', '.join(columns or ['1 AS o'])}) AS one"
    names = [name for name in ROWS if name in named | {"id"}]
    rows = ", ".join(f"({', '.join(row)})" for row in zip(*(ROWS[name] for name in names), strict=True))
    return f"(VALUES {rows}) AS many({', '.join(names)})"


class Generator:
    """A stream of cases that depends on the seed alone."""

    def __init__(self, seed: int = SEED) -> None:
        self.chance = Random(seed)
        self.by_name: dict[str, list[Signature]] = {}
        for one in listed():
            self.by_name.setdefault(f"{one.kind} {one.name}", []).append(one)

    def cases(self, count: int = CASES) -> Iterator[tuple[str, str]]:
        """So many different (shape, text)."""
        seen, names = set(), sorted(self.by_name)
        while len(seen) < count:
            roll = self.chance.random()
            if roll < 0.55:
                kind, name = self.chance.choice(names).split()
                case = self._call_case(kind, self.chance.choice(self.by_name[f"{kind} {name}"]))
            elif roll < 0.87:
                case = "value", self.form("value", self.chance.choice(FORMS))
            else:
                case = "value", self._cast()
            if case not in seen:
                seen.add(case)
                yield case

    def _call_case(self, kind: str, one: Signature) -> tuple[str, str]:
        if kind == "scalar":
            return "value", self.call("value", one, 1)
        text = self.call("rows", one, 0)
        if kind == "window" or (kind == "aggregate" and self.chance.random() < 0.2 and one.name != "listagg"):
            return "window", f"{text} {self.chance.choice(WINDOW)}"
        if one.name == "array_agg":
            return "aggregate", text[:-1] + " ORDER BY id)"
        roll = self.chance.random()
        if roll < 0.15 and "(" in text and one.arguments and len(one.arguments) == 1:
            text = text.replace("(", "(DISTINCT ", 1)
        elif roll < 0.3:
            text += f" FILTER (WHERE {self.chance.choice(['bo', 'id > 2', 'x < 0e0', 'false'])})"
        return "aggregate", text

    def call(self, where: str, one: Signature, depth: int) -> str:
        """A call of an overload, its type variables bound and its arguments written."""
        bound: dict[str, str] = {}
        hints = HINTS.get(one.name, {})
        parts = []
        for place, kind in enumerate(one.arguments):
            texts = [text for text in hints.get(place, []) if where == "value" or not re.fullmatch("[a-z]{1,2}", text)]
            parts.append(
                self.chance.choice(texts)
                if texts and (one.name in SIZED or self.chance.random() < 0.85)
                else self.argument(where, kind, bound, depth)
            )
        if one.name in {"greatest", "least", "concat", "concat_ws"} and len(parts) < 3:
            parts.append(self.argument(where, one.arguments[-1], bound, depth))
        text = f"{one.name}({', '.join(parts)})"
        return f"{text} WITHIN GROUP (ORDER BY id)" if one.name == "listagg" else text

    def argument(self, where: str, kind: str, bound: dict[str, str], depth: int) -> str:
        """An expression of a type that may hold variables."""
        if kind.startswith("function("):
            return self._lambda(split_types(kind[9:-1]), bound, where)
        if kind.startswith("array(") and kind.endswith(")"):
            inner = self._bind(kind[6:-1], bound)
            return (
                "ARRAY["
                + ", ".join(self.value(where, inner, depth) for _ in range(self.chance.choice([1, 2, 3])))
                + "]"
            )
        if kind.startswith("map("):
            key, value = (self._bind(part, bound) for part in split_types(kind[4:-1]))
            keys = {self.value(where, key, 0): self.value(where, value, depth) for _ in range(2)}
            return f"MAP(ARRAY[{', '.join(keys)}], ARRAY[{', '.join(keys.values())}])"
        return self.value(where, self._bind(kind, bound), depth)

    def _bind(self, kind: str, bound: dict[str, str]) -> str:
        kind = kind.strip()
        if re.fullmatch(r"[A-Za-z]\d?", kind):
            return bound.setdefault(kind.upper(), self.chance.choice(T))
        kind = re.sub(r"\([a-z0-9, ]+\)", "", kind)
        return {"joniregexp": "varchar", "codepoints": "varchar", "jsonpath": "varchar", "function": "varchar"}.get(
            kind, kind
        )

    def _lambda(self, kinds: tuple[str, ...], bound: dict[str, str], where: str) -> str:
        names = ["e", "o", "w"][: len(kinds) - 1]
        types = [self._bind(kind, bound) for kind in kinds[:-1]]
        want = self._bind(kinds[-1], bound)
        same = [name for name, kind in zip(names, types, strict=True) if kind == want]
        bodies = (
            [f"coalesce({same[-1]}, {self.value(where, want, 0)})", *same] if same else [self.value(where, want, 0)]
        )
        if want == "boolean":
            bodies = [f"{names[0]} IS NOT NULL", f"{names[0]} > {self.value(where, types[0], 0)}"]
        if want == "integer" and len(names) == 2 and types[0] == types[1]:
            bodies = ["if(e < o, 1, if(e = o, 0, -1))"]
        if want == "varchar" and types[0] != "varchar" and where == "value":
            bodies.append(f"CAST({names[0]} AS varchar)")
        return f"({', '.join(names)}) -> {self.chance.choice(bodies)}"

    def value(self, where: str, kind: str, depth: int) -> str:
        """A column, a literal or, while there is depth, a call of a plain type."""
        if kind.startswith(("array(", "map(")):
            columns = COLUMNS[where].get(kind.replace(" ", ""), [])
            return (
                self.chance.choice(columns)
                if columns and self.chance.random() < 0.5
                else self.argument(where, kind, {}, 0)
            )
        if depth and self.chance.random() < 0.25:
            found = [
                one
                for kind_name, ones in self.by_name.items()
                if kind_name.startswith("scalar")
                for one in ones
                if self._bind_plain(one.returns) == kind
            ]
            if found:
                return self.call(where, self.chance.choice(found), depth - 1)
        columns = COLUMNS[where].get(kind, [])
        if columns and (self.chance.random() < 0.5 or where == "rows"):
            return self.chance.choice(columns)
        return self.chance.choice(LITERALS.get(kind, ["NULL"]))

    @staticmethod
    def _bind_plain(kind: str) -> str:
        return re.sub(r"\([a-z0-9, ]+\)", "", kind)

    def form(self, where: str, template: str) -> str:
        """A template with its words chosen and its parts written."""
        text = re.sub(r"<([^<>|]+(?:\|[^<>|]+)+)>", lambda words: self.chance.choice(words[1].split("|")), template)
        text = re.sub(
            "@cmp|@eq",
            lambda word: self.chance.choice(["=", "<>", "<", "<=", ">", ">="][: 2 if word[0] == "@eq" else 6]),
            text,
        )
        return re.sub(r"\{([a-z][a-z, ()]*)\}", lambda part: self.value(where, part[1], 1), text)

    def _cast(self) -> str:
        kind = self.chance.choice([*LITERALS, "array(integer)", "map(varchar,integer)"])
        word = "TRY_CAST" if self.chance.random() < 0.2 else "CAST"
        return f"{word}({self.value('value', kind, 1)} AS {self.chance.choice(CAST_TO)})"
