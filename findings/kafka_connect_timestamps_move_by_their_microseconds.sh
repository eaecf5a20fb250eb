#!/usr/bin/env bash
# Kafka Connect's TimestampConverter reads six digits of a second as milliseconds: 10:00:00.999999 becomes 10:16:39.999.
#
# With: org.apache.kafka:connect-transforms 4.1.0, Java 17.
# Expected: microseconds kept or cut to milliseconds, as its types hold those; text that the format does not cover, refused.
# Seen: with yyyy-MM-dd HH:mm:ss.SSSSSS (and .SSS) a moment goes up to 16 minutes 39 seconds ahead, .5 is 5 milliseconds; written
#   with that format 123 milliseconds are .000123; an offset behind the text is passed over, +02:00 is UTC; 2026-13-45 is
#   14 February 2027; microseconds of the epoch come out in microseconds, the last three digits zero. The format is
#   SimpleDateFormat's, and lenient.
# Hurts: whoever brings event times to S3 or Redshift by Connect: delays and orders are wrong by minutes, and nothing fails.
# Instead: cut the text to three digits with a transform of one's own before it, or keep the text and cast it in SQL.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'XML'
<project><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>connect-transforms</artifactId><version>4.1.0</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat > Ask.java <<'JAVA'
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.TimestampConverter;

public class Ask {
    static int changed = 0;

    static void ask(String meant, String seen, Schema schema, Object value, String... settings) {
        Map<String, Object> given = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) given.put(settings[i], settings[i + 1]);
        TimestampConverter.Value<SourceRecord> converter = new TimestampConverter.Value<>();
        converter.configure(given);
        Object made = converter.apply(new SourceRecord(null, null, "topic", 0, schema, value)).value();
        String answer = made instanceof Date date ? date.toInstant().toString() : String.valueOf(made);
        System.out.printf("%s %s%n    one would expect %s, it gives %s%n", value, given, meant, answer);
        if (!answer.equals(seen)) changed++;
    }

    static void read(String meant, String seen, String text, String format) {
        ask(meant, seen, Schema.STRING_SCHEMA, text, "target.type", "Timestamp", "format", format);
    }

    public static void main(String[] none) {
        String six = "yyyy-MM-dd HH:mm:ss.SSSSSS", three = "yyyy-MM-dd HH:mm:ss.SSS";
        read("2026-09-21T10:00:00.123Z", "2026-09-21T10:02:03.456Z", "2026-09-21 10:00:00.123456", six);
        read("2026-09-21T10:00:00.999Z", "2026-09-21T10:16:39.999Z", "2026-09-21 10:00:00.999999", six);
        read("a refusal", "2026-09-21T10:02:03.456Z", "2026-09-21 10:00:00.123456", three);
        read("2026-09-21T10:00:00.500Z", "2026-09-21T10:00:00.005Z", "2026-09-21 10:00:00.5", three);
        read("2026-09-21T10:00:00.123Z", "2026-09-21T10:00:00.123Z", "2026-09-21 10:00:00.123", three);
        read("08:00 in UTC, or a refusal", "2026-09-21T10:00:00Z", "2026-09-21T10:00:00+02:00", "yyyy-MM-dd'T'HH:mm:ss");
        read("a refusal", "2027-02-14T00:00:00Z", "2026-13-45", "yyyy-MM-dd");
        ask("2026-09-21 14:13:20.123000", "2026-09-21 14:13:20.000123", Schema.INT64_SCHEMA, 1790000000123L,
            "target.type", "string", "format", six);
        ask("1790000000123456", "1790000000123000", Schema.INT64_SCHEMA, 1790000000123456L,
            "target.type", "unix", "unix.precision", "microseconds");
        if (changed > 0) {
            System.out.println(changed + " answers are others than were seen");
            System.exit(1);
        }
    }
}
JAVA
javac -cp 'lib/*' Ask.java
java -Duser.timezone=UTC -cp 'lib/*:.' Ask
