"""Options of SerDes and tables that say how files are read: what is not modelled is refused, never read past.

Sources: Athena user guide, "LazySimpleSerDe", "OpenCSVSerDe", "JSON SerDe libraries", "ORC SerDe", "CREATE TABLE"
(TBLPROPERTIES).
"""

from __future__ import annotations

from collections.abc import Mapping

from smartroute_runbook.standins.athena.errors import QueryFailed

from .catalog import GlueTable

__all__ = ["require_modelled", "serde_options"]

#: What a reader goes by, or what says nothing beside it.
_MODELLED = {
    "LazySimpleSerDe": ("field.delim", "escape.delim", "serialization.null.format", "colelction.delim",
                        "collection.delim", "mapkey.delim"),
    "OpenCSVSerde": ("separatorChar", "quoteChar", "escapeChar"),
    "JsonSerDe": ("ignore.malformed.json", "paths"), "HiveJsonSerDe": ("paths",), "OrcSerde": (),
}  # fmt: skip
_ALL = ("serialization.format", "path")
#: Values that change nothing.
_USUAL = {
    "line.delim": ("\n",), "serialization.encoding": ("utf-8", "utf8"), "case.insensitive": ("true",),
    "dots.in.keys": ("false",), "orc.column.index.access": ("true",), "use.null.for.invalid.data": ("false",),
    "skip.footer.line.count": ("0",), "serialization.last.column.takes.rest": ("false",),
}  # fmt: skip
#: Properties of a table that are options too.
_OF_TABLES = (
    "use.null.for.invalid.data", "skip.footer.line.count", "serialization.encoding", "serialization.null.format",
    "textinputformat.record.delimiter", "orc.column.index.access",
)  # fmt: skip


def serde_options(table: GlueTable) -> dict[str, str]:
    """The options of a table's SerDe."""
    descriptor = table.raw.get("StorageDescriptor") or {}
    return dict((descriptor.get("SerdeInfo") or {}).get("Parameters") or {})


def require_modelled(table: GlueTable) -> None:
    """Refuse a table that is read by an option which is not modelled.

    Raises:
        QueryFailed: it is; the option is named.
    """
    given: Mapping[str, str] = table.raw.get("Parameters") or {}
    options = {name: value for name, value in given.items() if name in _OF_TABLES}
    known = (*_ALL, *_MODELLED[table.serde])
    options |= {name: value for name, value in serde_options(table).items() if name not in known}
    for name, value in options.items():
        if str(value).lower() not in _USUAL.get(name, ()):
            raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: option {name} = {value!r} of {table.serde}", 1)
