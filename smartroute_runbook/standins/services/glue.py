"""Glue: statistics of columns and segments, which moto lacks, and members that AWS always gives and moto only if sent.

Clients rely on them: Trino reads ``NumberOfBuckets`` and ``UnprocessedKeys`` without asking whether they are there.
Source: AWS CLI reference, "glue get-table" (its example's StorageDescriptor); AWS Glue API, "BatchGetPartition",
"GetColumnStatisticsForTable".
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from zlib import crc32

from moto.backends import get_backend

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

__all__: list[str] = []

_DEFAULTS: dict[str, Any] = {
    "Compressed": False, "NumberOfBuckets": 0, "SortColumns": [], "BucketColumns": [], "StoredAsSubDirectories": False,
}  # fmt: skip
_PAGE = 1000


def _whole(described: dict[str, Any], hidden: Collection[str] = ()) -> dict[str, Any]:
    """A table or partition whose storage descriptor lacks nothing but what is hidden; moto's own stays as it is."""
    descriptor = described.get("StorageDescriptor")
    if descriptor is None:
        return described
    members = {name: value for name, value in descriptor.items() if name not in hidden}
    return {**described, "StorageDescriptor": {**_DEFAULTS, **members}}


def _answered(call: Call, member: str) -> Any:
    answer: dict[str, Any] = call.original().result
    given = answer.get(member)
    whole = [_whole(one) for one in given] if isinstance(given, list) else _whole(given or {})
    return {**answer, member: whole}


@operation("glue")
def get_table(call: Call) -> Any:
    """GetTable."""
    return _answered(call, "Table")


@operation("glue")
def get_tables(call: Call) -> Any:
    """GetTables."""
    return _answered(call, "TableList")


@operation("glue")
def get_partition(call: Call) -> Any:
    """GetPartition."""
    return _answered(call, "Partition")


@operation("glue", as_json=True)
def get_partitions(call: Call) -> Any:
    """GetPartitions, by pages; each segment of a parallel reading has partitions of its own.

    Source: AWS Glue API, "GetPartitions" (``MaxResults`` up to 1,000, ``ExcludeColumnSchema``).
    """
    segment, after = call.params.get("Segment"), _values(call.params.get("NextToken"))
    partitions = sorted(call.original().result["Partitions"], key=lambda one: one["Values"])
    left = [one for one in partitions if one["Values"] > after and _within(segment, one["Values"])]
    page = left[: call.params.get("MaxResults") or _PAGE]
    hidden = {"Columns"} if call.params.get("ExcludeColumnSchema") else set[str]()
    more = {"NextToken": json.dumps(page[-1]["Values"])} if len(page) < len(left) else {}
    return {"Partitions": [_whole(one, hidden) for one in page], **more}


def _values(token: str | None) -> list[str]:
    """After which values a page begins: a partition that goes meanwhile moves no other to a page that was read."""
    try:
        return [str(one) for one in json.loads(token)] if token else []
    except (ValueError, TypeError):
        raise ApiError("InvalidInputException", "The NextToken is not one that GetPartitions gave.") from None


def _within(segment: Mapping[str, int] | None, values: list[str]) -> bool:
    total = segment["TotalSegments"] if segment else 1
    return segment is None or crc32("\0".join(values).encode()) % total == segment["SegmentNumber"]


@operation("glue")
def batch_get_partition(call: Call) -> Any:
    """BatchGetPartition; nothing is left over."""
    return {"UnprocessedKeys": [], **_answered(call, "Partitions")}


def _statistics(call: Call) -> dict[str, Any]:
    """What is kept of the columns of a table or partition, by column; it goes with the table or partition."""
    store, params = get_backend("glue")[call.account][call.region], call.params
    of = store.get_table(params["DatabaseName"], params["TableName"])
    if "PartitionValues" in params:
        of = of.get_partition(params["PartitionValues"])
    kept: dict[str, Any] = of.__dict__.setdefault("column_statistics", {})
    return kept


def _get(call: Call) -> Any:
    kept = _statistics(call)
    return {"ColumnStatisticsList": [kept[name] for name in call.params["ColumnNames"] if name in kept], "Errors": []}


def _update(call: Call) -> Any:
    _statistics(call).update({one["ColumnName"]: one for one in call.params["ColumnStatisticsList"]})
    return {"Errors": []}


def _delete(call: Call) -> Any:
    _statistics(call).pop(call.params["ColumnName"], None)
    return {}


@operation("glue")
def get_column_statistics_for_table(call: Call) -> Any:
    """GetColumnStatisticsForTable: what was kept; a column without statistics is left out."""
    return _get(call)


@operation("glue")
def get_column_statistics_for_partition(call: Call) -> Any:
    """GetColumnStatisticsForPartition."""
    return _get(call)


@operation("glue")
def update_column_statistics_for_table(call: Call) -> Any:
    """UpdateColumnStatisticsForTable."""
    return _update(call)


@operation("glue")
def update_column_statistics_for_partition(call: Call) -> Any:
    """UpdateColumnStatisticsForPartition."""
    return _update(call)


@operation("glue")
def delete_column_statistics_for_table(call: Call) -> Any:
    """DeleteColumnStatisticsForTable."""
    return _delete(call)


@operation("glue")
def delete_column_statistics_for_partition(call: Call) -> Any:
    """DeleteColumnStatisticsForPartition."""
    return _delete(call)
