"""What the parameters promise and a later week would miss: files, SSM parameters, queries, the staging area."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from smartroute_runbook.engines.s3_paths import overlapping
from smartroute_runbook.errors import did_you_mean
from smartroute_runbook.runs.run import Run

from .checks import Said
from .roles import lake_locations

__all__ = ["dashboard", "files", "staging"]


def files(run: Run) -> Said:
    """The queries, those that are named critical among them, and the list of stops."""
    names = run.queries
    unknown = [name for name in run.settings.experiment.critical if name not in names]
    for name in unknown:
        yield "fail", f"experiment.critical names '{name}', which is no query", did_you_mean(name, names)
    stops = run.settings.audit.stops
    missing = bool(stops) and not (run.base / str(stops)).is_file()
    if missing:
        yield "fail", f"audit.stops is {stops}, which is no file", f"Correct it, or put the file into {run.base}"
    if not (unknown or missing):
        yield "ok", f"{len(names)} queries in {run.settings.experiment.queries}", ""


def staging(run: Run) -> Said:
    """Whether what the load stages would be read as part of a table, or lies where query results are put."""
    locations = {name: f"{bucket}/{prefix}" for name, (bucket, prefix) in lake_locations(run).items()}
    bucket = next(iter(locations.values())).partition("/")[0]
    mine = f"{bucket}/{run.settings.load.staging}"
    group = run.clients.boto("athena").get_work_group(WorkGroup=run.settings.athena.workgroup)["WorkGroup"]
    output = group["Configuration"].get("ResultConfiguration", {}).get("OutputLocation", "")
    places = {f"table {name}": location for name, location in locations.items()}
    if output and urlsplit(output).path.strip("/"):
        places[f"the results of workgroup {run.settings.athena.workgroup}"] = output
    if other := overlapping(mine, places):
        hint = "Name a prefix of its own in load.staging: files there would be read as rows"
        yield "fail", f"s3://{mine} lies where {other} lies ({places[other]})", hint
    else:
        yield "ok", f"s3://{mine} lies beside every table", ""


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
    tables = {name: f"{place}/{key}" for name, (place, key) in lake_locations(run).items()}
    if table := overlapping(f"{bucket}/{run.settings.dashboard.published_queries}", tables):
        hint = "Name a prefix of its own in dashboard.published_queries: files there would be read as rows"
        yield "fail", f"the published queries lie where table {table} lies", hint
    for name in unpublished:
        yield "fail", f"query {name} is not published at s3://{bucket}/{prefix}", did_you_mean(name, published)
    if not (missing or unpublished):
        yield "ok", f"its parameters exist, {len(run.queries)} queries are published for Athena", ""


def _missing_parameters(run: Run) -> Iterator[str]:
    ssm, names = run.clients.boto("ssm"), run.settings.dashboard
    for name in (names.engine_parameter, names.url_parameter):
        try:
            ssm.get_parameter(Name=name)
        except ssm.exceptions.ParameterNotFound:
            yield name
