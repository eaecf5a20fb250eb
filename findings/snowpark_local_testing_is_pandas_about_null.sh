#!/usr/bin/env bash
# In Snowpark's local testing NOT (late > 0) finds trips whose late is NULL, a join finds a partner for NULL, and -7 % 3 is 2.
#
# With: snowflake-snowpark-python 1.56.0 with its extra "localtest"; the same questions in SQL by duckdb 2.0.1, which answers them as
#   Snowflake documents them.
# Expected: the emulator that Snowflake ships for tests in CI answers like Snowflake or raises NotImplementedError, as it does for
#   functions that it lacks.
# Seen: a comparison with NULL is False (or, with !=, True), never NULL: filter and delete take other rows, and is_null() of it is False.
#   NULL keys join each other. % has the sign of the divisor. cast('2.5' as int) is 2. DATEDIFF counts whole units that have
#   passed, not boundaries: from 31 December to 1 January it is 0 months and 0 years.
# Hurts: tests of pipelines that were green and of which Snowflake makes other tables; and tests whose expected rows were copied
#   from the emulator.
# Instead: no NULL in the columns that a test compares, or .is_not_null() next to each comparison; run tests of joins, dates and
#   remainders against an account.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "snowflake-snowpark-python[localtest]==1.56.0" snowflake-connector-python==4.8.1 pandas==3.1.1 \
    numpy==2.4.6 duckdb==2.0.1
cd "$work"
HOME="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import datetime
from importlib.metadata import version

import duckdb
from snowflake.snowpark import Session
from snowflake.snowpark.functions import col, datediff

session = Session.builder.config("local_testing", True).create()
TRIPS = [(1, "A", 60), (2, "A", None), (3, "B", -90), (4, None, 240)]
REASONS = [("A", "works"), (None, "none")]
DAYS = [(datetime.date(2026, 12, 31), datetime.date(2027, 1, 1), "2.5", -7)]
trips = session.create_dataframe(TRIPS, schema=["id", "route", "late"])
reasons = session.create_dataframe(REASONS, schema=["route", "reason"])
days = session.create_dataframe(DAYS, schema=["a", "b", "half", "seven"])
duck = duckdb.connect()
duck.execute("CREATE TABLE trips (id INT, route VARCHAR, late INT); CREATE TABLE reasons (route VARCHAR, reason VARCHAR)")
duck.execute("CREATE TABLE days (a DATE, b DATE, half VARCHAR, seven INT)")
for table, rows in {"trips": TRIPS, "reasons": REASONS, "days": DAYS}.items():
    duck.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
saved = trips.write.save_as_table("saved")
deleted = session.table("saved").delete(~(col("late") > 0)).rows_deleted
QUESTIONS = {
    "WHERE NOT (late > 0)": (trips.filter(~(col("late") > 0)).select("id"), "SELECT id FROM trips WHERE NOT (late > 0)"),
    "WHERE route != 'A'": (trips.filter(col("route") != "A").select("id"), "SELECT id FROM trips WHERE route != 'A'"),
    "(late > 0) IS NULL": (trips.select((col("late") > 0).is_null()), "SELECT (late > 0) IS NULL FROM trips ORDER BY id"),
    "JOIN USING (route)": (
        trips.join(reasons, "route").select("id", "reason"),
        "SELECT id, reason FROM trips JOIN reasons USING (route) ORDER BY id",
    ),
    "-7 % 3": (days.select(col("seven") % 3), "SELECT seven % 3 FROM days"),
    "CAST('2.5' AS INT)": (days.select(col("half").cast("int")), "SELECT CAST(half AS INT) FROM days"),
    "DATEDIFF month, year": (
        days.select(datediff("month", col("a"), col("b")), datediff("year", col("a"), col("b"))),
        "SELECT date_diff('month', a, b), date_diff('year', a, b) FROM days",
    ),
}
SEEN = {
    "WHERE NOT (late > 0)": [(2,), (3,)],
    "WHERE route != 'A'": [(3,), (4,)],
    "(late > 0) IS NULL": [(False,)] * 4,
    "JOIN USING (route)": [(1, "works"), (2, "works"), (4, "none")],
    "-7 % 3": [(2,)],
    "CAST('2.5' AS INT)": [(2,)],
    "DATEDIFF month, year": [(0, 0)],
}
print("snowflake-snowpark-python", version("snowflake-snowpark-python"), "duckdb", duckdb.__version__)
for name, (frame, sql) in QUESTIONS.items():
    local, meant = [tuple(row) for row in frame.collect()], duck.execute(sql).fetchall()
    print(f"{name:22} local testing {local}\n{'':22} meant         {meant}")
    if local != SEEN[name] or local == meant:
        raise SystemExit("no longer so: local testing answers otherwise")
print("rows that DELETE WHERE NOT (late > 0) takes:", deleted, "instead of 1")
if deleted != 2:
    raise SystemExit("no longer so: DELETE takes other rows")
PY
