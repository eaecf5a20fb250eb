"""All queries of the translator's tests, and which of them speak of a word or hold a class of nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import yaml
from sqlglot import exp, tokenize
from sqlglot.errors import SqlglotError
from support.translate_entries import entries

from smartroute_runbook.sqlfacts.redshift import reserved_words
from smartroute_runbook.translate import Schema, translate
from smartroute_runbook.translate.model import Invalid, Refusal
from smartroute_runbook.translate.parameters import read_parameters
from smartroute_runbook.translate.source import parse
from smartroute_runbook.translate.statements import read_statement

FOLDER = Path(__file__).parents[1] / "translate"
SINGLE = ["i IS NOT DISTINCT FROM n", "starts_with(s, 'a')", "stddev_samp(n)", "covar_pop(x, x)", "covar_samp(x, x)",
          "lag(n) RESPECT NULLS OVER (ORDER BY id)", "sin(x)", "cos(x)", "tan(x)", "asin(x)", "acos(x)", "atan(x)",
          "nth_value(n, 2) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
          "atan2(x, x)", "degrees(x)", "radians(x)", "bitwise_not(n)", "bitwise_xor(n, 1)", "pi()", "e()",
          "bitwise_and_agg(n)", "to_hex(sha1(to_utf8(s)))", "regr_slope(x, n)", "regr_intercept(x, n)"]  # fmt: skip


def texts() -> list[str]:
    """The queries, and one for each reserved word."""
    load = lambda name: yaml.safe_load((FOLDER / name).read_text("utf-8"))  # noqa: E731
    rules, attacks = load("rules.yaml"), load("attacks.yaml")
    found = [case["sql"] for case in rules.values()] + [case["sql"] for cases in attacks.values() for case in cases]
    found += [path.read_text("utf-8") for path in sorted((FOLDER / "queries").glob("*.sql"))]
    found += [case["sql"] for case in load("statements.yaml")]
    found += [f"SELECT {each} AS v FROM samples" for each in SINGLE]
    found += entries()
    found += [f'SELECT id AS "{word}" FROM samples AS "{word}"' for word in sorted(reserved_words())]
    return list(dict.fromkeys(found))


class Corpus:
    """Queries by what they are about.

    Args:
        schema: the tables that they read.
        queries: which; all of the tests by default.
    """

    def __init__(self, schema: Schema, queries: Iterable[str] | None = None) -> None:
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for text in sorted(texts() if queries is None else queries, key=len):
            for word in self._all(text, schema):
                self._by_word[word].append(text)

    def about(self, words: Iterable[str]) -> list[str]:
        """Those that one of the words or classes is in: by word, the shortest first."""
        return list(dict.fromkeys(text for word in words for text in self._by_word.get(word.upper(), ())))

    @staticmethod
    def _all(text: str, schema: Schema) -> set[str]:
        made = translate(text, schema)
        said = (*made.changes, *made.problems, *made.notes)
        found = {f"RULE:{each.rule.upper()}" for each in said}
        for sql in (text, made.sql or ""):
            try:
                found |= {token.text.upper() for token in tokenize(sql, read="trino")}
            except SqlglotError:
                found |= {word.upper() for word in sql.split()}
        try:
            nodes = list(parse(read_statement(read_parameters(text).sql).query).walk())
        except (Invalid, Refusal, SqlglotError):
            return found
        found |= {each.__name__.upper() for kind in set(map(type, nodes)) for each in kind.__mro__}
        return found | {node.name.upper() for node in nodes if isinstance(node, (exp.Anonymous, exp.Var))}
