"""Athena of the truth tables: PyAthena over the wire."""

from __future__ import annotations

import itertools
import logging
from typing import Any

from pyathena import connect
from pyathena.error import DatabaseError, OperationalError
from truth.truth_answer import Answer, Refused

from smartroute_runbook.rehearsal.smartroute_account import LAKE, RESULTS

logging.getLogger("pyathena").setLevel(logging.CRITICAL)


class AthenaTruth:
    """Rows run in workgroup ``truth`` (no settings enforced) unless they name ``enforced`` or ``narrow``."""

    def __init__(self, stack: Any) -> None:
        client = stack.client("athena")
        results = {"OutputLocation": f"s3://{RESULTS}/truth/"}
        for name, settings in {
            "truth": {"EnforceWorkGroupConfiguration": False},
            "enforced": {"EnforceWorkGroupConfiguration": True},
            "narrow": {"EnforceWorkGroupConfiguration": True, "BytesScannedCutoffPerQuery": 10_000_000},
        }.items():
            client.create_work_group(Name=name, Configuration={"ResultConfiguration": results, **settings})
        self._client, self._count = client, itertools.count()
        self._connections: dict[str, Any] = {}
        self._run_one("CREATE DATABASE IF NOT EXISTS truth", "truth")

    def run(self, statements: list[str], row: dict[str, Any]) -> Answer:
        number = next(self._count)
        names = {"{scratch}": f"s3://{LAKE}/truth/{number}/", "{id}": f"row_{number}"}
        answer = Answer(None, "")
        for statement in statements:
            for name, value in names.items():
                statement = statement.replace(name, value)
            answer = self._run_one(statement, row.get("workgroup", "truth"))
        return answer

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _run_one(self, sql: str, workgroup: str) -> Answer:
        if workgroup not in self._connections:
            self._connections[workgroup] = connect(
                work_group=workgroup, schema_name="truth", region_name="us-east-1", poll_interval=0.01
            )
        cursor = self._connections[workgroup].cursor()
        try:
            cursor.execute(sql)
        except (DatabaseError, OperationalError) as error:
            raise Refused(str(error)) from error
        found = self._client.get_query_results(QueryExecutionId=cursor.query_id)["ResultSet"]
        columns = found["ResultSetMetadata"]["ColumnInfo"]
        header = bool(found["Rows"]) and [d.get("VarCharValue") for d in found["Rows"][0]["Data"]] == [
            c["Name"] for c in columns
        ]
        rows = found["Rows"][1:] if header else found["Rows"]
        if not columns:
            return Answer(None, "")
        value = rows[0]["Data"][0].get("VarCharValue") if rows else "(no rows)"
        return Answer(value, _type(columns[0]))


def _type(column: dict[str, Any]) -> str:
    if column["Type"] == "decimal":
        return f"decimal({column['Precision']},{column['Scale']})"
    return str(column["Type"])
