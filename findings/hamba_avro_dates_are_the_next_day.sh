#!/usr/bin/env bash
# hamba/avro for Go writes the date of 1 November, 23:30 in New York, as 2 November, and that of 20 July 1969, 20:17 UTC, as 21 July.
#
# With: github.com/hamba/avro v2.31.0 (Go 1.26.8), its file read by fastavro 1.13.1.
# Expected: a time.Time in a field "date" is the day that its Date() says, and "local-timestamp" the clock's reading, as the
#   specification has both without a zone. An instant in "timestamp-millis" is the same for everybody, and it is.
# Seen: "date" is the day in UTC, and "local-timestamp-millis" the reading in UTC, whatever the zone of the value: in New York every
#   evening belongs to the next day, in Moscow midnight to the day before. Days before 1970 are cut towards 1970 unless it is
#   midnight in UTC. hamba/avro reads the same back, without an error.
# Hurts: service days, partitions and "trips by day" of Go services: after 19:00 (20:00 in summer) they count for tomorrow.
# Instead: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) for dates, the same with hours for local timestamps.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet fastavro==1.13.1
mkdir "$work/trips"
cd "$work/trips"
export GOPATH="$work/go" GOFLAGS=-modcacherw  # nothing stays behind
cat > main.go <<'GO'
package main

import (
	"os"
	"time"

	"github.com/hamba/avro/v2/ocf"
)

const schema = `{"type": "record", "name": "Trip", "fields": [
	{"name": "day", "type": {"type": "int", "logicalType": "date"}},
	{"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
	{"name": "instant", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}`

type Trip struct {
	Day     time.Time `avro:"day"`
	Local   time.Time `avro:"local"`
	Instant time.Time `avro:"instant"`
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	file, err := os.Create("trips.avro")
	check(err)
	trips, err := ocf.NewEncoder(schema, file)
	check(err)
	for _, text := range os.Args[1:] {
		instant, err := time.Parse(time.RFC3339, text)
		check(err)
		check(trips.Encode(Trip{instant, instant, instant}))
	}
	check(trips.Close())
	check(file.Close())
}
GO
go mod init trips >go.log 2>&1 && go get github.com/hamba/avro/v2@v2.31.0 >>go.log 2>&1 && go mod tidy >>go.log 2>&1 \
    && go build -o trips.bin . >>go.log 2>&1 || { cat go.log; exit 1; }
"$work/venv/bin/python" - <<'PY'
import subprocess
from datetime import datetime

import fastavro

SEEN = {  # the time that is given: (the date and the local time that are written)
    "2026-11-01T12:30:00-05:00": ("2026-11-01", "2026-11-01 17:30:00"),
    "2026-11-01T23:30:00-05:00": ("2026-11-02", "2026-11-02 04:30:00"),
    "2026-11-01T00:00:00+03:00": ("2026-10-31", "2026-10-31 21:00:00"),
    "1969-07-20T20:17:00+00:00": ("1969-07-21", "1969-07-20 20:17:00"),
    "1969-07-20T00:00:00+00:00": ("1969-07-20", "1969-07-20 00:00:00"),
}
subprocess.run(["./trips.bin", *SEEN], check=True)
print("hamba/avro v2.31.0, fastavro", fastavro.__version__)
with open("trips.avro", "rb") as file:
    for (given, seen), trip in zip(SEEN.items(), fastavro.reader(file), strict=True):
        print(f"{given}: date {trip['day']}, local {trip['local']}, instant {trip['instant']}")
        if trip["instant"] != datetime.fromisoformat(given):
            raise SystemExit("the instant is another")
        if (str(trip["day"]), str(trip["local"])) != seen:
            raise SystemExit("no longer so")
PY
