"""The schema of queries as Glue describes it."""

from __future__ import annotations

import os
from typing import Any

from ..clients import Clients, explained
from ..errors import UsageError
from ..settings import Settings
from .schema import Schema

__all__ = ["glue_schema", "named_schema"]


def glue_schema(client: Any, database: str) -> Schema:
    """The tables of a Glue database; partition columns are columns. Views, which have no columns stored, are left out.

    Args:
        client: boto3's `glue`.
        database: its name.

    Raises:
        ServiceError: Glue refuses, or there is no such database.
        UsageError: it has no table.
    """
    tables: dict[str, dict[str, str]] = {}
    with explained(f"Reading the tables of {database} from Glue"):
        for page in client.get_paginator("get_tables").paginate(DatabaseName=database):
            for table in page["TableList"]:
                columns = [*table.get("StorageDescriptor", {}).get("Columns", ()), *table.get("PartitionKeys", ())]
                if columns:
                    tables[f"{database}.{table['Name']}"] = {column["Name"]: column["Type"] for column in columns}
    if not tables:
        raise UsageError(f"the Glue database {database} has no tables", hint="Name another database, or a schema file")
    return Schema.of(tables)


def named_schema(database: str) -> Schema:
    """The same with the shell's own AWS credentials and region.

    Raises:
        ServiceError, UsageError: see `glue_schema`.
    """
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    aws = {"region": region, "profile": os.environ.get("AWS_PROFILE")} if region else {}
    return glue_schema(Clients(Settings.model_validate({"aws": aws})).boto("glue"), database)
