#!/usr/bin/env bash
# csv-diff with --key finds no difference between a file and one with half of its rows, when they share their keys.
#
# With: csv-diff 1.2; duckdb 2.0.1 counts the rows that differ (EXCEPT ALL, both ways).
# Expected: a tool that compares two files by a key compares all rows, or says that the key is not unique, as a database does of a
#   primary key; without --key it compares rows whole, and how many there are of each.
# Seen: each file becomes a dictionary by the key: of rows with the same key the last one counts, the others are never looked at. A file
#   of eight rows "equals" one of three: no output, exit code 0. Rows of one key in another order are a change. Without --key the rows are
#   a set: two copies of a row and one are the same. In JSON (--json) all four lists are empty.
# Hurts: checks of an export against its copy: stop_times by trip_id, readings by vehicle. A load that ran twice, or lost rows, passes.
# Instead: EXCEPT ALL both ways in DuckDB; or compare the counts of rows and of distinct keys first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet csv-diff==1.2 duckdb==2.0.1
cd "$work"
header="trip_id,stop_sequence,stop_id,late"
printf '%s\n' "$header" T1,1,A,0 T1,2,B,60 T1,3,C,90 T2,1,A,0 T2,2,B,0 T2,3,C,5 T3,1,A,7 T3,1,A,7 >all.csv
printf '%s\n' "$header" T1,3,C,90 T2,3,C,5 T3,1,A,7 >last.csv
printf '%s\n' "$header" T1,1,A,0 T1,2,B,60 T1,3,C,90 T2,1,A,0 T2,2,B,0 T2,3,C,5 T3,1,A,7 >once.csv
printf '%s\n' "$header" T1,3,C,90 T1,2,B,60 T1,1,A,0 T2,1,A,0 T2,2,B,0 T2,3,C,5 T3,1,A,7 T3,1,A,7 >other_order.csv
"$work/venv/bin/python" - <<'PY'
import json
import subprocess
from importlib.metadata import version

import duckdb

print("csv-diff", version("csv-diff"), "duckdb", duckdb.__version__)
KEY = "--key=trip_id"
CASES = (("last.csv", [KEY]), ("once.csv", []), ("last.csv", []), ("other_order.csv", [KEY]), ("other_order.csv", []))
seen = []
for other, key in CASES:
    run = ["venv/bin/csv-diff", "all.csv", other, *key]
    text = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    lists = json.loads(subprocess.run([*run, "--json"], capture_output=True, text=True, check=True).stdout)
    changes = sum(len(lists[each]) for each in ("added", "removed", "changed"))
    one, two = (f"SELECT * FROM read_csv('{name}', all_varchar = true)" for name in ("all.csv", other))
    differ = duckdb.sql(f"SELECT count(*) FROM ((({one}) EXCEPT ALL ({two})) UNION ALL (({two}) EXCEPT ALL ({one})))").fetchall()[0][0]
    words = text.splitlines()[0] if text else "nothing"
    print(f"all.csv and {other:15} {' '.join(key):13} csv-diff says: {words!s:14} ({changes} changes)  rows that differ: {differ}")
    seen.append((changes, bool(text), differ))
if seen != [(0, False, 5), (0, False, 1), (4, True, 5), (1, True, 0), (0, False, 0)]:
    raise SystemExit(f"no longer so: {seen}")
PY
