#!/usr/bin/env bash
# parquet-go writes the DATE 2026-11-01 of a time.Time as a day in the year 5,688,153, and an optional delay of 0 as NULL.
#
# With: github.com/parquet-go/parquet-go v0.32.0 (Go 1.26.8), its files read by itself and by duckdb 2.0.1.
# Expected: the field `Day time.Time` tagged "date", a type that the documentation of the tag names, is written as the days since
#   1970; a field tagged "optional" makes the column nullable, and a pointer would be how to say NULL.
# Seen: the column is a DATE, and its days are the lowest 32 bits of the nanoseconds since 1970. parquet-go reads that day
#   back, without an error; dates that others wrote it reads rightly. Of an optional int32, float64, bool or string the zero value
#   is NULL: "no delay" and "delay not known" are one, and an average leaves the punctual trips out. A *int32 to 0 stays 0.
# Hurts: exports from Go services to a lake: partitions and filters by that date are empty, no reader finds the day again;
#   averages and rates are too high, count(late) too low.
# Instead: an int32 field tagged "date" that holds the days (time.Unix() / 86400 in UTC), or a timestamp; pointers for optional fields.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
mkdir "$work/trips"
cd "$work/trips"
export GOPATH="$work/go" GOFLAGS=-modcacherw  # nothing stays behind
cat > main.go <<'GO'
package main

import (
	"fmt"
	"time"

	"github.com/parquet-go/parquet-go"
)

type Trip struct {
	Trip    int64     `parquet:"trip"`
	Day     time.Time `parquet:"day,date"`
	Days    int32     `parquet:"days,date"`
	Late    int32     `parquet:"late,optional"`
	Pointer *int32    `parquet:"pointer,optional"`
	OnTime  bool      `parquet:"on_time,optional"`
}

type Dated struct {
	Day time.Time `parquet:"day,date"`
}

func main() {
	day, zero := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), int32(0)
	days := int32(day.Unix() / 86400)
	trips := []Trip{{1, day, days, 0, &zero, false}, {2, day, days, 60, nil, true}}
	if err := parquet.WriteFile("trips.parquet", trips); err != nil {
		panic(err)
	}
	back, err := parquet.ReadFile[Trip]("trips.parquet")
	if err != nil {
		panic(err)
	}
	fmt.Println(back[0].Day.Format("2006-01-02"))
	others, err := parquet.ReadFile[Dated]("duckdb.parquet")
	if err != nil {
		panic(err)
	}
	fmt.Println(others[0].Day.Format("2006-01-02"))
}
GO
go mod init trips >go.log 2>&1 && go get github.com/parquet-go/parquet-go@v0.32.0 >>go.log 2>&1 && go mod tidy >>go.log 2>&1 \
    && go build -o trips.bin . >>go.log 2>&1 || { cat go.log; exit 1; }
"$work/venv/bin/python" -c "import duckdb; duckdb.execute(\"COPY (SELECT DATE '2026-11-01' AS day) TO 'duckdb.parquet'\")"
./trips.bin >by_go
"$work/venv/bin/python" - <<'PY'
import duckdb

by_go = open("by_go").read().split()
columns = "day::VARCHAR, days::VARCHAR, late, pointer, on_time"
rows = duckdb.execute(f"SELECT {columns} FROM 'trips.parquet' ORDER BY trip").fetchall()
kinds = duckdb.execute("SELECT typeof(day), avg(late), avg(pointer) FROM 'trips.parquet' GROUP BY 1").fetchone()
nanoseconds = int(duckdb.execute("SELECT epoch_ns(TIMESTAMP '2026-11-01')").fetchone()[0])
days = duckdb.execute("SELECT day - DATE '1970-01-01' FROM 'trips.parquet'").fetchone()[0]
print("parquet-go v0.32.0, duckdb", duckdb.__version__)
print("written: 2026-11-01, the same in days, late 0, a pointer to 0, on_time false; and 60, nil, true")
print("read by DuckDB:", rows, kinds)
print("the days are the nanoseconds modulo 2**32:", days == nanoseconds % 2**32)
print("read by parquet-go:", by_go[0], "- the date that DuckDB wrote as 2026-11-01:", by_go[1])
if rows != [("5688153-05-26", "2026-11-01", None, 0, None), ("5688153-05-26", "2026-11-01", 60, None, True)]:
    raise SystemExit("no longer so: dates or zeros are written otherwise")
if kinds != ("DATE", 60, 0) or days != nanoseconds % 2**32 or by_go != ["5688153-05-26", "2026-11-01"]:
    raise SystemExit("no longer so: dates are read otherwise")
PY
