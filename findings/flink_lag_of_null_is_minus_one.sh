#!/usr/bin/env bash
# In Flink SQL LAG(late, 1, 0) is -1 where the row before holds NULL, a date is 1969-12-31, and a key missing in a MAP is -1.
#
# With: Apache Flink 2.3.0 (batch, Java 17); duckdb 2.0.1 for comparison.
# Expected: the third argument of LAG is for rows that have no row before; where there is one, its value is the answer, also NULL. MAP[...]
#   of a missing key is NULL. So says DuckDB of both, and Flink of LAG without the third argument.
# Seen: the type of the default, NOT NULL, becomes the type of the whole expression, and a NULL in it is read as what lies there: -1,
#   -1.0, the empty text, the day before 1970; IS NULL is false, SUM and COUNT count it. A literal MAP['A', 60] is the same. A
#   DECIMAL raises "a null value is being written". LEAD does as LAG. With CAST(NULL AS INT) as the default the answer is NULL.
# Hurts: differences to the trip before, gaps in delays: a missing delay is early by a second and enters means and sums.
# Instead: CASE WHEN ROW_NUMBER() OVER (...) = 1 THEN 0 ELSE LAG(late) OVER (...) END.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{
    echo '<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version><dependencies>'
    for artifact in flink-table-planner-loader flink-table-runtime flink-table-api-java-bridge flink-clients; do
        echo "<dependency><groupId>org.apache.flink</groupId><artifactId>$artifact</artifactId><version>2.3.0</version></dependency>"
    done
    echo '</dependencies></project>'
} >pom.xml
cat >Ask.java <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

public class Ask {  // each line of the file is a statement; prints the rows of those that answer with rows
    public static void main(String[] arguments) throws Exception {
        var engine = TableEnvironment.create(EnvironmentSettings.newInstance().inBatchMode().build());
        engine.getConfig().set("parallelism.default", "1");
        for (String statement : Files.readAllLines(Path.of(arguments[0]))) {
            var result = engine.executeSql(statement);
            if (statement.startsWith("CREATE")) continue;
            var line = new StringBuilder("answer");
            try (var rows = result.collect()) {
                while (rows.hasNext()) line.append("\t").append(rows.next());
            }
            System.out.println(line);
        }
        System.exit(0);
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >statements <<'SQL'
CREATE TEMPORARY VIEW trips AS SELECT * FROM (VALUES (1, 60, 1.5E0, 'A', DATE '2026-11-01'), (2, CAST(NULL AS INT), CAST(NULL AS DOUBLE), CAST(NULL AS STRING), CAST(NULL AS DATE)), (3, 5, 2.5E0, 'B', DATE '2026-11-02')) AS v (id, late, ratio, route, day0)
SELECT id, LAG(late, 1, 0) OVER (ORDER BY id), LAG(ratio, 1, 0E0) OVER (ORDER BY id), LAG(day0, 1, DATE '2026-01-01') OVER (ORDER BY id) FROM trips
SELECT id, LAG(route, 1, 'none') OVER (ORDER BY id) FROM trips
SELECT id, LEAD(late, 1, 0) OVER (ORDER BY id) FROM trips
SELECT id, LAG(late) OVER (ORDER BY id), LAG(late, 1, CAST(NULL AS INT)) OVER (ORDER BY id) FROM trips
SELECT SUM(l), COUNT(l) FROM (SELECT LAG(late, 1, 0) OVER (ORDER BY id) AS l FROM trips) AS v
SELECT id FROM (SELECT id, LAG(late, 1, 0) OVER (ORDER BY id) AS l FROM trips) AS v WHERE l IS NULL
SELECT MAP['A', 60]['A'], MAP['A', 60]['B'], MAP['A', 60]['B'] IS NULL
SQL
javac -cp "$(cat classpath)" Ask.java
java -XX:TieredStopAtLevel=1 --add-opens java.base/java.util=ALL-UNNAMED --add-opens java.base/java.lang=ALL-UNNAMED \
    -Djava.io.tmpdir="$work" -cp "$(cat classpath):." Ask statements >answers 2>java.log || { tail -20 java.log; exit 1; }
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1
venv/bin/python - <<'PY'
import pathlib

import duckdb

statements = pathlib.Path("statements").read_text().splitlines()
answers = [line.split("\t")[1:] for line in pathlib.Path("answers").read_text().splitlines() if line.startswith("answer")]
right = []
for statement in statements:
    statement = statement.replace("TEMPORARY ", "").replace("STRING", "VARCHAR").replace("MAP['A', 60]", "MAP {'A': 60}")
    rows = duckdb.execute(statement).fetchall()
    words = {"None": "null", "True": "true", "False": "false"}
    right.append(sorted("+I[" + ", ".join(words.get(str(each), str(each)) for each in row) + "]" for row in rows))
right = right[1:]
print("Apache Flink 2.3.0, duckdb", duckdb.__version__)
for statement, answer, other in zip(statements[1:], answers, right):
    print(f"{statement}\n    Flink  {' '.join(sorted(answer))}\n    DuckDB {' '.join(other)}")
seen = [sorted(answer) for answer in answers]
expected = [
    ["+I[1, 0, 0.0, 2026-01-01]", "+I[2, 60, 1.5, 2026-11-01]", "+I[3, -1, -1.0, 1969-12-31]"],
    ["+I[1, none]", "+I[2, A]", "+I[3, ]"],
    ["+I[1, -1]", "+I[2, 5]", "+I[3, 0]"],
    ["+I[1, null, null]", "+I[2, 60, 60]", "+I[3, null, null]"],
    ["+I[59, 3]"],
    [],
    ["+I[60, -1, false]"],
]
if seen != expected:
    raise SystemExit("no longer so: Flink")
if right[0][2] != "+I[3, null, null, null]" or right[1][2] != "+I[3, null]" or right[2][0] != "+I[1, null]":
    raise SystemExit("no longer so: DuckDB's LAG and LEAD")
if right[3] != seen[3] or right[4:] != [["+I[60, 2]"], ["+I[3]"], ["+I[60, null, true]"]]:
    raise SystemExit("no longer so: DuckDB")
PY
