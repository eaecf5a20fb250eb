"""Athena SQL in, Redshift SQL out: right, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.errors import SqlglotError

from smartroute_runbook.errors import UsageError, did_you_mean

from . import pages
from .deep import with_deep_stack
from .guard import breaches
from .lineage import tolerances
from .model import Change, Invalid, Problem, Translation
from .relations import Columns
from .rules import RULES, Lowering
from .schema import Schema
from .source import check, parse
from .text import athena, redshift, same_words

__all__ = ["IMPROVEMENTS", "translate"]

IMPROVEMENTS = frozenset({"decimal-division", "json-scalar", "stable-page"})


def translate(
    sql: str,
    schema: Schema,
    *,
    name: str = "",
    improve: frozenset[str] = frozenset(),
    off: frozenset[str] = frozenset(),
) -> Translation:
    """Translates one Athena query.

    Args:
        sql: the query as Athena runs it.
        schema: the tables it may read.
        name: how reports call it.
        improve: rules whose better but different answer is wanted (`IMPROVEMENTS`).
        off: rules to leave out; only for showing that each is needed.

    Raises:
        UsageError: `improve` names a rule that has no better answer.
    """
    for wanted in improve:
        if wanted not in IMPROVEMENTS:
            raise UsageError(f"rule '{wanted}' has no better answer", hint=did_you_mean(wanted, IMPROVEMENTS))
    try:
        return with_deep_stack(lambda: _translated(sql, schema, name, improve, off))
    except RecursionError:
        problem = Problem("depth", "the query is nested too deeply to be read", "name its parts with WITH")
        return Translation(name, "refused", None, sql, problems=(problem,))


def _translated(sql: str, schema: Schema, name: str, improve: frozenset[str], off: frozenset[str]) -> Translation:
    try:
        tree = parse(sql)
    except Invalid as finding:
        return Translation(name, "invalid-source", None, sql, problems=(finding.problem,))
    columns, findings = check(sql, tree, schema)
    shown = tuple((column, str(kind)) for column, kind in columns)
    if findings.invalid:
        return Translation(name, "invalid-source", None, sql, problems=tuple(findings.invalid), columns=shown)
    lower = Lowering(improve=improve, off=off)
    made = lower(tree)
    problems = [*findings.refused, *(p for p in lower.problems if not _told(p, findings.refused))]
    if not problems:
        problems = list(_result_problems(columns))
    if not problems:
        pages.name_columns(tree, made, lower)
        made = pages.stabilise(tree, made, lower)
    text, spelled = _written(sql, tree, made, lower, problems)
    if problems:
        return Translation(name, "refused", None, sql, tuple(lower.changes), tuple(problems), columns=shown)
    changes = tuple(lower.changes) or spelled
    status, final = ("rewritten", text) if changes else ("unchanged", sql.strip("; \t\r\n"))
    notes = tuple(lower.notes)
    return Translation(name, status, final, sql, changes, (), tolerances(tree, columns, lower), notes, shown)  # type: ignore[arg-type]


def _told(problem: Problem, already: list[Problem]) -> bool:
    """Whether the source check has said it; a construct that is not known has no known parts either."""
    return problem in already or (bool(already) and problem.rule in ("unknown", "syntax"))


def _result_problems(columns: Columns) -> Iterable[Problem]:
    for column, kind in columns:
        if kind.name == "timestamptz" and kind.zone != "UTC":
            hint = "CAST(... AS timestamp) shows the clock on the wall; or leave it in UTC"
            yield Problem(
                "time-zone", f"result column {column} carries the zone '{kind.zone}', Redshift's cannot", hint
            )
        elif kind.nested or kind.name in ("varbinary", "time") or kind.name.startswith("interval"):
            yield Problem("type", f"result column {column} is {kind}", "turn it into text or numbers first")


def _written(
    source_text: str, tree: exp.Expression, made: exp.Expression, lower: Lowering, problems: list[Problem]
) -> tuple[str, tuple[Change, ...]]:
    """The Redshift text; what the guard finds in it goes to the problems."""
    if problems:
        return "", ()
    try:
        text = redshift(made, pretty=True)
    except SqlglotError as error:
        problems.append(Problem("syntax", f"Redshift has no form of this: {error}", "rewrite the query"))
        return "", ()
    names = frozenset(alias.name.upper() for alias in made.find_all(exp.TableAlias))
    problems += [Problem("guard", f"{b.why} ({b.source})", b.hint) for b in breaches(text, made, names=names)]
    plain = redshift(made)
    if lower.changes or problems or same_words(source_text, plain):
        return text, ()
    source = "https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_SQLCommandRef.html"
    return text, (Change("spelling", "the same is written differently on Redshift", athena(tree), plain, source),)


assert RULES  # noqa: S101 - importing the rules registers them
