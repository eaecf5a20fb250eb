#!/usr/bin/env bash
# A unit test of dbt or SQLMesh that expects 1.4 minutes passes where the model answers 1: it casts what is expected to the column's type.
#
# With: dbt-core 1.10.15 with dbt-duckdb 1.10.0, duckdb 2.0.1; SQLMesh 0.236.4 with duckdb 1.5.6.
# Expected: 100 seconds // 60 is 1, the test wants 1.4 (or 1.67): it fails. That is the error such tests are written for: a quotient or an
#   average in a column of whole numbers.
# Seen: both pass it. dbt writes cast(1.4 as INTEGER) and so also takes 23:59:59 of a day for the DATE, 5.504 for the DECIMAL 5.50, 5
#   for the boolean true, and fails only from 1.5 on, with "2" in its message; SQLMesh cuts: it passes 1.67 as well, but
#   compares decimals and dates as written. dbt's documentation says that it casts, not that a wrong type passes.
# Hurts: models whose minutes, shares and averages are whole numbers by mistake: the test that states the right value is green.
# Instead: state the type that is wanted in the model or a contract (data_type: double), and expect in units of that type;
#   assert the type in a test of its own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/dbt"
"$work/dbt/bin/pip" install --quiet dbt-core==1.10.15 dbt-duckdb==1.10.0 duckdb==2.0.1
python3 -m venv "$work/sqlmesh"
"$work/sqlmesh/bin/pip" install --quiet sqlmesh==0.236.4 duckdb==1.5.6 pandas==2.3.3
export DBT_SEND_ANONYMOUS_USAGE_STATS=0 SQLMESH__DISABLE_ANONYMIZED_ANALYTICS=1 NO_COLOR=1
mkdir -p "$work/project/models" "$work/mesh/models" "$work/mesh/tests"
cd "$work/project"
printf 'name: p\nprofile: p\n' > dbt_project.yml
printf 'p: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb}}}\n' > profiles.yml
cat > models/trips.sql <<'SQL'
SELECT 1 AS trip, 100 AS late, CAST(2.75 AS DECIMAL(10, 2)) AS fare, DATE '2026-11-01' AS day, true AS ok
SQL
cat > models/shown.sql <<'SQL'
SELECT trip, late // 60 AS minutes, fare * 2 AS fares, day, ok FROM {{ ref('trips') }}
SQL
cat > tests.py <<'PY'
import json
import sys

GIVEN = {"trip": 1, "late": 100, "fare": 2.75, "day": "2026-11-01", "ok": True}
EXPECTED = {
    "minutes_1": {"minutes": 1},
    "minutes_1_4": {"minutes": 1.4},
    "minutes_1_67": {"minutes": 1.67},
    "minutes_2": {"minutes": 2},
    "day_23_59_59": {"day": "2026-11-01 23:59:59"},
    "fares_5_504": {"fares": 5.504},
    "ok_5": {"ok": 5},
}
if sys.argv[1] == "dbt":
    tests = [{"name": name, "model": "shown", "given": [{"input": "ref('trips')", "rows": [GIVEN]}], "expect": {"rows": [row]}}
             for name, row in EXPECTED.items()]
    print(json.dumps({"unit_tests": tests}))
else:
    print(json.dumps({name: {"model": "s.shown", "inputs": {"s.trips": {"rows": [GIVEN]}}, "outputs": {"query": {"partial": True, "rows": [row]}}}
                      for name, row in EXPECTED.items()}))
PY
python3 tests.py dbt > models/tests.yml
python3 tests.py sqlmesh > ../mesh/tests/test_shown.yaml
"$work/dbt/bin/dbt" --quiet run --profiles-dir . >run.log 2>&1 || { cat run.log; exit 1; }
"$work/dbt/bin/dbt" test --select test_type:unit --profiles-dir . >dbt.log 2>&1 || true
cd "$work/mesh"
printf 'gateways: {local: {connection: {type: duckdb}}}\nmodel_defaults: {dialect: duckdb, start: 2026-01-01}\n' > config.yaml
cat > models/trips.sql <<'SQL'
MODEL (name s.trips, kind FULL);
SELECT 1::INT AS trip, 100::INT AS late, 2.75::DECIMAL(10, 2) AS fare, DATE '2026-11-01' AS day, TRUE::BOOLEAN AS ok
SQL
cat > models/shown.sql <<'SQL'
MODEL (name s.shown, kind FULL);
SELECT trip, late // 60 AS minutes, fare * 2 AS fares, day, ok FROM s.trips
SQL
"$work/sqlmesh/bin/sqlmesh" test >../sqlmesh.log 2>&1 || true
"$work/dbt/bin/python" - <<'PY'
import re

dbt_log, mesh_log = open("../project/dbt.log").read(), open("../sqlmesh.log").read()
by_dbt = {name: outcome for outcome, name in re.findall(r"(PASS|FAIL)(?: 1)? shown::(\w+)", dbt_log)}
failed = set(re.findall(r"FAIL: (\w+)", mesh_log))
if not re.search(r"Ran `?7`? [Tt]ests", mesh_log):
    raise SystemExit(mesh_log)
print("dbt-core 1.10.15, SQLMesh 0.236.4 - the model: 100 // 60, 2 * 2.75, 2026-11-01, true")
for name, outcome in by_dbt.items():
    mesh = "FAIL" if name in failed else "PASS"
    print(f"expected {name:15} dbt {outcome}  SQLMesh {mesh}")
if {name for name, outcome in by_dbt.items() if outcome == "FAIL"} != {"minutes_1_67", "minutes_2"} or len(by_dbt) != 7:
    raise SystemExit("no longer so: dbt")
if failed != {"minutes_2", "day_23_59_59", "fares_5_504"}:
    raise SystemExit(f"no longer so: SQLMesh fails {failed}")
PY
