"""The types of parameters that a client leaves to the server, found where they stand, as PostgreSQL finds them.

psycopg leaves those of texts open, asyncpg and JDBC's getParameterMetaData all of them: the answer decides which values
such a client takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from smartroute_runbook.standins.redshift.database import ColumnInfo
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session

from .dialect import parse_tree
from .infer import Inference
from .to_duckdb import Tables, type_parameters
from .tokens import PARAMETER, Text, split
from .types import BIGINT, INTEGER, TEXT, DataType, named, of

__all__ = ["parameter_types"]

UNKNOWN = 705
OIDS = {
    "boolean": 16, "bigint": 20, "smallint": 21, "integer": 23, "real": 700, "double precision": 701, "date": 1082,
    "numeric": 1700, "character": 1042, "character varying": 1043, "time without time zone": 1083,
    "timestamp without time zone": 1114, "timestamp with time zone": 1184, "super": 4000, "binary varying": 6551,
}  # fmt: skip
WRITES_OR_READS = frozenset({"select", "with", "insert", "update", "delete", "merge", "("})
DAYS = (exp.Add, exp.Sub)
LIKES = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.DPipe)


def parameter_types(session: Session, sql: str, oids: Sequence[int]) -> tuple[int, ...]:
    """The object id of each parameter's type: as given, else from the statement, else ``unknown``.

    What cannot be read here is refused where the statement is prepared.
    """
    try:
        texts = split(sql)
        numbers = [int(match[1]) for text in texts for token in text.tokens if (match := PARAMETER.search(token.text))]
    except Exception:  # not even tokens: the error is told once, by whoever prepares it
        return tuple(oids)
    known = [*oids, *[0] * (max(numbers, default=0) - len(oids))]
    statement = _of_cursor(texts[0]) if len(texts) == 1 else None
    if statement is None or statement.words(1) not in WRITES_OR_READS or not {0, UNKNOWN}.intersection(known):
        return tuple(known)
    found = _found(session, statement.sql, known)
    return tuple(oid if oid not in {0, UNKNOWN} else found.get(at, UNKNOWN) for at, oid in enumerate(known, start=1))


def _of_cursor(text: Text) -> Text:
    """The query of a DECLARE; any other statement as it is."""
    words = [token.text.lower() for token in text.tokens]
    if words[0] != "declare" or "for" not in words:
        return text
    return Text(text.source, text.tokens[words.index("for") + 1 :])


def _found(session: Session, sql: str, oids: Sequence[int]) -> dict[int, int]:
    try:
        tree = parse_tree(sql)
        tables = Tables(session)
        tables.resolve(tree)
    except SqlError:
        return {}
    Inference(tables.columns, type_parameters(tree, oids)).statement(tree)
    columns = [named(column.type) for column in _written(tree, tables)]
    found: dict[int, int] = {}
    for node in tree.find_all(exp.Parameter):
        kind = next((each for each in _kinds(node, columns) if each is not None and each.base in OIDS), None)
        if kind is not None:
            found.setdefault(int(node.this.name), OIDS[kind.base])
    return found


def _written(tree: exp.Expression, tables: Tables) -> list[ColumnInfo]:
    """The columns that an INSERT writes, in its order."""
    if not isinstance(tree, exp.Insert):
        return []
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    every = tables.columns.get(target.sql("duckdb", comments=False).partition(" AS ")[0], ())
    if not isinstance(tree.this, exp.Schema):
        return list(every)
    known = {column.name: column for column in every}
    return [known[each.name.lower()] for each in tree.this.expressions if each.name.lower() in known]


def _kinds(parameter: exp.Parameter, columns: Sequence[DataType]) -> Iterator[DataType | None]:
    """What a parameter may be, the nearest reason first."""
    node: exp.Expression = parameter
    while isinstance(node.parent, exp.Paren | exp.Neg):
        node = node.parent
    around = node.parent
    if isinstance(around, exp.Cast):
        yield of(around)
    elif isinstance(around, exp.Limit | exp.Offset):
        yield BIGINT
    elif isinstance(around, LIKES):
        yield TEXT
    elif isinstance(around, exp.TsOrDsAdd | exp.DateAdd | exp.TimestampAdd) and node.arg_key == "expression":
        yield INTEGER
    elif isinstance(around, exp.Predicate | exp.Binary | exp.Coalesce | exp.If | exp.Case):
        for sibling in _siblings(node, around):
            kind = of(sibling)
            yield INTEGER if isinstance(around, DAYS) and kind is not None and kind.base == "date" else kind
    place = node.index if isinstance(around, exp.Tuple | exp.Select) else None
    inserts = isinstance(around, exp.Tuple) and isinstance(around.parent, exp.Values)
    inserts |= (
        isinstance(around, exp.Select) and isinstance(around.parent, exp.Insert) and node.arg_key == "expressions"
    )
    if place is not None and inserts and place < len(columns):
        yield columns[place]


def _siblings(node: exp.Expression, around: exp.Expression) -> Iterator[exp.Expression]:
    """What stands beside a parameter and must be of its type."""
    case = around.parent if isinstance(around, exp.If) else around
    if isinstance(case, exp.Case):
        if node.arg_key != "this":  # a value of the CASE, not what it asks
            values = [each.args["true"] for each in case.args["ifs"]] + [case.args.get("default")]
            yield from (each for each in values if each is not None and each is not node)
        return
    yield from (each for each in around.iter_expressions() if each is not node)
