#!/usr/bin/env bash
# Trino's Go client reads DATE '2026-09-06' as 5 September on a machine in Santiago, and TIMESTAMP '... 02:30' as 01:30 in New York.
#
# With: github.com/trinodb/trino-go-client v1.1.0 (Go 1.26.8; later ones want Go 1.27), Trino 435 (trino-main, Java 17).
# Expected: DATE and TIMESTAMP have no zone: the year, day and hour that the table holds come out on every machine, as with
#   the drivers of Go for MySQL and PostgreSQL, which put them into UTC.
# Seen: they are parsed in the zone of the machine. Where that hour does not exist, Go takes another one: in New York 02:30 on the
#   day clocks go forward is 01:30, and where clocks change at midnight (Chile, Cuba) the whole date becomes the day before.
#   With TZ=UTC the same program is right.
# Hurts: services on machines with a local zone, laptops first: t.Format("2006-01-02") names another day, joins of times with
#   other sources are off by an hour on that day, two rows an hour apart become equal.
# Instead: run with TZ=UTC (or time.Local = time.UTC at start), or select CAST(d AS varchar).
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-0}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies><dependency>
<groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>435</version></dependency></dependencies></project>
XML
cat > Serve.java <<'JAVA'
import io.trino.server.testing.TestingTrinoServer;
import java.nio.file.Files;
import java.nio.file.Path;

public class Serve {  // a server for ten minutes
    public static void main(String[] arguments) throws Exception {
        Files.writeString(Path.of("port.new"), "" + TestingTrinoServer.create().getBaseUrl().getPort());
        Files.move(Path.of("port.new"), Path.of("port"));
        Thread.sleep(600_000);
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
java -cp "$(cat classpath)" Serve.java >java.log 2>&1 &
server=$!
mkdir ask
export GOPATH="$work/go" GOFLAGS=-modcacherw  # nothing stays behind
cat > ask/main.go <<'GO'
package main

import (
	"database/sql"
	"fmt"
	"os"
	"time"
	_ "time/tzdata"

	_ "github.com/trinodb/trino-go-client/trino"
)

func main() {
	db, err := sql.Open("trino", "http://someone@127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	var day, moment time.Time
	query := "SELECT DATE '2026-09-06', TIMESTAMP '2026-03-08 02:30:00'"
	if err := db.QueryRow(query).Scan(&day, &moment); err != nil {
		panic(err)
	}
	fmt.Println(day.Format("2006-01-02"), moment.Format("2006-01-02 15:04:05"))
}
GO
cd ask
go mod init ask >go.log 2>&1 && go get github.com/trinodb/trino-go-client@v1.1.0 >>go.log 2>&1 && go mod tidy >>go.log 2>&1 \
    && go build -o ../ask.bin . >>go.log 2>&1 || { cat go.log; exit 1; }
cd ..
for _ in $(seq 240); do test -s port && break; kill -0 "$server" || { cat java.log; exit 1; }; sleep 1; done
echo "trino-go-client v1.1.0, $(go env GOVERSION), Trino 435"
printf '%-18s %s\n' "in the table" "2026-09-06 2026-03-08 02:30:00"
for zone in UTC America/New_York America/Santiago; do
    seen=$(TZ=$zone ./ask.bin "$(cat port)")
    printf '%-18s %s\n' "$zone" "$seen"
    case $zone in
        UTC) expected="2026-09-06 2026-03-08 02:30:00" ;;
        America/New_York) expected="2026-09-06 2026-03-08 01:30:00" ;;
        America/Santiago) expected="2026-09-05 2026-03-08 02:30:00" ;;
    esac
    test "$seen" = "$expected" || { echo "no longer so"; exit 1; }
done
