"""The source check: does Athena itself run this query?"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from smartroute_runbook.errors import did_you_mean
from smartroute_runbook.quantities import plural
from smartroute_runbook.sqlfacts.trino import trino_functions
from smartroute_runbook.sqlfacts.trino_grammar import ENDS, foreign

from .dropped import dropped
from .model import Invalid, Problem, Refusal
from .normal import joined_numbers, normalise
from .parameters import TIME_FILTER
from .relations import Columns, Findings, aggregates
from .schema import Schema
from .scopes import Names
from .text import AthenaText, words

__all__ = ["check", "lacks_a_part", "parse"]

DIALECT = "trino"
# Arguments that a function must have, of those that sqlglot has no class for.
FEWEST = {"at_timezone": 2, "with_timezone": 2, "format_datetime": 2, "codepoint": 1, "every": 1, "geometric_mean": 1,
          "json_array_length": 1, "millisecond": 1, "to_iso8601": 1, "url_extract_host": 1,
          "url_extract_path": 1}  # fmt: skip
TYPES_WITHIN = 8  # ARRAY[ARRAY[...]], date(date(...)) and the like
logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it warns of is found here and said in words


def _balanced(sql: str) -> bool:
    """Whether as many parentheses are closed as are opened."""
    kinds = [token.token_type for token in words(sql)]
    return kinds.count(TokenType.L_PAREN) == kinds.count(TokenType.R_PAREN)


def _require_shallow(tokens: Sequence[Token]) -> None:
    """What looks like a type within a type is read twice at every level by sqlglot: more than some take for ever.

    Raises:
        Refusal: there are more.
    """
    opened: list[bool] = []
    for before, token in pairwise([None, *tokens]):
        if token is not None and token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET):
            opened.append(before is not None and before.token_type in AthenaText.Parser.TYPE_TOKENS)
            if sum(opened) > TYPES_WITHIN:
                raise Refusal("depth", "the query is nested too deeply to be read", "name its parts with WITH")
        elif token is not None and token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET) and opened:
            opened.pop()


def parse(sql: str) -> exp.Expression:
    """The syntax tree of one query, in its plain form.

    Raises:
        Invalid: not one Trino query.
        Refusal: Trino may well read it, sqlglot does not.
    """
    try:
        tokens = joined_numbers(words(sql), sql)
        _require_shallow(tokens)
        _require_windows(tokens)
        if any(token.token_type is TokenType.MATCH_RECOGNIZE for token in tokens):
            raise Refusal(
                "match-recognize", "Redshift has no MATCH_RECOGNIZE", "write the pattern with window functions"
            )
        for token, word, instead in foreign(tokens):
            raise Invalid("syntax", f"Athena cannot read this: line {token.line}: {word}", f"Trino has {instead}")
        trees = [tree for tree in AthenaText().parser().parse(tokens, sql) if tree is not None]
    except SqlglotError as error:
        detail = getattr(error, "errors", None)
        where = _place(detail[0]) if detail else str(error).splitlines()[0]
        # "Required keyword" is said of sqlglot's own classes, unless a parenthesis was never closed.
        if detail and str(detail[0]["description"]).startswith("Required keyword") and _balanced(sql):
            line, near = detail[0]["line"], str(detail[0].get("highlight") or "").strip()
            why = f"line {line}: a part is missing at '{near[:40]}'"
            hint = "give the call all its arguments, and each operator and clause its operand"
            raise Refusal("syntax", why, hint) from error
        raise Invalid("syntax", f"Athena cannot read this: {where}", "correct the query on Athena first") from error
    if not trees:
        raise Invalid("syntax", "there is no query in it, only comments or nothing", "write one, or leave the file out")
    if len(trees) != 1:
        raise Invalid("syntax", f"the file holds {plural(len(trees), 'statement')}", "one query a file")
    if not isinstance(trees[0], (exp.Query, exp.Values)):
        raise Invalid("syntax", f"{words(sql)[0].text.upper()} is not a query", "only queries are translated")
    lost = dropped(tokens, trees[0])
    if lost:
        why = f"{', '.join(dict.fromkeys(lost))}: the translator's reader leaves this out"
        raise Refusal("unread", why, "write the query without it, or the call with fewer arguments")
    if any(node.args.get("quoted") and not node.name for node in trees[0].find_all(exp.Identifier)):
        raise Invalid("syntax", "a name between quotation marks is empty", "give it a name")
    return normalise(trees[0])


def _require_windows(tokens: Sequence[Token]) -> None:
    """`COUNT(*) over FROM t` names a column; sqlglot reads OVER ().

    Raises:
        Refusal: OVER is such a name.
    """
    for token, after in pairwise([*tokens, None]):
        if token is not None and token.token_type is TokenType.OVER and (after is None or after.token_type in ENDS):
            raise Refusal("syntax", f"line {token.line}: OVER has no window", 'OVER (...), or AS "over" for a name')


def lacks_a_part(sql: str) -> bool:
    """Whether a text that is read as a query lacks what its constructs must have."""
    tree = AthenaText().parser().parse(words(sql), sql)[0]
    for node in tree.walk() if tree is not None else ():
        if any(must and node.args.get(part) is None for part, must in node.arg_types.items()):
            return True
        if isinstance(node, (exp.Date, exp.Timestamp)) and node.this is None:
            return True
        if isinstance(node, exp.Anonymous) and len(node.expressions) < FEWEST.get(node.name.lower(), 0):
            return True
        if isinstance(node, exp.TableAlias) and node.this is None and node.args.get("columns"):
            return True
        if isinstance(node, exp.Tuple) and isinstance(node.parent, exp.Values) and not node.expressions:
            return True
        if isinstance(node, exp.SetOperation) and not all(
            isinstance(side, exp.Query | exp.Values | exp.Table) for side in (node.this, node.expression)
        ):
            return True
    return tree is None


def _place(error: dict[str, Any]) -> str:
    """Where the parser stopped, and at what."""
    what = str(error["description"]).partition(" but got <")[0].rstrip(".")
    near = str(error.get("highlight") or "").strip()
    return f"line {error['line']}: {what}" + (f", near '{near[:40]}'" if near else "")


def _unknown_functions(sql: str, tree: exp.Expression) -> Iterator[Problem]:
    defined = {alias.name.lower() for alias in tree.find_all(exp.TableAlias)} | {"", TIME_FILTER}
    tokens = words(sql)
    previous = ""
    for word, following in pairwise(tokens):
        name = word.text.lower().rpartition(" ")[2]
        called = following.token_type == TokenType.L_PAREN and (name[:1].isalpha() or name[:1] == "_")
        quoted = word.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
        if called and not quoted and name not in trino_functions() and name not in defined and previous != "as":
            yield Problem("unknown-function", f"Athena has no function {name}", did_you_mean(name, trino_functions()))
        previous = name


def _ungrouped(select: exp.Select) -> Iterator[Problem]:
    """Columns that are neither grouped nor aggregated."""
    group = select.args.get("group")
    outputs = [p.unalias() for p in select.expressions]
    having = select.args.get("having")
    if not group and not any(_has_aggregate(o) for o in outputs) and not having:
        return
    keys: list[exp.Expression] = []
    for key in group.expressions if group else ():
        parts = (
            [key] if not isinstance(key, (exp.Rollup, exp.Cube, exp.GroupingSets)) else list(key.find_all(exp.Column))
        )
        for part in parts:
            position = isinstance(part, exp.Literal) and part.is_int and int(part.name) <= len(outputs)
            keys.append(outputs[int(part.name) - 1] if position else part)
    texts = {_plain(key) for key in keys}
    kinds = {type(key.unnest()) for key in keys} | {type(key) for key in keys}
    for output in [*outputs, *([having.this] if having else [])]:
        for column in _loose(output, texts, kinds):
            name = column.sql(DIALECT)
            yield Problem("group-by", f"{name} is neither grouped nor aggregated", f"add {name} to GROUP BY")


def _plain(node: exp.Expression) -> str:
    """An expression as text without qualifiers, so that t.a and a are the same key."""
    copy = node.unnest().copy()
    for column in copy.find_all(exp.Column):
        column.set("table", None)
        column.set("db", None)
    return copy.sql(DIALECT, normalize=True).replace('"', "").lower()


def _has_aggregate(node: exp.Expression) -> bool:
    if isinstance(node, (exp.Query, exp.Subquery)):
        return False
    if isinstance(node, exp.Window):
        function = node.this
        while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
            function = function.this
        inner = [node.args.get("order"), *(node.args.get("partition_by") or ()), *function.iter_expressions()]
        return any(_has_aggregate(part) for part in inner if part is not None)
    return aggregates(node) or any(_has_aggregate(child) for child in node.iter_expressions())


def _loose(node: exp.Expression, keys: set[str], kinds: set[type]) -> Iterator[exp.Column]:
    if isinstance(node, (exp.Query, exp.Subquery)) or (type(node.unnest()) in kinds and _plain(node) in keys):
        return
    if aggregates(node) and not isinstance(node.parent, (exp.Window, exp.IgnoreNulls, exp.RespectNulls)):
        return
    if isinstance(node, exp.Column):
        if not node.meta.get("outer"):
            yield node
        return
    for child in node.iter_expressions():
        yield from _loose(child, keys, kinds)


def check(sql: str, tree: exp.Expression, schema: Schema) -> tuple[Columns, Findings]:
    """Resolves, types and checks a query; types stay on the tree's nodes.

    Returns:
        The result columns, and what is wrong: invalid in Athena, or refused because it is not known.
    """
    names = Names(schema)
    columns = names.query(tree, {})
    findings = names.findings
    if "\0" in sql:
        findings.refused.append(Problem("text", "a text on Redshift cannot hold the character NUL", "leave it out"))
    findings.invalid[:0] = list(_unknown_functions(sql, tree))
    if not findings.invalid:
        for select in tree.find_all(exp.Select):
            findings.invalid += [p for p in _ungrouped(select) if p not in findings.invalid]
    return columns, findings
