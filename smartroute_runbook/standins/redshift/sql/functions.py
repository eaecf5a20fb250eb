"""Redshift's functions that DuckDB has not, or has with another meaning."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import Build, arguments, cast, macro, plain, renamed, variable
from .functions_text import TEXT_FUNCTIONS
from .functions_time import TIME_FUNCTIONS
from .types import FLOATS, INTEGERS, of

__all__ = ["FUNCTIONS", "QUERYING", "natural_logarithm"]


def truncated(node: exp.Expression) -> exp.Expression:
    """TRUNC of a timestamp, or of a date, is its date, of a number towards zero (r_TRUNC)."""
    given = arguments(node, 1, 2)
    kind = of(node.expressions[0])
    if kind is not None and kind.base.startswith(("timestamp", "date")):
        return cast(given[0], "DATE")
    if len(given) == 1:
        return plain("trunc", given[0])
    places = given[1].this if isinstance(given[1], exp.Neg) else given[1]
    if kind is not None and kind.base == "numeric" and isinstance(places, exp.Literal):
        digits = int(places.name) * (-1 if isinstance(given[1], exp.Neg) else 1)
        whole = f"DECIMAL(38,{kind.scale})"
        exact = cast(given[0], whole)
        if digits < kind.scale:  # what is left of the last digit kept, taken off without a double on the way
            step = cast(exp.Literal.number(Decimal(1).scaleb(-digits).__format__("f")), whole)
            exact = exp.Sub(this=exact, expression=exp.Paren(this=exp.Mod(this=exact.copy(), expression=step)))
        return cast(exp.Paren(this=exact), f"DECIMAL(38,{max(0, min(digits, kind.scale))})")
    return macro("truncated", *given)


def nvl2(node: exp.Expression) -> exp.Expression:
    """NVL2(x, when not null, when null)."""
    value, present, absent = arguments(node, 3, 3)
    return exp.Case(
        ifs=[exp.If(this=exp.Not(this=exp.Is(this=value, expression=exp.Null())), true=present)], default=absent
    )


def natural_logarithm(node: exp.Expression) -> exp.Expression:
    """LN and DLOG1: of a table's decimals, texts, dates and booleans the leader node alone makes them (r_LN)."""
    (value,) = arguments(node, 1, 1) if isinstance(node, exp.Anonymous) else (node.this.copy(),)
    kind = of(value)
    if kind is not None and kind.base not in {*INTEGERS, *FLOATS} and value.find(exp.Column):
        raise SqlError(
            "0A000", "Specified types or functions (one per INFO message) not supported on Redshift tables.",
            detail=f"function ln({kind.base})",
        )  # fmt: skip
    return plain("ln", value)


def ratio_to_report(node: exp.Expression) -> exp.Expression:
    """RATIO_TO_REPORT(x) OVER (...): its share of the sum; the window rule finishes it."""
    made = macro("ratio", *arguments(node, 1, 1))
    made.meta["ratio"] = node.expressions[0]
    return made


def of_catalog(name: str, least: int, most: int = 0) -> Build:
    """A function of the catalog; what it takes besides (a pretty format, a column's place) changes nothing here."""

    def build(node: exp.Expression) -> exp.Expression:
        return macro(name, *arguments(node, least, most or least)[:least])

    return build


QUERYING = frozenset(
    {
        "format_type", "pg_get_userbyid", "pg_get_viewdef", "pg_get_ruledef", "pg_get_indexdef", "pg_get_constraintdef",
        "relation_id", "relation_name", "current_schemas",
    }
)  # fmt: skip
"""Functions of the catalog that look something up: none may stand inside a lambda of DuckDB's."""


def no_such(node: exp.Expression) -> exp.Expression:
    """A function that Redshift has and the stand-in has not."""
    raise SqlError("0A000", f"not rehearsable: function {node.name.upper()}")


FUNCTIONS: dict[str, Build] = {
    **TIME_FUNCTIONS,
    **TEXT_FUNCTIONS,
    "trunc": truncated,
    "nvl2": nvl2,
    "isnull": renamed("coalesce", 2, 2),
    "log": renamed("log10", 1, 1),
    "dlog10": renamed("log10", 1, 1),
    "dlog1": natural_logarithm,
    "dexp": renamed("exp", 1, 1),
    "median": renamed("median", 1, 1),
    "ratio_to_report": ratio_to_report,
    "pg_last_copy_count": variable("last_copy_count", "BIGINT"),
    "pg_last_copy_id": variable("last_copy_id", "INTEGER"),
    "pg_last_query_id": variable("last_query_id", "INTEGER"),
    "pg_backend_pid": variable("backend_pid", "INTEGER"),
    "version": variable("version", "VARCHAR"),
    "db_collation": variable("db_collation", "VARCHAR"),
    "pg_get_expr": of_catalog("pg_get_expr", 2, 3),
    "format_type": of_catalog("format_type", 2),
    "current_schemas": of_catalog("current_schemas", 1),
    "pg_get_userbyid": of_catalog("pg_get_userbyid", 1),
    "pg_table_is_visible": of_catalog("pg_table_is_visible", 1),
    "pg_type_is_visible": of_catalog("pg_type_is_visible", 1),
    "pg_encoding_to_char": of_catalog("pg_encoding_to_char", 1),
    "obj_description": of_catalog("obj_description", 1, 2),
    "col_description": of_catalog("col_description", 2),
    "pg_get_viewdef": of_catalog("pg_get_viewdef", 1, 2),
    "pg_get_ruledef": of_catalog("pg_get_ruledef", 1, 2),
    "pg_get_triggerdef": of_catalog("pg_get_triggerdef", 1, 2),
    "pg_get_indexdef": of_catalog("pg_get_indexdef", 1, 3),
    "pg_get_constraintdef": of_catalog("pg_get_constraintdef", 1, 2),
    "array_upper": of_catalog("array_upper", 2),
    "array_lower": of_catalog("array_lower", 2),
    "format_encoding": of_catalog("format_encoding", 1),
    "relation_id": of_catalog("relation_id", 1),  # 'name'::regclass
    "relation_name": of_catalog("relation_name", 1),  # oid::regclass
    "quote_ident": of_catalog("quote_ident", 1),
    "to_number": no_such,
}
