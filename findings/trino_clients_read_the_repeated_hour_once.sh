#!/usr/bin/env bash
# Trino's own clients read 05:30 UTC and 06:30 UTC as one instant, when the column's zone is New York and clocks go back that night.
#
# With: Trino 435 (TestingTrinoServer of trino-main, Java 17), trino-jdbc 435, the Python client trino 0.340.0.
# Expected: a TIMESTAMP WITH TIME ZONE is an instant. Two that the server holds for different, and orders, arrive as different.
# Seen: the protocol carries "2026-11-01 01:30:00.000 America/New_York", without an offset, for both; each client takes the first
#   01:30. java.sql.Timestamp, ZonedDateTime and datetime.astimezone(UTC) are an hour early for every row of the second hour.
#   Python's client writes parameters that way too: fold=1 is lost, and a query for the second 01:30 asks for the first.
# Hurts: exports and comparisons of one night a year: an hour of rows moves onto the hour before, keys that were distinct
#   collide, and a difference of two engines of which one is Trino shows 3,600 seconds.
# Instead: SELECT at_timezone(t, 'UTC') or to_unixtime(t); as parameters pass instants in UTC.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-0}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet trino==0.340.0 tzdata==2025.2
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version><dependencies>
<dependency><groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>435</version></dependency>
<dependency><groupId>io.trino</groupId><artifactId>trino-jdbc</artifactId><version>435</version></dependency>
</dependencies></project>
XML
cat > Serve.java <<'JAVA'
import io.trino.server.testing.TestingTrinoServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.ZonedDateTime;

public class Serve {  // a server for ten minutes; first what its JDBC driver reads
    public static void main(String[] arguments) throws Exception {
        var url = TestingTrinoServer.create().getBaseUrl();
        var connection = DriverManager.getConnection("jdbc:trino://127.0.0.1:" + url.getPort(), "someone", null);
        var lines = new StringBuilder();
        for (var second : new String[] {"1793511000", "1793514600"}) {
            var rows = connection.createStatement().executeQuery("SELECT from_unixtime(" + second + ", 'America/New_York')");
            rows.next();
            var zoned = rows.getObject(1, ZonedDateTime.class).toInstant();
            lines.append(second + " " + zoned.getEpochSecond() + " " + rows.getTimestamp(1).getTime() / 1000 + "\n");
        }
        Files.writeString(Path.of("jdbc"), lines);
        Files.writeString(Path.of("port.new"), "" + url.getPort());
        Files.move(Path.of("port.new"), Path.of("port"));
        Thread.sleep(600_000);
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
java -cp "$(cat classpath)" Serve.java >java.log 2>&1 &
server=$!
for _ in $(seq 240); do test -s port && break; kill -0 "$server" || { cat java.log; exit 1; }; sleep 1; done
venv/bin/python - <<'PY'
import datetime as dt
import pathlib
from zoneinfo import ZoneInfo

import trino

NEW_YORK = ZoneInfo("America/New_York")
port = int(pathlib.Path("port").read_text())
cursor = trino.dbapi.connect(host="127.0.0.1", port=port, user="someone").cursor()


def ask(query: str, *parameters):
    cursor.execute(query, parameters or None)
    return cursor.fetchall()[0]


FIRST, SECOND = 1_793_511_000, 1_793_514_600
print("Trino 435, trino-jdbc 435, trino (Python)", trino.__version__)
rows = ask(f"SELECT from_unixtime({FIRST}, 'America/New_York'), from_unixtime({SECOND}, 'America/New_York')")
ordered = ask(f"SELECT from_unixtime({FIRST}, 'America/New_York') < from_unixtime({SECOND}, 'America/New_York')")[0]
utc = [int(each.timestamp()) for each in ask(
    f"SELECT at_timezone(from_unixtime({FIRST}, 'America/New_York'), 'UTC'), at_timezone(from_unixtime({SECOND}, 'America/New_York'), 'UTC')"
)]
asked = dt.datetime.fromtimestamp(SECOND, NEW_YORK)
sent = int(ask("SELECT to_unixtime(?)", asked)[0])
python = [int(each.timestamp()) for each in rows]
print("in the server            ", FIRST, SECOND, " first < second:", ordered)
print("Python                   ", *python)
jdbc = [list(map(int, line.split()))[1:] for line in pathlib.Path("jdbc").read_text().splitlines()]
print("JDBC, ZonedDateTime      ", *(row[0] for row in jdbc))
print("JDBC, Timestamp          ", *(row[1] for row in jdbc))
print("Python, at_timezone(UTC) ", *utc)
print("Python, parameter        ", int(asked.timestamp()), "arrives as", sent)
if not ordered or utc != [FIRST, SECOND]:
    raise SystemExit("no longer so: the server")
if python != [FIRST] * 2 or jdbc != [[FIRST] * 2] * 2 or sent != FIRST:
    raise SystemExit("no longer so")
PY
