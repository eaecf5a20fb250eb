"""Mutations of the translator: a rule, a type or an entry of a table that is not there, and whether queries notice."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from support.translate_lab import schema

import smartroute_runbook.translate as package
from smartroute_runbook.translate import signatures, translate
from smartroute_runbook.translate.rules import RULES
from smartroute_runbook.translate.translation import Translation
from smartroute_runbook.translate.types import UNKNOWN, Type

SCHEMA = schema()
ODD = Type("time")  # what no result column may be
# Modules whose tables say what people are told, or are about files, with tests of their own.
OTHERS = ("hints", "week", "files", "exports", "translation", "side_by_side", "schema", "rollup", "materialize", "text",
          "query_template", "argument_types", "statements.PAGES")  # fmt: skip
# Parts from which other tables are made when a module is imported, and what ``test_uses.py`` tries.
PARTS_OF_OTHERS = frozenset({
    "carried.ARITHMETIC", "rules.arguments.OPERATORS", "rules.arguments.LISTS", "rules.widths.PARTS",
    "rules.widths.LENGTHS", "rules.rows.ORDERED", "rules.formats.WORDS", "rules.base.BOUNDARIES",
    "rules.base._BY_CLASS", "rewrite.IMPROVEMENTS",
    "rules.names.RESERVED", "rules.numbers.DOUBLE_FUNCTIONS", "guard.BARE_FUNCTIONS",
})  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One thing that is switched off.

    Attributes:
        table: what it is one of.
        name: what it is called there.
        words: words and classes of nodes that the queries hold which it is about.
        without: a context in which it is not there.
        off: rules that are left out.
    """

    table: str
    name: str
    words: tuple[str, ...]
    without: Callable[[], AbstractContextManager[None]] = nullcontext
    off: frozenset[str] = frozenset()


def modules() -> list[Any]:
    """The translator's modules."""
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    return [importlib.import_module(each.name) for each in found]


MODULES = modules()


def rules() -> Iterator[Mutation]:
    """Each rule left out of the walk."""
    for each in RULES:
        words = [kind.__name__ for kind in each.nodes]
        yield Mutation("rule", each.id, (f"rule:{each.id}", *words), off=frozenset({each.id}))


def types() -> Iterator[Mutation]:
    """Each signature answering a type that no result may have, and none: one of the two is to be noticed."""
    for table in (signatures._BY_NODE, signatures._BY_NAME):
        for key in table:
            name = _called(key)
            for wrong in (ODD, UNKNOWN):
                change = functools.partial(entry, table, key, lambda node, wrong=wrong: wrong)
                yield Mutation("type", name, (name,), change)


def tables() -> Iterator[Mutation]:
    """Each entry of each table of the modules left out."""
    seen: set[int] = set()
    for module in MODULES:
        of = [f"rule:{each.id}" for each in RULES if each.apply.__module__ == module.__name__]
        for name, held in vars(module).items():
            where = f"{module.__name__.removeprefix(package.__name__ + '.')}.{name}"
            known = id(held) in seen or name != name.upper() or not isinstance(held, (dict, frozenset, set, tuple))
            if known or name == "__all__" or where.startswith(OTHERS) or where in PARTS_OF_OTHERS:
                continue
            seen.add(id(held))
            yield from _entries(where, held, of)


def _entries(where: str, held: Any, of: list[str]) -> Iterator[Mutation]:
    for item in list(held):
        if isinstance(held, dict):
            words = (*_words(item, held[item]), *of)
            yield Mutation(where, _called(item), words, functools.partial(entry, held, item))
        elif isinstance(item, (type, str)):
            less = type(held)(each for each in held if each != item)
            yield Mutation(where, _called(item), (*_words(item), *of), functools.partial(everywhere, held, less))


def _called(item: Any) -> str:
    return item.__name__ if isinstance(item, type) else str(item)


def _words(*items: Any) -> tuple[str, ...]:
    """The words and classes that an entry speaks of."""
    found: list[str] = []
    for item in items:
        if isinstance(item, (tuple, list, frozenset, set)):
            found += _words(*item)
        elif isinstance(item, (type, str)):
            found.append(_called(item))
    return tuple(found)


ABSENT = object()


@contextmanager
def entry(table: dict[Any, Any], key: Any, value: Any = ABSENT) -> Iterator[None]:
    """A table with another value for a key, or without it, its order kept."""
    before = dict(table)
    if value is ABSENT:
        del table[key]
    else:
        table[key] = value
    try:
        yield
    finally:
        table.clear()
        table.update(before)


@contextmanager
def replaced(holder: Any, name: str, value: Any) -> Iterator[None]:
    """Another value of one attribute."""
    before = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, before)


@contextmanager
def everywhere(held: Any, other: Any) -> Iterator[None]:
    """Another value wherever modules have bound this one by a name."""
    with ExitStack() as stack:
        for module in MODULES:
            for name, value in list(vars(module).items()):
                if value is held:
                    stack.enter_context(replaced(module, name, other))
        yield


def forget() -> None:
    """Empties what the modules keep of tables that were changed."""
    for module in MODULES:
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear") and value.__module__.startswith(package.__name__):
                value.cache_clear()
    sys.modules["smartroute_runbook.translate.rules.base"]._BY_CLASS.clear()  # type: ignore[attr-defined]


def caught(mutation: Mutation, queries: Iterable[str], before: dict[str, Translation]) -> bool:
    """Whether a query notices it."""
    asked = list(queries)
    for sql in asked:
        if sql not in before:
            before[sql] = translate(sql, SCHEMA)
    forget()
    with mutation.without():
        try:
            return any(translate(sql, SCHEMA, off=mutation.off) != before[sql] for sql in asked)
        finally:
            forget()
