"""Queries about single entries of the translator's tables: each leaves one of its words or classes to be read."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["entries"]

SAFE = ["'x'", "NULL", "ok", "UPPER(s)", "LOWER(s)", "TRIM(s)", "LENGTH(s)", "REVERSE(s)", "CONCAT(s, u)", "s || u",
        "COALESCE(s, u)", "NULLIF(s, u)", "IF(ok, s, u)", "CASE WHEN ok THEN s END", "s = u", "s <> u", "n < i",
        "n <= i", "n > i", "n >= i", "ok AND ok", "ok OR ok", "NOT ok", "s IS NULL", "n IN (1, 2)",
        "n BETWEEN 1 AND 2", "s LIKE 'a%'", "SPLIT_PART(s, ',', 1)", "STRPOS(s, 'a')", "REPLACE(s, 'a', 'b')",
        "REGEXP_EXTRACT(s, 'a+')", "REGEXP_LIKE(s, 'a')", "REGEXP_REPLACE(s, 'a', 'b')", "STARTS_WITH(s, 'a')",
        "(s)", "YEAR(at)", "MONTH(at)", "DAY(at)", "HOUR(at)", "MINUTE(at)", "SECOND(at)", "DATE_FORMAT(at, '%Y')",
        "TRY_CAST(s AS bigint)", "CONCAT_WS('-', s, u)", "TRUE"]  # fmt: skip
STATEMENTS = ["DEALLOCATE PREPARE q", "DESCRIBE samples", "ALTER TABLE samples ADD COLUMNS (a int)",
              "UPDATE samples SET n = 1", "MERGE INTO samples USING routes ON TRUE WHEN MATCHED THEN DELETE",
              "VACUUM samples", "OPTIMIZE samples REWRITE DATA USING BIN_PACK",
              "USING EXTERNAL FUNCTION f(a int) RETURNS int LAMBDA 'x' SELECT f(1)", "ANALYZE samples",
              "GRANT SELECT ON samples TO USER x", "REVOKE SELECT ON samples FROM USER x", "CALL p()",
              "TRUNCATE TABLE samples", "START TRANSACTION", "COMMIT", "ROLLBACK", "SET SESSION a = 1",
              "RESET SESSION a", "USE lab", "EXECUTE q", "UNLOAD (SELECT 1) TO 's3://b/'", "SHOW TABLES",
              "MSCK REPAIR TABLE samples", "DROP TABLE samples", "CREATE TABLE t (a int)", "DELETE FROM samples",
              "EXPLAIN SELECT AVG(n) AS v FROM samples", "CREATE VIEW w AS (SELECT n FROM samples)",
              "INSERT INTO routes (id) VALUES (1)", "CREATE VIEW w AS VALUES (1)", "CREATE VIEW w AS TABLE routes",
              "CREATE VIEW w AS WITH q AS (SELECT 1 AS a) SELECT a FROM q"]  # fmt: skip
DOUBLES = ["SQRT", "CBRT", "EXP", "LN", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "DEGREES", "RADIANS"]
PARTS = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "QUARTER", "WEEK", "DAY_OF_MONTH", "DAY_OF_YEAR",
         "DAY_OF_WEEK", "YEAR_OF_WEEK"]  # fmt: skip
FIELDS = ["YEAR", "MONTH", "DAY", "DAY_OF_MONTH", "HOUR", "MINUTE", "SECOND", "QUARTER", "WEEK", "DAY_OF_YEAR", "DOY",
          "DAY_OF_WEEK", "DOW"]  # fmt: skip
NARROW = [*(f"{part}(at)" for part in PARTS), "EXTRACT(YEAR FROM at)", "LENGTH(s)", "STRPOS(s, 'a')",
          "REGEXP_COUNT(s, 'a')", "CARDINALITY(SPLIT(parts, ','))"]  # fmt: skip
RANKS = ["RANK() OVER (ORDER BY id)", "DENSE_RANK() OVER (ORDER BY id)"]
BITS = ["BITWISE_AND_AGG(i)", "BITWISE_OR_AGG(i)"]
MYSQL = "YymdHMSfpIjbaGvTWMcekli"
JODA = ["yyyy", "YYYY", "yy", "MM", "dd", "HH", "mm", "ss", "SSS", "hh", "a", "MMM", "EEE", "DDD", "ww", "xxxx", "d",
        "M", "H", "h", "MMMM", "EEEE"]  # fmt: skip
READ = ["%Y", "%m", "%b", "%d", "%H", "%i", "%s", "%I", "%p"]
WORDS = ["Y,YYY", "SSSSS", "MONTH", "YYYY", "IYYY", "DDDD", "IDDD", "HH24", "HH12", "SSSS", "A.M.", "P.M.", "A.D.",
         "B.C.", "YYY", "IYY", "MON", "DAY", "DDD", "TZH", "TZM", "YY", "IY", "MM", "RM", "WW", "IW", "DY", "DD", "ID",
         "HH", "MI", "SS", "MS", "US", "AM", "PM", "AD", "BC", "CC", "TZ", "OF", "FM", "FX", "SP", "TH", "Y", "I", "Q",
         "W", "D", "J"]  # fmt: skip
WHOLE = ["tinyint", "smallint", "integer", "bigint"]
SUMS = ["SUM(n)", "MIN(b)", "MAX(b)", "(b)", "ANY_VALUE(b)", "SUM(b)"]
# Places where a sum of bigints, NUMERIC on Redshift, meets an operator; `b` is such a sum of an inner query.
MEETING = ["b + 1.5", "b - 1.5", "b * 1.5", "b / 4", "b % 7", "ROUND(b)", "CAST(b AS varchar)", "COALESCE(b, 0)",
           "NULLIF(b, 1)", "-b", "ABS(b)", "SIGN(b)", "DATE_ADD('day', b, day)", "FROM_UNIXTIME(b)",
           "BITWISE_AND(b, 1)", "BITWISE_OR(b, 1)", "BITWISE_XOR(b, 1)", "(b) / 4", "(b + 0) / 4"]  # fmt: skip
WINDOWS = ["FIRST_VALUE(b)", "LAST_VALUE(b)", "NTH_VALUE(b, 2)", "LAG(b)", "LEAD(b)", "LAG(b) IGNORE NULLS",
           "LAG(b) RESPECT NULLS", "FIRST_VALUE(b) IGNORE NULLS"]  # fmt: skip
REALS = ["ROUND({})", "CEIL({})", "FLOOR({})", "TRUNCATE({})", "SIGN({})", "SUM({})", "AVG({})",
         "SUM({}) FILTER (WHERE ok)", "FIRST_VALUE({}) IGNORE NULLS OVER (ORDER BY id)"]  # fmt: skip
FRAME = "OVER (PARTITION BY day ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"

# Statements for the entries that no pattern above reaches, one a line.
OTHERS = r"""
SELECT DISTINCT s || ' ' AS v FROM samples
SELECT COUNT(DISTINCT s || ' ') AS v FROM samples
SELECT COUNT(*) OVER (PARTITION BY s || ' ') AS v FROM samples
SELECT id FROM samples ORDER BY s || ' ', id LIMIT 3
SELECT MIN(s || ' ') AS v FROM samples
SELECT MAX(s || ' ') AS v FROM samples
SELECT APPROX_DISTINCT(s || ' ') AS v FROM samples
SELECT COUNT(*) AS v FROM samples GROUP BY s || ' '
SELECT (b) / 4 AS v, b AS w FROM (SELECT (SUM(n)) AS b, day FROM samples GROUP BY day) AS q
SELECT day, SUM(1) AS c FROM samples GROUP BY day ORDER BY SUM(1), day
SELECT id FROM samples ORDER BY ROW_NUMBER() OVER (), id
SELECT id FROM samples ORDER BY (1, 2), id
SELECT id FROM samples ORDER BY n NULLS LAST
SELECT id FROM samples WHERE n BETWEEN SYMMETRIC 5 AND 1
SELECT 0x1F AS v, 0b11 AS w, 0o17 AS z FROM samples
SELECT at - INTERVAL - '1' DAY AS v FROM samples
SELECT U&'\00e9' AS v FROM samples
SELECT COUNT() AS v FROM samples
SELECT LISTAGG(s) AS v FROM samples
SELECT SPLIT(parts, ',', 2)[1] AS v FROM samples
SELECT GREATEST(TRUE, ok) AS v FROM samples
SELECT GREATEST(COUNT(*), 5) AS v, GREATEST(COUNT(n), MAX(n)) AS w FROM samples
SELECT MAX_BY(s, n) OVER (PARTITION BY day) AS v FROM samples
SELECT COUNT(*) AS c FROM samples GROUP BY ()
SELECT COUNT(*) AS c FROM samples GROUP BY ROLLUP ((day, ok))
SELECT day, ok, COUNT(*) AS c FROM samples GROUP BY CUBE ((day, ok), n)
SELECT SUM(n) OVER (ORDER BY day) AS v FROM samples ORDER BY id OFFSET 3
SELECT DISTINCT SUM(n) OVER (ORDER BY day) AS v FROM samples
SELECT SUM(samples.n) OVER (ORDER BY samples.day) AS v FROM samples JOIN routes ON samples.id = routes.id
SELECT SUM(n) OVER (ORDER BY day) AS v, MAX(n) OVER w AS z FROM samples WINDOW w AS (PARTITION BY ok)
SELECT s.id FROM samples AS s JOIN routes AS r ON s.id = r.id ORDER BY s.n FETCH FIRST 3 ROWS WITH TIES
SELECT day, COUNT(*) AS c FROM samples GROUP BY day HAVING COUNT(*) > 1 ORDER BY c FETCH FIRST 3 ROWS WITH TIES
SELECT id, SUM(n) OVER w AS v FROM samples WINDOW w AS (PARTITION BY day) ORDER BY n FETCH FIRST 3 ROWS WITH TIES
SELECT small * LENGTH(s) AS v, CAST(small AS tinyint) * LENGTH(s) AS w, i * LENGTH(s) AS z FROM samples
SELECT AT_TIMEZONE(at) AS v FROM samples
SELECT WITH_TIMEZONE(at) AS v FROM samples
SELECT FORMAT_DATETIME(at) AS v FROM samples
SELECT CODEPOINT() AS v FROM samples
SELECT EVERY() AS v FROM samples
SELECT GEOMETRIC_MEAN() AS v FROM samples
SELECT JSON_ARRAY_LENGTH() AS v FROM samples
SELECT MILLISECOND() AS v FROM samples
SELECT TO_ISO8601() AS v FROM samples
SELECT URL_EXTRACT_HOST() AS v FROM samples
SELECT URL_EXTRACT_PATH() AS v FROM samples
SELECT CAST(s AS TEXT) AS v FROM samples
SELECT CAST(at AS TIMESTAMPTZ) AS v FROM samples
SELECT CAST(s AS VARBINARY) AS v FROM samples
SELECT CAST(s AS BINARY) AS v FROM samples
SELECT CAST(NULL AS MAP(varchar, bigint)) AS v FROM samples
SELECT CAST(NULL AS ROW(a bigint)) AS v FROM samples
SELECT CAST(at AS TIMESTAMPNTZ) AS v FROM samples
SELECT s AS n FROM samples ORDER BY MAX(n) OVER (PARTITION BY ok), id
SELECT s AS n FROM samples ORDER BY LAST_VALUE(n) IGNORE NULLS OVER (PARTITION BY ok ORDER BY id), id
"""


def entries() -> Iterator[str]:
    """The queries."""
    columns = [f"TRY({each})" for each in SAFE]
    columns += [f"{name}(n)" for name in DOUBLES] + [f"EXTRACT({field} FROM at)" for field in FIELDS]
    columns += [f"DATE_FORMAT(at, '%{letter}')" for letter in MYSQL]
    columns += [f"FORMAT_DATETIME(at, '{word}')" for word in JODA]
    columns += [f"DATE_PARSE(s, '{first} {second}')" for first in READ for second in READ[:2]]
    columns += ["DATE_PARSE(s, '%Y-%m-%d %I:%i %p')", "TRY(COALESCE(TRY_CAST(s AS bigint), 0))", "TRY((s) || u)"]
    columns += [f"DATE_FORMAT(at, '%Y {word}')" for word in WORDS]
    columns += [f"{part} * 2000000000" for part in NARROW] + [f"{part} + 2147483647" for part in NARROW]
    columns += [f"{part} * 2000000000" for part in (*RANKS, *BITS, "(n % 7000)")]
    columns += [f"COALESCE({part}, 0) * 2000000000" for part in ("MONTH(at)", "i", "small")]
    columns += [f"{call} * LENGTH(s) * 2000000000" for call in ("-MONTH(at)", "ABS(i)", "SIGN(i)", "NULLIF(i, 1)",
                "ROUND(i)", "GREATEST(i, 1)", "LEAST(i, 1)", "IF(ok, i, 1)", "CASE WHEN ok THEN i END")]  # fmt: skip
    columns += [f"{call} {FRAME} * LENGTH(s) * 65536" for call in ("MIN(i)", "MAX(i)", "FIRST_VALUE(i)",
                "LAST_VALUE(i)", "NTH_VALUE(i, 2)")]  # fmt: skip
    columns += [f"{call} OVER (ORDER BY id) * LENGTH(s) * 65536" for call in ("LAG(i)", "LEAD(i)")]
    columns += [f"TRY_CAST(n AS {kind})" for kind in WHOLE] + [f"TRY_CAST(small AS {kind})" for kind in WHOLE]
    columns += [f"CAST(? AS {kind})" for kind in (*WHOLE, "boolean", "date", "timestamp", "varchar", "double", "real")]
    columns += [f"CAST(n AS {kind})" for kind in (*WHOLE, "boolean", "varchar", "double", "real")]
    columns += [f"CAST(money AS {kind})" for kind in WHOLE] + [f"CAST(x AS {kind})" for kind in WHOLE]
    columns += [f"CAST(s AS {kind})" for kind in ("date", "timestamp", "boolean", *WHOLE)]
    columns += [f"{call.format('CAST(x AS real)')}" for call in REALS if "SUM" not in call and "AVG" not in call]
    columns += [f"CAST(1 AS {kind}) * rate / 7" for kind in WHOLE]
    columns += [f"{first} {sign} {second}" for sign in ("=", "<>", "<", "<=", ">", ">=")
                for first, second in (("CAST(x AS real)", "0.1"), ("(n, i)", "(1, 2)"), ("u", "'a '"))]  # fmt: skip
    columns += [f"HOUR(at AT TIME ZONE '{zone}')" for zone in ("MST", "UTC", "GMT", "HST", "EST")]
    columns += [f"TRY(DATE_PARSE(s, '{form}'))" for form in ("%Y-%m-%d", "%Y-%m-%d %H:%i:%s", "%Y-%m-%d %T")]
    columns += [f"DATE_DIFF('{unit}', at AT TIME ZONE 'Asia/Tokyo', at)" for unit in ("day", "week", "month", "quarter",
                "year")]  # fmt: skip
    columns += [f"DATE_ADD('{unit}', 1, at AT TIME ZONE 'Asia/Tokyo') = at" for unit in ("day", "week", "month",
                "quarter", "year")]  # fmt: skip
    columns += ["0x1F", "0b11", "0o17", "GREATEST(n, TRUE)", "GREATEST(n, 1)", "GREATEST(day, CURRENT_DATE)",
                "GREATEST(at, CURRENT_TIMESTAMP)", "LEAST(n, CAST('1' AS bigint))", "TO_HEX(SHA1(TO_UTF8(s)))",
                "TO_HEX(SHA256(TO_UTF8(s)))", "TO_HEX(SHA512(TO_UTF8(s)))", "TO_HEX(MD5(TO_UTF8(s)))",
                "day + INTERVAL '24' HOUR", "day + INTERVAL '5' MINUTE", "day + INTERVAL '5' SECOND",
                "s = LOWER('a ')", "s = UPPER('a ')", "s = COALESCE(u, 'a ')", "s = GREATEST(u, 'a ')",
                "s = LEAST(u, 'a ')", "s = SPLIT_PART('a b', 'b', 1)", "s = REGEXP_EXTRACT('a b', 'a.')",
                "s = CONCAT_WS(' ', u, '')", "s = CONCAT(u, ' ')", "s = REPLACE(u, 'a', ' ')",
                "s = REVERSE(' a')", "s = SUBSTR('a b', 1, 2)", "s BETWEEN 'a ' AND 'b'", "s IN ('a ', 'b')",
                "TRY_CAST(s AS boolean)", "CAST(s AS boolean)"]  # fmt: skip
    yield from (f"SELECT {column} AS v FROM samples" for column in columns)
    yield from STATEMENTS
    yield from (f"SELECT ok, {call} OVER (ORDER BY AVG(x)) AS v FROM samples GROUP BY ok" for call in ("ROW_NUMBER()",
                "RANK()", "DENSE_RANK()", "NTILE(2)"))  # fmt: skip
    yield from (f"SELECT CAST(x AS real) {sign} ANY (SELECT fare FROM routes) AS v FROM samples"
                for sign in ("=", "<>", "<", "<=", ">", ">="))  # fmt: skip
    yield from (f"SELECT CAST(x AS real) {sign} (SELECT MAX(fare) FROM routes) AS v FROM samples"
                for sign in ("=", "<>", "<", "<=", ">", ">="))  # fmt: skip
    yield from ("SELECT GEOMETRIC_MEAN(n) AS v, id FROM samples", ("SELECT ok, GROUPING(ok) AS v FROM samples "
                "GROUP BY ROLLUP (ok)"), "SELECT id FROM samples WHERE n = ANY (SELECT id FROM routes)",
                "SELECT SUM(n) OVER (ORDER BY id) AS v FROM samples", ("SELECT id FROM samples WHERE n > ALL "
                "(SELECT id FROM routes)"), "SELECT DISTINCT ON (s) s FROM samples",
                "SELECT AVG(DISTINCT n) AS v, AVG(DISTINCT x) AS w FROM samples")  # fmt: skip
    yield from (f"CREATE VIEW w AS SELECT {part} AS v FROM samples" for part in (*NARROW, *RANKS, *BITS, "n % 7"))
    inner = "(SELECT day, SUM(n) AS b FROM samples GROUP BY day) AS q"
    yield from (f"SELECT {column} AS v FROM {inner}" for column in MEETING)
    yield from (f"SELECT {call} / 4 AS v FROM {inner}" for call in SUMS if "n" not in call)
    yield from (f"SELECT {call} OVER (ORDER BY day) / 4 AS v FROM {inner}" for call in WINDOWS[3:7])
    yield from (f"SELECT {call} {FRAME} / 4 AS v FROM {inner}" for call in (*WINDOWS[:3], "MIN(b)", "MAX(b)"))
    yield from (f"SELECT ok, {call.format('CAST(x AS real)')} AS v FROM samples GROUP BY ok" for call in REALS[5:8])
    yield from (f"SELECT {call}(s, {key}) AS v FROM samples" for call in ("MAX_BY", "MIN_BY")
                for key in ("n", "day", "at", "FROM_UNIXTIME(seconds)", "money"))  # fmt: skip
    yield from (f"SELECT {call}(DISTINCT {of}) AS v FROM samples" for call, of in (("SUM", "n"), ("AVG", "n"),
                ("MIN", "n"), ("MAX", "n"), ("STDDEV", "n"), ("STDDEV_POP", "n"), ("STDDEV_SAMP", "n"),
                ("VARIANCE", "n"), ("VAR_POP", "n"), ("BOOL_AND", "ok"), ("BOOL_OR", "ok")))  # fmt: skip
    yield from (f"SELECT id FROM samples ORDER BY {key}, id" for key in ("uuid()", "(SELECT 1)", "?", "RANDOM()"))
    yield from (
        f"SELECT {call} OVER (ORDER BY 1) AS v FROM samples"
        for call in (
            "FIRST_VALUE(n)",
            "LAST_VALUE(n)",
            "NTH_VALUE(n, 2)",
            "LEAD(n)",
            "LAG(n)",
            "RANK()",
            "DENSE_RANK()",
            "PERCENT_RANK()",
            "CUME_DIST()",
        )
    )
    yield from (f"SELECT {call} OVER () AS v FROM samples" for call in ("ROW_NUMBER()", "NTILE(2)", "FIRST_VALUE(n)",
                "LAST_VALUE(n)", "NTH_VALUE(n, 2)"))  # fmt: skip
    yield from (f"SELECT COUNT(*) AS c FROM samples GROUP BY {key}" for key in ("ROLLUP (ok)", "CUBE (ok)",
                "GROUPING SETS ((ok), ())", "(ok, small)"))  # fmt: skip
    yield from (f"SELECT id FROM samples AS a {side} JOIN (SELECT id AS k FROM routes) AS b ON a.id = (SELECT "
                "MAX(r.id) FROM routes AS r WHERE r.id = b.k)" for side in ("LEFT", "RIGHT", "FULL"))  # fmt: skip
    yield from (f"SELECT {call} = 'a' AS v FROM samples" for call in ("MIN('a ')", "MAX('a ')", "ARBITRARY('a ')",
                "MIN_BY('a ', id)", "MAX_BY('a ', id)", "MAX('a ') FILTER (WHERE ok)", "NULLIF('a ', s)",
                "TRY('a ')"))  # fmt: skip
    frame = "OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    yield from (f"SELECT {call} {frame} = 'a' AS v FROM samples" for call in ("FIRST_VALUE('a ')", "LAST_VALUE('a ')",
                "NTH_VALUE('a ', 1)", "FIRST_VALUE('a ') IGNORE NULLS"))  # fmt: skip
    yield from (f"SELECT {call}('a ') OVER (ORDER BY id) = 'a' AS v FROM samples" for call in ("LAG", "LEAD"))
    path = "SELECT CAST(calls[1].seconds AS {}) AS v FROM nested"
    yield from (path.format(kind) for kind in (*WHOLE, "varchar", "double", "real", "boolean"))
    yield from OTHERS.strip().splitlines()
