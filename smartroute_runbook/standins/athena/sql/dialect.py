"""Trino's grammar with every function call left as it was written, and what Trino's grammar has not, refused."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokens import TokenType

from smartroute_runbook.sqlfacts.trino_grammar import foreign
from smartroute_runbook.standins.athena.errors import QueryFailed

from .analysis import require_supported
from .numbers import plain_numbers
from .special_json import array_of_json, object_of_json

__all__ = ["AthenaTrino", "parse_query"]

_SPECIAL_FORMS = {"CAST", "TRY_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM"}


def _typed_literal(parser: Any, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    """TIMESTAMP '...' and DECIMAL '...': unlike in a CAST, the literal tells the precision."""
    cast: exp.Expr = parser.expression(exp.Cast(this=value, to=to))
    cast.meta["literal"] = True
    return cast


def _json_value(parser: Any) -> exp.Expr:
    value: exp.Expr = parser._parse_assignment()
    if parser._match_text_seq("FORMAT", "JSON"):
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: FORMAT JSON", 1)
    return value


def _keeps_nulls(parser: Any, default: bool) -> bool:
    """NULL ON NULL or ABSENT ON NULL; what a RETURNING makes is not rehearsable."""
    found = default
    if parser._match_text_seq("NULL", "ON", "NULL"):
        found = True
    elif parser._match_text_seq("ABSENT", "ON", "NULL"):
        found = False
    parser._match_text_seq("WITHOUT", "UNIQUE", "KEYS")
    if parser._match_text_seq("RETURNING") or parser._match_text_seq("WITH", "UNIQUE"):
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: RETURNING and UNIQUE KEYS of JSON_ARRAY, JSON_OBJECT", 1)
    return found


def _json_array(parser: Any) -> exp.Expr:
    values = parser._parse_csv(lambda: _json_value(parser)) if not _closes(parser) else []
    return array_of_json(values, _keeps_nulls(parser, False))


def _json_object(parser: Any) -> exp.Expr:
    def member() -> tuple[exp.Expr, exp.Expr]:
        parser._match_text_seq("KEY")
        key = parser._parse_bitwise()
        if not (parser._match(TokenType.COLON) or parser._match_text_seq("VALUE")):
            parser.raise_error("Expecting: ':' or 'VALUE'")
        return key, _json_value(parser)

    members = parser._parse_csv(member) if not _closes(parser) else []
    return object_of_json(members, _keeps_nulls(parser, True))


def _listagg(parser: Any) -> exp.Expr:
    """LISTAGG(x, separator ON OVERFLOW ...): the arguments; what overflows fails in every case."""
    arguments = parser._parse_csv(parser._parse_lambda)
    if parser._match_text_seq("ON", "OVERFLOW"):
        if parser._match_text_seq("TRUNCATE"):
            parser._parse_string()
            if not (parser._match_text_seq("WITH", "COUNT") or parser._match_text_seq("WITHOUT", "COUNT")):
                parser.raise_error("Expecting: 'WITH', 'WITHOUT'")
        elif not parser._match_text_seq("ERROR"):
            parser.raise_error("Expecting: 'ERROR', 'TRUNCATE'")
    return exp.Anonymous(this="listagg", expressions=arguments)


def _closes(parser: Any) -> bool:
    return parser._curr is not None and parser._curr.token_type == TokenType.R_PAREN


class _Parser(TrinoParser):  # type: ignore[misc]
    # sqlglot would turn NVL, IFNULL, LEN and many others into functions that Trino has; here a name stays a name.
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar = {
        **{k: v for k, v in TrinoParser.FUNCTION_PARSERS.items() if k in _SPECIAL_FORMS},
        "JSON_ARRAY": _json_array,
        "JSON_OBJECT": _json_object,
        "LISTAGG": _listagg,
    }
    TYPE_LITERAL_PARSERS: ClassVar = {
        **TrinoParser.TYPE_LITERAL_PARSERS,
        **dict.fromkeys(
            (exp.DType.DECIMAL, exp.DType.TIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ), _typed_literal
        ),
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {
        k: v for k, v in TrinoParser.NO_PAREN_FUNCTION_PARSERS.items() if k == "CASE"
    }


class AthenaTrino(Trino):  # type: ignore[misc]
    """Trino as Athena speaks it in queries (not in DDL)."""

    INDEX_OFFSET = 0  # subscripts stay as written
    Parser = _Parser


_REFUSED: dict[type[exp.Expr], str] = {
    exp.ILike: "ILIKE", exp.Qualify: "QUALIFY", exp.Pivot: "PIVOT", exp.SimilarTo: "SIMILAR",
    exp.RegexpLike: "~", exp.Glob: "GLOB", exp.IntDiv: "DIV", exp.Command: "command",
}  # fmt: skip


_PATH_LANGUAGE = re.compile(r"\b(json_(?:array|exists|object|query|table|value))\s*\(", re.IGNORECASE)
"""Functions whose arguments are a grammar of their own."""


def parse_query(sql: str) -> exp.Expr:
    """One query as a tree of Trino's grammar.

    Raises:
        QueryFailed: SYNTAX_ERROR.
    """
    try:
        tokens = sqlglot.tokenize(sql, read="trino")
    except sqlglot.errors.SqlglotError as error:  # a text that does not end
        raise QueryFailed("SYNTAX_ERROR", f"line 1:1: {str(error).splitlines()[0]}") from error
    for token, *_ in foreign(tokens):
        raise QueryFailed("SYNTAX_ERROR", f"line {token.line}:{token.col}: mismatched input '{token.text}'")
    if "`" in sql and any(sql[token.start] == "`" for token in tokens):
        words = "backquoted identifiers are not supported; use double quotes to quote identifiers"
        raise QueryFailed("SYNTAX_ERROR", f"line 1:1: {words}")
    try:
        trees = [tree for tree in sqlglot.parse(plain_numbers(sql, tokens), read=AthenaTrino) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        if found := _PATH_LANGUAGE.search(sql):
            raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: function {found[1].lower()}", 1) from error
        raise QueryFailed("SYNTAX_ERROR", _where(error)) from error
    if len(trees) != 1:
        raise QueryFailed("SYNTAX_ERROR", f"Only one sql statement is allowed. Got: {sql}")
    return _as_trino(trees[0])


def _as_trino(tree: exp.Expr) -> exp.Expr:
    """What sqlglot reads otherwise than Trino, put right; what Trino's grammar has not, refused."""
    for values in tree.find_all(exp.Values):
        _open_rows(values)
    _rows_of_tuples(tree)
    for call in list(tree.find_all(exp.Anonymous)):
        if isinstance(call.this, exp.Identifier):  # "sum"(x), as Athena prints views
            call.set("this", call.this.name)
        clock = _CLOCKS.get(str(call.this).lower())
        if clock is not None and len(call.expressions) == 1:  # with its digits: current_timestamp(6)
            call.replace(clock())
            continue
        _quantify(call)
    for node in tree.walk():
        if word := _REFUSED.get(type(node)):
            raise QueryFailed("SYNTAX_ERROR", f"line 1:1: mismatched input '{word}'")
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            raise QueryFailed("SYNTAX_ERROR", "line 1:1: mismatched input 'ON'")
        if isinstance(node, exp.Lateral) and node.args.get("view"):  # Hive's
            raise QueryFailed("SYNTAX_ERROR", "line 1:1: mismatched input 'VIEW'")
    require_supported(tree)
    return _ordered_union(tree)


def _ordered_union(tree: exp.Expr) -> exp.Expr:
    """UNION ... ORDER BY an expression: of the columns of its result, which DuckDB takes only bare."""
    for union in list(tree.find_all(exp.SetOperation)):
        order = union.args.get("order")
        if order is None or all(isinstance(key.this, exp.Column | exp.Literal) for key in order.expressions):
            continue
        moved = {key: union.args.get(key) for key in ("order", "limit", "offset", "with_")}
        for key in moved:
            union.set(key, None)
        outer = exp.select("*")
        union.replace(outer)
        outer.set("from_", exp.From(this=exp.Subquery(this=union, alias=exp.TableAlias(this=exp.to_identifier("_u")))))
        for key, part in moved.items():
            outer.set(key, part)
        tree = outer if tree is union else tree
    return tree


def _rows_of_tuples(tree: exp.Expr) -> None:
    """(a, b) as a value is ROW(a, b)."""
    for row in list(tree.find_all(exp.Tuple)):
        if isinstance(row.parent, exp.Alias | exp.Anonymous | exp.Lambda) or (
            isinstance(row.parent, exp.Select) and row.arg_key == "expressions"
        ):
            row.replace(exp.Anonymous(this="row", expressions=row.expressions))


def _open_rows(values: exp.Values) -> None:
    """An item of VALUES that is a ROW is the row, not one column that holds it."""
    for item in values.expressions:
        inner = item.expressions[0] if isinstance(item, exp.Tuple) and len(item.expressions) == 1 else item
        if isinstance(inner, exp.Anonymous) and str(inner.this).lower() == "row":
            item.replace(exp.Tuple(expressions=inner.expressions))


_CLOCKS = {"localtimestamp": exp.Localtimestamp, "current_timestamp": exp.CurrentTimestamp}
_QUANTIFIERS = {"any": exp.Any, "some": exp.Any, "all": exp.All}


def _quantify(call: exp.Anonymous) -> None:
    """ANY, SOME and ALL over VALUES, which the parser takes for functions."""
    made = _QUANTIFIERS.get(str(call.this).lower())
    values = call.expressions[0] if call.expressions else None
    if made is not None and isinstance(values, exp.Values):
        column = exp.to_identifier("item")
        values.set("alias", exp.TableAlias(this=exp.to_identifier("items"), columns=[column]))
        call.replace(made(this=exp.Subquery(this=exp.select(exp.column("item")).from_(values, copy=False))))


def _where(error: Exception) -> str:
    details = (getattr(error, "errors", None) or [{}])[0]
    line, column = details.get("line") or 1, details.get("col") or 1
    near = details.get("highlight") or ""
    return f"line {line}:{column}: mismatched input '{near}'"
