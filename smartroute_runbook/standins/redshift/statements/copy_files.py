"""The Parquet files of a COPY: their schema against the table's, and the value that did not fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.standins.redshift.database import ColumnInfo, Database, literal, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.sql.types import named
from smartroute_runbook.standins.s3 import ObjectInfo

__all__ = ["CopySource", "LoadRefused", "check_schema", "locate_overflow"]

INCOMPATIBLE, UNMATCHED = 15001, 15007  # Spectrum scan error codes


class LoadRefused(SqlError):
    """A file that cannot be loaded: its row of STL_LOAD_ERRORS."""

    def __init__(self, context: str, file: str, *, code: int = INCOMPATIBLE, column: str = "", value: str = "") -> None:
        detail = f"error: Spectrum Scan Error code: {code} context: {context}"
        super().__init__("XX000", "Spectrum Scan Error", detail=detail)
        self.context, self.file, self.code, self.column, self.value = context, file, code, column, value


@dataclass(frozen=True)
class CopySource:
    """An object to load, with its local file."""

    info: ObjectInfo
    path: Path

    @property
    def uri(self) -> str:
        """Its address."""
        return f"s3://{self.info.bucket}/{self.info.key}"

    @cached_property
    def metadata(self) -> Any:
        """The Parquet footer.

        Raises:
            LoadRefused: the object is not a Parquet file.
        """
        try:
            return pq.read_metadata(self.path)
        except (pa.ArrowInvalid, OSError) as error:
            raise LoadRefused(f"File {self.uri} has an invalid or truncated Parquet footer", self.uri) from error

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns as Arrow types."""
        return self.metadata.schema.to_arrow_schema()


def check_schema(source: CopySource, columns: list[ColumnInfo], *, fill: bool, to_json: bool) -> None:
    """Compares number, order and type of a file's columns with the table's; names are not looked at.

    Raises:
        LoadRefused: they differ.
    """
    have = len(source.schema)
    if have > len(columns) or (have < len(columns) and not fill):
        raise LoadRefused(
            f"Unmatched number of columns between table and file. Table columns: {len(columns)}, "
            f"Data columns: {have}, File name: {source.uri}",
            source.uri, code=UNMATCHED,
        )  # fmt: skip
    for index, (column, field) in enumerate(zip(columns, source.schema, strict=False)):
        if not accepts(column, field.type, to_json=to_json):
            physical = str(source.metadata.schema.column(index).physical_type).lower()
            optional = "optional" if field.nullable else "required"
            raise LoadRefused(
                f"File '{source.uri}' has an incompatible Parquet schema for column "
                f"'{source.uri}.{column.name}'. Column type: {column.type.upper()}, Parquet schema: "
                f"{optional} {physical} {field.name} [i:{index} d:1 r:0]",
                source.uri, column=column.name,
            )  # fmt: skip


def accepts(column: ColumnInfo, parquet: pa.DataType, *, to_json: bool) -> bool:
    """Whether a column takes a Parquet type. Nothing is converted: INT32 is not a BIGINT."""
    target = named(column.type)
    if target.text:
        return bool(pa.types.is_string(parquet) or pa.types.is_large_string(parquet) or pa.types.is_binary(parquet))
    if target.base == "numeric":
        return bool(pa.types.is_decimal(parquet)) and (parquet.precision, parquet.scale) == (
            target.length,
            target.scale,
        )
    if target.base == "super":
        return to_json or not pa.types.is_nested(parquet)
    if target.base == "binary varying":  # Parquet may hold VARBYTE (developer guide, "copy-usage-varbyte")
        return bool(pa.types.is_binary(parquet) or pa.types.is_large_binary(parquet))
    if target.base.startswith("timestamp"):
        return bool(pa.types.is_timestamp(parquet))
    exact: dict[str, tuple[pa.DataType, ...]] = {
        "smallint": (pa.int16(), pa.int8()), "integer": (pa.int32(),), "bigint": (pa.int64(),),
        "real": (pa.float32(),), "double precision": (pa.float64(),), "boolean": (pa.bool_(),), "date": (pa.date32(),),
    }  # fmt: skip
    return parquet in exact.get(target.base, ())


def locate_overflow(engine: Database, columns: list[ColumnInfo], sources: list[CopySource]) -> None:
    """Finds the first value that is longer than its column.

    Raises:
        LoadRefused: always, when there is one.
    """
    cursor = engine.cursor()
    try:
        for source in sources:
            for column, name in zip(columns, source.schema.names, strict=False):
                if not named(column.type).text:
                    continue
                row = cursor.execute(
                    f"SELECT {quoted(name)} FROM read_parquet({literal(str(source.path))}, hive_partitioning = false) "
                    f"WHERE strlen({quoted(name)}) > {column.length} LIMIT 1"
                ).fetchone()
                if row:
                    length = len(row[0].encode())
                    raise LoadRefused(
                        f"The length of the data column {column.name} is longer than the length defined in the table. "
                        f"Table: {column.length}, Data: {length}, File name: {source.uri}",
                        source.uri, column=column.name, value=row[0],
                    )  # fmt: skip
    finally:
        cursor.close()
