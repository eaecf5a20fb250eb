"""The three tables of the lake: where they lie, their columns, and what their partitions are called."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["PARTITION_KEYS", "TABLES", "LakePartition", "LakeTable"]

PARTITION_KEYS = ("year", "month", "day", "hour")

_ARROW = {"bigint": pa.int64(), "double": pa.float64(), "string": pa.string()}


@dataclass(frozen=True)
class LakeTable:
    """A table of the lake.

    Attributes:
        name: its name in the Glue database.
        prefix: its folder below the lake's root, without slashes at the ends.
        columns: name and Athena type of each column in the files; partition keys (int) are not in the files.
    """

    name: str
    prefix: str
    columns: tuple[tuple[str, str], ...]

    @property
    def schema(self) -> pa.Schema:
        """The files' schema."""
        return pa.schema([(name, _ARROW[kind]) for name, kind in self.columns])


@dataclass(frozen=True, order=True)
class LakePartition:
    """One hour, UTC."""

    year: int
    month: int
    day: int
    hour: int

    @property
    def path(self) -> str:
        """As Hive writes it, without zero padding: ``year=2026/month=9/day=21/hour=13``."""
        return f"year={self.year}/month={self.month}/day={self.day}/hour={self.hour}"


TABLES = {
    table.name: table
    for table in (
        LakeTable(
            "vehicles",
            "processed/vehicles",
            (
                ("batch_timestamp", "bigint"),
                ("trip_id", "string"),
                ("route_id", "string"),
                ("stop_id", "string"),
                ("arrival_time", "bigint"),
                ("arrival_delay_seconds", "bigint"),
                ("next_arrival_seconds", "bigint"),
                ("headsign", "string"),
                ("vehicle_id", "string"),
                ("timestamp", "bigint"),
                ("feed_path", "string"),
            ),
        ),
        LakeTable(
            "delay_metrics",
            "analytics/delay_metrics",
            (
                ("route_id", "string"),
                ("total_vehicles", "bigint"),
                ("avg_delay_seconds", "double"),
                ("max_delay_seconds", "bigint"),
                ("min_delay_seconds", "bigint"),
                ("stddev_delay_seconds", "double"),
                ("on_time_pct", "double"),
            ),
        ),
        LakeTable(
            "crowding_metrics",
            "analytics/crowding_metrics",
            (
                ("stop_id", "string"),
                ("route_id", "string"),
                ("vehicle_count", "bigint"),
                ("unique_trips", "bigint"),
                ("vehicle_frequency_per_hour", "bigint"),
            ),
        ),
    )
}
