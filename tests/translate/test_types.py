"""Mutations of types: an expression whose type is taken away, or replaced by another, is noticed."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from sqlglot import exp
from support.translate_corpus import SINGLE
from support.translate_lab import schema

from smartroute_runbook.translate import signatures, translate
from smartroute_runbook.translate.model import Invalid, Refusal
from smartroute_runbook.translate.source import parse
from smartroute_runbook.translate.types import UNKNOWN, Type

SCHEMA = schema()
FOLDER = Path(__file__).parent
ODD = Type("varbinary")  # a type that no result column may have
ENOUGH = 12  # queries of one class


def by_class() -> dict[str, list[str]]:
    """Queries by the expressions that they hold."""
    rules = yaml.safe_load((FOLDER / "rules.yaml").read_text(encoding="utf-8"))
    attacks = yaml.safe_load((FOLDER / "attacks.yaml").read_text(encoding="utf-8"))
    texts = [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "queries").glob("*.sql"))]
    texts += [case["sql"] for case in rules.values()] + [case["sql"] for cases in attacks.values() for case in cases]
    texts += [f"SELECT {each} AS v FROM samples" for each in SINGLE]
    found: dict[str, list[str]] = defaultdict(list)
    for text in sorted(texts, key=len):
        try:
            tree = parse(text)
        except (Invalid, Refusal):
            continue
        for name in {node.name.lower() if isinstance(node, exp.Anonymous) else type(node).__name__
                     for node in tree.walk()}:  # fmt: skip
            found[name].append(text)
    return {name: each[:ENOUGH] for name, each in found.items()}


QUERIES = by_class()
TABLES = [(signatures._BY_NODE, kind, kind.__name__) for kind in signatures._BY_NODE]
TABLES += [(signatures._BY_NAME, name, name) for name in signatures._BY_NAME if name != "_time_filter"]
# Classes and names that sqlglot's reading of Trino does not give today.
LEFT_OUT = {
    "SHA",
    "SHA1Digest",
    "SHA2",
    "Week",
    "DateTrunc",
    "truncate",
    "degrees",
    "radians",
    "at_timezone",
    "with_timezone",
    "is_nan",
}


@pytest.mark.parametrize(("table", "key", "name"), TABLES, ids=[name for *_, name in TABLES])
def test_a_type_that_is_taken_away_is_noticed(table, key, name, monkeypatch):
    queries = QUERIES.get(name, [])
    before = [translate(text, SCHEMA) for text in queries]
    for wrong in (UNKNOWN, ODD):
        monkeypatch.setitem(table, key, lambda node, wrong=wrong: wrong)
        if any(translate(text, SCHEMA) != whole for text, whole in zip(queries, before, strict=True)):
            return
    assert name in LEFT_OUT


@pytest.mark.parametrize("word", ["tinyint", "smallint", "integer", "bigint"])
def test_the_digits_of_an_integer_matter(word, monkeypatch):
    from smartroute_runbook.translate import types

    one = f"CAST(1 AS {word})"
    sql = f"SELECT {one} * rate AS v, {one} / rate AS w, COALESCE({one}, rate) AS x FROM samples"
    before = translate(sql, SCHEMA)
    monkeypatch.setitem(types.DIGITS, word, 30)
    assert translate(sql, SCHEMA) != before
