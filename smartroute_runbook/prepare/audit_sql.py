"""What the audit asks of Athena: one scan for completeness and quality, narrow ones for what no single row tells."""

from __future__ import annotations

from sqlglot import exp, parse_one

__all__ = ["DUPLICATES", "HOURS", "MEASURES", "NOT_MONOTONE", "REPEATED", "STOPS", "over"]

#: Measures of single rows: name and condition.
MEASURES = {
    "null_key": "trip_id IS NULL OR route_id IS NULL OR stop_id IS NULL OR batch_timestamp IS NULL",
    "missing_arrival": "arrival_time IS NULL",
    "unknown_delay": "arrival_delay_seconds IS NULL AND arrival_time IS NOT NULL",
    "past_arrival": "next_arrival_seconds < 0",
    "stuck": "next_arrival_seconds < -590",
    "far_future": "next_arrival_seconds > 7200",
    "impossible_arrival": "arrival_time <= 0 OR abs(arrival_time - batch_timestamp / 1000) > 172800",
    "delay_a_day_off": "abs(arrival_delay_seconds) > 40000",
    "late_batch": 'batch_timestamp / 1000 - "timestamp" > 60',
    "wrong_partition": (
        "year <> year(from_unixtime(batch_timestamp / 1000)) OR month <> month(from_unixtime(batch_timestamp / 1000)) "
        "OR day <> day(from_unixtime(batch_timestamp / 1000)) OR hour <> hour(from_unixtime(batch_timestamp / 1000))"
    ),
}

_SUMS = ", ".join(f"count_if({condition}) AS {name}" for name, condition in MEASURES.items())
#: One row a feed and hour: rows, distinct minutes polled, and every measure.
HOURS = (
    "SELECT year, month, day, hour, feed_path, count(*) AS n, count(DISTINCT batch_timestamp / 60000) AS minutes, "
    f"{_SUMS} FROM t GROUP BY year, month, day, hour, feed_path"
)
#: Rows beyond the first of the same poll, feed, trip and stop.
DUPLICATES = (
    "SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM t "
    "GROUP BY batch_timestamp, feed_path, trip_id, stop_id HAVING count(*) > 1) AS doubled"
)
#: Rows of a poll that stored a response already stored: same feed and feed clock, a later batch.
REPEATED = (
    "SELECT coalesce(sum(n), 0) AS n FROM (SELECT count(*) AS n, "
    'row_number() OVER (PARTITION BY feed_path, "timestamp" ORDER BY batch_timestamp) AS place '
    'FROM t GROUP BY feed_path, "timestamp", batch_timestamp) AS polls WHERE place > 1'
)
STOPS = "SELECT stop_id, count(*) AS n FROM t GROUP BY stop_id"
#: Arrivals after the next stop's in the same poll; the order of stops is that of their mean arrivals over a service day
#: (from 08:00 UTC, when the fewest trains run).
NOT_MONOTONE = (
    "WITH v AS (SELECT trip_id, stop_id, batch_timestamp, arrival_time, "
    "avg(arrival_time) OVER (PARTITION BY trip_id, (batch_timestamp / 1000 - 28800) / 86400, stop_id) AS usual "
    "FROM t WHERE arrival_time IS NOT NULL AND next_arrival_seconds >= 0), "
    "w AS (SELECT arrival_time, lead(arrival_time) OVER "
    "(PARTITION BY trip_id, batch_timestamp ORDER BY usual, stop_id) AS following FROM v) "
    "SELECT count(*) AS n FROM w WHERE arrival_time > following"
)


def over(sql: str, database: str, table: str) -> str:
    """The query over a table in place of ``t``."""
    tree = parse_one(sql, read="athena")
    for node in tree.find_all(exp.Table):
        if node.name == "t":
            node.replace(exp.table_(exp.to_identifier(table, quoted=True), db=exp.to_identifier(database, quoted=True)))
    return tree.sql(dialect="athena")
