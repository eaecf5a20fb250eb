#!/usr/bin/env bash
# sqlglot writes Trino's DECIMAL '1.10' as CAST('1.10' AS DECIMAL), and that is 1: prices lose their cents in a round trip.
#
# With: sqlglot 30.30.0 (its dialects trino and athena), run on Trino 435 (trino-main with its LocalQueryRunner, Java 17).
# Expected: from Trino into Trino, a literal keeps its value. DECIMAL '1.10' is a DECIMAL(3,2); a CAST that means the same
#   has to name precision and scale.
# Seen: the type is written bare. In Trino that is DECIMAL(38,0), so 1.10 becomes 1, 0.5 becomes 1, and DECIMAL '1.10' = 1.1
#   becomes false. CHAR 'abc' becomes CHAR(1), 'a'. random(1, 2) becomes RAND(1), another range. 1_000 becomes 1 AS _000.
#   All parse and run; nothing is reported at unsupported_level=RAISE. Written for Redshift, DECIMAL is
#   DECIMAL(18,0), as wrong; for DuckDB DECIMAL(18,3), so a test there shows the right value.
# Hurts: formatters, lineage and translation of Athena queries: thresholds and rates are rounded to whole numbers.
# Instead: before writing, give each cast of a DECIMAL literal its own precision and scale (count the digits of the text);
#   compare results before and after on the engine itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1
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
cat > check.py <<'PY'
import pathlib
import sys

import duckdb
import sqlglot

sources = ["SELECT DECIMAL '1.10'", "SELECT DECIMAL '0.5' * 3", "SELECT DECIMAL '1.10' = 1.1", "SELECT CHAR 'abc'", "SELECT 1_000"]
wanted = [("1.10", "1"), ("1.5", "3"), ("true", "false"), ("abc", "a"), ("1000", "1")]
targets = {}
for dialect in ("trino", "athena"):
    targets[dialect] = [
        sqlglot.transpile(q, read=dialect, write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)[0] for q in sources
    ]
if sys.argv[1] == "write":
    pathlib.Path("queries").write_text("\n".join(sources + targets["trino"]))
    sys.exit()
answers = [line[9:-2] for line in pathlib.Path("answers").read_text().splitlines() if line.startswith("answer")]
print("sqlglot", sqlglot.__version__, "Trino 435 - expected: the same answer before and after")
for i, source in enumerate(sources):
    seen = (answers[i], answers[i + len(sources)])
    print(f"{source:28} -> {targets['trino'][i]:40} {seen[0]} before, {seen[1]} after")
    if seen != wanted[i] or targets["athena"][i] != targets["trino"][i]:
        sys.exit("no longer so: the answers, or the two dialects, differ from this")
[redshift] = sqlglot.transpile(sources[0], read="trino", write="redshift")
[duck] = sqlglot.transpile(sources[0], read="trino", write="duckdb")
print("for Redshift:", redshift, "- for DuckDB:", duck, "=", duckdb.execute(duck).fetchone()[0])
if redshift != "SELECT CAST('1.10' AS DECIMAL)" or str(duckdb.execute(duck).fetchone()[0]) != "1.100":
    sys.exit("no longer so: the cast for Redshift or DuckDB is another")
PY
venv/bin/python check.py write
java -cp "$(cat classpath)" Ask.java queries >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python check.py read
