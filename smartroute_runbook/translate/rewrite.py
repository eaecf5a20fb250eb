"""Athena SQL in, Redshift SQL out: right, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from sqlglot import exp
from sqlglot.errors import SqlglotError

from smartroute_runbook.errors import UsageError, did_you_mean

from . import pages
from .carried import keep_types
from .deep import with_deep_stack
from .float_choices import decided_by_floats
from .guard import breaches
from .lineage import tolerances
from .model import Change, Invalid, Problem, Refusal, Status
from .parameters import TIME_FILTER, read_parameters
from .relations import Columns, Findings
from .rules import RULES, Lowering
from .schema import Schema
from .source import check, lacks_a_part, parse
from .statements import Statement, quoted_name, read_statement
from .text import athena, redshift, same_words, shortened
from .translation import Translation
from .uses import misuses

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
        return with_deep_stack(lambda: _whole(sql, schema, name, improve, off))
    except RecursionError:
        problem = Problem("depth", "the query is nested too deeply to be read", "name its parts with WITH")
    except Exception as error:  # one query's failure stays its own
        problem = _failure(sql, error)
    return Translation(name, "refused", None, sql, problems=(problem,))


def _failure(sql: str, error: Exception) -> Problem:
    """Why the translator failed: the text lacks a part, which sqlglot let pass, or a defect of its own."""
    with suppress(Exception):
        if lacks_a_part(sql):
            return Problem(
                "syntax", "the query lacks a part: an argument, an operand or a name", "complete it on Athena"
            )
    why = f"the translator failed on it: {type(error).__name__}: {str(error).splitlines()[:1]}"
    return Problem("internal", why, "run it on Athena; if it runs there, report it and rewrite it by hand")


def _whole(sql: str, schema: Schema, name: str, improve: frozenset[str], off: frozenset[str]) -> Translation:
    """A statement translated around its query."""
    try:
        parameters = read_parameters(sql)
        statement = read_statement(parameters.sql)
    except (Refusal, Invalid) as finding:
        return _failed(name, sql, finding)
    except SqlglotError:
        return _translated(sql, schema, name, improve, off)  # says what cannot be read
    made = _translated(statement.query, schema, name, improve, off, keeps_types=statement.keeps_types)
    made = replace(made, sql=made.sql and parameters.restored(made.sql), source=sql)
    if parameters.spelled:
        changes = [
            replace(c, before=parameters.restored(c.before), after=parameters.restored(c.after)) for c in made.changes
        ]
        problems = [replace(p, why=parameters.restored(p.why), hint=parameters.restored(p.hint)) for p in made.problems]
        made = replace(made, changes=tuple(changes), problems=tuple(problems))
    return made if statement.kind == "query" else _around(made, statement, sql, schema)


def _around(made: Translation, statement: Statement, sql: str, schema: Schema) -> Translation:
    """A translated query with its statement's words around it again."""
    if made.sql is None:
        return made
    after = statement.after
    if statement.target:
        columns = _columns_of(statement.target, schema)
        if columns is None or len(columns) != len(made.columns):
            problem = Problem(
                "statement", f"the columns of {statement.target} are not known", "name them: INSERT INTO t (a, b)"
            )
            return replace(made, status="refused", sql=None, problems=(problem,))
        after = f"{after.rstrip()} ({', '.join(columns)})\n"
    whole = after + made.sql
    if same_words(sql, whole):
        return replace(made, sql=sql.strip("; \t\r\n"))
    why = statement.why or "the statement around the query is written for Redshift"
    if statement.target:
        why = "the columns are named: on Redshift they may stand in another order than in Athena's catalogue"
    changes = made.changes
    if not same_words(statement.before, after):
        head = Change("statement", why, statement.before.strip(), after.strip(), statement.source)
        changes = (head, *changes)
    return replace(made, sql=whole, status="rewritten" if changes else made.status, changes=changes)


def _columns_of(table: str, schema: Schema) -> list[str] | None:
    database, _, name = table.replace('"', "").rpartition(".")
    found = schema.find(name, database)
    return None if found is None else [quoted_name(column) for column in found]


def _failed(name: str, sql: str, finding: Invalid | Refusal) -> Translation:
    status: Status = "invalid-source" if isinstance(finding, Invalid) else "refused"
    return Translation(name, status, None, sql, problems=(finding.problem,))


def _translated(
    sql: str, schema: Schema, name: str, improve: frozenset[str], off: frozenset[str], *, keeps_types: bool = False
) -> Translation:
    try:
        tree = parse(sql)
    except (Invalid, Refusal) as finding:
        return _failed(name, sql, finding)
    columns, findings = check(sql, tree, schema)
    shown = tuple((column, str(kind)) for column, kind in columns)
    if _proven(findings):
        return Translation(name, "invalid-source", None, sql, problems=tuple(findings.invalid), columns=shown)
    if keeps_types:
        keep_types(tree)
    lower = Lowering(improve=improve, off=off)
    lower.sizes.allow(tree)
    lower.mark_places(tree)
    made = lower(tree)
    problems = [*findings.refused, *(p for p in lower.problems if not _is_repeated(p, findings.refused))]
    if not problems:
        problems = list(_result_problems(columns))
    if not problems:
        pages.name_columns(tree, made, lower)
        made = pages.stabilise(tree, made, lower)
    text, spelled = _written(sql, tree, made, lower, problems)
    if problems:
        return Translation(name, "refused", None, sql, tuple(lower.changes), tuple(problems), columns=shown)
    changes = tuple(lower.changes) or spelled
    status: Status = "rewritten" if changes else "unchanged"
    final = text if changes else sql.strip("; \t\r\n")
    if (choice := decided_by_floats(tree)) is not None:
        what = f"{shortened(athena(choice))}: Trino rounds a decimal twice on its way to a float, Redshift once"
        lower.note("decimal-as-float", what, "compare decimals as decimals: the last bit decides on rows and groups")
    notes = tuple(lower.notes)
    return Translation(name, status, final, sql, changes, (), tolerances(tree, columns, lower), notes, shown)


def _proven(findings: Findings) -> bool:
    """Whether a query is certainly none of Athena's: beside what is not known, an accusation is not proven."""
    functions = any(problem.rule == "unknown-function" for problem in findings.invalid)
    unsure = [problem for problem in findings.refused if not (functions and problem.rule == "unknown")]
    return bool(findings.invalid) and not unsure


def _is_repeated(problem: Problem, already: list[Problem]) -> bool:
    """Whether the source check has said it; a construct that is not known has no known parts either."""
    return problem in already or (bool(already) and problem.rule in ("unknown", "syntax"))


def _result_problems(columns: Columns) -> Iterable[Problem]:
    for column, kind in columns:
        if kind.name == "timestamptz" and kind.zone != "UTC":
            hint = "CAST(... AS timestamp) shows the clock on the wall; or leave it in UTC"
            carries = f"carries the zone '{kind.zone}', Redshift's cannot"
            if not kind.zone:
                carries = "carries a zone that is in its values"
                hint = "say `utc: true` of the text's column in the schema when all end in Z; or compare moments only"
            yield Problem("time-zone", f"result column {column} {carries}", hint)
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
    names = frozenset(alias.name.upper() for alias in made.find_all(exp.TableAlias)) | {TIME_FILTER.upper()}
    problems += [Problem("guard", f"{b.why} ({b.source})", b.hint) for b in breaches(text, made, names=names)]
    for use in misuses(tree, made):
        if use.advisory:
            lower.note(use.kind, f"{use.why} ({use.source})", use.hint)
        else:
            problems.append(Problem("guard", f"{use.why} ({use.source})", use.hint))
    plain = redshift(made)
    if lower.changes or problems or same_words(source_text, plain):
        return text, ()
    source = "https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_SQLCommandRef.html"
    return text, (Change("spelling", "the same is written differently on Redshift", athena(tree), plain, source),)


assert RULES  # noqa: S101 - importing the rules registers them
