# ruff: noqa: E501 - tables of test data read best as tables
"""Random Trino queries: expressions side by side, in one of the places where a query may have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from support.translate_random import aggregate, any_expression, expression, window


def _rows(parts: list[str]) -> str:
    return f"SELECT id, {_named(parts)} FROM samples"


def _filtered(parts: list[str]) -> str:
    """Each condition filters rows of its own."""
    each = (f"SELECT {n} AS part, id FROM samples WHERE {part}" for n, part in enumerate(parts))
    return " UNION ALL ".join(each)


def _grouped(parts: list[str]) -> str:
    return f"SELECT small, {_named(parts)} FROM samples GROUP BY small"


def _named(parts: list[str]) -> str:
    return ", ".join(f"{part} AS v{place}" for place, part in enumerate(parts))


def _inner(parts: list[str]) -> str:
    """Whole numbers that leave a subquery, a CTE or a set operation before they are computed with."""
    names = [f"v{place}" for place in range(len(parts))]
    outer = ", ".join(f"{name} / 2 + 1 AS {name}" for name in names)
    both = f"{_rows(parts)} UNION ALL SELECT id, {', '.join(f'0 AS {name}' for name in names)} FROM routes"
    return f"WITH q AS (SELECT id, {', '.join(names)} FROM ({both}) AS u) SELECT id, {outer} FROM q"


def _unioned(parts: list[str]) -> str:
    """Columns whose first cells are NULL, read from branches with a LIMIT of their own."""
    nulls = ", ".join(f"NULL AS v{place}" for place in range(len(parts)))
    cut = f"(SELECT id, {_named(parts)} FROM samples ORDER BY id LIMIT 6) UNION ALL ({_rows(parts)} WHERE id > 6)"
    names = ", ".join(f"v{place}" for place in range(len(parts)))
    return f"SELECT * FROM (SELECT 0 AS id, {nulls} UNION ALL SELECT id, {names} FROM ({cut}) AS u) AS q"


VALUES = (
    "ROW(1, 2, 7, 45, 1758459600, 1758459600123, 2.5e0, DECIMAL '12.34', DECIMAL '1.2345', 'alpha', 'x ', 'a,b,c',"
    " '{\"n\":1}', true, DATE '2026-01-31', TIMESTAMP '2026-01-31 08:59:59.999'), "
    "ROW(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), "
    "ROW(5, -1, 2147483647, 9007199254740993, -1, -1, -0.5e0, DECIMAL '-0.05', DECIMAL '-0.0001', '', 'Größe', '',"
    " 'not json', false, DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59.500')"
)  # fmt: skip
NAMES = "id, small, i, n, seconds, millis, x, money, rate, s, u, parts, doc, ok, day, at"


def _from(source: str) -> Callable[[list[str]], str]:
    """Expressions over a source that has the columns of `samples`."""
    return lambda parts: f"SELECT id, {_named(parts)} FROM {source}"


def _steady(chance: Random) -> str:
    """An aggregate with one right answer, however the rows are grouped."""
    made = aggregate(chance)
    return _steady(chance) if "any_value(" in made or "arbitrary(" in made else made


def _by(groups: str) -> Callable[[list[str]], str]:
    return lambda parts: f"SELECT small, ok, {_named(parts)} FROM samples GROUP BY {groups}"


def _combined(operator: str) -> Callable[[list[str]], str]:
    """A set operation for each expression, with itself over some of the rows."""

    def query_of(parts: list[str]) -> str:
        each = (f"SELECT {n} AS part, count(*) AS v FROM (SELECT {part} AS v FROM samples {operator} "
                f"SELECT {part} AS v FROM samples WHERE id > 5) AS q" for n, part in enumerate(parts))  # fmt: skip
        return " UNION ALL ".join(each)

    return query_of


def _key(chance: Random) -> str:
    """An expression that is no place of a column of the result."""
    made = any_expression(chance)
    return _key(chance) if made.lstrip("-").isdigit() else made


def _ordered(parts: list[str]) -> str:
    """The first rows in the order of each expression, down and up."""
    each = (f"(SELECT {n} AS part, id FROM samples ORDER BY {part}{' DESC' * (n % 2)}, id LIMIT 4)"
            for n, part in enumerate(parts))  # fmt: skip
    return " UNION ALL ".join(each)


def _distinct(parts: list[str]) -> str:
    each = (f"SELECT {n} AS part, count(*) AS v FROM (SELECT DISTINCT {part} AS v FROM samples) AS q"
            for n, part in enumerate(parts))  # fmt: skip
    return " UNION ALL ".join(each)


def _correlated(parts: list[str]) -> str:
    each = (f"SELECT {n} AS part, id FROM samples WHERE EXISTS (SELECT 1 FROM routes AS r WHERE r.id = samples.id AND {part})"
            for n, part in enumerate(parts))  # fmt: skip
    return " UNION ALL ".join(each)


JOINED = "(samples LEFT JOIN (SELECT r.id AS other, r.name, r.fare FROM routes AS r) AS q ON samples.id = q.other)"
# What a case is: how its parts are made, and the query that runs them all.
SHAPES = {
    "expression": (any_expression, _rows),
    "condition": (lambda chance: expression(chance, "bool"), _filtered),
    "aggregate": (aggregate, _grouped),
    "window": (window, _rows),
    "inner": (lambda chance: expression(chance, "int"), _inner),
    "union": (any_expression, _unioned),
    "joined": (any_expression, _from(JOINED)),
    "using": (any_expression, _from("samples FULL JOIN (SELECT id, name FROM routes) AS q USING (id)")),
    "values": (any_expression, _from(f"(VALUES {VALUES}) AS samples ({NAMES})")),
    "unnested": (any_expression, _from("samples CROSS JOIN UNNEST(ARRAY[1, 2, NULL]) WITH ORDINALITY AS t (e, o)")),
    "tuples": (_steady, _by("(small, ok)")),
    "rollup": (_steady, _by("ROLLUP (small, ok)")),
    "cube": (_steady, _by("CUBE (small, ok)")),
    "sets": (_steady, _by("GROUPING SETS ((small), (ok), ())")),
    "except": (any_expression, _combined("EXCEPT")),
    "intersect": (any_expression, _combined("INTERSECT")),
    "ordered": (_key, _ordered),
    "distinct": (any_expression, _distinct),
    "correlated": (lambda chance: expression(chance, "bool"), _correlated),
}
SHARES = {"expression": 14, "condition": 3, "aggregate": 3, "window": 3, "inner": 2, "union": 2}
SHARES = dict.fromkeys(SHAPES, 1) | SHARES


def batches(seed: int, cases: int, size: int = 20) -> Iterator[tuple[str, list[str]]]:
    """Shapes with their parts, so many parts in all."""
    chance = Random(seed)
    while cases > 0:
        shape = chance.choices(list(SHARES), SHARES.values())[0]
        make = SHAPES[shape][0]
        yield shape, [make(chance) for _ in range(min(size, cases))]
        cases -= size


def query(shape: str, parts: list[str]) -> str:
    """The Trino query over all parts."""
    return SHAPES[shape][1](parts)
