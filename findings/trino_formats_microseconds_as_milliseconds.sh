#!/usr/bin/env bash
# Trino prints microseconds as "123000": date_format, format_datetime and date_parse work in milliseconds and fill up with zeros.
#
# With: Trino 435 (trino-main with its LocalQueryRunner, Java 17); for comparison duckdb 2.0.1.
# Expected: %f is "fraction of second (6 digits)" in Trino's manual. For a TIMESTAMP(6) of 15:03:04.123456 (an Iceberg column is
#   one) six digits mean 123456. date_parse with %f reads what date_format wrote.
# Seen: date_format(t, '%f') and format_datetime(t, 'SSSSSS') give 123000. date_parse gives a TIMESTAMP(3), .123. So does
#   CAST(text AS TIMESTAMP), as a bare TIMESTAMP is TIMESTAMP(3). CAST(t AS VARCHAR) and to_iso8601 print 123456.
#   DuckDB's STRFTIME prints 123456, as Redshift's TO_CHAR(t, 'US') does.
# Hurts: keys, digests and comparisons built from formatted times: two instants within a millisecond look equal on Trino, and
#   every row with microseconds differs from the other engine that got the same file.
# Instead: CAST(t AS VARCHAR) where microseconds count, CAST(text AS TIMESTAMP(6)) to read; or cast both sides to TIMESTAMP(3).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
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
SELECT date_format(TIMESTAMP '2026-01-05 15:03:04.123456', '%f')
SELECT format_datetime(TIMESTAMP '2026-01-05 15:03:04.123456', 'SSSSSS')
SELECT CAST(date_parse('2026-01-05 15:03:04.123456', '%Y-%m-%d %H:%i:%s.%f') AS VARCHAR)
SELECT CAST(CAST('2026-01-05 15:03:04.123456' AS TIMESTAMP) AS VARCHAR)
SELECT CAST(TIMESTAMP '2026-01-05 15:03:04.123456' AS VARCHAR)
SELECT to_iso8601(TIMESTAMP '2026-01-05 15:03:04.123456')
SQL
java -cp "$(cat classpath)" Ask.java queries >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python - <<'PY'
import pathlib

import duckdb

queries = pathlib.Path("queries").read_text().splitlines()
answers = [line[9:-2] for line in pathlib.Path("answers").read_text().splitlines() if line.startswith("answer")]
other = duckdb.execute("SELECT strftime(TIMESTAMP '2026-01-05 15:03:04.123456', '%f')").fetchone()[0]
print("Trino 435, duckdb", duckdb.__version__, "- expected: 123456 everywhere")
for query, answer in zip(queries, answers):
    print(f"{answer:28} {query}")
print(f"{other:28} strftime in DuckDB")
if answers[:4] != ["123000", "123000", "2026-01-05 15:03:04.123", "2026-01-05 15:03:04.123"]:
    raise SystemExit("no longer so: microseconds are kept by the formatting functions")
if not all(text.endswith("123456") for text in [*answers[4:], other]):
    raise SystemExit("no longer so: the casts or DuckDB lose microseconds")
PY
