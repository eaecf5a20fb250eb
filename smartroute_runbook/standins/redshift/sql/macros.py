"""Redshift's functions as DuckDB macros: what cannot be said by rewriting a call.

They are created with ``integer_division`` on, so that the division in them stays integral for integers.
"""

from __future__ import annotations

__all__ = ["MACROS"]

_VALID_JSON = r"""strict_json(j) AS json_valid(j) AND NOT
  regexp_matches(regexp_replace(j, '"(\\.|[^"\\])*"', '""', 'g'), ',\s*[\]}]')"""
"""DuckDB takes a comma after the last item."""

_DEFINITIONS = r"""
div(a, b) AS CASE WHEN b = 0 THEN error('[[22012]] Divide by zero') ELSE a / b END;
modulo(a, b) AS CASE WHEN b = 0 THEN error('[[22012]] Divide by zero') ELSE a % b END;
in_8_bytes(x, most) AS CASE WHEN x > most OR x < -most
  THEN error('[[22003]] Numeric data overflow (result precision)') ELSE x END;
digits(s, kind) AS CASE WHEN s IS NULL OR regexp_full_match(s, '\s*[-+]?\d+\s*') THEN s
  ELSE error('[[22P02]] invalid input syntax for ' || kind || ': "' || s || '"') END;
finite(s) AS CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?inf(inity)?\s*')
  THEN error('[[0A000]] not rehearsable: a date or timestamp without end') ELSE s END;
trimmed(s) AS CASE WHEN ends_with(s, ' ') THEN rtrim(s, ' ') ELSE s END;
part(s, sep, n) AS CASE WHEN s IS NULL OR sep IS NULL OR n IS NULL THEN NULL
  WHEN n <= 0 THEN error('[[22023]] field position must be greater than zero')
  WHEN sep = '' THEN CASE n WHEN 1 THEN s ELSE '' END ELSE split_part(s, sep, n) END;
fit(s, n) AS CASE WHEN strlen(s) <= n OR s IS NULL THEN s WHEN strlen(rtrim(s, ' ')) <= n THEN rtrim(s, ' ')
  ELSE error('[[22001]] value too long for type character varying(' || n || ')') END;
fit_char(s, n) AS CASE WHEN strlen(s) <> length(s) THEN error('[[22021]] CHAR string contains invalid ASCII character')
  WHEN strlen(rtrim(s, ' ')) <= n OR s IS NULL THEN rtrim(s, ' ')
  ELSE error('[[22001]] value too long for type character(' || n || ')') END;
cut(s, n) AS CASE WHEN strlen(s) <= n THEN s WHEN strlen(s) = length(s) THEN left(s, n)
  ELSE left(s, list_max(list_filter(range(0, n + 1), lambda k: strlen(left(s, k)) <= n))) END;
cut_once(s, n) AS (SELECT CASE WHEN strlen(v) <= n THEN v WHEN strlen(v) = length(v) THEN left(v, n)
  ELSE left(v, list_max(list_filter(range(0, n + 1), lambda k: strlen(left(v, k)) <= n))) END FROM (SELECT s AS v));
truncated(x, n) AS trunc(x * pow(10, n)) / pow(10, n);
characters(s) AS CAST(length(CAST(s AS VARCHAR)) AS INTEGER);
bytes(s) AS CAST(strlen(CAST(s AS VARCHAR)) AS INTEGER);
substring_from(s, start, size) AS CASE WHEN s IS NULL OR start IS NULL OR size IS NULL THEN NULL
  WHEN size < 0 THEN error('[[22011]] negative substring length not allowed')
  ELSE substring(CAST(s AS VARCHAR), greatest(start, 1), greatest(size + least(start - 1, 0), 0)) END;
left_padded(s, n, fill) AS CASE WHEN s IS NULL THEN NULL WHEN n <= 0 THEN ''
  WHEN fill = '' THEN left(s, n) ELSE lpad(s, n, fill) END;
right_padded(s, n, fill) AS CASE WHEN s IS NULL THEN NULL WHEN n <= 0 THEN ''
  WHEN fill = '' THEN left(s, n) ELSE rpad(s, n, fill) END;
capital(s) AS replace(upper(replace(s, 'ß', chr(57344))), chr(57344), 'ß');
code_character(n) AS CASE WHEN n BETWEEN 1 AND 127 THEN rtrim(chr(CAST(n AS INTEGER)), ' ') END;
initcap(s) AS CASE WHEN s = '' THEN s ELSE list_aggregate(list_transform(
  regexp_extract_all(lower(s), '[\p{L}\p{N}]+|[^\p{L}\p{N}]+'),
  lambda w: upper(left(w, 1)) || substring(w, 2)), 'string_agg', '') END;
millennium(years, t) AS
  date_trunc(CASE years WHEN 100 THEN 'century' ELSE 'millennium' END, t - to_years(1)) + to_years(1);
strtol(s, base) AS CASE WHEN s IS NULL OR base IS NULL THEN NULL ELSE coalesce(
  CASE WHEN base = 16 AND strlen(s) < 16 AND NOT contains(s, '_') THEN TRY_CAST('0x' || s AS BIGINT) END,
  CASE WHEN trim(s) = '' THEN 0
  WHEN NOT regexp_matches(lower(trim(s)), '^[-+]?(0x)?[0-9a-z]+$')
    THEN error('[[22023]] The input ' || s || ' is not valid to be converted to base ' || base)
  WHEN list_max(list_transform(string_split(regexp_replace(lower(trim(s)),
    CASE WHEN base = 16 THEN '^[-+]?(0x)?' ELSE '^[-+]?' END, ''), ''),
    lambda c: position(c IN '0123456789abcdefghijklmnopqrstuvwxyz') - 1)) >= base
    THEN error('[[22023]] The input ' || s || ' is not valid to be converted to base ' || base)
  ELSE CAST(list_reduce(list_prepend(CAST(0 AS HUGEINT), list_transform(
    string_split(regexp_replace(lower(trim(s)), CASE WHEN base = 16 THEN '^[-+]?(0x)?' ELSE '^[-+]?' END, ''), ''),
    lambda c: CAST(position(c IN '0123456789abcdefghijklmnopqrstuvwxyz') - 1 AS HUGEINT))),
    lambda total, digit: total * base + digit)
    * CASE WHEN starts_with(trim(s), '-') THEN -1 ELSE 1 END AS BIGINT) END) END;
as_super(x) AS CASE WHEN typeof(x) = 'VARCHAR' THEN to_json(x) ELSE CAST(x AS JSON) END;
parse_super(s) AS CASE WHEN s IS NULL THEN NULL
  WHEN NOT json_valid(s) THEN error('[[XX000]] JSON parsing error: invalid JSON: ' || s)
  WHEN json_type(s) = 'OBJECT' AND len(json_keys(s)) <> len(list_distinct(json_keys(s)))
    THEN error('[[XX000]] JSON parsing error: duplicate attributes in ' || s)
  ELSE json(s) END;
json_path(j, path, lenient) AS CASE WHEN j IS NULL THEN NULL
  WHEN NOT json_valid(j) THEN CASE WHEN lenient THEN NULL
    ELSE error('[[XX000]] JSON parsing error: invalid json object ' || j) END
  ELSE json_extract_string(j, path) END;
json_element(j, i, lenient) AS CASE WHEN NOT json_valid(j) THEN CASE WHEN lenient THEN NULL
    ELSE error('[[XX000]] JSON parsing error: invalid json array object ' || j) END
  WHEN i >= 0 THEN json_extract_string(j, '$[' || i || ']') END;
json_count(j, lenient) AS CASE WHEN NOT json_valid(j) OR json_type(CASE WHEN json_valid(j) THEN j END) <> 'ARRAY'
  THEN CASE WHEN lenient THEN NULL
    ELSE error('[[XX000]] JSON parsing error: invalid json array object ' || j) END
  ELSE CAST(json_array_length(CASE WHEN json_valid(j) THEN j END) AS INTEGER) END;
is_json(j) AS coalesce(json_type(CASE WHEN json_valid(j) THEN j END) = 'OBJECT', false);
is_json_array(j) AS coalesce(json_type(CASE WHEN json_valid(j) THEN j END) = 'ARRAY', false);
re_substr(s, pattern, start, occurrence, g) AS
  coalesce(regexp_extract_all(substring(s, start), pattern, g)[occurrence], CASE WHEN s IS NULL THEN NULL ELSE '' END);
re_replace(s, pattern, replacement, start) AS
  left(s, start - 1)
  || regexp_replace(substring(s, start), pattern, regexp_replace(replacement, '\$(\d)', '\\\1', 'g'), 'g');
re_count(s, pattern, start) AS CAST(len(regexp_extract_all(substring(s, start), pattern)) AS INTEGER);
re_instr(s, pattern) AS CAST(CASE WHEN s IS NULL OR pattern IS NULL THEN NULL WHEN regexp_matches(s, pattern)
  THEN position(regexp_extract(s, pattern) IN s) ELSE 0 END AS INTEGER);
add_months(d, n) AS CASE WHEN CAST(d AS DATE) = last_day(CAST(d AS DATE))
  THEN CAST(last_day(CAST(d AS DATE) + to_months(CAST(n AS INTEGER))) AS TIMESTAMP)
    + (CAST(d AS TIMESTAMP) - CAST(CAST(d AS DATE) AS TIMESTAMP))
  ELSE CAST(d AS TIMESTAMP) + to_months(CAST(n AS INTEGER)) END;
add_years(d, n) AS CASE WHEN month(d) = 2 AND day(d) = 29 THEN d - INTERVAL 1 DAY + to_years(n) + INTERVAL 1 DAY
  ELSE d + to_years(n) END;
months_between(a, b) AS CAST(CASE
  WHEN day(CAST(a AS TIMESTAMP)) = day(CAST(b AS TIMESTAMP))
    OR (CAST(a AS DATE) = last_day(CAST(a AS DATE)) AND CAST(b AS DATE) = last_day(CAST(b AS DATE)))
  THEN (year(CAST(a AS TIMESTAMP)) - year(CAST(b AS TIMESTAMP))) * 12
    + month(CAST(a AS TIMESTAMP)) - month(CAST(b AS TIMESTAMP))
  ELSE (year(CAST(a AS TIMESTAMP)) - year(CAST(b AS TIMESTAMP))) * 12
    + month(CAST(a AS TIMESTAMP)) - month(CAST(b AS TIMESTAMP))
    + (day(CAST(a AS TIMESTAMP)) - day(CAST(b AS TIMESTAMP)) + (epoch(CAST(CAST(a AS TIMESTAMP) AS TIME))
    - epoch(CAST(CAST(b AS TIMESTAMP) AS TIME))) / 86400.0) / 31.0 END AS DOUBLE);
day_number(name) AS CASE WHEN name IS NULL THEN NULL ELSE coalesce(
  CASE WHEN len(name) > 1 THEN list_position(['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'], lower(left(name, 2))) END,
  error('[[22023]] ' || name || ' is no day of the week')) END;
next_day(d, name) AS CAST(d AS DATE) + CAST(1 + (_redshift.day_number(name) - 1
  - date_part('dow', CAST(d AS DATE)) + 6) % 7 AS INTEGER);
compared(a, b) AS CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END;
ordinal(n) AS n || CASE WHEN right(n, 2) IN ('11', '12', '13') THEN 'TH' WHEN right(n, 1) = '1' THEN 'ST'
  WHEN right(n, 1) = '2' THEN 'ND' WHEN right(n, 1) = '3' THEN 'RD' ELSE 'TH' END;
ordinal_small(n) AS n || lower(right(_redshift.ordinal(n), 2));
"""

MACROS: tuple[str, ...] = tuple(
    f"CREATE OR REPLACE MACRO _redshift.{definition.strip()}"
    for definition in (_VALID_JSON, *_DEFINITIONS.replace("json_valid(", "_redshift.strict_json(").split(";\n"))
    if definition.strip()
)
