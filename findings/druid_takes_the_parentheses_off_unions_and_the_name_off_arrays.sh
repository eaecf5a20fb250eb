#!/usr/bin/env bash
# Alibaba Druid's SQL parser writes "a EXCEPT (b UNION ALL c)" back without its parentheses, and Trino's stops[1] as ARRAY[1].
#
# With: com.alibaba:druid 1.2.28 (Java 17), SQLUtils.parseStatements and toSQLString for PostgreSQL, Redshift, Trino, Presto and Athena;
#   both queries run by duckdb 2.0.1.
# Expected: a query that is parsed and written back for the same dialect says the same; what is not understood raises ParserException.
# Seen: parentheses around one side of a UNION, EXCEPT or INTERSECT are lost, and the operators then bind from the left: rows that
#   were taken away come back, duplicates appear and disappear, a LIMIT moves from one branch to the whole. In Trino's, Presto's and
#   Athena's dialects a subscript loses the array: stops[1] is the new array [1] in each row. "- -3" becomes "--3", a comment.
# Hurts: services that add a tenant, a LIMIT or a mask to users' SQL, formatters, "save query" of BI tools: they run another query.
# Instead: run the text that was given, use the tree for checks only; a CTE for each side of a set operation; element_at(stops, 1).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies>
<dependency><groupId>com.alibaba</groupId><artifactId>druid</artifactId><version>1.2.28</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
</dependencies></project>
XML
cat > Back.java <<'JAVA'
import com.alibaba.druid.DbType;
import com.alibaba.druid.sql.SQLUtils;

public class Back {  // each query, as it is written back, on a line
    public static void main(String[] queries) {
        var dialect = DbType.valueOf(queries[0]);
        for (int each = 1; each < queries.length; each++) {
            var statements = SQLUtils.parseStatements(queries[each], dialect);
            System.out.println(SQLUtils.toSQLString(statements, dialect).replaceAll("\\s+", " "));
        }
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
venv/bin/python - <<'PY'
import subprocess

import duckdb

ALL = ("postgresql", "redshift", "trino", "presto", "athena")
LAKE = ("trino", "presto", "athena")
QUERIES = {  # the query: (dialects, what it says, what it says when written back)
    "SELECT 1 AS x EXCEPT (SELECT 1 UNION ALL SELECT 2)": (ALL, [], [(2,)]),
    "SELECT 1 AS x EXCEPT (SELECT 2 EXCEPT SELECT 1)": (ALL, [(1,)], []),
    "(SELECT 1 AS x UNION SELECT 1) INTERSECT SELECT 2": (ALL, [], [(1,)]),
    "SELECT 1 AS x UNION ALL (SELECT 1 UNION SELECT 1)": (ALL, [(1,), (1,)], [(1,)]),
    "SELECT 1 AS x UNION (SELECT 1 UNION ALL SELECT 1)": (ALL, [(1,)], [(1,), (1,)]),
    "SELECT 1 AS x UNION ALL (SELECT 2 AS x UNION ALL SELECT 3 LIMIT 1)": (ALL, [(1,), (2,)], [(1,)]),
    "SELECT stops[1] AS x FROM (VALUES (ARRAY[7, 8])) AS t(stops)": (LAKE, [(7,)], [([1],)]),
    "SELECT 5 AS x, - -3 AS y": (ALL, [(5, 3)], [(5,)]),
    "SELECT 10 - (5 - 2) AS x, NOT (true OR false) AS y": (ALL, [(7, False)], [(7, False)]),
}


def answer(query: str) -> list[tuple[object, ...]]:
    try:
        return duckdb.connect().execute(query).fetchall()
    except duckdb.ParserException:  # "SELECT 5 AS x, --3 AS y" ends behind the comma, which DuckDB allows
        return []


print("druid 1.2.28, duckdb", duckdb.__version__)
for dialect in ALL:
    queries = [query for query, (dialects, _, _) in QUERIES.items() if dialect in dialects]
    java = ["java", "-cp", open("classpath").read(), "Back.java", dialect, *queries]
    written = subprocess.run(java, capture_output=True, text=True, check=True).stdout.strip().split("\n")
    for query, back in zip(queries, written, strict=True):
        _, meant, seen = QUERIES[query]
        print(f"{dialect:10} {query}  {answer(query)}\n{'':10} {back}  {answer(back)}")
        if answer(query) != meant or answer(back) != seen:
            raise SystemExit("no longer so")
PY
