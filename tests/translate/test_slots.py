"""Every part must be read: something put into any empty slot of any node fails the translation, or reaches the text.

The slots are sqlglot's own, class by class: nothing here knows which of them a text can fill. A part that a rule
drops without a word is found whatever it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlglot import exp
from support.translate_lab import schema

from smartroute_runbook.translate import rewrite, translate
from smartroute_runbook.translate.rules import base
from smartroute_runbook.translate.rules.arguments import SILENT
from smartroute_runbook.translate.rules.base import SAME
from smartroute_runbook.translate.source import parse

SCHEMA = schema()
MARK = 987_654_321
FOLDER = Path(__file__).parent
READY = ("unchanged", "rewritten")
# Classes whose parts are names, types and texts: they are written whole.
WHOLE = (exp.Identifier, exp.DataType, exp.DataTypeParam, exp.Var, exp.Literal, exp.Star, exp.Null, exp.Boolean)


def queries() -> list[str]:
    rules = yaml.safe_load((FOLDER / "rules.yaml").read_text(encoding="utf-8"))
    attacks = yaml.safe_load((FOLDER / "attacks.yaml").read_text(encoding="utf-8"))
    texts = [case["sql"] for case in rules.values()] + [case["sql"] for cases in attacks.values() for case in cases]
    texts += [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "queries").glob("*.sql"))]
    return [text for text in texts if translate(text, SCHEMA).status in READY]


def empty(node: exp.Expression) -> Iterator[str]:
    """The slots of a node that nobody filled, as sqlglot lists them."""
    for slot in type(node).arg_types:
        value = node.args.get(slot)
        if value is None or value is False or value == []:
            yield slot


def places() -> dict[tuple[str, str], tuple[str, int]]:
    """One place for each class and slot: a query, and which of its nodes it is."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for text in queries():
        try:
            tree = parse(text)
        except Exception:  # a statement around a query: its query is among the others
            continue
        for place, node in enumerate(tree.walk()):
            if not isinstance(node, WHOLE):
                for slot in empty(node):
                    found.setdefault((type(node).__name__, slot), (text, place))
    return found


PLACES = places()
KINDS = {"value": lambda: exp.Literal.number(MARK), "list": lambda: [exp.Literal.number(MARK)], "flag": lambda: True}
WORDS = {("Join", "side"), ("Join", "kind"), ("Join", "method")}  # hold a word, and nothing else
EXPRESSIONS = {"this", "expressions", "decimals", "offset"}  # hold no flag
# A named window that nobody uses is left out, one that is used is written out; a key of a map is counted from nowhere.
UNUSED = {("Select", "windows"), ("Bracket", "offset"), ("JSONPathKey", "quoted")}


def test_the_slots_are_many():
    assert len(PLACES) > 350
    assert len({name for name, _ in PLACES}) > 90


@pytest.mark.parametrize("name", sorted({name for name, _ in PLACES}))
def test_no_part_is_dropped(name, monkeypatch):
    kind = getattr(exp, name)
    dropped = []
    for (_, slot), (text, place) in [(key, where) for key, where in PLACES.items() if key[0] == name]:
        if slot in SILENT.get(kind, ()) or (name, slot) in UNUSED:
            continue
        before = heard(translate(text, SCHEMA))
        for form, value in forms(name, slot):
            if heard(injected(text, place, slot, value, monkeypatch)) == before:
                dropped.append(f"{slot} ({form}) of {text}")
    assert dropped == []


def forms(name: str, slot: str) -> Iterator[tuple[str, object]]:
    if (name, slot) in WORDS:
        yield "word", f"WORD{MARK}"
        return
    for form, make in KINDS.items():
        if form != "flag" or slot not in EXPRESSIONS:
            yield form, make()


def heard(translation) -> tuple[object, ...]:
    """What a reader learns of a query: its text, or that there is none, and what is said of it."""
    return translation.sql, translation.notes


def injected(text: str, place: int, slot: str, value: object, monkeypatch):
    """The translation of a query with a value put into a slot."""

    def with_part(sql: str) -> exp.Expression:
        tree = parse(sql)
        node = next(node for n, node in enumerate(tree.walk()) if n == place)
        node.set(slot, value)
        return tree

    with monkeypatch.context() as patch:
        patch.setattr(rewrite, "parse", with_part)
        return translate(text, SCHEMA)


def test_a_dropped_part_is_found(monkeypatch):
    """A mutation: without the door, a flag that nobody reads passes."""
    text = "SELECT COUNT(DISTINCT s) AS v FROM samples"
    place = next(n for n, node in enumerate(parse(text).walk()) if isinstance(node, exp.Distinct))
    assert exp.Distinct in SAME
    found = injected(text, place, "on", exp.Literal.number(MARK), monkeypatch)
    assert (found.sql, found.problems[0].rule) == (None, "syntax")
    monkeypatch.setattr(base, "require_known_parts", lambda node: None)
    assert injected(text, place, "on", exp.Literal.number(MARK), monkeypatch).sql is not None
