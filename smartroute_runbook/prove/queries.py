"""One query on both engines, compared; a tie at its LIMIT is resolved by comparing the rows beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smartroute_runbook.engines.interface import Engine
from smartroute_runbook.quantities import plural
from smartroute_runbook.tolerance import Tolerance

from .engine_pair import EnginePair
from .results import ResultProof, results_equal
from .shape import Shape, shape_of, without_limit
from .spec import dialect_of

__all__ = ["queries_equal"]

BEYOND = 100_000  # rows looked at beyond a limit


def queries_equal(
    control: Engine,
    candidate: Engine,
    control_sql: str,
    candidate_sql: str,
    *,
    name: str = "query",
    tolerances: Mapping[str, Tolerance] | None = None,
) -> ResultProof:
    """Run a query on both engines and compare the answers.

    Args:
        control: Athena.
        candidate: Redshift.
        control_sql: the query as Athena runs it.
        candidate_sql: its translation.
        name: the query's name.
        tolerances: by output column, see ``results_equal``.

    Raises:
        UsageError: one of them is not a single query.
        ServiceError: an engine refused it.
    """
    engines, texts = (control, candidate), (control_sql, candidate_sql)
    shapes = [shape_of(sql, dialect_of(engine)) for engine, sql in zip(engines, texts, strict=True)]
    shapes[0] = replace(shapes[0], moving=shapes[0].moving or shapes[1].moving)
    proof = _compared(engines, texts, shapes, name, tolerances)
    if proof.verdict != "tie":
        return proof
    wider = [without_limit(sql, dialect_of(engine), BEYOND) for engine, sql in zip(engines, texts, strict=True)]
    unlimited = [replace(shape, limit=None) for shape in shapes]
    beyond = _compared(engines, (wider[0], wider[1]), unlimited, name, tolerances)
    if beyond.verdict == "different":
        return replace(beyond, why=f"The answers tie at LIMIT {shapes[0].limit}, and differ beyond it. {beyond.why}")
    if not beyond.agrees or beyond.control_rows >= BEYOND:
        return proof
    why = f"{proof.why.rstrip('.')}; without the limit all agree: {plural(beyond.control_rows, 'row')}."
    return replace(proof, settled=True, why=why, deviations=beyond.deviations)


def _compared(
    engines: tuple[Engine, Engine],
    texts: tuple[str, str],
    shapes: list[Shape],
    name: str,
    tolerances: Mapping[str, Tolerance] | None,
) -> ResultProof:
    answers = EnginePair(*engines).query(lambda dialect: texts[0] if dialect == "athena" else texts[1])
    # Whoever reads the answer expects the control's order of both, its place for NULLs included.
    return results_equal(*answers, name=name, tolerances=tolerances, shape=shapes[0])
