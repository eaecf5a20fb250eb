#!/usr/bin/env bash
# PyAthena reads an array of texts as numbers when all its elements look like numbers, and splits an element that holds a comma.
#
# With: pyathena 4.2.1; its DefaultTypeConverter is given the texts that Athena returns for ARRAY columns.
# Expected: the type of ARRAY(VARCHAR) is known (GetQueryResults names the column "array"), so elements arrive as texts in every row,
#   or the whole value arrives as text for the caller to parse.
# Seen: Athena prints arrays without quotes, and PyAthena guesses from what it sees, row by row. ARRAY['1','2'] gives [1, 2],
#   ARRAY['007','1'] gives ['007','1'], ARRAY['1.10'] gives [1.1]; ARRAY['null'] gives [None]. ARRAY['Fulton St, Brooklyn'] has
#   one element and gives two. A MAP with such a value stays text, while the next row's is a dict.
# Hurts: comparisons of array columns between Athena and another engine: ids match in one row and differ in the next; lists of
#   station names have more elements than the table says; a dictionary method fails on the row that is a string.
# Instead: CAST(array AS JSON) in the query and json.loads of the text; or UNNEST; compare cardinality(array) on both sides.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyathena==4.2.1
"$work/venv/bin/python" - <<'PY'
import pyathena
from pyathena.converter import DefaultTypeConverter

convert = DefaultTypeConverter().convert
# what was in the table, how Athena prints it, what PyAthena makes of it
cases = [
    ("array", ["1", "2"], "[1, 2]", [1, 2]),
    ("array", ["007", "1"], "[007, 1]", ["007", "1"]),
    ("array", ["1.10"], "[1.10]", [1.1]),
    ("array", ["null"], "[null]", [None]),
    ("array", ["Fulton St, Brooklyn"], "[Fulton St, Brooklyn]", ["Fulton St", "Brooklyn"]),
    ("map", {"at": "Fulton St"}, "{at=Fulton St}", {"at": "Fulton St"}),
    ("map", {"at": "Fulton St, Brooklyn"}, "{at=Fulton St, Brooklyn}", "{at=Fulton St, Brooklyn}"),
]
print("pyathena", pyathena.__version__)
for kind, expected, printed, wanted in cases:
    seen = convert(kind, printed)
    print(f"{kind:5} expected {expected!s:32} seen {seen!r}")
    if repr(seen) != repr(wanted):
        raise SystemExit(f"no longer so: {printed} is read as {seen!r}")
PY
