#!/usr/bin/env bash
# In Tablesaw isNotEqualTo(60) finds trips whose delay is missing, isNotEqualTo("") does not, and joins pair missing with missing.
#
# With: tech.tablesaw:tablesaw-core 0.44.4 (Java 17), for comparison duckdb 2.0.1.
# Expected: "not 60" is false for a missing delay, as isLessThan(60) and isGreaterThan(60) are; a join finds no partner for a
#   missing key; a LongColumn of ids stays exact.
# Seen: isNotEqualTo and isNotIn find missing values, so that the trips below, above and at 60 are fewer than those that are 60 and those
#   that are not; an empty text is a missing one. inner() joins missing with missing. Sorted upwards missing comes first where it is
#   a text and last where it is a number. LongColumn.add(0), sum() and max() are doubles: 9007199254740993 becomes ...992, and times in
#   nanoseconds lose their last digits. Instant columns keep milliseconds.
# Hurts: shares of late trips, joins by optional keys, ids and times of nanoseconds in services and notebooks on the JVM.
# Instead: .and(column.isNotMissing()) beside every "not"; dropRowsWithMissingValues() before joins; texts for ids.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>ask</groupId><artifactId>ask</artifactId><version>1</version>
<dependencies>
<dependency><groupId>tech.tablesaw</groupId><artifactId>tablesaw-core</artifactId><version>0.44.4</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
</dependencies></project>
XML
cat > Ask.java <<'JAVA'
import java.time.Instant;
import tech.tablesaw.api.InstantColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.selection.Selection;

public class Ask {
    static Table trips = Table.create(
            IntColumn.create("id", new int[] {1, 2, 3, 4}),
            StringColumn.create("route", "A", null, "B", "A"),
            IntColumn.create("late", new Integer[] {60, null, -90, 5}));

    static Object ids(Selection selection) {
        return trips.where(selection).intColumn("id").asList();
    }

    public static void main(String[] arguments) {
        var late = trips.intColumn("late");
        var route = trips.stringColumn("route");
        var names = Table.create(StringColumn.create("route", "A", null), StringColumn.create("name", "Eighth Avenue", "unknown"));
        var joined = trips.joinOn("route").inner(names).sortOn("id");
        var large = LongColumn.create("large", 9007199254740993L, 0L);
        System.out.println(ids(late.isNotEqualTo(60)));
        System.out.println(ids(late.isLessThan(60)) + " " + ids(late.isGreaterThan(60)) + " " + ids(late.isEqualTo(60)));
        System.out.println(ids(route.isNotEqualTo("A")));
        System.out.println(ids(route.isNotIn("A", "B")));
        System.out.println(ids(route.isNotEqualTo("")));
        System.out.println(joined.intColumn("id").asList() + " " + joined.stringColumn("name").asList());
        System.out.println(trips.sortOn("route").intColumn("id").asList() + " " + trips.sortOn("late").intColumn("id").asList());
        System.out.printf("%.0f %.0f %.0f%n", large.add(0).get(0), large.sum(), large.max());
        System.out.println(InstantColumn.create("at", Instant.parse("2026-11-01T05:30:00.123456Z")).get(0));
    }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
venv/bin/python - <<'PY'
import subprocess

import duckdb

TRIPS = "(VALUES (1, 'A', 60), (2, NULL, NULL), (3, 'B', -90), (4, 'A', 5)) AS trips(id, route, late)"
NAMES = "(VALUES ('A', 'Eighth Avenue'), (NULL, 'unknown')) AS names(route, name)"
QUESTIONS = (  # what is asked, in SQL where SQL says something else, and what Tablesaw says
    ("isNotEqualTo(60)", f"SELECT list(id ORDER BY id) FROM {TRIPS} WHERE late <> 60", "[2, 3, 4]"),
    ("isLessThan(60), isGreaterThan(60), isEqualTo(60)", None, "[3, 4] [] [1]"),
    ('isNotEqualTo("A")', f"SELECT list(id ORDER BY id) FROM {TRIPS} WHERE route <> 'A'", "[2, 3]"),
    ('isNotIn("A", "B")', f"SELECT list(id ORDER BY id) FROM {TRIPS} WHERE route NOT IN ('A', 'B')", "[2]"),
    ('isNotEqualTo("")', None, "[1, 3, 4]"),
    ("inner join", f"SELECT list(id ORDER BY id) FROM {TRIPS} JOIN {NAMES} USING (route)",
     "[1, 2, 4] [Eighth Avenue, unknown, Eighth Avenue]"),
    ("sorted by route, by late", None, "[2, 1, 4, 3] [3, 4, 1, 2]"),
    ("9007199254740993 add(0), sum(), max()", None, "9007199254740992 9007199254740992 9007199254740992"),
    ("05:30:00.123456", None, "2026-11-01T05:30:00.123Z"),
)
java = ["java", "-cp", open("classpath").read(), "Ask.java"]
answers = subprocess.run(java, capture_output=True, text=True, check=True).stdout.strip().split("\n")
print("tablesaw 0.44.4, duckdb", duckdb.__version__)
for (asked, query, seen), answer in zip(QUESTIONS, answers, strict=True):
    meant = query and duckdb.execute(query).fetchone()[0]
    print(f"{asked:50} Tablesaw {answer}", f"DuckDB {meant or []}" if query else "")
    if answer != seen or (query and str(meant) == seen):
        raise SystemExit("no longer so")
PY
