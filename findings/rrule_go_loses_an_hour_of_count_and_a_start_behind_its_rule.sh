#!/usr/bin/env bash
# rrule-go at clock changes: an hourly job skips the repeated hour, COUNT=4 gives three, 02:30 is an hour early; a DTSTART behind
# its RRULE is passed over.
#
# With: the Go module github.com/teambition/rrule-go v1.8.2.
# Expected: RFC 5545: the lines of a component have no order; a local time that a clock change skips is read with the offset from
#   before the gap, 02:30 as 03:30 (3.3.5); COUNT is how many occurrences there are; hours that an interval of hours counts are
#   an hour apart.
# Seen: hourly on 1 November the second 01:30 is missing, two hours lie between two runs; every 8 hours there are once 9; on 8
#   March hourly with COUNT=4 has three occurrences; daily at 02:30 comes at 01:30 on that day; and where RRULE stands before
#   DTSTART the set begins with the moment of the call, without an error.
# Hurts: hourly loads and reports scheduled in the zone of the city: an hour of a year is loaded by nobody, once a year.
# Instead: DTSTART first, in UTC, for what runs by the hour.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOPATH="$work/go"
go mod init finding >/dev/null 2>&1
go get github.com/teambition/rrule-go@v1.8.2 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

var changed = 0

func ask(text string) []time.Time {
	set, err := rrule.StrToRRuleSet(text)
	if err != nil {
		panic(err)
	}
	return set.All()
}

func check(start, rule, meant, seen string) {
	var made []string
	for _, one := range ask("DTSTART;TZID=America/New_York:" + start + "\nRRULE:" + rule) {
		made = append(made, one.Format("02T15:04-07"))
	}
	fmt.Printf("%s %s\n    meant %s\n    made  %s\n", start, rule, meant, strings.Join(made, " "))
	if strings.Join(made, " ") != seen {
		changed++
	}
}

func main() {
	check("20261101T003000", "FREQ=HOURLY;COUNT=4",
		"01T00:30-04 01T01:30-04 01T01:30-05 01T02:30-05", "01T00:30-04 01T01:30-04 01T02:30-05 01T03:30-05")
	check("20261031T173000", "FREQ=HOURLY;INTERVAL=8;COUNT=3",
		"31T17:30-04 01T01:30-04 01T08:30-05", "31T17:30-04 01T01:30-04 01T09:30-05")
	check("20260308T003000", "FREQ=HOURLY;COUNT=4",
		"08T00:30-05 08T01:30-05 08T03:30-04 08T04:30-04", "08T00:30-05 08T01:30-05 08T03:30-04")
	check("20260307T023000", "FREQ=DAILY;COUNT=3",
		"07T02:30-05 08T03:30-04 09T02:30-04", "07T02:30-05 08T01:30-05 09T02:30-04")
	first := ask("RRULE:FREQ=DAILY;COUNT=2\nDTSTART:20260301T090000Z")[0]
	fmt.Println("RRULE before DTSTART:20260301T090000Z begins", first.Format(time.RFC3339))
	if time.Since(first) > time.Hour {
		changed++
	}
	if changed > 0 {
		fmt.Println(changed, "answers are others than were seen")
		os.Exit(1)
	}
}
GO
go run .
