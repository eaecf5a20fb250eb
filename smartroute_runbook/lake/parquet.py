"""How Athena reads a Parquet file under Glue's columns: by name, whatever the order, widening what is narrower.

A column that the file lacks is NULL, one that Glue lacks is not read, and letters' case does not matter. A whole number
is widened, a float is; a moment is read from every unit (Athena user guide, "Handling schema updates"; Trino, Hive
connector). Another kind of value is refused with HIVE_BAD_DATA, when the column is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .reading import by_place
from .tables import SourceTable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileReading", "reading_of"]


@dataclass(frozen=True)
class FileReading:
    """One file: its codec, why Athena refuses it, and how its columns are other than Glue's; '' for not at all."""

    codec: str
    refused: str = ""
    evolved: str = ""


_WHOLE = {"tinyint": 8, "smallint": 16, "int": 32, "integer": 32, "bigint": 64}


def reading_of(table: SourceTable, file: Any) -> FileReading:
    """A file (a ``pyarrow.parquet.ParquetFile``) under a table's columns."""
    fields = [(field.name.lower(), _plain(field.type)) for field in file.schema_arrow]
    if by_place(table.reading):  # whatever the file calls them
        fields = [(name, kind) for (name, _), (_, kind) in zip(table.columns, fields, strict=False)]
    has = dict(fields)
    codec = file.metadata.row_group(0).column(0).compression if file.metadata.num_row_groups else "none"
    refused, evolved = [], []
    for name, kind in table.columns:
        if name not in has:
            continue
        if not _readable(kind, has[name]):
            refused.append(f"{name} is {has[name]}, not {kind}")
        elif _narrower(kind, has[name]):
            evolved.append(f"{name} is {has[name]}, read as {kind}")
    names = [name for name, _ in table.columns]
    if lacking := [name for name in names if name not in has]:
        evolved.append(f"lacks {', '.join(lacking)} (NULL)")
    if extra := [name for name in has if name not in names and name not in table.keys]:
        evolved.append(f"has besides {', '.join(extra)} (not read)")
    shared = [name for name in has if name in names]
    if shared != [name for name in names if name in has]:
        evolved.append(f"column order is {', '.join(shared)}")
    return FileReading(codec, "; ".join(refused), "; ".join(evolved))


def _plain(kind: pa.DataType) -> pa.DataType:
    from pyarrow import types

    return kind.value_type if types.is_dictionary(kind) else kind


def _readable(kind: str, stored: pa.DataType) -> bool:
    from pyarrow import types

    base = kind.partition("(")[0].partition("<")[0].strip()
    if base in _WHOLE:
        return bool(types.is_integer(stored)) and stored.bit_width <= max(32, _WHOLE[base])
    if base in ("double", "float", "real"):
        return bool(types.is_float32(stored) or (types.is_float64(stored) and base == "double"))
    if base in ("string", "varchar", "char", "binary", "varbinary"):
        texts = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
        views = (types.is_string_view, types.is_binary_view)  # what a writer had in memory, not what the file has
        return any(is_one(stored) for is_one in texts + views)
    if base == "decimal":
        return bool(types.is_decimal(stored) or types.is_integer(stored))
    if base.startswith("timestamp"):
        return bool(types.is_timestamp(stored))
    if base == "array":
        return bool(types.is_list(stored) or types.is_large_list(stored) or types.is_fixed_size_list(stored))
    nested = {"map": types.is_map, "struct": types.is_struct, "row": types.is_struct}
    if base in nested:
        return bool(nested[base](stored))
    return {"boolean": types.is_boolean, "date": types.is_date}.get(base, lambda _: True)(stored)


def _narrower(kind: str, stored: pa.DataType) -> bool:
    from pyarrow import types

    base = kind.partition("(")[0].strip()
    if base in _WHOLE:
        return stored.bit_width != _WHOLE[base]
    return base == "double" and types.is_float32(stored)
