#!/usr/bin/env bash
# QuestDB's SAMPLE BY 1h with TIME ZONE 'America/New_York' puts two hours into one when clocks go back, and has none for the next.
#
# With: org.questdb:questdb 9.3.4 (Java 17).
# Expected: "SAMPLE BY 1h ALIGN TO CALENDAR TIME ZONE ..." is an hour per bucket, 25 of them on 1 November 2026, as without a zone:
#   the time stamps of the buckets are in UTC and could hold them apart. 15 minutes are 15 minutes.
# Seen: 05:00 UTC counts the trips of 05:00 and of 06:00 UTC, 06:00 UTC is missing, with FILL(0) too: a day of 24 hours, one of
#   them with twice the trips. The same for 15m, two quarters an hour apart in one bucket; with FILL(0) one quarter has the trips
#   of 75 minutes, and its three neighbours their 15. timestamp_floor() with a zone has 24 hours as well.
#   In spring, when an hour is left out, all buckets are right.
# Hurts: hourly headways, loads and alarms "twice the usual" in that night, averages of quarter hours over two different ones.
# Instead: SAMPLE BY without TIME ZONE for parts of a day, to_timezone() on the result; TIME ZONE for days and longer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir data
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies><dependency><groupId>org.questdb</groupId><artifactId>questdb</artifactId><version>9.3.4</version></dependency></dependencies></project>
XML
cat > Ask.java <<'JAVA'
import io.questdb.cairo.CairoEngine;
import io.questdb.cairo.CursorPrinter;
import io.questdb.cairo.DefaultCairoConfiguration;
import io.questdb.cairo.security.AllowAllSecurityContext;
import io.questdb.griffin.SqlExecutionContextImpl;
import io.questdb.std.str.StringSink;

public class Ask {  // the rows of each query on a line of its own, after one ">"
    public static void main(String[] queries) throws Exception {
        try (var engine = new CairoEngine(new DefaultCairoConfiguration(queries[0]));
                var context = new SqlExecutionContextImpl(engine, 1)) {
            context.with(AllowAllSecurityContext.INSTANCE, null);
            for (int each = 1; each < queries.length; each++) {
                if (!queries[each].startsWith("SELECT")) {
                    engine.execute(queries[each], context);
                    continue;
                }
                var rows = new StringSink();
                try (var query = engine.select(queries[each], context); var cursor = query.getCursor(context)) {
                    CursorPrinter.println(cursor, query.getMetadata(), rows, false, false);
                }
                System.out.println(">" + rows.toString().strip().replace("\n", " ").replace("\t", ","));
            }
        }
        System.exit(0);
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
python3 - <<'PY'
import subprocess
from datetime import UTC, datetime, timedelta

NIGHTS = {"autumn": (datetime(2026, 11, 1, 4, tzinfo=UTC), 25), "spring": (datetime(2026, 3, 8, 5, tzinfo=UTC), 23)}
ZONED = " ALIGN TO CALENDAR TIME ZONE 'America/New_York'"
FLOOR = "timestamp_floor('h', ts, NULL, '00:00', 'America/New_York')"
setup, queries = [], {}
for name, (midnight, hours) in NIGHTS.items():
    trips = f"SELECT dateadd('m', CAST(x - 1 AS INT), '{midnight:%Y-%m-%dT%H:%M:%SZ}'::timestamp) AS ts FROM long_sequence({60 * hours})"
    setup.append(f"CREATE TABLE {name} AS ({trips}) TIMESTAMP(ts) PARTITION BY DAY")
    for width in ("1h", "15m", "1d"):
        for rest in ("", ZONED, " FILL(0)" + ZONED):
            queries[name, width, rest] = f"SELECT ts, count() FROM {name} SAMPLE BY {width}{rest}"
    queries[name, "floor", ""] = f"SELECT {FLOOR} AS hour, count() FROM {name} ORDER BY hour"
java = ["java", "-cp", open("classpath").read(), "Ask.java", "data", *setup, *queries.values()]
lines = subprocess.run(java, capture_output=True, text=True, check=True).stdout.split("\n")
by_questdb = dict(zip(queries, (line[1:].split() for line in lines if line.startswith(">")), strict=True))
print("questdb 9.3.4, a trip each minute of 1 November (25 hours) and of 8 March 2026 (23 hours) in New York")
seen = {}
for (name, width, rest), rows in by_questdb.items():
    counts = sorted({int(row.split(",")[1]) for row in rows})
    moments = [datetime.fromisoformat(row.split(",")[0]) for row in rows]
    steps = sorted({(later - earlier) // timedelta(minutes=1) for earlier, later in zip(moments, moments[1:], strict=False)})
    seen[name, width, rest] = (len(rows), counts, steps)
    print(f"{name} {width:5}{rest:59} {len(rows):3} rows of {counts} trips, {steps} minutes apart")
expected = {
    ("autumn", "1h", ""): (25, [60], [60]),
    ("autumn", "15m", ""): (100, [15], [15]),
    ("autumn", "floor", ""): (24, [60, 120], [60]),
    ("spring", "floor", ""): (23, [60], [60, 120]),
}
for rest in (ZONED, " FILL(0)" + ZONED):
    expected["autumn", "1h", rest] = (24, [60, 120], [60, 120])
    expected["autumn", "15m", rest] = (96, [15, 75 if "FILL" in rest else 30], [15, 75])
    expected["autumn", "1d", rest] = (1, [1500], [])
    expected["spring", "1h", rest] = (23, [60], [60])
    expected["spring", "15m", rest] = (92, [15], [15])
for question, answer in expected.items():
    if seen[question] != answer:
        raise SystemExit(f"no longer so: {question} {seen[question]}")
PY
