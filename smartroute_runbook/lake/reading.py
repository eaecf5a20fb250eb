"""How Athena reads a table's files, besides its columns: the SerDe, its options, and whether columns go by place.

Another delimiter, another header or columns in another order make other rows of the same files. What is loaded or
proven is therefore known by this too. Sources: Athena user guide, "Choose a SerDe for your data", "Handle schema
updates" (which formats are read by name and which by index), "LazySimpleSerDe".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["SERDES", "Reading", "by_place", "format_of", "own_reading", "reading_of"]

#: Name and value of each option that is not the format's usual one.
Reading = tuple[tuple[str, str], ...]

#: Formats by the last word of the SerDe's class.
SERDES = {
    "ParquetHiveSerDe": "parquet", "OrcSerde": "orc", "LazySimpleSerDe": "csv", "OpenCSVSerde": "csv",
    "JsonSerDe": "json", "HiveJsonSerDe": "json", "AvroSerDe": "avro", "RegexSerDe": "text", "GrokSerDe": "text",
    "IonHiveSerDe": "ion", "CloudTrailSerde": "cloudtrail",
}  # fmt: skip
_BY_NAME = ("parquet", "json", "avro", "ion", "cloudtrail")
_BY_INDEX = ("parquet.column.index.access", "orc.column.index.access")
#: Properties of a table that say how its files are read; all options of a SerDe do.
_PROPERTIES = (
    "skip.header.line.count", "skip.footer.line.count", "serialization.null.format", "serialization.encoding",
    "textinputformat.record.delimiter", "use.null.for.invalid.data", "ignore.malformed.json", "timestamp.formats",
    "avro.schema.literal", "avro.schema.url", *_BY_INDEX,
)  # fmt: skip
#: What Glue, Spark and Hive write beside every Parquet table; it says nothing.
_SAYS_NOTHING = ("serialization.format", "path")
_BY_PLACE = ("columns", "by place")
_OF_TABLE = "table "


def format_of(descriptor: Mapping[str, Any]) -> str:
    """``parquet``, ``orc``, ``csv``, ... as a storage descriptor's SerDe says; '' when unknown."""
    return SERDES.get(_serde(descriptor).rpartition(".")[2], "")


def reading_of(descriptor: Mapping[str, Any], properties: Mapping[str, Any]) -> Reading:
    """How files are read under a storage descriptor and the table's properties; nothing for plain Parquet.

    Args:
        descriptor: of a table or of one partition, as Glue has it.
        properties: of the table.
    """
    options = {str(k).lower(): str(v) for k, v in ((descriptor.get("SerdeInfo") or {}).get("Parameters") or {}).items()}
    options |= {_OF_TABLE + name: str(properties[name]) for name in _PROPERTIES if name in properties}
    by_name = format_of(descriptor) in _BY_NAME
    if by_name:
        options = {name: value for name, value in options.items() if name not in _SAYS_NOTHING}
    if format_of(descriptor) != "parquet":
        options["serde"] = _serde(descriptor)
    indexed = [options.get(prefix + name, "").lower() for name in _BY_INDEX for prefix in ("", _OF_TABLE)]
    if not by_name or "true" in indexed:
        options[_BY_PLACE[0]] = _BY_PLACE[1]
    return tuple(sorted(options.items()))


def own_reading(of_table: Reading, descriptor: Mapping[str, Any], properties: Mapping[str, Any]) -> Reading:
    """How the files of one partition are read: by its own descriptor, and the table's properties where it has none."""
    inherited = {name.removeprefix(_OF_TABLE): value for name, value in of_table if name.startswith(_OF_TABLE)}
    return reading_of(descriptor, {**inherited, **properties})


def by_place(reading: Reading) -> bool:
    """Whether the first column of Glue is the first of the file, whatever either is called."""
    return _BY_PLACE in reading


def _serde(descriptor: Mapping[str, Any]) -> str:
    return str((descriptor.get("SerdeInfo") or {}).get("SerializationLibrary", ""))
