"""``delay_metrics`` and ``crowding_metrics``: derived from an hour of ``vehicles``, as SmartRoute's batch jobs do."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from .tables import TABLES, LakePartition

__all__ = ["derive", "write_derived"]

# A predicted arrival within five minutes of the timetable is on time. Rows without a timetable (delay unknown)
# count as vehicles and weigh nothing in the delays, so an hour may have trips and no on_time_pct.
_QUERIES = {
    "delay_metrics": """
        SELECT route_id,
               count(DISTINCT trip_id) AS total_vehicles,
               avg(arrival_delay_seconds) AS avg_delay_seconds,
               max(arrival_delay_seconds) AS max_delay_seconds,
               min(arrival_delay_seconds) AS min_delay_seconds,
               stddev_samp(arrival_delay_seconds) AS stddev_delay_seconds,
               100.0::DOUBLE * count(*) FILTER (abs(arrival_delay_seconds) <= 300)
                   / nullif(count(arrival_delay_seconds), 0) AS on_time_pct
        FROM read_parquet($files) GROUP BY route_id ORDER BY route_id
    """,
    "crowding_metrics": """
        SELECT stop_id, route_id,
               count(DISTINCT vehicle_id) AS vehicle_count,
               count(DISTINCT trip_id) AS unique_trips,
               count(DISTINCT trip_id) FILTER (next_arrival_seconds BETWEEN 0 AND 3600) AS vehicle_frequency_per_hour
        FROM read_parquet($files) GROUP BY stop_id, route_id ORDER BY stop_id, route_id
    """,
}


def derive(table: str, files: list[Path], connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The rows of one derived table for one hour.

    Args:
        table: ``delay_metrics`` or ``crowding_metrics``.
        files: the hour's ``vehicles`` files.
        connection: where to compute; nothing is kept in it.
    """
    result = connection.execute(_QUERIES[table], {"files": [str(file) for file in files]})
    return result.to_arrow_table().cast(TABLES[table].schema)


def write_derived(root: Path, partition: LakePartition, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Derive both tables of one hour from the ``vehicles`` files in it; rows written per table."""
    files = sorted((root / TABLES["vehicles"].prefix / partition.path).glob("*.parquet"))
    rows = {}
    for name in _QUERIES:
        folder = root / TABLES[name].prefix / partition.path
        folder.mkdir(parents=True, exist_ok=True)
        table = derive(name, files, connection)
        pq.write_table(table, folder / "part-00000.parquet", compression="snappy", store_schema=False)
        rows[name] = table.num_rows
    return rows
