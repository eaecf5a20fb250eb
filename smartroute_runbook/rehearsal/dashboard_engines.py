"""How the dashboard's API asks its two engines: Athena through PyAthena, Redshift through pooled connections."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import smartroute_account as world

__all__ = ["AthenaEngine", "RedshiftEngine", "Result"]

_CLUSTER, _REDSHIFT_DATABASE = "smartroute-analytics", "smartroute"
Result = tuple[list[str], list[list[Any]]]
"""Names of the columns, and rows."""


class AthenaEngine:
    """The dashboard's Athena, in its own workgroup."""

    def __init__(self, session: Any) -> None:
        from pyathena import connect

        self._connection = connect(
            session=session,
            region_name=session.region_name,
            work_group=world.WORKGROUP,
            schema_name=world.DATABASE,
            poll_interval=0.05,
        )

    def query(self, sql: str) -> Result:
        """Ask."""
        cursor = self._connection.cursor()
        cursor.execute(sql)
        return [column[0] for column in cursor.description or []], [list(row) for row in cursor.fetchall()]

    def close(self) -> None:
        """Closes its sockets."""
        self._connection.client.close()


class RedshiftEngine:
    """Pooled connections with the cluster's managed password; a broken one is replaced once, by the same engine."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._redshift, self._secrets = client("redshift"), client("secretsmanager")
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def query(self, sql: str) -> Result:
        """Ask over a connection of the pool."""
        import redshift_connector

        try:
            return self._run(self._take(), sql)
        except (redshift_connector.InterfaceError, OSError):
            return self._run(self._connect(), sql)

    def close(self) -> None:
        """Closes the pool."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _run(self, connection: Any, sql: str) -> Result:
        cursor = connection.cursor()
        try:
            cursor.execute(sql)
            found = [_text(column[0]) for column in cursor.description or []], [list(row) for row in cursor.fetchall()]
        except BaseException:
            with suppress(Exception):
                connection.close()
            raise
        self._idle.put(connection)
        return found

    def _take(self) -> Any:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._connect()

    def _connect(self) -> Any:
        import redshift_connector

        cluster = self._redshift.describe_clusters(ClusterIdentifier=_CLUSTER)["Clusters"][0]
        endpoint = cluster.get("Endpoint")
        if not endpoint or cluster["ClusterStatus"] != "available":
            raise ConnectionError(f"cluster {_CLUSTER} is {cluster['ClusterStatus']}")
        secret = json.loads(self._secrets.get_secret_value(SecretId=cluster["MasterPasswordSecretArn"])["SecretString"])
        connection = redshift_connector.connect(
            host=endpoint["Address"],
            port=int(endpoint["Port"]),
            database=cluster.get("DBName", _REDSHIFT_DATABASE),
            user=secret["username"],
            password=secret["password"],
            sslmode="verify-full",
            timeout=30,
        )
        connection.autocommit = True
        return connection


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
