"""Columns, ROW FORMAT and STORED AS of CREATE EXTERNAL TABLE, as Glue keeps them: formats, a SerDe, its parameters.

Without ROW FORMAT a table of text is LazySimpleSerDe's, fields apart by the character 1 (Athena user guide, "CREATE
TABLE", "Use a SerDe").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.storage.catalog import PARQUET
from smartroute_runbook.standins.athena.storage.other_formats import READABLE

__all__ = ["columns_of", "storage_formats", "table_parameters"]

_TEXT_FORMATS = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
_ORC_FORMATS = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
}
_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_ORC = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
_PARQUET: str = PARQUET["SerdeInfo"]["SerializationLibrary"]
_DELIMITED = {
    "fields": "field.delim", "escaped": "escape.delim", "lines": "line.delim", "null": "serialization.null.format",
    "collection_items": "collection.delim", "map_keys": "mapkey.delim",
}  # fmt: skip


def columns_of(schema: exp.Expression) -> list[dict[str, str]]:
    """Column definitions as Glue keeps them: names in lower case, types in Hive's words."""
    return [
        {"Name": column.name.lower(), "Type": column.args["kind"].sql("hive").lower()}
        for column in schema.expressions
        if isinstance(column, exp.ColumnDef)
    ]


def storage_formats(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The storage descriptor's InputFormat, OutputFormat and SerdeInfo.

    Args:
        properties: the statement's, by sqlglot's class names.

    Raises:
        QueryFailed: a format or a SerDe that the stand-in cannot read.
    """
    stored = properties.get("FileFormatProperty")
    file_format = "textfile" if stored is None else _file_format(stored)
    serde, parameters = _serde(properties, file_format)
    if serde == _PARQUET:
        return PARQUET
    name = serde.rpartition(".")[2]
    if name not in READABLE or file_format not in ("textfile", "orc"):
        words = " ".join(properties[one].sql("hive") for one in _FORMAT_PROPERTIES if one in properties)
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: {words}; Parquet, ORC, CSV and JSON are", 1)
    formats = _ORC_FORMATS if name == "OrcSerde" else _TEXT_FORMATS
    return {**formats, "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters}}


def table_parameters(tree: exp.Create, formats: Mapping[str, Any]) -> dict[str, str]:
    """The table's parameters: TBLPROPERTIES, beside what Athena adds."""
    listed = tree.args["properties"].expressions if tree.args.get("properties") else []
    given = {item.this.name: item.args["value"].name for item in listed if type(item) is exp.Property}
    kind = {"classification": "parquet"} if formats is PARQUET else {}
    return {"EXTERNAL": "TRUE", **kind, **given}


_FORMAT_PROPERTIES = ("RowFormatSerdeProperty", "RowFormatDelimitedProperty", "FileFormatProperty")


def _file_format(stored: exp.Expression) -> str:
    """Its name in lower case; input and output formats by their classes, as far as they are known."""
    of = stored.this
    if not isinstance(of, exp.InputOutputFormat):
        return str(of.name).lower()
    reader = of.args["input_format"].name
    names = {PARQUET["InputFormat"]: "parquet", _TEXT_FORMATS["InputFormat"]: "textfile"}
    return str({**names, _ORC_FORMATS["InputFormat"]: "orc"}.get(reader, reader))


def _serde(properties: Mapping[str, Any], file_format: str) -> tuple[str, dict[str, str]]:
    """The SerDe's class and parameters."""
    named, delimited = properties.get("RowFormatSerdeProperty"), properties.get("RowFormatDelimitedProperty")
    if named is not None:
        listed = named.args["serde_properties"].expressions if named.args.get("serde_properties") else []
        return named.this.name, {item.this.name: item.args["value"].name for item in listed}
    if delimited is not None:
        given = {_DELIMITED[part]: value.name for part, value in delimited.args.items() if part in _DELIMITED and value}
        return _LAZY_SIMPLE, {"serialization.format": given.get("field.delim", "\x01"), **given}
    defaults = {"parquet": _PARQUET, "orc": _ORC}
    return defaults.get(file_format, _LAZY_SIMPLE), {"serialization.format": "1"}
