#!/usr/bin/env bash
# csvsort, csvjoin and csvjson of csvkit write the departure 08:15 as 0:08:15, eight minutes, and 24:10:00 as "1 day, 0:10:00".
#
# With: csvkit 2.2.0 (agate 1.14.2, pytimeparse 1.1.10).
# Expected: a tool that sorts or joins lines writes the values as they were, perhaps 1.10 as 1.1; a column of clock times is text, as
#   csvkit knows dates and datetimes but no times.
# Seen: a column whose values all look like durations becomes one: hours and minutes are read as minutes and seconds, and times after
#   midnight in GTFS are written in Python's words. The route names 5m, 1d and 6h become "0:05:00", "1 day, 0:00:00" and "6:00:00".
#   The order of rows is right, so that nobody looks. csvgrep and csvcut keep what they read.
# Hurts: who sorts or joins stop_times.txt and timetables on the command line, and who loads the output into a database.
# Instead: -I (--no-inference) for all of them; --no-leading-zeroes keeps 007 but not these.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet csvkit==2.2.0 agate==1.14.2 pytimeparse==1.1.10
export PATH="$work/venv/bin:$PATH"
printf 'trip,departure\n3,24:10\n1,08:15\n2,23:50\n' > minutes.csv
printf 'trip,departure\n3,24:10:00\n1,08:15:00\n2,23:50:00\n' > seconds.csv
printf 'trip,route\n1,5m\n2,1d\n3,6h\n' > routes.csv
printf 'trip,line\n1,F\n2,M\n3,F\n' > lines.csv
csvsort --version
{
  echo "csvsort:"; csvsort -c trip minutes.csv; csvsort -c trip seconds.csv; csvsort -c trip routes.csv
  echo "csvjoin:"; csvjoin -c trip minutes.csv lines.csv
  echo "csvjson:"; csvjson minutes.csv; echo
  echo "csvsort -I:"; csvsort -I -c trip minutes.csv
} | tee seen
diff - seen <<'TXT' || { echo "no longer so: csvkit writes other values"; exit 1; }
csvsort:
trip,departure
1,0:08:15
2,0:23:50
3,0:24:10
trip,departure
1,8:15:00
2,23:50:00
3,"1 day, 0:10:00"
trip,route
1,0:05:00
2,"1 day, 0:00:00"
3,6:00:00
csvjoin:
trip,departure,line
3,0:24:10,F
1,0:08:15,F
2,0:23:50,M
csvjson:
[{"trip": 3.0, "departure": "0:24:10"}, {"trip": 1.0, "departure": "0:08:15"}, {"trip": 2.0, "departure": "0:23:50"}]
csvsort -I:
trip,departure
1,08:15
2,23:50
3,24:10
TXT
