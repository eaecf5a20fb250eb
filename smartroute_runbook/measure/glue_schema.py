"""The schema of queries as Glue describes it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smartroute_runbook.engines.clients import Clients, explained
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake.columns import Carried, nested
from smartroute_runbook.translate.schema import Schema

__all__ = ["glue_columns", "glue_schema", "read_schema"]

GLUE = "glue:"


def glue_schema(client: Any, database: str, carried: Carried = "super") -> Schema:
    """The tables of a Glue database; partition columns are columns. Views, which have no columns stored, are left out.

    Args:
        client: boto3's `glue`.
        database: its name.
        carried: what its nested columns are on Redshift (``load.nested``).

    Raises:
        ServiceError: Glue refuses, or there is no such database.
        UsageError: it has no table.
    """
    tables: dict[str, Mapping[str, object]] = {}
    with explained(f"Reading the tables of {database} from Glue"):
        for page in client.get_paginator("get_tables").paginate(DatabaseName=database):
            for table in page["TableList"]:
                if columns := glue_columns(table, carried):
                    tables[f"{database}.{table['Name']}"] = columns
    if not tables:
        raise UsageError(f"the Glue database {database} has no tables", hint="Name another database, or a schema file")
    return Schema.of(tables)


def glue_columns(table: Mapping[str, Any], carried: Carried = "super") -> dict[str, object]:
    """Columns of a table or view as Glue describes it; nested ones that are loaded as SUPER are said to be so."""
    columns = [*(table.get("StorageDescriptor") or {}).get("Columns", ()), *(table.get("PartitionKeys") or ())]
    return {str(column["Name"]): _column(str(column["Type"]), carried) for column in columns}


def _column(kind: str, carried: Carried) -> object:
    return {"type": kind, "super": True} if nested(kind) and carried == "super" else kind


def read_schema(name: str) -> Schema:
    """A schema by what names it: a YAML or JSON file, or ``glue:DATABASE`` with the shell's own AWS credentials.

    Raises:
        UsageError: the file is not a schema, or the database has no tables.
        ServiceError: Glue refuses, or there is no such database.
    """
    if not name.startswith(GLUE):
        return Schema.load(Path(name))
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    aws = {"region": region, "profile": os.environ.get("AWS_PROFILE")} if region else {}
    return glue_schema(Clients(Settings.model_validate({"aws": aws})).boto("glue"), name.removeprefix(GLUE))
