"""A Trino that was given the stand-ins' Glue and S3 as catalogs: where Athena's statements run.

The catalogs are made by SQL (``CREATE CATALOG``), so any Trino that takes catalogs at run time and has its Hive
connector will do; nothing in its files names a rehearsal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from smartroute_runbook.errors import UsageError
from smartroute_runbook.standins.athena.errors import QueryFailed

from .client import NoTrino, TrinoAnswer, ask

__all__ = ["CATALOG", "STAGING", "TrinoLake"]

CATALOG = "awsdatacatalog"
"""The lake, under the name that Athena gives it."""
STAGING = "rehearsal_unload"
"""Tables that hold what UNLOAD writes while it writes, in the Glue of a region that nobody looks at."""
_ELSEWHERE = "us-west-2"

# Athena's ways: rows below subfolders are read, partitions without a folder are empty, timestamps have milliseconds
# (Athena user guide, "Create tables", "Considerations for creating tables").
_HIVE = {
    "hive.metastore": "glue",
    "hive.metastore.glue.partitions-segments": "1",  # a rehearsal's are few: one call
    "hive.metastore.glue.max-error-retries": "2",
    "hive.security": "allow-all",
    "hive.non-managed-table-writes-enabled": "true",
    "hive.partition-projection-enabled": "true",
    "hive.recursive-directories": "true",
    "hive.ignore-absent-partitions": "true",
    "hive.timestamp-precision": "MILLISECONDS",
    "fs.hadoop.enabled": "false",
    "fs.native-s3.enabled": "true",
    "s3.path-style-access": "true",
}


class TrinoLake:
    """One Trino whose catalogs are the stand-ins'.

    Args:
        url: of its coordinator.
        options: of boto3's clients: the endpoint, region and keys that lead to the stand-ins.

    Raises:
        UsageError: no Trino answers there, or it cannot take the catalogs.
    """

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise UsageError(f"{url!r} is no address of a Trino", expected="such as http://127.0.0.1:8080")
        self.url = url
        try:
            self.version = str(ask(url, "SELECT node_version FROM system.runtime.nodes WHERE coordinator").rows[0][0])
            self._refuse_if_used()
            self._attach(CATALOG, options, options["region_name"])
            self._attach(STAGING, options, _ELSEWHERE)
        except NoTrino as error:
            raise UsageError(
                f"No Trino answers at {url}: {error}", hint="Start one: 'make trino' in a checkout of this project"
            ) from error
        except QueryFailed as failed:
            raise UsageError(
                f"The Trino at {url} does not take the rehearsal's catalogs: {failed}",
                expected="catalog.management=dynamic, and the Hive connector",
                hint="'make trino' in a checkout of this project starts one that does",
            ) from failed

    def _refuse_if_used(self) -> None:
        """Catalogs that a rehearsal left behind are replaced; those that still lead to one are its own."""
        if [CATALOG] not in ask(self.url, "SHOW CATALOGS").rows:
            return
        try:
            ask(self.url, f"SHOW SCHEMAS FROM {CATALOG}")
        except QueryFailed:  # its stand-ins have ended
            return
        raise UsageError(
            f"The Trino at {self.url} has a catalog {CATALOG} that answers: another rehearsal uses it",
            hint="Stop that rehearsal, or start a Trino of your own on another port: make trino ARGS='--port 8081'",
        )

    def _attach(self, name: str, options: Mapping[str, str], glue_region: str) -> None:
        endpoint, region = options["endpoint_url"], options["region_name"]
        key, secret = options["aws_access_key_id"], options["aws_secret_access_key"]
        properties = {
            **_HIVE,
            "hive.metastore.glue.endpoint-url": endpoint, "hive.metastore.glue.region": glue_region,
            "hive.metastore.glue.aws-access-key": key, "hive.metastore.glue.aws-secret-key": secret,
            "s3.endpoint": endpoint, "s3.region": region, "s3.aws-access-key": key, "s3.aws-secret-key": secret,
        }  # fmt: skip
        ask(self.url, f"DROP CATALOG IF EXISTS {name}")
        listed = ", ".join(f'"{one}" = {literal(value)}' for one, value in properties.items())
        ask(self.url, f"CREATE CATALOG {name} USING hive WITH ({listed})")

    def close(self) -> None:
        """Takes the catalogs away again; a Trino that has ended meanwhile has none."""
        for name in (CATALOG, STAGING):
            try:
                ask(self.url, f"DROP CATALOG IF EXISTS {name}")
            except (NoTrino, QueryFailed):
                return

    def refused(self, sql: str) -> QueryFailed | None:
        """The error of a statement that Trino's grammar has not, or None."""
        try:
            self.ask(f"EXPLAIN (TYPE VALIDATE)\n{sql}")
        except QueryFailed as failed:
            return _a_line_up(failed) if failed.code == "SYNTAX_ERROR" else None
        return None

    def ask(self, sql: str, database: str = "default", **how: object) -> TrinoAnswer:
        """Runs a statement on the lake.

        Raises:
            QueryFailed: as Trino names it.
            QueryCancelled: it was stopped, or read more than it may.
        """
        try:
            return ask(self.url, sql, catalog=CATALOG, schema=database, **how)  # type: ignore[arg-type]
        except NoTrino as error:
            raise QueryFailed("GENERIC_INTERNAL_ERROR", f"Trino does not answer: {error}", 1) from error

    def ask_below(self, head: str, sql: str, database: str, **how: object) -> TrinoAnswer:
        """Runs a query below a line of our own; errors name its lines as its author counts them."""
        try:
            return self.ask(f"{head}\n{sql}", database, **how)
        except QueryFailed as failed:
            raise _a_line_up(failed) from failed


def literal(text: str) -> str:
    """A text as a literal of Trino's SQL."""
    return "'" + text.replace("'", "''") + "'"


def _a_line_up(failed: QueryFailed) -> QueryFailed:
    message = re.sub(r"^line (\d+):", lambda line: f"line {max(1, int(line[1]) - 1)}:", failed.message)
    return QueryFailed(failed.code, message, failed.category)
