"""What the parameters promise and a later week would miss: files, SSM parameters, queries, the staging area."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import sqlglot
from sqlglot import exp

from smartroute_runbook.engines.s3_paths import overlapping
from smartroute_runbook.errors import did_you_mean
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.run import Run

from .checks import Said
from .known_stops import known_stops
from .roles import lake_locations, own_prefixes

__all__ = ["dashboard", "files", "staging"]


def files(run: Run) -> Said:
    """The queries, what they read, those that are named critical among them, and the list of stops."""
    names = run.queries
    unmoved = _unmoved(run)
    for table, readers in unmoved.items():
        text = f"{', '.join(readers)} read{'s' if len(readers) == 1 else ''} {table}, which athena.tables does not name"
        yield "fail", text, f"Add {table} to athena.tables, or take the query out of the dashboard's"
    settings = run.settings
    named = {
        "experiment.critical": settings.experiment.critical,
        "decision.bedrock_queries": settings.decision.bedrock_queries,
        "publish.tables": settings.publish.tables,
    }
    unknown = [(where, name) for where, listed in named.items() for name in listed if name not in names]
    for where, name in unknown:
        yield "fail", f"{where} names '{name}', which is not a query", did_you_mean(name, names)
    stops = run.settings.audit.stops
    missing = bool(stops) and not (run.base / str(stops)).is_file()
    if missing:
        yield "fail", f"audit.stops is {stops}, which is not a file", f"Correct it, or put the file into {run.base}"
    elif stops:
        known_stops(run.base / stops)
    if not (unknown or missing or unmoved):
        yield "ok", f"{plural(len(names), 'query')} in {run.settings.experiment.queries}", ""


def _unmoved(run: Run) -> dict[str, list[str]]:
    """Tables of the database that the dashboard's queries read and that are not moved, with those queries."""
    database, found = run.settings.athena.database, dict[str, list[str]]()
    for name, sql in run.queries.items():
        for table in _tables_of(sql, database) - set(run.settings.athena.tables):
            found.setdefault(table, []).append(name)
    glue = run.clients.boto("glue")
    views: set[str] = set()
    for table in found:
        with contextlib.suppress(glue.exceptions.EntityNotFoundException):
            kind = glue.get_table(DatabaseName=database, Name=table)["Table"].get("TableType")
            views |= {table} if kind == "VIRTUAL_VIEW" else set()  # week 3 makes those that it can
    return {table: sorted(readers) for table, readers in sorted(found.items()) if table not in views}


def _tables_of(sql: str, database: str) -> set[str]:
    """What a query reads in the database, in lower case; nothing of one that cannot be parsed: week 3 says why."""
    try:
        trees = sqlglot.parse(sql, read="trino")
    except sqlglot.errors.SqlglotError:
        return set()
    own = {cte.alias_or_name.lower() for tree in trees if tree for cte in tree.find_all(exp.CTE)}
    tables = [
        table for tree in trees if tree for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)
    ]
    named = {table.name.lower() for table in tables if table.db and table.db.lower() == database.lower()}
    return named | {table.name.lower() for table in tables if not table.db} - own


def staging(run: Run) -> Said:
    """Whether what is written beside the tables would be read as part of one, or is staged where results are put."""
    own = own_prefixes(run)
    group = run.clients.boto("athena").get_work_group(WorkGroup=run.settings.athena.workgroup)["WorkGroup"]
    output = group["Configuration"].get("ResultConfiguration", {}).get("OutputLocation", "")
    tables = {f"table {name}": f"{bucket}/{prefix}" for name, (bucket, prefix) in lake_locations(run).items()}
    results = {f"the results of workgroup {run.settings.athena.workgroup}": output}
    wrong = False
    for name, mine in own.items():
        apart = name == "load.staging" and output and urlsplit(output).path.strip("/")
        places = tables | results if apart else tables
        if other := overlapping(mine, places):
            wrong = True
            hint = f"Name a prefix of its own in {name}: files there would be read as rows"
            yield "fail", f"s3://{mine} lies where {other} lies ({places[other]})", hint
    if not wrong:
        yield "ok", f"s3://{own['load.staging']} lies beside every table", ""


def dashboard(run: Run) -> Said:
    """The dashboard's two SSM parameters, and its queries as they are published for Athena."""
    missing = list(_missing_parameters(run))
    for name in missing:
        yield "fail", f"there is no SSM parameter {name}", "The dashboard's own deployment makes it; correct the name"
    bucket = next(iter(lake_locations(run).values()))[0]
    prefix = f"{run.settings.dashboard.published_queries.rstrip('/')}/athena/"
    pages = run.clients.boto("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    published = {item["Key"].removeprefix(prefix).removesuffix(".sql") for p in pages for item in p.get("Contents", ())}
    unpublished = sorted(set(run.queries) - published)
    for name in unpublished:
        yield "fail", f"query {name} is not published at s3://{bucket}/{prefix}", did_you_mean(name, published)
    if not (missing or unpublished):
        yield (
            "ok",
            f"its parameters exist, {plural(len(run.queries), 'query is', 'queries are')} published for Athena",
            "",
        )


def _missing_parameters(run: Run) -> Iterator[str]:
    ssm, names = run.clients.boto("ssm"), run.settings.dashboard
    for name in (names.engine_parameter, names.url_parameter):
        try:
            ssm.get_parameter(Name=name)
        except ssm.exceptions.ParameterNotFound:
            yield name
