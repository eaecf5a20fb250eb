"""What generated expressions are made of: columns, literals, likely arguments of each function, forms."""

# ruff: noqa: E501 - tables of test data read best as tables
from __future__ import annotations

ROW = {
    "bo": "true", "ti": "CAST(7 AS tinyint)", "si": "CAST(-300 AS smallint)", "i": "42", "j": "-7", "n": "CAST(9007199254740993 AS bigint)",
    "m": "CAST(-5 AS bigint)", "r": "CAST(2.5 AS real)", "x": "3.25e0", "y": "-1e10", "d": "CAST(12.34 AS decimal(10,2))", "f": "CAST(-0.0505 AS decimal(18,4))",
    "s": "'alpha'", "t": "'Größe 日本'", "u": "CAST('a,b,,c' AS varchar(20))", "v": "CAST('tail ' AS varchar)", "c": "CAST('ab' AS char(4))", "b": "X'00FF41'",
    "da": "DATE '2024-02-29'", "ts": "TIMESTAMP '2026-03-08 02:30:15.250'", "tz": "TIMESTAMP '2026-03-08 01:30:15.250 America/New_York'",
    "tm": "TIME '23:59:59.500'", "js": "JSON '{\"a\":[1,2.5,null],\"b\":{\"c\":\"x\"}}'", "ai": "ARRAY[3,1,NULL,2,1]", "at": "ARRAY['b','a',NULL,'']",
    "ma": "MAP(ARRAY['k','l'], ARRAY[1,NULL])", "ro": "CAST(ROW(1,'x') AS ROW(p integer, q varchar))", "z": "CAST(NULL AS integer)", "zs": "CAST(NULL AS varchar)",
}  # fmt: skip
ROWS = {
    "id": ["1", "2", "3", "4", "5", "6"],
    "g": ["'a'", "'a'", "'b'", "'b'", "'b'", "NULL"],
    "i": ["7", "-7", "NULL", "3", "7", "2"],
    "n": ["BIGINT '45'", "BIGINT '-46'", "NULL", "BIGINT '2'", "BIGINT '9007199254740993'", "BIGINT '1'"],
    "x": ["2.5e0", "-2.5e0", "NULL", "0.5e0", "1e10", "0.1e0"],
    "d": ["12.34", "-0.05", "NULL", "66.65", "2.50", "1.05"],
    "s": ["'alpha'", "'beta'", "NULL", "''", "'Größe'", "'alpha'"],
    "bo": ["true", "false", "NULL", "true", "true", "NULL"],
    "da": ["DATE '2026-01-31'", "DATE '2024-02-29'", "NULL", "DATE '1969-12-31'", "DATE '2026-12-27'", "DATE '2026-03-08'"],
    "ts": ["TIMESTAMP '2026-01-31 08:59:59.999'", "TIMESTAMP '2024-02-29 00:00:00.000'", "NULL", "TIMESTAMP '1969-12-31 23:59:59.500'", "TIMESTAMP '2026-12-27 12:30:15.250'", "TIMESTAMP '2026-03-08 02:30:00.000'"],
}  # fmt: skip


COLUMNS = {
    "value": {
        "boolean": ["bo"], "tinyint": ["ti"], "smallint": ["si"], "integer": ["i", "j", "z"], "bigint": ["n", "m"], "real": ["r"], "double": ["x", "y"],
        "decimal": ["d", "f"], "varchar": ["s", "t", "u", "v", "zs"], "char": ["c"], "varbinary": ["b"], "date": ["da"], "timestamp": ["ts"],
        "timestamp with time zone": ["tz"], "time": ["tm"], "json": ["js"], "array(integer)": ["ai"], "array(varchar)": ["at"], "map(varchar,integer)": ["ma"],
    },
    "rows": {
        "boolean": ["bo"], "integer": ["i", "id"], "bigint": ["n"], "double": ["x"], "decimal": ["d"], "varchar": ["s", "g"], "date": ["da"], "timestamp": ["ts"],
    },
}  # fmt: skip
LITERALS = {
    "boolean": ["true", "false", "NULL"],
    "tinyint": ["TINYINT '1'", "TINYINT '-128'", "TINYINT '127'"],
    "smallint": ["SMALLINT '2'", "SMALLINT '32767'"],
    "integer": ["0", "1", "2", "3", "-1", "-2", "7", "10", "100", "2147483647"],
    "bigint": ["BIGINT '0'", "BIGINT '1'", "BIGINT '4'", "BIGINT '-3'", "BIGINT '9223372036854775807'", "3000000000"],
    "real": ["REAL '1.5'", "REAL '-0.1'", "REAL '3.14'", "REAL '16777216'"],
    "double": ["0e0", "1e0", "-1.5e0", "2.5e0", "0.1e0", "0.5e0", "1e100", "1e-7", "12345678.9e0", "nan()", "infinity()", "-0e0"],
    "decimal": ["1.5", "-2.345", "0.05", "100.0", "12345678901234567890.12", "DECIMAL '7'", "2.5"],
    "varchar": ["''", "'a'", "'abc'", "'Zoë'", "'😀x'", "' pad '", "'42'", "'-1.5e3'", "'true'", "'2026-02-28'", "'2026-02-28 10:11:12.345'", "'a b  c'", "'%_'", "NULL"],
    "char": ["CAST('a' AS char(3))", "CAST('' AS char(2))"],
    "varbinary": ["X''", "X'61'", "X'48656C6C6F'", "to_utf8('Größe')", "X'3FF0000000000000'", "X'00000001'"],
    "date": ["DATE '1970-01-01'", "DATE '2026-12-31'", "DATE '1969-02-28'", "DATE '2025-01-01'"],
    "timestamp": ["TIMESTAMP '1970-01-01 00:00:00'", "TIMESTAMP '2026-12-31 23:59:59.999'", "TIMESTAMP '2026-01-05 10:20:30.123456'", "TIMESTAMP '1969-12-31 12:00:00.5'"],
    "timestamp with time zone": ["TIMESTAMP '2026-01-05 10:20:30.123 UTC'", "TIMESTAMP '2026-07-01 00:00:00.000 Europe/Berlin'", "TIMESTAMP '2026-07-01 12:00:00 +05:30'"],
    "time": ["TIME '00:00:00'", "TIME '10:20:30.123'"],
    "interval day to second": ["INTERVAL '1' DAY", "INTERVAL '90' MINUTE", "INTERVAL '-3' HOUR", "INTERVAL '2' SECOND", "INTERVAL '1 02:03:04.5' DAY TO SECOND"],
    "interval year to month": ["INTERVAL '1' YEAR", "INTERVAL '-5' MONTH", "INTERVAL '1-2' YEAR TO MONTH"],
    "json": ["JSON '[1,2,3]'", "JSON '\"s\"'", "JSON '12.5'", "JSON 'null'", "JSON '{\"k\":\"v\"}'"],
}  # fmt: skip
T = ["integer", "bigint", "varchar", "double", "boolean", "date", "decimal", "timestamp"]
_FILLS = {"p": "3", "s": "2", "x": "20", "y": "20"}

_UNITS = ["'second'", "'minute'", "'hour'", "'day'", "'week'", "'month'", "'quarter'", "'year'", "'millisecond'"]
_ZONES = ["'UTC'", "'Europe/Berlin'", "'America/New_York'", "'+05:30'", "'Asia/Kolkata'"]
_PATTERNS = ["'[a-z]+'", "'(\\w)(\\d*)'", "'\\d+'", "'l'", "'^a'", "'.'", "'[,b]'", "'(a)|(b)'"]
_JSONS = [
    '\'{"a":{"b":[1,"x",null]},"n":1.50}\'',
    '\'[1,2.0,"3",true,null,{"k":[]}]\'',
    "'\"text\"'",
    "'not json'",
    "'12'",
    "js",
    '\'{"b":1,"a":2}\'',
]
_PATHS = ["'$'", "'$.a'", "'$.a.b[1]'", "'$[0]'", "'$.n'", "'$[\"a\"]'", "'$[5]'", "'$.a.*'"]
_URLS = [
    "'https://user@example.com:8080/path/a%20b?q=1&r=x%2Fy&e=#frag'",
    "'http://example.com'",
    "'not a url'",
    "'mailto:a@b.c'",
]
_MYSQL = [
    "'%Y-%m-%d'",
    "'%d.%m.%y %H:%i:%s'",
    "'%W %M %e'",
    "'%a %b %c %j'",
    "'%h:%i %p'",
    "'%x-%v'",
    "'%T.%f'",
    "'%k %l'",
]
_JODA = [
    "'yyyy-MM-dd'",
    "'dd/MM/yy HH:mm:ss'",
    "'EEE, d MMM yyyy'",
    "'hh:mm a'",
    "'HH:mm:ss.SSS'",
    "'xxxx-ww-e'",
    "'EEEE MMMM'",
]
HINTS = {
    "date_trunc": {0: _UNITS[:8]}, "date_add": {0: _UNITS, 1: ["1", "-1", "0", "13", "i"]}, "date_diff": {0: _UNITS}, "date_format": {1: _MYSQL}, "format_datetime": {1: _JODA},
    "date_parse": {0: ["'2026-02-28'", "'28.02.26 10:20:30'", "'10:20 PM'", "'x'"], 1: [*_MYSQL[:2], "'%h:%i %p'", "'%H:%i'"]},
    "parse_datetime": {0: ["'2026-02-28'", "'28/02/26 10:20:30'", "'x'"], 1: _JODA[:2]},
    "from_iso8601_date": {0: ["'2026-02-28'", "'2026-W10'", "'2026-W10-3'", "'2026-060'", "'x'"]},
    "from_iso8601_timestamp": {0: ["'2026-02-28'", "'2026-02-28T10:20:30'", "'2026-02-28T10:20:30.123Z'", "'2026-02-28T10:20:30+01:00'", "'x'"]},
    "from_iso8601_timestamp_nanos": {0: ["'2026-02-28T10:20:30.123456789Z'"]},
    "from_unixtime": {0: ["0", "1758459600", "1758459600.1235e0", "-1", "x"], 1: [*_ZONES, "5"], 2: ["30"]},
    "at_timezone": {1: _ZONES}, "with_timezone": {1: _ZONES}, "date": {0: ["'2026-02-28'", "ts", "tz", "'x'", "da"]},
    "from_base": {0: ["'ff'", "'101'", "'zz'", "'-7'", "'FFFFFFFFFFFFFFF'"], 1: ["16", "2", "36", "10"]}, "to_base": {1: ["2", "16", "36"]},
    "split": {1: ["','", "' '", "'l'"], 2: ["1", "2", "10"]}, "split_part": {1: ["','", "' '", "'l'"], 2: ["1", "2", "5"]},
    "split_to_map": {0: ["'a=1,b=2'", "'a=1'", "''"], 1: ["','"], 2: ["'='"]}, "split_to_multimap": {0: ["'a=1,a=2,b='"], 1: ["','"], 2: ["'='"]},
    "json_extract": {0: _JSONS, 1: _PATHS}, "json_extract_scalar": {0: _JSONS, 1: _PATHS}, "json_size": {0: _JSONS, 1: _PATHS}, "json_parse": {0: _JSONS[:5]},
    "json_array_length": {0: _JSONS}, "json_array_get": {0: _JSONS, 1: ["0", "2", "-1", "9"]}, "json_array_contains": {0: _JSONS, 1: ["1", "2e0", "'3'", "true"]}, "is_json_scalar": {0: _JSONS},
    "lpad": {1: ["3", "0", "12"], 2: ["'*'", "'xy'"]}, "rpad": {1: ["3", "0", "12"], 2: ["'*'", "'xy'"]}, "chr": {0: ["65", "8364", "128512"]}, "codepoint": {0: ["'a'", "'é'", "'😀'"]},
    "substr": {1: ["1", "2", "0", "-2", "9"], 2: ["0", "2", "50"]}, "substring": {1: ["1", "2", "0", "-2", "9"], 2: ["0", "2", "50"]}, "strpos": {1: ["'l'", "'a'", "''", "','"], 2: ["1", "2", "-1"]},
    "repeat": {1: ["0", "1", "3"]}, "from_hex": {0: ["'00FF'", "'fff'", "'xy'"]}, "from_base64": {0: ["'SGk='", "'SGk'", "'??'"]}, "from_base64url": {0: ["'SGk'"]}, "from_base32": {0: ["'JBUQ===='"]},
    "from_big_endian_64": {0: ["X'000000000000002A'", "b"]}, "from_big_endian_32": {0: ["X'0000002A'"]}, "from_ieee754_64": {0: ["X'3FF8000000000000'"]}, "from_ieee754_32": {0: ["X'3FC00000'"]},
    "round": {1: ["0", "1", "2", "-1"]}, "truncate": {1: ["0", "1", "-1"]}, "bitwise_left_shift": {1: ["1", "3", "40"]}, "bitwise_right_shift": {1: ["1", "3", "40"]}, "bitwise_right_shift_arithmetic": {1: ["1", "3", "40"]},
    "bit_count": {1: ["64", "8"]}, "element_at": {1: ["1", "-1", "9", "'k'"]}, "slice": {1: ["1", "2", "-2"], 2: ["0", "2", "9"]}, "trim_array": {1: ["0", "1", "2"]}, "combinations": {1: ["2", "1"]}, "ngrams": {1: ["2"]},
    "sequence": {0: ["1", "5", "DATE '2026-01-30'", "TIMESTAMP '2026-01-30 00:00:00'"], 1: ["3", "5", "DATE '2026-02-02'", "TIMESTAMP '2026-02-02 00:00:00'"], 2: ["1", "2", "-1", "INTERVAL '1' DAY", "INTERVAL '12' HOUR", "INTERVAL '1' MONTH"]},
    "width_bucket": {3: ["4", "10"]}, "levenshtein_distance": {1: ["'alphb'", "'x'"]}, "hamming_distance": {0: ["'abc'"], 1: ["'abd'", "'x'"]}, "normalize": {0: ["t"]},
    "parse_duration": {0: ["'42.8ms'", "'5d'"]}, "parse_data_size": {0: ["'2.3MB'"]}, "parse_presto_data_size": {0: ["'2.3MB'"]}, "human_readable_seconds": {0: ["3661", "96"]},
    "inverse_normal_cdf": {0: ["0e0"], 1: ["1e0"], 2: ["0.3e0"]}, "luhn_check": {0: ["'4242424242424242'", "'12'"]}, "approx_percentile": {1: ["0.5e0", "0.9e0"]},
    "ntile": {0: ["2", "4"]}, "lag": {1: ["1", "2"]}, "lead": {1: ["1", "2"]}, "nth_value": {1: ["1", "2"]}, "listagg": {1: ["','"]}, "concat_ws": {0: ["','", "'-'"]}, "array_join": {1: ["','"], 2: ["'-'"]},
    "approx_most_frequent": {0: ["2"], 2: ["10"]}, "numeric_histogram": {0: ["3"]}, "replace": {1: ["'a'", "'l'", "''"], 2: ["'xx'", "''"]}, "translate": {1: ["'al'"], 2: ["'x'", "''"]}, "from_utf8": {0: ["X'C3A9'", "X'FF61'", "b"]},
}  # fmt: skip
HINTS |= {
    name: {1: _PATTERNS}
    for name in (
        "regexp_like",
        "regexp_extract",
        "regexp_extract_all",
        "regexp_replace",
        "regexp_split",
        "regexp_count",
        "regexp_position",
    )
}
HINTS["regexp_extract"] = HINTS["regexp_extract_all"] = {1: ["'([a-z])(\\w*)'", "'(a)|(b)'"], 2: ["0", "1", "2"]}
HINTS["regexp_replace"] = {1: _PATTERNS[:4], 2: ["'<$0>'", "'x'", "''"]}
HINTS |= {
    name: {0: _URLS}
    for name in (
        "url_extract_host",
        "url_extract_path",
        "url_extract_query",
        "url_extract_protocol",
        "url_extract_fragment",
        "url_extract_port",
        "url_decode",
        "url_encode",
    )
}
HINTS["url_extract_parameter"] = {0: _URLS, 1: ["'q'", "'r'", "'e'", "'none'"]}

FORMS = [  # `{integer}` is an expression of that type, `<a|b>` one of the words, `@cmp` and `@eq` a comparison
    "{integer} <+|-|*|/|%> {integer}", "{bigint} <+|-|*|/|%> {integer}", "{decimal} <+|-|*|/|%> {decimal}", "{decimal} <+|-|*|/|%> {integer}", "{double} <+|-|*|/|%> {double}",
    "{real} <+|-|*|/> {real}", "{double} <+|-|*|/> {decimal}", "{real} @cmp {decimal}", "{smallint} <+|*> {tinyint}", "{date} <+|-> {interval day to second}", "{date} <+|-> {interval year to month}",
    "{timestamp} <+|-> {interval day to second}", "{timestamp} <+|-> {interval year to month}", "{timestamp with time zone} <+|-> {interval day to second}", "{time} <+|-> {interval day to second}",
    "{timestamp} - {timestamp}", "{date} - {date}", "{interval day to second} <*|/> {integer}", "{interval day to second} <+|-> {interval day to second}", "- {decimal}", "- {double}", "- {integer}",
    *[f"{{{kind}}} @cmp {{{kind}}}" for kind in ("integer", "bigint", "double", "real", "decimal", "varchar", "char", "date", "timestamp", "timestamp with time zone", "time", "boolean", "varbinary")],
    "{date} @cmp {timestamp}", "{timestamp} @cmp {timestamp with time zone}", "{integer} <=|<> {decimal}", "{bigint} <=|<> {double}", "{varchar} = {char}",
    "{varchar} <LIKE|NOT LIKE> <'%a%'|'a_%'|'%'|''|'Gr%ö%'|'\\_'>", "{varchar} LIKE 'a#%' ESCAPE '#'", "{char} LIKE 'a%'", "{integer} BETWEEN {integer} AND {integer}", "{varchar} BETWEEN 'a' AND {varchar}",
    "{integer} IN (1, 42, {integer})", "{varchar} NOT IN ('abc', {varchar})", "{integer} IS <NULL|NOT NULL>", "{integer} IS DISTINCT FROM {integer}", "{double} IS NOT DISTINCT FROM {double}", "{boolean} <AND|OR> {boolean}", "NOT {boolean}",
    "CASE WHEN {boolean} THEN {integer} ELSE {bigint} END", "CASE {integer} WHEN 1 THEN {varchar} WHEN 42 THEN 'x' END", "if({boolean}, {decimal}, {integer})", "if({boolean}, {varchar})", "coalesce({integer}, {bigint}, 1)",
    "coalesce({varchar}, 'x')", "coalesce({decimal}, {decimal})", "nullif({integer}, {integer})", "nullif({varchar}, '')", "try({integer} / {integer})", "try(CAST({varchar} AS integer))", "typeof({decimal} * {decimal})",
    "typeof({varchar})", "typeof({decimal} / {integer})", "{varchar} || {varchar}", "{varchar} || {char}", "{array(integer)} || {array(integer)}", "{array(integer)} || {integer}", "ARRAY[{integer}, {bigint}]", "ARRAY[{varchar}, NULL]", "ARRAY[{integer}, 5][<1|2|3>]",
    "ma['<k|l|none>']", "ro.<p|q>", "ROW({integer}, {varchar})", "ROW(1, 2) = ROW(1, {integer})", "ARRAY[1, {integer}] = ARRAY[1, 42]", "MAP(ARRAY[{varchar}, 'z'], ARRAY[1, {integer}])", "format('<%s|%d|%05d|%x|%,d>', {integer})", "format('%<.2f|8.3f|e>', {double})",
    "format('%s-%s', {varchar}, {date})", "extract(<YEAR|MONTH|DAY|QUARTER|WEEK|DOW|DOY|YEAR_OF_WEEK> FROM {date})", "extract(<HOUR|MINUTE|SECOND|DAY> FROM {timestamp})", "extract(<HOUR|MINUTE|DAY> FROM {interval day to second})", "{timestamp} AT TIME ZONE 'Europe/Berlin'",
    "{timestamp with time zone} AT TIME ZONE '<UTC|Asia/Tokyo|+02:00>'", "position({varchar} IN {varchar})", "trim(<LEADING|TRAILING|BOTH> 'a' FROM {varchar})", "substring({varchar} FROM 2 FOR 2)", "greatest({integer}, {bigint}, 3)", "least({varchar}, 'm')",
    "greatest({double}, {double})", "json_value(<'{\"a\":1}'|'{\"a\":\"x\"}'|'bad'>, 'lax $.a')", "json_query('{\"a\":[1,2]}', 'lax $.<a|b>')", "json_exists('{\"a\":1}', 'lax $.<a|b>')", "json_object('k' : {integer})", "json_array({integer}, {varchar})", "JSON '[1]' = JSON '[1]'",
    "json_format(CAST({integer} AS json))", "json_format(CAST({array(integer)} AS json))", "json_format(CAST({map(varchar,integer)} AS json))", "json_format(CAST({decimal} AS json))", "json_format(CAST({date} AS json))", "CAST(JSON '[1,\"2\",null]' AS array(<integer|varchar>))",
    "CAST(JSON '{\"a\":1}' AS map(varchar, <integer|varchar>))", "CAST(json_parse('<12|\"x\"|true|null|1.5>') AS <integer|varchar|double|boolean>)", "CAST(ROW({integer}, 'q') AS ROW(a bigint, b varchar))", "CAST(ARRAY[ROW(1, {integer})] AS array(ROW(b integer, a integer)))", "CAST({array(integer)} AS array(varchar))",
    "transform({array(integer)}, e -> CAST(e AS <varchar|double>))", "cardinality(filter({array(varchar)}, e -> e <> ''))", "(SELECT count(*) FROM UNNEST({array(integer)}) AS w(e))", "(SELECT max(e) FROM UNNEST({array(varchar)}) AS w(e))", "(SELECT sum(e * o) FROM UNNEST({array(integer)}) WITH ORDINALITY AS w(e, o))",
    "(SELECT array_agg(k ORDER BY k) FROM UNNEST({map(varchar,integer)}) AS w(k, e))", "current_date = CAST(now() AS date)", "concat({varchar}, {varchar}, {varchar})", "U&'\\00e9' || {varchar}", "{integer} = ANY (VALUES 1, 42)", "{integer} > ALL (VALUES 1, 2)",
]  # fmt: skip
SIZED = {"lpad", "rpad", "repeat", "sequence", "combinations", "ngrams"}  # whose other arguments would fill the memory
CAST_TO = ["boolean", "tinyint", "smallint", "integer", "bigint", "real", "double", "decimal(10,2)", "decimal(38,10)", "varchar", "varchar(3)", "char(3)", "varbinary", "date", "timestamp", "timestamp(0)", "timestamp(6)", "time", "time(0)", "timestamp with time zone", "json"]  # fmt: skip
WINDOW = ["OVER (ORDER BY id)", "OVER (PARTITION BY g ORDER BY id)", "OVER (PARTITION BY g)", "OVER (ORDER BY x, id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)", "OVER (ORDER BY i DESC, id)"]  # fmt: skip
