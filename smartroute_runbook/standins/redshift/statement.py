"""The types of statements and results that sessions, statements and the wire share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from smartroute_runbook.standins.redshift.wire.encode import WireField

__all__ = ["DEFAULTS", "QUERY_TYPES", "VERSION", "ParsedStatement", "Prepared", "StatementResult", "StatementRows"]

SessionT = TypeVar("SessionT", contravariant=True)
"""The session that a statement runs in; named here so that statements need not import it."""
VERSION = "Redshift 1.0.78881"


@dataclass
class StatementRows:
    """What a statement gives back: its command tag and, when it returns rows, their columns and batches."""

    tag: str
    fields: tuple[WireField, ...] = ()
    batches: Iterator[pa.RecordBatch] = field(default_factory=lambda: iter(()))
    count: int = -1
    cache_hit: bool = False
    label: str = ""  # query_type in SYS_QUERY_HISTORY when the tag does not state it


class ParsedStatement(Protocol[SessionT]):
    """A parsed statement. ``atomic``: it must run inside a transaction, one of its own when there is none."""

    kind: str
    atomic: bool

    def describe(self, session: SessionT, oids: Sequence[int]) -> tuple[WireField, ...] | None:
        """The columns it will return, None when it returns none."""

    def run(self, session: SessionT, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Runs it on the session's connection."""


@dataclass
class Prepared:
    """A statement with the types of its parameters; parsed again when the schema changed since."""

    text: str
    oids: tuple[int, ...]
    statement: ParsedStatement[Any]
    fields: tuple[WireField, ...] | None
    version: int


@dataclass(frozen=True)
class StatementResult:
    """A result in Python values, for callers without a wire (the Data API)."""

    columns: tuple[WireField, ...]
    rows: list[tuple[Any, ...]]
    rowcount: int
    tag: str
    query_id: int


# The settings of a new session.
DEFAULTS = {
    "query_group": "",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "client_encoding": "UNICODE",  # the name that PostgreSQL 8.0 has for UTF-8, until the client names another
    "statement_timeout": "0",
    "enable_result_cache_for_session": "on",
    "extra_float_digits": "0",
    "server_version": "8.0.2",
    "application_name": "",
    "wlm_query_slot_count": "1",
    "analyze_threshold_percent": "10",
    "enable_case_sensitive_identifier": "off",
    "describe_field_name_in_uppercase": "off",
    "autocommit": "on",
    "mv_enable_aqmv_for_session": "on",
    "error_on_nondeterministic_update": "off",
    "enable_numeric_rounding": "off",
    "json_parse_dedup_attributes": "off",
    "json_parse_truncate_strings": "off",
    "readonly": "off",  # which JDBC's setReadOnly sets
    "transaction_isolation": "snapshot isolation",
}

# What SYS_QUERY_HISTORY calls a statement; every other is a UTILITY.
QUERY_TYPES = {
    **{kind: kind for kind in ("SELECT", "INSERT", "UPDATE", "DELETE", "COPY", "UNLOAD", "VACUUM", "ANALYZE", "CTAS")},
    "MERGE": "INSERT", "CREATE": "DDL", "ALTER": "DDL", "DROP": "DDL", "TRUNCATE": "DDL", "FETCH": "SELECT",
}  # fmt: skip
