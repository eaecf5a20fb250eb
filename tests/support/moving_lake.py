"""A lake that changes between two loads: values are corrected, columns come and go."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.rehearsal import smartroute_account as world

__all__ = ["MovingLake"]

TABLE = "crowding_metrics"


class MovingLake:
    """One table of the rehearsal's lake.

    Args:
        s3, glue: boto3 clients of the stand-ins.
    """

    def __init__(self, s3: Any, glue: Any) -> None:
        self._s3, self._glue, self._number = s3, glue, 0

    def correct(self) -> None:
        """As many rows as before with other values, in two partitions of the table's."""
        self._number += 1
        found = self._s3.list_objects_v2(Bucket=world.LAKE, Prefix=f"analytics/{TABLE}/")["Contents"]
        for one in found[1:4:2]:
            rows = pq.read_table(io.BytesIO(self._s3.get_object(Bucket=world.LAKE, Key=one["Key"])["Body"].read()))
            at = next(n for n, column in enumerate(rows.schema) if pa.types.is_string(column.type))
            texts = pa.array([f"corrected {self._number}"] * rows.num_rows)
            out = io.BytesIO()
            changed = rows.set_column(at, rows.schema.field(at).name, texts)
            pq.write_table(changed, out, compression="snappy", store_schema=False)
            self._s3.put_object(Bucket=world.LAKE, Key=one["Key"], Body=out.getvalue())

    def drift(self) -> None:
        """A column more in Glue, or one less, in turn; and values corrected."""
        self._number += 1
        given = self._glue.get_table(DatabaseName=world.DATABASE, Name=TABLE)["Table"]
        table = {key: given[key] for key in ("Name", "TableType", "Parameters", "StorageDescriptor", "PartitionKeys")}
        columns = [one for one in table["StorageDescriptor"]["Columns"] if not one["Name"].startswith("extra")]
        if len(columns) == len(table["StorageDescriptor"]["Columns"]):
            columns.insert(1, {"Name": f"extra{self._number}", "Type": "bigint"})
        table["StorageDescriptor"]["Columns"] = columns
        self._glue.update_table(DatabaseName=world.DATABASE, TableInput=table)
        self.correct()
