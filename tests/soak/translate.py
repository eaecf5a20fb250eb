"""Random queries on both stand-ins: each is translated and equal, or refused; none differs.

``make soak-translate ARGS="--cases 10000 --seed 1"``; 400 run in ``tests/translate/test_property.py``, over sockets and
drivers as ``--sockets`` does. A case is one random expression, condition, aggregate or window over columns with
NULLs, negatives, empty texts and texts beyond ASCII. Twenty share a query; a query that is refused, fails or differs is
cut down until each case is judged on its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Literal, get_args

import sqlglot
from sqlglot import exp
from support.translate_lab import Lab, differences, schema
from support.translate_near import NearLab
from support.translate_shapes import batches, query

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.translate import translate

SCHEMA = schema()
Engines = Lab | NearLab
Result = Literal["equal", "refused", "fails on Athena", "fails on Redshift", "different"]
RESULTS: tuple[Result, ...] = get_args(Result)
OUT_OF_RANGE = ("NUMERIC_VALUE_OUT_OF_RANGE", "DIVISION_BY_ZERO")


@dataclass(frozen=True)
class Outcome:
    """One case and what became of it; `detail` is the refusing rule or the difference."""

    shape: str
    part: str
    result: Result
    detail: str = ""

    @classmethod
    def of(cls, lab: Engines, shape: str, parts: list[str], off: frozenset[str] = frozenset()) -> Iterator[Outcome]:
        """Judge parts that share a query; halve them until each has its own answer."""
        result, detail = judged(lab, query(shape, parts), off)
        if result == "fails on Redshift" and len(parts) == 1 and not skipped(lab, parts[0]):
            result = "different"
        if result == "equal" or len(parts) == 1:
            yield from (cls(shape, part, result, detail) for part in parts)
            return
        middle = len(parts) // 2
        yield from cls.of(lab, shape, parts[:middle], off)
        yield from cls.of(lab, shape, parts[middle:], off)


def judged(lab: Engines, sql: str, off: frozenset[str]) -> tuple[Result, str]:
    """Translate a query and run both texts."""
    made = translate(sql, SCHEMA, off=off)
    if made.sql is None:
        if made.status != "refused":
            return "different", f"{made.status}: {made.problems}"
        return "refused", made.problems[0].rule
    try:
        control = lab.rows("athena", sql)
    except ServiceError as error:  # a division by zero or an overflow is Athena's answer
        return "fails on Athena", str(error).splitlines()[0]
    try:
        candidate = lab.rows("redshift", made.sql)
    except ServiceError as error:
        return "fails on Redshift", f"{made.sql}\n   Redshift: {error}"
    found = differences(control, candidate, made.tolerances, made.columns)
    return ("different", f"{made.sql}\n   {found[0]}") if found else ("equal", "")


def skipped(lab: Engines, part: str) -> bool:
    """Whether Athena fails too when it is asked for some arithmetic of a part alone.

    Trino evaluates no operand behind one that is NULL, Redshift both: where the second would overflow, Redshift's query
    ends with that error and Athena's does not. Loud, and seen at once: told apart from another answer.
    """
    for node in sqlglot.parse_one(part, read="trino").find_all(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg):
        try:
            lab.rows("athena", f"SELECT {node.sql('trino')} FROM samples")
        except ServiceError as error:
            if any(code in str(error) for code in OUT_OF_RANGE):
                return True
    return False


def soak(lab: Engines, cases: int, seed: int, tell: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """So many cases; the same seed gives the same ones."""
    outcomes: list[Outcome] = []
    for shape, parts in batches(seed, cases):
        refused = {part for part in parts if translate(query(shape, [part]), SCHEMA).sql is None}
        ready = [part for part in parts if part not in refused]  # what is refused would split its query five times
        alone = [Outcome.of(lab, shape, [part]) for part in parts if part in refused]
        for outcome in chain(*alone, Outcome.of(lab, shape, ready) if ready else ()):
            outcomes.append(outcome)
            tell(outcome)
    return outcomes


def table(outcomes: list[Outcome]) -> str:
    """Cases by shape and result, then what was refused by which rule."""
    counts = Counter((one.shape, one.result) for one in outcomes)
    lines = [f"{'':12}" + "".join(f"{result:>19}" for result in RESULTS)]
    for shape in [*dict.fromkeys(one.shape for one in outcomes), "all"]:
        row = (sum(n for (s, r), n in counts.items() if r == result and shape in (s, "all")) for result in RESULTS)
        lines.append(f"{shape:12}" + "".join(f"{n:19,}" for n in row))
    rules = Counter(one.detail for one in outcomes if one.result == "refused")
    lines.append("refused by: " + ", ".join(f"{rule} {n}" for rule, n in rules.most_common()))
    return "\n".join(lines)


@contextmanager
def started(*, sockets: bool, trino: str | None = None) -> Iterator[Engines]:
    """Both stand-ins: in this process, or a stack of their own, with a real Trino for Athena's where one is given."""
    from smartroute_runbook.rehearsal.stack import Stack

    if not sockets and trino is None:
        yield NearLab()
        return
    with Stack(trips_share=0.002, trino=trino) as stack:
        yield Lab.shared(stack)


def main() -> int:
    """Run it; 1 when anything differs, or it was interrupted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sockets", action="store_true", help="ask by the drivers, a third as fast")
    parser.add_argument("--trino", metavar="URL", help="a real Trino as the control (make trino)")
    given = parser.parse_args()
    began = time.monotonic()

    outcomes: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if outcome.result in ("different", "fails on Redshift"):
            print(f"{outcome.result.upper()} [{outcome.shape}] {outcome.part}\n   {outcome.detail}", flush=True)

    with (
        suppress(KeyboardInterrupt),
        started(sockets=given.sockets, trino=given.trino) as lab,
    ):  # what has run so far is told
        soak(lab, given.cases, given.seed, tell)
    print(table(outcomes))
    wrong = sum(one.result == "different" for one in outcomes)
    print(f"{len(outcomes):,} cases, seed {given.seed}, {time.monotonic() - began:.0f} s: {wrong} different")
    return 1 if wrong or len(outcomes) < given.cases else 0


if __name__ == "__main__":
    sys.exit(main())
