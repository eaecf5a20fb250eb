"""Redshift's dialect for sqlglot, with the calls that we translate ourselves left as they were written."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects import Redshift
from sqlglot.tokens import Token, TokenType

from smartroute_runbook.standins.redshift.errors import SqlError

from .tokens import PARAMETER
from .types import WITH_FRACTION

__all__ = ["StandIn", "parse_tree", "render", "without_catalog_prefix"]

# Calls whose meaning differs from what sqlglot would write for DuckDB: parsed as plain calls, see redshift_functions.
OURS = (
    "TO_CHAR", "TO_DATE", "TO_TIMESTAMP", "ADD_MONTHS", "JSON_EXTRACT_PATH_TEXT", "GETDATE", "NOW", "REGEXP_SUBSTR",
    "REGEXP_REPLACE", "REGEXP_COUNT", "REGEXP_INSTR", "STRTOL", "SUBSTR", "CONCAT", "TRUNC", "INITCAP",
    "NEXT_DAY", "MONTHS_BETWEEN", "SHA2", "SHA1", "SHA", "DATEDIFF", "DATE_DIFF", "NVL2", "LPAD", "RPAD", "LOG",
    "SYSDATE", "JSON_PARSE", "JSON_ARRAY_LENGTH", "TRANSLATE", "CONVERT_TIMEZONE", "DATE_CMP", "LAST_DAY", "LEN",
    "LENGTH", "MEDIAN", "CHR", "ISNULL", "JSON_EXTRACT_ARRAY_ELEMENT_TEXT", "RATIO_TO_REPORT", "TO_NUMBER",
    "VERSION", "SESSION_USER", "CURRENT_SCHEMAS",
)  # fmt: skip
# Words that sqlglot reads as functions too; Redshift does not.
WORDS = frozenset({"AND", "GLOB", "LIKE", "OR"})


def _date_part(parser: Any) -> exp.Expression:
    """DATE_PART counts the whole of the seconds where EXTRACT, which it else is, counts one part of them."""
    made: exp.Expression = Redshift.Parser.FUNCTION_PARSERS["DATE_PART"](parser)
    made.meta[WITH_FRACTION] = True
    return made


class StandIn(Redshift):  # type: ignore[misc]  # sqlglot is untyped here
    """What the stand-in parses."""

    class Parser(Redshift.Parser):  # type: ignore[misc]
        """Redshift's parser without the functions that we map."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {
            name: build for name, build in Redshift.Parser.FUNCTIONS.items() if name not in {*OURS, *WORDS}
        }
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            **{name: build for name, build in Redshift.Parser.FUNCTION_PARSERS.items() if name not in OURS},
            "DATE_PART": _date_part,
        }
        BITWISE: ClassVar[dict[Any, Any]] = {**Redshift.Parser.BITWISE, TokenType.HASH: exp.BitwiseXor}


_QUOTED = r"'(?:[^'\\\\]|\\\\.|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/"
_PREFIXED = re.compile(
    rf"({_QUOTED})|operator\s*\(\s*pg_catalog\s*\.\s*([^\s)]+)\s*\)|(::|\bas)(\s*)pg_catalog\s*\.\s*(char\b)?",
    re.IGNORECASE | re.DOTALL,
)


def without_catalog_prefix(sql: str) -> str:
    """``OPERATOR(pg_catalog.~)`` as ``~`` and ``::pg_catalog.regclass`` as ``::regclass``, as psql writes them."""
    return _PREFIXED.sub(_unprefixed, sql)


def _unprefixed(found: re.Match[str]) -> str:
    """What stands for a prefixed name; pg_catalog.char is the type of one byte that is written "char"."""
    return found[1] or found[2] or f"{found[3]}{found[4]}" + ('"char"' if found[5] else "")


def parse_tree(sql: str) -> exp.Expression:
    """The tree of a statement in Redshift's dialect.

    Raises:
        SqlError: sqlglot reads it as no statement.
    """
    dialect = StandIn()
    tokens = dialect.tokenize(sql)
    if len(tokens) > 1 and tokens[0].token_type == TokenType.DELETE and tokens[1].token_type != TokenType.FROM:
        tokens.insert(1, Token(TokenType.FROM, "FROM"))  # which may be left out (r_DELETE)
    for token in tokens:
        if token.text == "#" and token.token_type == TokenType.VAR:  # exclusive or, not the mark of a table's name
            token.token_type = TokenType.HASH
    statements = dialect.parser().parse(tokens, sql)
    if len(statements) != 1 or statements[0] is None or isinstance(statements[0], exp.Command):
        raise SqlError("42601", f"syntax error: {sql[:80]}")
    tree: exp.Expression = statements[0]
    _plain_names(tree)
    _interval_constants(tree)
    return tree


def _interval_constants(tree: exp.Expression) -> None:
    """``'5 days'::interval`` as a constant: there is no column of that type."""
    for cast in list(tree.find_all(exp.Cast)):
        if cast.to.this == exp.DataType.Type.INTERVAL and cast.this.is_string:
            cast.replace(exp.Interval(this=cast.this.copy()))


def _plain_names(tree: exp.Expression) -> None:
    """Calls without ``pg_catalog.``, functions in FROM as rows, ``__parameter_1__`` as a parameter."""
    for dot in list(tree.find_all(exp.Dot)):
        if dot.this.name == "pg_catalog" and isinstance(dot.expression, exp.Func):
            dot.replace(dot.expression)
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.GenerateSeries):
            bounds = [table.this.args.get(key) for key in ("start", "end", "step")]
            steps = exp.Anonymous(this="generate_series", expressions=[each.copy() for each in bounds if each])
            rows = exp.select(exp.Anonymous(this="unnest", expressions=[steps]))
            table.replace(exp.Subquery(this=rows, alias=table.args.get("alias")))
        elif isinstance(table.this, exp.Func):
            table.replace(_rows_of(table))
    if tree.find(exp.GenerateSeries):
        raise SqlError("0A000", "not rehearsable: function GENERATE_SERIES outside of FROM")
    for column in list(tree.find_all(exp.Column)):
        if found := PARAMETER.fullmatch(column.name):
            column.replace(exp.Parameter(this=exp.Literal.number(found[1])))


def _rows_of(table: exp.Table) -> exp.Expression:
    """A function in FROM, as drivers write it: one row of one column, or the columns of late-binding views (none)."""
    function = table.this
    name = function.name.lower() if isinstance(function, exp.Anonymous) else function.sql_name().lower()
    alias = table.args.get("alias")
    columns = [each for each in (alias.args.get("columns") or []) if isinstance(each, exp.ColumnDef)] if alias else []
    if columns:
        nothing = [exp.alias_(exp.Null(), column.name) for column in columns]
        rows = exp.select(*nothing).where(exp.false())
    else:
        rows = exp.select(exp.alias_(function.copy(), name))
    return rows.subquery(table.alias or name)


def render(tree: exp.Expression) -> str:
    """A tree as DuckDB's SQL."""
    return tree.sql("duckdb", comments=False)
