"""What the audit asks of Athena: one scan for completeness and quality, narrow ones for what no single row tells."""

from __future__ import annotations

__all__ = ["DUPLICATES", "HOURS", "MEASURES", "NOT_MONOTONE", "REPEATED", "STOPS", "over"]

#: Measures of single rows: name and condition.
MEASURES = {
    "null_time": "batch_timestamp IS NULL",
    "null_key": "coalesce(trip_id, '') = '' OR coalesce(route_id, '') = '' OR coalesce(stop_id, '') = ''",
    "missing_arrival": "arrival_time IS NULL",
    "unknown_delay": "arrival_delay_seconds IS NULL AND arrival_time IS NOT NULL",
    "past_arrival": "next_arrival_seconds < 0",
    "stuck": "next_arrival_seconds <= -600",
    "far_future": "next_arrival_seconds > 21600",
    "impossible_arrival": "arrival_time <= 0 OR abs(1000 * arrival_time - batch_timestamp) > 172800000",
    "delay_a_day_off": "abs(arrival_delay_seconds) > 40000",
    "late_batch": 'batch_timestamp - 1000 * "timestamp" > 60000',
    "early_batch": 'batch_timestamp - 1000 * "timestamp" < -60000',
    "other_wait": "abs(next_arrival_seconds - (arrival_time - batch_timestamp / 1000)) > 60",
    "wrong_partition": (
        "year <> year(from_unixtime(batch_timestamp / 1000)) OR month <> month(from_unixtime(batch_timestamp / 1000)) "
        "OR day <> day(from_unixtime(batch_timestamp / 1000)) OR hour <> hour(from_unixtime(batch_timestamp / 1000))"
    ),
}

_SUMS = ", ".join(f"count_if({condition}) AS {name}" for name, condition in MEASURES.items())
#: One row a feed and hour: rows, distinct minutes polled, and every measure.
HOURS = (
    "SELECT year, month, day, hour, feed_path, count(*) AS n, "  # noqa: S608  (constants of this module alone)
    "count(DISTINCT batch_timestamp - batch_timestamp % 60000) AS minutes, "
    f"{_SUMS} FROM t GROUP BY year, month, day, hour, feed_path"
)
#: Rows beyond the first of the same poll, feed, trip and stop.
DUPLICATES = (
    "SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM t "
    "GROUP BY batch_timestamp, feed_path, trip_id, stop_id HAVING count(*) > 1) AS doubled"
)
#: Rows of a poll that stored a response already stored: same feed and feed clock, within a minute of the poll before.
REPEATED = (
    "SELECT coalesce(sum(n), 0) AS n FROM (SELECT count(*) AS n, batch_timestamp, "
    'lag(batch_timestamp) OVER (PARTITION BY feed_path, "timestamp" ORDER BY batch_timestamp) AS earlier '
    'FROM t GROUP BY feed_path, "timestamp", batch_timestamp) AS polls WHERE batch_timestamp - earlier <= 60000'
)
STOPS = "SELECT stop_id, count(*) AS n FROM t GROUP BY stop_id"
#: Arrivals after the next stop's in the same poll. The table has no stop order: a trip's next stop is the one that
#: follows in most of its polls, and more often than it goes before; this does not depend on where a list begins or
#: ends: a feed drops stops at the front or adds them at the end. The last stop has none, whatever follows it once: a
#: pair that is out of order in half of its polls or more is no pair. A trip that was polled once cannot tell.
NOT_MONOTONE = (
    "WITH polled AS (SELECT trip_id, stop_id, batch_timestamp, min(arrival_time) AS arrival FROM t "
    "WHERE arrival_time IS NOT NULL GROUP BY trip_id, stop_id, batch_timestamp), "
    "followed AS (SELECT trip_id, stop_id, lead(stop_id) OVER "
    "(PARTITION BY trip_id, batch_timestamp ORDER BY arrival, stop_id) AS after_stop FROM polled), "
    "counted AS (SELECT trip_id, stop_id, after_stop, count(*) AS n FROM followed WHERE after_stop IS NOT NULL "
    "GROUP BY trip_id, stop_id, after_stop), "
    "chosen AS (SELECT one.trip_id, one.stop_id, one.after_stop, row_number() OVER "
    "(PARTITION BY one.trip_id, one.stop_id ORDER BY one.n DESC, one.after_stop) AS choice FROM counted AS one "
    "LEFT JOIN counted AS other ON other.trip_id = one.trip_id AND other.stop_id = one.after_stop "
    "AND other.after_stop = one.stop_id WHERE one.n > coalesce(other.n, 0)), "
    "pairs AS (SELECT count_if(earlier.arrival > later.arrival) AS swapped, count(*) AS polls "
    "FROM polled AS earlier JOIN chosen ON earlier.trip_id = chosen.trip_id "
    "AND earlier.stop_id = chosen.stop_id AND chosen.choice = 1 JOIN polled AS later "
    "ON later.trip_id = earlier.trip_id AND later.batch_timestamp = earlier.batch_timestamp "
    "AND later.stop_id = chosen.after_stop GROUP BY earlier.trip_id, earlier.stop_id) "
    "SELECT coalesce(sum(swapped), 0) AS n FROM pairs WHERE 2 * swapped < polls"
)


#: The table with poll times in milliseconds, whichever unit the poller wrote: seconds stay below 10^11 until 5138.
POLLED = (
    "SELECT trip_id, route_id, stop_id, arrival_time, arrival_delay_seconds, next_arrival_seconds, feed_path, "
    '"timestamp", year, month, day, hour, CASE WHEN batch_timestamp < 100000000000 THEN 1000 * batch_timestamp '
    "ELSE batch_timestamp END AS batch_timestamp FROM t"
)


def over(sql: str, database: str, table: str) -> str:
    """The query over a table in place of ``t``."""
    from sqlglot import exp, parse_one

    tree = parse_one(sql, read="athena")
    polled = parse_one(POLLED, read="athena")
    place = exp.table_(exp.to_identifier(table, quoted=True), db=exp.to_identifier(database, quoted=True))
    polled.find(exp.Table).replace(place)
    for node in list(tree.find_all(exp.Table)):
        if node.name == "t":
            node.replace(exp.Subquery(this=polled.copy(), alias=exp.TableAlias(this=exp.to_identifier("t"))))
    return tree.sql(dialect="athena")
