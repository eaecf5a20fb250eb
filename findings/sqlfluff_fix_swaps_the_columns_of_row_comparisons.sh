#!/usr/bin/env bash
# "sqlfluff fix" turns (delay, trip) IN (SELECT max(delay), trip ...) into (delay, trip) IN (SELECT trip, max(delay) ...): other rows.
#
# With: sqlfluff 4.5.0 (default rules; dialects postgres, redshift, athena, duckdb), both queries run on duckdb 2.0.1.
# Expected: a formatter changes no answer. The rule ST06 puts plain columns before calculations, and leaves alone what depends on the
#   order: INSERT ... SELECT, UNION, CREATE TABLE AS, CTEs with column names, GROUP BY 1.
# Seen: it does leave those alone, and not a subquery that is compared by position: where both columns are numbers, it finds other rows, or
#   none. (a, b) = (SELECT max(a), b ...) likewise; COPY (SELECT ...) TO writes the
#   columns in the other order, in PostgreSQL's dialect and DuckDB's; for Redshift also DECLARE CURSOR. The last SELECT
#   of WITH ... is read through "*" from a CTE whose columns were exchanged. CV05 makes "= NULL", never true, "IS NULL".
# Hurts: "fix" in a pre-commit hook over a folder of queries before or after a move between engines: both texts look tidy, types agree, and
#   the comparison of the engines blames the engine.
# Instead: sqlfluff lint, and fix with --exclude-rules ST06,CV05; compare the answers before and after, not only that it parses.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlfluff==4.5.0 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import sqlfluff

connection = duckdb.connect()
connection.execute("CREATE TABLE visits (route VARCHAR, trip INT, delay INT)")
connection.execute("INSERT INTO visits VALUES ('A', 7, 120), ('A', 8, 30), ('B', 9, 60), ('B', 60, 9)")
queries = {
    "IN": "SELECT trip FROM visits WHERE (delay, trip) IN (SELECT max(delay), trip FROM visits GROUP BY trip) ORDER BY trip\n",
    "row": "SELECT trip FROM visits WHERE (120, 7) IN (SELECT delay + 0, trip FROM visits) ORDER BY trip\n",
    "star": "WITH d AS (SELECT max(delay) AS delay, route FROM visits GROUP BY route) SELECT * FROM d ORDER BY delay\n",
    "NULL": "SELECT trip FROM visits WHERE delay = NULL OR trip = 8\n",
    "INSERT": "INSERT INTO visits (delay, trip) SELECT max(delay), trip FROM visits GROUP BY trip\n",
}


def fixed(query: str, dialect: str, *without: str) -> str:
    return sqlfluff.fix(query, dialect=dialect, exclude_rules=list(without) or None)


print("sqlfluff", sqlfluff.__version__, "duckdb", duckdb.__version__, "- expected: the same answer before and after")
swapped = 0
for dialect in ("postgres", "redshift", "athena", "duckdb"):
    text = " ".join(fixed(queries["IN"], dialect).split())
    print(f"{dialect:9} {text}")
    swapped += "trip, max(delay)" in text
answers = {}
for name in ("IN", "row", "star"):
    for when, text in (
        ("before", queries[name]),
        ("after", fixed(queries[name], "duckdb")),
        ("without ST06", fixed(queries[name], "duckdb", "ST06", "CV05")),
    ):
        answers[name, when] = connection.execute(text).fetchall()
        print(f"{name:5} {when:12} {answers[name, when]}")
insert, null = (" ".join(fixed(queries[name], "duckdb").split()) for name in ("INSERT", "NULL"))
print(insert, "|", null)
if swapped != 4:
    raise SystemExit("no longer so: the columns keep their order")
if "SELECT max(delay), trip FROM" not in insert or "IS NULL" not in null.upper():
    raise SystemExit("no longer so: INSERT is changed, or = NULL is not")
for name in ("IN", "row", "star"):
    if answers[name, "before"] != answers[name, "without ST06"] or answers[name, "before"] == answers[name, "after"]:
        raise SystemExit(f"no longer so: {name} answers otherwise")
PY
