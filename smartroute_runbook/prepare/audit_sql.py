"""What the audit asks of Athena: one scan for completeness and quality, narrow ones for what no single row tells."""

from __future__ import annotations

from collections.abc import Mapping

from smartroute_runbook.lake.columns import base_of

__all__ = ["DUPLICATES", "HOURS", "MEASURES", "NOT_MONOTONE", "POLLED_COLUMNS", "REPEATED", "STOPS", "lacking", "over"]

#: Measures of single rows: name and condition.
MEASURES = {
    "null_time": "batch_timestamp IS NULL",
    "null_key": "trip_id IS NULL OR route_id IS NULL OR stop_id IS NULL",
    "missing_arrival": "arrival_time IS NULL",
    "unknown_delay": "arrival_delay_seconds IS NULL AND arrival_time IS NOT NULL",
    "past_arrival": "next_arrival_seconds < 0",
    "stuck": "next_arrival_seconds <= -600",
    "far_future": "next_arrival_seconds > 21600",
    "no_feed_clock": '"timestamp" IS NULL',
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
#: Arrivals of a trip at a stop in one poll are two visits, of a loop or of two vehicles, when they lie a quarter of an
#: hour apart, or a minute in several polls: a row that was stored twice is so in one.
_VISITED = (
    "visited AS (SELECT trip_id, stop_id, batch_timestamp, min(arrival_time) AS arrival, "
    "max(arrival_time) - min(arrival_time) AS spread FROM t WHERE arrival_time IS NOT NULL "
    "AND trip_id IS NOT NULL AND stop_id IS NOT NULL GROUP BY trip_id, stop_id, batch_timestamp)"
)
_TWICE = "max(spread) > 900 OR count_if(spread >= 60) >= 3"
_SAME = "(PARTITION BY batch_timestamp, feed_path, trip_id, stop_id ORDER BY arrival_time)"
#: Rows beyond the first of the same poll, feed, trip and stop; and those of them that are another visit. Without a
#: trip's or a stop's name they are of any vehicles, but at the same second.
DUPLICATES = (
    f"WITH {_VISITED}, twice AS (SELECT trip_id, stop_id FROM visited GROUP BY trip_id, stop_id HAVING {_TWICE}), "  # noqa: S608  (constants of this module alone)
    f"listed AS (SELECT trip_id, stop_id, arrival_time - lag(arrival_time) OVER {_SAME} AS apart, "
    f"row_number() OVER {_SAME} AS place, trip_id IS NOT NULL AND stop_id IS NOT NULL AS named FROM t), "
    "further AS (SELECT twice.stop_id IS NOT NULL AND coalesce(listed.apart >= 60, false) AS again FROM listed "
    "LEFT JOIN twice ON twice.trip_id = listed.trip_id AND twice.stop_id = listed.stop_id WHERE listed.place > 1 "
    "AND (listed.named OR listed.apart = 0)) "
    "SELECT count_if(NOT again) AS n, count_if(again) AS visits FROM further"
)
#: Rows of a poll that stored a response already stored: same feed and feed clock, within a minute of the poll before.
REPEATED = (
    "SELECT coalesce(sum(n), 0) AS n FROM (SELECT count(*) AS n, batch_timestamp, "
    'lag(batch_timestamp) OVER (PARTITION BY feed_path, "timestamp" ORDER BY batch_timestamp) AS earlier '
    'FROM t WHERE "timestamp" IS NOT NULL GROUP BY feed_path, "timestamp", batch_timestamp) AS polls '
    "WHERE batch_timestamp - earlier <= 60000"
)
STOPS = "SELECT stop_id, count(*) AS n FROM t GROUP BY stop_id"
#: Arrivals after the next stop's in the same poll. The table has no stop order: a trip's next stop is the one that
#: follows in most of its polls, and more often than it goes before; this does not depend on where a list begins or
#: ends: a feed drops stops at the front or adds them at the end. The last stop has none, whatever follows it once: a
#: pair that is out of order in half of its polls or more is no pair. A trip that was polled once cannot tell, nor can
#: a stop that a trip visits more than once (a loop): it is listed twice, or leaps from one poll to the next, stays
#: there, and most of its trip does not: a whole trip that leaps is late.
NOT_MONOTONE = (
    f"WITH {_VISITED}, "  # noqa: S608  (constants of this module alone)
    "since AS (SELECT trip_id, stop_id, batch_timestamp, spread, arrival, "
    "lag(arrival) OVER (PARTITION BY trip_id, stop_id ORDER BY batch_timestamp) AS before_it, "
    "lead(arrival) OVER (PARTITION BY trip_id, stop_id ORDER BY batch_timestamp) AS after_it, "
    "(batch_timestamp - lag(batch_timestamp) OVER (PARTITION BY trip_id, stop_id ORDER BY batch_timestamp)) / 1000 "
    "AS seconds FROM visited), "
    "leapt AS (SELECT trip_id, stop_id, batch_timestamp, spread, coalesce(seconds <= 900 "
    "AND arrival - before_it > seconds + 900 AND coalesce(after_it - before_it > 900, true), false) AS leaps "
    "FROM since), "
    "alone AS (SELECT trip_id, stop_id, spread, leaps AND 2 * sum(CASE WHEN leaps THEN 1 ELSE 0 END) OVER "
    "(PARTITION BY trip_id, batch_timestamp) < count(*) OVER (PARTITION BY trip_id, batch_timestamp) AS leaps "
    "FROM leapt), "
    f"again AS (SELECT trip_id, stop_id FROM alone GROUP BY trip_id, stop_id HAVING {_TWICE} OR count_if(leaps) > 0), "
    "polled AS (SELECT visited.trip_id, visited.stop_id, visited.batch_timestamp, visited.arrival FROM visited "
    "LEFT JOIN again ON again.trip_id = visited.trip_id AND again.stop_id = visited.stop_id "
    "WHERE again.stop_id IS NULL), "
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
#: What the feed does not say is NULL, though protobuf's defaults (0, no text) or blanks stand there. A trip is its
#: feed's: two operators may number theirs alike.
POLLED = (
    "SELECT concat(coalesce(feed_path, ''), ' ', nullif(trim(trip_id), '')) AS trip_id, "
    "nullif(trim(route_id), '') AS route_id, CASE WHEN trim(stop_id) <> '' THEN stop_id END AS stop_id, "
    "nullif(arrival_time, 0) AS arrival_time, arrival_delay_seconds, "
    "CASE WHEN arrival_time <> 0 THEN next_arrival_seconds END AS next_arrival_seconds, feed_path, "
    'nullif("timestamp", 0) AS "timestamp", year, month, day, hour, CASE WHEN batch_timestamp < 100000000000 '
    "THEN 1000 * batch_timestamp ELSE batch_timestamp END AS batch_timestamp FROM t"
)


#: What that needs of a table: columns, and whether each is a text or a number.
POLLED_COLUMNS = {
    **dict.fromkeys(("trip_id", "route_id", "stop_id", "feed_path"), "text"),
    **dict.fromkeys(("arrival_time", "arrival_delay_seconds", "next_arrival_seconds", "timestamp"), "number"),
    **dict.fromkeys(("year", "month", "day", "hour", "batch_timestamp"), "number"),
}
_KINDS = {
    "text": ("string", "varchar", "char"),
    "number": ("tinyint", "smallint", "int", "integer", "bigint", "float", "real", "double", "decimal"),
}


def lacking(columns: Mapping[str, str]) -> tuple[str, ...]:
    """Columns of :data:`POLLED_COLUMNS` that a table (Athena types by name) has not, or as another kind."""
    return tuple(
        name for name, kind in POLLED_COLUMNS.items() if base_of(columns.get(name, "none")) not in _KINDS[kind]
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
