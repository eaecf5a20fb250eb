"""A call of a Trino function as one of DuckDB's functions or of the stand-in's macros."""

from __future__ import annotations

import re
from collections.abc import Container

from sqlglot import exp

from .build import cast, fail, fn
from .functions import FUNCTIONS
from .outermost import outermost
from .special import SPECIAL
from .twins import NAMES
from .types import BIGINT, BOOLEAN, DOUBLE, TIMESTAMP, VARCHAR, kind, trino_name

__all__ = ["call", "lenient"]


def lenient(tree: exp.Expr, within: Container[int] = ()) -> exp.Expr:
    """NULL instead of an error: the strict macros become their lenient twins, casts become TRY_CAST; not ``within``."""
    for node in tree.find_all(exp.Anonymous):
        if id(node) not in within:
            node.set("this", str(node.this).replace("trino_", "lenient_"))
    for node in list(tree.find_all(exp.Cast)):
        if type(node) is exp.Cast and id(node) not in within:
            swapped = exp.TryCast(this=node.this, to=node.args["to"])
            if node is tree:
                tree = swapped
            else:
                node.replace(swapped)
    return tree


def _tried(tree: exp.Expr) -> exp.Expr:
    """NULL for the whole where any part fails, as a fallback within it may not hide; of aggregates, part by part."""
    calls = [node for node in tree.find_all(exp.Anonymous) if isinstance(node.this, str)]
    if tree.find(exp.Window, exp.Query) or any(node.this in _NEVER_TRIED or AGGREGATE in node.meta for node in calls):
        return lenient(tree)
    for node in calls:
        if (name := node.this.removeprefix("trino_")) != node.this and name in NAMES:
            node.set("this", f"caught_{name}")
    return fn("try", tree)


_NEVER_TRIED = {"random", "trino_uuid", "now"}
AGGREGATE = "aggregate"
"""The meta entry of a call that DuckDB computes from many rows."""


def call(node: exp.Anonymous) -> exp.Expr:
    """The call in DuckDB's words; ``node`` itself where it is one of the stand-in's own."""
    name = str(node.this).lower()
    known = FUNCTIONS.get(name)
    if known is None:  # one of ours, made for a child
        return node
    if name == "try":
        return _tried(node.expressions[0])
    _type_nulls(node, known.arguments.replace("?", "").rstrip("*"))
    _check_char(node, name, known.arguments.replace("?", ""))
    if name in SPECIAL:
        made: exp.Expr = SPECIAL[name](node)
        if known.aggregate:
            made.meta[AGGREGATE] = True
            return outermost(node, made)
        return made
    _check_path(name, node.expressions)
    if name.startswith("array_") and kind(node.type) == "array":
        _in_common_type(node)
    made = exp.Anonymous(this=known.duckdb or name, expressions=node.expressions)
    if known.aggregate:
        made.meta[AGGREGATE] = True
        return outermost(node, made, node.type if known.cast else None)
    return cast(made, node.type) if known.cast else made


_OF_CHAR = frozenset({
    "codepoint", "concat", "format", "length", "lower", "ltrim", "rtrim", "substr", "substring", "trim", "upper",
})  # fmt: skip


def _check_char(node: exp.Anonymous, name: str, letters: str) -> None:
    """CHAR is no VARCHAR: few functions take one (asked of Trino 435)."""
    letters = letters[:-1] + letters[-2] * len(node.expressions) if letters.endswith("*") else letters
    taken = {letter for letter, each in zip(letters, node.expressions, strict=False) if kind(each.type) == "char"}
    if (
        taken & {"s", "r"} or (name in {"date", "reverse", "from_hex", "date_parse"} and taken)
    ) and name not in _OF_CHAR:
        given = ", ".join(trino_name(each.type) for each in node.expressions)
        raise fail("FUNCTION_NOT_FOUND", f"Unexpected parameters ({given}) for function {name}.")


def _in_common_type(node: exp.Anonymous) -> None:
    """Arrays of decimals, in what all of them can be."""
    if kind(node.type.expressions[0]) == "decimal":
        for held in node.expressions:
            if kind(held.type) == "array" and held.type != node.type:
                held.replace(cast(held.copy(), node.type))


_PATH = re.compile(r'\$(\.[A-Za-z0-9_$:@-]+|\[[0-9]+\]|\["([^"\\]|\\.)*"\])*')


def _check_path(name: str, arguments: list[exp.Expr]) -> None:
    """A JSON path that is written out is read before there are rows."""
    path = arguments[1] if name in {"json_extract", "json_extract_scalar", "json_size"} else None
    if isinstance(path, exp.Literal) and not _PATH.fullmatch(path.name):
        raise fail("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{path.name}'")


_NULLS = {
    "d": TIMESTAMP, "p": TIMESTAMP, "s": VARCHAR, "o": VARCHAR, "r": VARCHAR, "n": DOUBLE, "i": BIGINT, "b": BOOLEAN,
}  # fmt: skip


def _type_nulls(node: exp.Anonymous, letters: str) -> None:
    """NULL gets the type that the function takes: DuckDB would not know which of its own is meant."""
    for letter, argument in zip(letters, list(node.expressions), strict=False):
        if isinstance(argument, exp.Null) and letter in _NULLS:
            argument.replace(cast(exp.Null(), _NULLS[letter]))
