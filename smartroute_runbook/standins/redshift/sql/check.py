"""What Redshift refuses before it runs anything: unknown functions, foreign syntax, reserved words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from smartroute_runbook.sqlfacts.redshift import (
    BARE_FUNCTIONS,
    compute_only_functions,
    functions,
    grammar_words,
    missing_syntax,
)
from smartroute_runbook.standins.redshift.catalog.absent import LATER_FUNCTIONS
from smartroute_runbook.standins.redshift.errors import SqlError

from .tokens import split
from .types import LONGEST_NAME, RESERVED
from .uses import misused

__all__ = ["check"]

CATALOG_PREFIXES = ("pg_", "svv_", "svl_", "stl_", "stv_", "sys_", "information_schema")

# PostgreSQL functions of catalog queries (leader node), which drivers and tools send.
CATALOG_FUNCTIONS = frozenset(
    {
        "PG_GET_EXPR", "PG_GET_LATE_BINDING_VIEW_COLS", "FORMAT_TYPE", "OBJ_DESCRIPTION", "COL_DESCRIPTION",
        "PG_TABLE_IS_VISIBLE", "PG_GET_USERBYID", "PG_GET_VIEWDEF", "CURRENT_SCHEMAS", "PG_ENCODING_TO_CHAR", "ARRAY",
        "ARRAY_TO_STRING", "HAS_SCHEMA_PRIVILEGE", "HAS_TABLE_PRIVILEGE", "REPLACE", "QUOTE_IDENT", "SPLIT_PART",
        "ARRAY_UPPER", "ARRAY_LOWER", "FORMAT_ENCODING", "GENERATE_SERIES", "ISNULL",
    }
)  # fmt: skip


CLAUSES = frozenset({"PIVOT", "UNPIVOT", "NULLS"})
"""What begins a parenthesis of a grammar of its own (r_FROM_clause-pivot-unpivot-examples)."""

WITHOUT_TABLES = frozenset({"FORMAT_TYPE", "CURRENT_SCHEMAS", "GENERATE_SERIES"})
"""Those that tools ask without a table."""


def check(tree: exp.Expression, sql: str) -> None:
    """Raises what Redshift would.

    Raises:
        SqlError: 42883 unknown function, 42601 foreign syntax or reserved word, 0A000 known and not supported.
    """
    common = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = [each for each in tree.find_all(exp.Table) if _is_stored(each, common)]
    of_catalog = bool(tables) and all(_is_catalog(table) for table in tables)
    relations = {name.upper() for name in common} | {table.name.upper() for table in tables}
    relations |= {each.alias.upper() for each in tree.find_all(exp.Subquery, exp.Table) if each.alias}
    on_leader = of_catalog or not tables
    free = CATALOG_FUNCTIONS if of_catalog else frozenset() if tables else WITHOUT_TABLES
    for name in dict.fromkeys(_called(sql)):  # a parenthesis follows the names of relations too
        if name not in relations and name not in free and name not in CLAUSES:
            _check_function(name, on_leader=on_leader)
    _check_compute_only(sql, tables)
    _check_types(sql)
    _check_approximate(sql)
    if not of_catalog and (error := misused(tree)):
        raise error
    for node in tree.walk():
        if missing := missing_syntax().get(type(node).__name__):
            if isinstance(node, exp.Unnest) and "UNNEST" not in sql.upper():  # FROM t, t.items AS item
                raise SqlError("0A000", "not rehearsable: the elements of a SUPER as rows")
            raise SqlError("42601", f"syntax error: {missing.why}", hint=missing.hint)
    _check_names(tree)
    for node in tree.walk():
        if refusal := (None if of_catalog else _array(node)) or _foreign(node) or _misplaced(node):
            raise refusal
        if not of_catalog and _is_reserved(node):
            raise _syntax_error(node.name)


def _is_stored(table: exp.Table, common: set[str]) -> bool:
    """Whether a table is one of the database: neither a function nor a common table expression."""
    return isinstance(table.this, exp.Identifier) and bool(table.db or table.name.lower() not in common)


def _called(sql: str) -> list[str]:
    """The names, in upper case, that a text calls: before a parenthesis, or functions that are called without."""
    (text,) = split(sql)
    words = [(token.text.upper(), token.token_type in QUOTED) for token in text.tokens]
    following = [*(word for word, _ in words[1:]), ""]
    return [
        word.rpartition(" ")[2]
        for (word, is_quoted), after in zip(words, following, strict=True)
        if not is_quoted and (word in BARE_FUNCTIONS or (after == "(" and _may_be_called(word)))
    ]


def _check_approximate(sql: str) -> None:
    """Raises for a percentile from above: the parser forgets which way an approximate one is sorted."""
    (text,) = split(sql)
    words = " ".join(token.text.upper() for token in text.tokens)
    if re.search(r"\bAPPROXIMATE PERCENTILE_DISC \( [^()]* \) WITHIN GROUP \( ORDER BY [^()]* DESC\b", words):
        raise SqlError("0A000", "not rehearsable: APPROXIMATE PERCENTILE_DISC ... DESC")


QUOTED = frozenset({TokenType.IDENTIFIER, TokenType.STRING})


def _may_be_called(word: str) -> bool:
    begins_a_name = word[:1].isalpha() or word[:1] == "_"
    return begins_a_name and word.rpartition(" ")[2] not in grammar_words()


def _check_names(tree: exp.Expression) -> None:
    """Raises for a name of more than 127 bytes (r_names)."""
    for name in tree.find_all(exp.Identifier):
        if len(name.name.encode()) > LONGEST_NAME:
            raise SqlError("42622", f'identifier "{name.name}" is longer than {LONGEST_NAME} bytes')


def _check_compute_only(sql: str, tables: list[exp.Table]) -> None:
    """Raises for a function of the compute nodes that is applied to no table (c_SQL_functions_compute_node_only)."""
    called = compute_only_functions().intersection(_called(sql))
    if called and all(table.name.lower().startswith("pg_") for table in tables):
        raise _unsupported("One or more of the used functions must be applied on at least one user created table.")


def _check_function(name: str, *, on_leader: bool) -> None:
    """Raises for a function that is not documented, or not there where the query runs.

    Raises:
        SqlError: 42883, 0A000.
    """
    known = functions().get(name)
    if name in LATER_FUNCTIONS:
        raise SqlError("42883", f"function {name.lower()}() does not exist")
    if known is not None and known.leader_only and not on_leader and not name.startswith("PG_"):
        raise SqlError(
            "0A000", "Specified types or functions (one per INFO message) not supported on Redshift tables.",
            detail=f"function {name.lower()}()",
        )  # fmt: skip
    if known is None and not name.startswith("PG_") and name not in TYPE_NAMES:
        raise SqlError(
            "42883", f"function {name.lower()}() does not exist",
            hint="No function matches the given name and argument types. You may need to add explicit type casts.",
        )  # fmt: skip


TYPE_NAMES = {"DEC", "VARYING"}  # types with a parenthesis behind them that the grammar's words lack


def _syntax_error(near: str) -> SqlError:
    return SqlError("42601", f'syntax error at or near "{near}"')


def _unsupported(message: str) -> SqlError:
    return SqlError("0A000", message)


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


def _is_reserved(node: exp.Expression) -> bool:
    """Whether a reserved word stands unquoted as a name."""
    if not isinstance(node, exp.Identifier) or node.args.get("quoted") or node.name.lower() not in RESERVED:
        return False
    if node.name.lower() == "default" and isinstance(node.parent.parent, exp.EQ):  # SET column = DEFAULT
        return not isinstance(node.parent.parent.parent, exp.Update)
    return isinstance(node.parent, exp.Column | exp.Alias | exp.TableAlias | exp.Table | exp.Schema)


def _is_catalog(table: exp.Table) -> bool:
    return (table.db or table.name).lower().startswith(CATALOG_PREFIXES)


FOREIGN: dict[type[exp.Expression], str] = {
    exp.Struct: "{",
    exp.Chr: "CHAR",  # CHR is the function; CHAR( begins a type
    exp.Lateral: "LATERAL",
    exp.Fetch: "FETCH",
    exp.Returning: "RETURNING",
    exp.OnConflict: "ON CONFLICT",
}
"""What stands where the parser of Redshift stops."""


def _array(node: exp.Expression) -> SqlError | None:
    """Arrays, which the leader node knows, so queries of the catalog, and tables do not."""
    if isinstance(node, exp.Array) and node.args.get("bracket_notation"):
        return _syntax_error("[")
    if isinstance(node, exp.Any | exp.All) and not node.find(exp.Query):
        return _unsupported("op ANY/ALL (array) not supported")
    if isinstance(node, exp.DataType) and node.args.get("nested") and node.this == exp.DataType.Type.ARRAY:
        return _unsupported("array types are not supported")
    return None


def _foreign(node: exp.Expression) -> SqlError | None:
    """What is wrong with a node, if anything."""
    if isinstance(node, exp.Timestamp):  # a parenthesis after the type's name holds its precision
        return _syntax_error("(")
    if isinstance(node, exp.Values) and isinstance(node.parent, exp.From | exp.Join | exp.Subquery):
        return _syntax_error("VALUES")
    if isinstance(node, exp.Join) and str(node.args.get("kind", "")).upper() in {"SEMI", "ANTI", "ASOF"}:
        return _syntax_error(node.args["kind"])
    if isinstance(node, exp.Except | exp.Intersect) and node.args.get("distinct") is False:
        return _unsupported(f"{type(node).__name__.upper()} ALL is not supported")
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        return _unsupported("SELECT DISTINCT ON is not supported")
    if isinstance(node, exp.WindowSpec) and str(node.args.get("kind", "")).upper() == "RANGE":
        bounds = (node.args.get("start"), node.args.get("end"))
        if any(isinstance(bound, exp.Expression) for bound in bounds):
            return _unsupported("RANGE with an offset is not supported in window frames")
    if type(node) in CHECKS:
        problem = CHECKS[type(node)](node)
        return _unsupported(problem) if problem else None
    return _syntax_error(FOREIGN[type(node)]) if type(node) in FOREIGN else None


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


CHECKS: dict[type[exp.Expression], Callable[[Any], str]] = {
    exp.Window: _window, exp.Count: _counted,
}  # fmt: skip


def _misplaced(node: exp.Expression) -> SqlError | None:
    """What Redshift has, elsewhere (r_UNION, r_Boolean_type)."""
    if isinstance(node, exp.SetOperation) and any(_limited(side) for side in (node.this, node.expression)):
        return _unsupported("LIMIT may not be used within input to set operations.")
    if isinstance(node, exp.AtIndex):  # FROM t, t.items AS item AT place (query-super)
        return _unsupported("not rehearsable: the elements of a SUPER as rows")
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean) and _is_selected(node):
        return _unsupported("Not implemented: IS with a boolean in the SELECT list")
    return None


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
