#!/usr/bin/env bash
# In chDB's pandas-like frame trips[trips.route != "A"] loses trips with no route, ~(trips.route == "A") keeps them; running totals change rows.
#
# With: chdb 4.4.0 (chdb-core 26.9.0, which is ClickHouse), pandas 3.1.1, pyarrow 26.0.1.
# Expected: "from chdb import datastore as pd" is announced as a change of one import: the answer of pandas, where None and NaN differ from
#   everything, or an error.
# Seen: a filter with != is SQL's, so rows of None or NaN are gone, though (route != "A").sum() counts them and though == behind ~ is
#   pandas'. isin(["A", None]) does not find None, and ~isin finds it. groupby("route")["n"].cumsum() over a Parquet file answers
#   in the order of the groups: row 1 of the answer is not row 1 of the file. assign(n=n * 2)[["n"]] keeps the other columns.
# Hurts: "all but" filters and their counts; running totals that are put beside other columns or written out.
# Instead: fillna before comparing; pandas itself for cumulative sums.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet chdb==4.4.0 chdb-core==26.9.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import pandas
from chdb import datastore

trips = pandas.DataFrame({"route": ["B", "A", None, "B", "A"], "n": [1, 10, 100, 1000, 10000]})
trips.to_parquet("trips.parquet")
questions = {
    'route != "A"': lambda frame: list(frame[frame["route"] != "A"]["n"]),
    '~(route == "A")': lambda frame: list(frame[~(frame["route"] == "A")]["n"]),
    '(route != "A").sum()': lambda frame: int((frame["route"] != "A").sum()),
    'isin(["A", None])': lambda frame: list(frame[frame["route"].isin(["A", None])]["n"]),
    "columns of assign(...)[...]": lambda frame: list(frame.assign(n=frame["n"] * 2)[["n"]].columns),
    "cumsum by route": lambda frame: [float(n) for n in frame[frame["n"] != 100].groupby("route")["n"].cumsum()],
}
print("chdb", version("chdb"), "pandas", pandas.__version__)
seen = {}
for question, ask in questions.items():
    seen[question] = ask(trips), ask(datastore.read_parquet("trips.parquet"))
    print(f"{question:28} pandas {seen[question][0]}, chdb {seen[question][1]}")
same = ['~(route == "A")', '(route != "A").sum()']
if any(seen[question][0] != seen[question][1] for question in same):
    raise SystemExit("no longer so: chdb is of one mind")
if any(right == other for question, (right, other) in seen.items() if question not in same):
    raise SystemExit("no longer so: chdb answers as pandas")
PY
