#!/usr/bin/env bash
# In QuestDB route != 'A' finds trips with no route, late BETWEEN 100 AND 0 finds those from 0 to 100, and 65536 * 32768 is NULL.
#
# With: org.questdb:questdb 9.3.4 (Java 17), the same queries by duckdb 2.0.1.
# Expected: a comparison with NULL is unknown, so that x != 'A' and a join find no row for it, as the SQL standard has it; BETWEEN of a
#   greater and a lesser number finds nothing; what does not fit into an INT raises an error or becomes a LONG.
# Seen: NULL is one value of the type, for INTs -2147483648. It is different from 60, equal to itself, and neither below 100 nor not
#   below 100: late != 60 has it, NOT (late < 100) has not. A join gives each row without a key every row without one. A NULL in a BOOLEAN
#   column is false. Sums and products of INTs wrap, and where they hit -2147483648 they are NULL. 4000000000 is a LONG by itself.
# Hurts: queries that come from PostgreSQL, whose protocol QuestDB speaks, and dashboards that send one SQL to both.
# Instead: AND x IS NOT NULL beside every != and in every join; casts to LONG before sums and products.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
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
venv/bin/python - <<'PY'
import subprocess

import duckdb

SETUP = (
    "CREATE TABLE trips (id INT, route VARCHAR, late INT, seen BOOLEAN)",
    "INSERT INTO trips VALUES (1, 'A', 60, true), (2, 'A', NULL, NULL), (3, 'B', -90, false), (4, NULL, 5, true), (5, NULL, NULL, true)",
)
QUERIES = {  # the query: (what DuckDB says, what QuestDB says)
    "SELECT id FROM trips WHERE route != 'A'": ("3", "3 4 5"),
    "SELECT id FROM trips WHERE route NOT IN ('A', 'B')": ("", "4 5"),
    "SELECT id FROM trips WHERE late != 60": ("3 4", "2 3 4 5"),
    "SELECT id FROM trips WHERE NOT (late < 100)": ("", ""),
    "SELECT id FROM trips WHERE late BETWEEN 100 AND 0": ("", "1 4"),
    "SELECT id FROM trips WHERE seen = false": ("3", "2 3"),
    "SELECT a.id, b.id FROM trips a JOIN trips b ON a.late = b.late": ("1,1 3,3 4,4", "1,1 2,2 2,5 3,3 4,4 5,2 5,5"),
    "SELECT id, late + 2147483647 FROM trips WHERE late > 0": ("error", "1,-2147483589 4,-2147483644"),
    "SELECT 65536 * 32768": ("error", "null"),
    "SELECT 2000000000 + 2000000000, 2147483647 + 1": ("error", "4000000000,null"),
    "SELECT id FROM trips WHERE late < 10": ("3 4", "3 4"),
}
java = ["java", "-cp", open("classpath").read(), "Ask.java", "data", *SETUP, *QUERIES]
lines = subprocess.run(java, capture_output=True, text=True, check=True).stdout.split("\n")
by_questdb = [line[1:] for line in lines if line.startswith(">")]
connection = duckdb.connect()
for statement in SETUP:
    connection.execute(statement)


def by_duckdb(query: str) -> str:
    try:
        return " ".join(sorted(",".join(map(str, row)) for row in connection.execute(query).fetchall()))
    except duckdb.OutOfRangeException:
        return "error"


print("questdb 9.3.4, duckdb", duckdb.__version__)
for query, seen in zip(QUERIES, by_questdb, strict=True):
    answers = (by_duckdb(query), " ".join(sorted(seen.split())))
    print(f"{query}\n    DuckDB {answers[0]!r:24} QuestDB {answers[1]!r}")
    if answers != QUERIES[query]:
        raise SystemExit("no longer so")
PY
