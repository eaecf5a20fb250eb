"""What Redshift refuses before it runs anything: unknown functions, foreign syntax, reserved words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.translate.guard import Breach, breaches

from .tokens import split
from .types import RESERVED
from .uses import misused

__all__ = ["check", "name_outputs"]

CATALOG_PREFIXES = ("pg_", "svv_", "svl_", "stl_", "stv_", "sys_", "information_schema")

# PostgreSQL functions of catalog queries (leader node), which drivers and tools send.
CATALOG_FUNCTIONS = frozenset(
    {
        "PG_GET_EXPR", "PG_GET_LATE_BINDING_VIEW_COLS", "FORMAT_TYPE", "OBJ_DESCRIPTION", "COL_DESCRIPTION",
        "PG_TABLE_IS_VISIBLE", "PG_GET_USERBYID", "PG_GET_VIEWDEF", "CURRENT_SCHEMAS", "PG_ENCODING_TO_CHAR", "ARRAY",
        "ARRAY_TO_STRING", "HAS_SCHEMA_PRIVILEGE", "HAS_TABLE_PRIVILEGE", "REPLACE", "QUOTE_IDENT", "SPLIT_PART",
    }
)  # fmt: skip


def check(tree: exp.Expression, sql: str) -> None:
    """Raises what Redshift would.

    Raises:
        SqlError: 42883 unknown function, 42601 foreign syntax or reserved word, 0A000 known and not supported.
    """
    tables = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    of_catalog = bool(tables) and all(_is_catalog(table) for table in tables)
    names = {cte.alias.upper() for cte in tree.find_all(exp.CTE)} | {table.name.upper() for table in tables}
    names |= {each.alias.upper() for each in tree.find_all(exp.Subquery, exp.Table) if each.alias}
    for breach in breaches(sql, tree, names=frozenset(names)):
        on_leader = breach.kind == "leader-only" and (of_catalog or not tables)
        word = breach.what.upper()
        spared = word.startswith("PG_") or word in SPARED or (of_catalog and word in CATALOG_FUNCTIONS)
        if not (on_leader or spared):
            raise _refusal(breach)
    _check_types(sql)
    if not of_catalog and (wrong := misused(tree)):
        raise SqlError("42601" if "syntax" in wrong else "0A000", wrong)
    for node in tree.walk():
        if problem := _foreign(node) or _misplaced(node):
            raise SqlError("42601" if "syntax" in problem else "0A000", problem)
        if not of_catalog and _is_reserved(node):
            raise SqlError("42601", f'syntax error at or near "{node.name}"')


SPARED = {"DEC"}  # a type, not a function


# Types of other engines, which sqlglot would quietly turn into Redshift's.
FOREIGN_TYPES = {"string", "tinyint", "double", "hugeint", "long", "uinteger", "ubigint", "blob", "json", "row", "map"}


def _check_types(sql: str) -> None:
    """Raises for a cast to a type that Redshift has not.

    Raises:
        SqlError: 42704.
    """
    (text,) = split(sql)
    words = [token.text.lower() for token in text.tokens] + ["", ""]
    open_casts: list[bool] = []
    for index, word in enumerate(words[:-2]):
        if word == "(":
            open_casts.append(index > 0 and words[index - 1] in {"cast", "try_cast"})
        elif word == ")" and open_casts:
            open_casts.pop()
        elif word == "::" or (word == "as" and open_casts and open_casts[-1]):
            named, after = words[index + 1], words[index + 2]
            if named in FOREIGN_TYPES and after != "precision":
                raise SqlError("42704", f'type "{named}" does not exist')


def _refusal(breach: Breach) -> SqlError:
    """The error that a breach of the allow-list is on Redshift."""
    word = breach.what.lower()
    if breach.kind == "leader-only":
        return SqlError(
            "0A000", "Specified types or functions (one per INFO message) not supported on Redshift tables.",
            detail=f"function {word}()",
        )  # fmt: skip
    if breach.kind == "unknown-function":
        return SqlError("42883", f"function {word}() does not exist", hint=breach.hint)
    return SqlError("42601", f"syntax error: {breach.why}", hint=breach.hint)


def _is_reserved(node: exp.Expression) -> bool:
    """Whether a reserved word stands unquoted as a name."""
    if not isinstance(node, exp.Identifier) or node.args.get("quoted") or node.name.lower() not in RESERVED:
        return False
    return isinstance(node.parent, exp.Column | exp.Alias | exp.TableAlias | exp.Table | exp.Schema)


def _is_catalog(table: exp.Table) -> bool:
    return (table.db or table.name).lower().startswith(CATALOG_PREFIXES)


FOREIGN: dict[type[exp.Expression], str] = {
    exp.Struct: 'syntax error at or near "{"',
    exp.Chr: 'syntax error at or near "CHAR"',  # CHR is the function; CHAR( begins a type
    exp.Lateral: 'syntax error at or near "LATERAL"',
    exp.Fetch: 'syntax error at or near "FETCH"',
    exp.Returning: 'syntax error at or near "RETURNING"',
    exp.OnConflict: 'syntax error at or near "ON CONFLICT"',
}


def _foreign(node: exp.Expression) -> str:
    """What is wrong with a node; empty when nothing is."""
    if isinstance(node, exp.Values) and isinstance(node.parent, exp.From | exp.Join | exp.Subquery):
        return 'syntax error at or near "VALUES"'
    if isinstance(node, exp.Array) and node.args.get("bracket_notation"):
        return 'syntax error at or near "["'
    if isinstance(node, exp.Join) and str(node.args.get("kind", "")).upper() in {"SEMI", "ANTI", "ASOF"}:
        return f'syntax error at or near "{node.args["kind"]}"'
    if isinstance(node, exp.Except | exp.Intersect) and node.args.get("distinct") is False:
        return f"{type(node).__name__.upper()} ALL is not supported"
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        return "SELECT DISTINCT ON is not supported"
    if isinstance(node, exp.WindowSpec) and str(node.args.get("kind", "")).upper() == "RANGE":
        bounds = (node.args.get("start"), node.args.get("end"))
        if any(isinstance(bound, exp.Expression) for bound in bounds):
            return "RANGE with an offset is not supported in window frames"
    if type(node) in CHECKS:
        return CHECKS[type(node)](node)
    if isinstance(node, exp.DataType) and node.args.get("nested") and node.this == exp.DataType.Type.ARRAY:
        return "array types are not supported"
    return FOREIGN.get(type(node), "")


# They rank or reach for one row, so they need no frame; every other ordered window does.
FRAMELESS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead)


def _window(node: exp.Window) -> str:
    """What is wrong with a window (r_Window_function_synopsis, r_WF_LAG, r_WF_LEAD)."""
    call = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.RespectNulls) else node.this
    if isinstance(call, exp.Lag | exp.Lead) and call.args.get("default") is not None:
        return f"function {call.key} with a default value does not exist"
    aggregate = isinstance(call, exp.AggFunc) and not isinstance(call, FRAMELESS)
    if aggregate and node.args.get("order") and not node.args.get("spec"):
        return "Aggregate window functions with an ORDER BY clause require a frame clause"
    return ""


def _counted(node: exp.Count) -> str:
    """COUNT(DISTINCT ...) takes one value (r_COUNT)."""
    values = node.this.expressions if isinstance(node.this, exp.Distinct) else []
    several = len(values) > 1 or any(isinstance(each, exp.Tuple) for each in values)
    return "COUNT DISTINCT of several columns is not supported" if several else ""


def _grouping(node: exp.Grouping) -> str:
    """GROUPING takes one column (r_GROUP_BY_aggregation-extensions)."""
    return "GROUPING takes one column" if len(node.expressions) != 1 else ""


CHECKS: dict[type[exp.Expression], Callable[[Any], str]] = {
    exp.Window: _window, exp.Count: _counted, exp.Grouping: _grouping,
}  # fmt: skip


def _misplaced(node: exp.Expression) -> str:
    """What Redshift has, elsewhere (r_UNION, r_Boolean_type); empty when nothing is."""
    if isinstance(node, exp.SetOperation) and any(_limited(side) for side in (node.this, node.expression)):
        return "LIMIT may not be used within input to set operations."
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean) and _is_selected(node):
        return "Not implemented: IS with a boolean in the SELECT list"
    return ""


def _limited(side: exp.Expression) -> bool:
    while isinstance(side, exp.Subquery):
        if side.args.get("limit"):
            return True
        side = side.this
    return bool(side.args.get("limit"))


def _is_selected(node: exp.Expression) -> bool:
    """Whether a condition is itself a value of the SELECT list (r_Boolean_type), not one inside CASE or a predicate."""
    while isinstance(node.parent, exp.Paren | exp.Not | exp.Connector | exp.Alias):
        node = node.parent
    return isinstance(node.parent, exp.Select) and node.arg_key == "expressions"


def name_outputs(tree: exp.Expression) -> None:
    """Names the result's columns as Redshift does: by column, by function, else ``?column?``."""
    if not isinstance(tree, exp.Query):
        return
    head = tree
    while isinstance(head, exp.SetOperation | exp.Subquery):
        head = head.this
    if not isinstance(head, exp.Select):
        return
    for projection in list(head.expressions):
        if isinstance(projection, exp.Alias):
            projection.set("alias", exp.to_identifier(projection.alias.lower(), quoted=True))
        elif isinstance(projection, exp.Column) and not isinstance(projection.this, exp.Star):
            projection.replace(exp.alias_(projection.copy(), projection.name.lower(), quoted=True))
        elif not projection.is_star:
            projection.replace(exp.alias_(projection.copy(), _label(projection), quoted=True))


# The names that Redshift gives to unnamed expressions, where they are not the function's own.
LABELS: dict[type[exp.Expression], str] = {
    exp.Boolean: "bool",
    exp.Case: "case", exp.DecodeCase: "case", exp.Coalesce: "coalesce", exp.Count: "count", exp.ApproxDistinct: "count",
    exp.Extract: "date_part", exp.TimestampTrunc: "date_trunc", exp.TsOrDsAdd: "date_add", exp.CurrentDate: "date",
    exp.GroupConcat: "listagg", exp.CurrentTimestamp: "timestamptz", exp.StrPosition: "strpos",
    exp.Exists: "?column?", exp.LogicalAnd: "bool_and", exp.LogicalOr: "bool_or", exp.CurrentUser: "current_user",
    exp.CurrentSchema: "current_schema",
    exp.SessionUser: "session_user",
}  # fmt: skip
CALLS = {"datediff": "date_diff", "sysdate": "timestamp", "nvl2": "case"}


def _label(node: exp.Expression) -> str:
    while isinstance(node, exp.Window | exp.WithinGroup | exp.Paren | exp.IgnoreNulls | exp.RespectNulls):
        node = node.this
    if isinstance(node, exp.Column):
        return node.name.lower()
    if isinstance(node, exp.Cast):
        inner = _label(node.this)
        return inner if inner != "?column?" else str(node.to.sql("redshift")).split("(")[0].lower()
    if isinstance(node, exp.Anonymous):
        return {"datediff": "date_diff", "sysdate": "timestamp", "nvl2": "case"}.get(
            node.name.lower(), node.name.lower()
        )
    if type(node) in LABELS:
        return LABELS[type(node)]
    if isinstance(node, exp.Subquery):
        inner_select = node.this
        return (
            inner_select.selects[0].alias_or_name or "?column?" if isinstance(inner_select, exp.Select) else "?column?"
        )
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector):
        return node.sql_name().lower()
    return "?column?"
