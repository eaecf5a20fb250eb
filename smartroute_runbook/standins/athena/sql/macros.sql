-- Trino's functions as DuckDB macros. Errors that Trino would raise begin with TRINO:CODE.
CREATE MACRO trino_e() AS exp(1.0::DOUBLE);
CREATE MACRO trino_nan() AS 'nan'::DOUBLE;
CREATE MACRO trino_infinity() AS 'inf'::DOUBLE;
CREATE MACRO trino_log(b, x) AS ln(x) / ln(b);
CREATE MACRO trino_fail(code) AS error('TRINO:' || code);

-- numbers -----------------------------------------------------------------------------------------------------------
CREATE MACRO trino_int_div(a, b) AS CASE WHEN b = 0 THEN error('TRINO:DIVISION_BY_ZERO: Division by zero') ELSE a // b END;
CREATE MACRO trino_mod(a, b) AS CASE WHEN b = 0 THEN error('TRINO:DIVISION_BY_ZERO: Division by zero') ELSE a % b END;
-- Half away from zero, as Trino divides unscaled decimals.
CREATE MACRO trino_div_round(n, d) AS CASE
    WHEN d = 0 THEN error('TRINO:DIVISION_BY_ZERO: Division by zero')
    WHEN (n < 0) = (d < 0) THEN (abs(n) + abs(d) // 2) // abs(d)
    ELSE -((abs(n) + abs(d) // 2) // abs(d)) END;
CREATE MACRO trino_width_bucket(x, lo, hi, n) AS CASE WHEN x < lo THEN 0 WHEN x >= hi THEN n + 1
    ELSE floor((x - lo) / ((hi - lo) / n::DOUBLE)) + 1 END;
CREATE MACRO trino_bitwise_and(a, b) AS a::BIGINT & b::BIGINT;
CREATE MACRO trino_bitwise_or(a, b) AS a::BIGINT | b::BIGINT;
CREATE MACRO trino_bitwise_not(a) AS ~(a::BIGINT);
CREATE MACRO trino_shift_left(a, b) AS a << b;
CREATE MACRO trino_shift_right(a, b) AS a >> b;
CREATE MACRO trino_to_base(n, b) AS CASE WHEN n < 0 THEN '-' || lower(to_base(-n, b)) ELSE lower(to_base(n, b)) END;
CREATE MACRO trino_truncate(x, n) AS trunc(x * pow(10, n)) / pow(10, n);

-- numbers as text ---------------------------------------------------------------------------------------------------
-- The shortest digits of |x| as d.dddEn, from DuckDB's own shortest text.
CREATE MACRO trino_scientific(v) AS (
    SELECT d[1] || '.' || CASE WHEN length(d) > 1 THEN d[2:] ELSE '0' END || 'E' || (x + length(w) - 1 - z)
    FROM (SELECT rtrim(ltrim(w || f, '0'), '0') AS d, length(w || f) - length(ltrim(w || f, '0')) AS z, w, x
          FROM (SELECT split_part(m, '.', 1) AS w, split_part(m, '.', 2) AS f, x
                FROM (SELECT split_part(v, 'e', 1) AS m, COALESCE(TRY_CAST(split_part(v, 'e', 2) AS INTEGER), 0) AS x))));
CREATE MACRO trino_sign(x) AS CASE WHEN x < 0 OR left(CAST(x AS VARCHAR), 1) = '-' THEN '-' ELSE '' END;
-- Java's Double.toString: how Athena shows a double.
CREATE MACRO trino_double_text(x) AS CASE
    WHEN x IS NULL THEN NULL WHEN isnan(x) THEN 'NaN'
    WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN x = 0 OR (abs(x) >= 0.001 AND abs(x) < 10000000) THEN CAST(x AS VARCHAR)
    ELSE trino_sign(x) || trino_scientific(CAST(abs(x) AS VARCHAR)) END;
-- Trino's CAST(double AS varchar): always scientific.
CREATE MACRO trino_double_varchar(x) AS CASE
    WHEN x IS NULL THEN NULL WHEN isnan(x) THEN 'NaN'
    WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN x = 0 THEN trino_sign(x) || '0E0'
    ELSE trino_sign(x) || trino_scientific(CAST(abs(x) AS VARCHAR)) END;
-- CAST(... AS varchar(n)) of anything but text fails where it does not fit.
CREATE MACRO trino_fit(x, n) AS CASE WHEN length(x) <= n THEN x WHEN x IS NOT NULL
    THEN error('TRINO:INVALID_CAST_ARGUMENT: Value ' || x || ' cannot be represented as varchar(' || n || ')') END;
CREATE MACRO trino_text_integer(x) AS CASE WHEN regexp_full_match(x, '[+-]?[0-9]+') THEN x
    ELSE error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to BIGINT') END;
CREATE MACRO trino_text_boolean(x) AS CASE
    WHEN lower(x) IN ('true', 't', '1') THEN 'true' WHEN lower(x) IN ('false', 'f', '0') THEN 'false'
    WHEN x IS NOT NULL THEN error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to BOOLEAN') END;
CREATE MACRO trino_text_date(x) AS CASE WHEN regexp_full_match(x, '\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\s*') THEN CAST(x AS DATE)
    ELSE error('TRINO:INVALID_CAST_ARGUMENT: Value cannot be cast to date: ' || x) END;
CREATE MACRO trino_float_integer(x) AS CASE WHEN isnan(x) OR isinf(x)
    THEN error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast double to integer') ELSE round(x) END;

-- text --------------------------------------------------------------------------------------------------------------
-- Nothing searched for is found before every character and at the end.
CREATE MACRO trino_replace(s, a) AS replace(s, a, ''), (s, a, b) AS CASE
    WHEN a <> '' THEN replace(s, a, b) WHEN s = '' THEN b
    ELSE b || array_to_string(list_transform(string_split(s, ''), lambda c: c || b), '') END;
CREATE MACRO trino_strpos(s, a) AS strpos(s, a), (s, a, n) AS CASE
    WHEN len(string_split(s, a)) <= n THEN 0
    ELSE length(array_to_string(string_split(s, a)[1:n], a)) + 1 END;
CREATE MACRO trino_substr(s, i) AS CASE WHEN i = 0 OR abs(i) > length(s) THEN CASE WHEN s IS NULL THEN NULL ELSE '' END ELSE substr(s, i) END,
    (s, i, n) AS CASE WHEN i = 0 OR abs(i) > length(s) OR n <= 0 THEN CASE WHEN s IS NULL OR n IS NULL THEN NULL ELSE '' END ELSE substr(s, i, n) END;
CREATE MACRO trino_split(s, d) AS string_split(s, d), (s, d, n) AS CASE
    WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
    ELSE list_concat(string_split(s, d)[1:n - 1], [array_to_string(string_split(s, d)[n:], d)]) END;
CREATE MACRO trino_split_part(s, d, n) AS CASE
    WHEN n < 1 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Index must be greater than zero')
    ELSE string_split(s, d)[n] END;
CREATE MACRO trino_split_to_map(s, a, b) AS map_from_entries(
    list_transform(string_split(s, a), lambda p: {'key': split_part(p, b, 1), 'value': split_part(p, b, 2)}));
CREATE MACRO trino_uuid() AS CAST(uuid() AS VARCHAR);
CREATE MACRO trino_regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,
    (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END;
-- Java writes groups as $1, RE2 as \1.
CREATE MACRO trino_regexp_replace(s, p) AS regexp_replace(s, p, '', 'g'),
    (s, p, r) AS regexp_replace(s, p, regexp_replace(r, '\$([0-9])', '\\\1', 'g'), 'g');
CREATE MACRO trino_regexp_count(s, p) AS len(regexp_extract_all(s, p));
CREATE MACRO trino_url_part(u, p) AS CASE WHEN regexp_matches(u, '^[A-Za-z][A-Za-z0-9+.-]*:') THEN regexp_extract(u, p, 1) END;
CREATE MACRO trino_url_extract_protocol(u) AS trino_url_part(u, '^([^:]+):');
CREATE MACRO trino_url_extract_host(u) AS trino_url_part(u, '^[^:]+://(?:[^@/?#]*@)?([^:/?#]*)');
CREATE MACRO trino_url_extract_path(u) AS trino_url_part(u, '^[^:]+://[^/?#]*([^?#]*)');
CREATE MACRO trino_url_extract_query(u) AS trino_url_part(u, '^[^?#]*\?([^#]*)');
CREATE MACRO trino_url_extract_parameter(u, n) AS url_decode(NULLIF(regexp_extract('&' || trino_url_extract_query(u), '&' || n || '=([^&]*)', 1), ''));

-- binary ------------------------------------------------------------------------------------------------------------
CREATE MACRO trino_md5(b) AS unhex(md5(b));
CREATE MACRO trino_sha1(b) AS unhex(sha1(b));
CREATE MACRO trino_sha256(b) AS unhex(sha256(b));
CREATE MACRO trino_to_big_endian_64(n) AS CAST(CAST(n AS BIGINT) AS BIT)::BLOB;
CREATE MACRO trino_from_big_endian_64(b) AS CAST(CAST(b AS BIT) AS BIGINT);
CREATE MACRO trino_to_ieee754_64(x) AS CAST(CAST(x AS DOUBLE) AS BIT)::BLOB;
CREATE MACRO trino_from_ieee754_64(b) AS CAST(CAST(b AS BIT) AS DOUBLE);
CREATE MACRO trino_from_base(s, b) AS coalesce(
    CASE WHEN b = 16 AND strlen(s) < 16 AND NOT contains(s, '_') THEN TRY_CAST('0x' || s AS BIGINT) END,
    trino_any_base(s, b));

-- JSON: what is not JSON is NULL, where DuckDB would fail ---------------------------------------------------------------
CREATE MACRO trino_json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END;
CREATE MACRO trino_json_extract_scalar(j, p) AS CASE
    WHEN json_valid(j) AND json_type(j, p) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string(j, p) END;
CREATE MACRO trino_json_parse(s) AS CASE WHEN s IS NULL OR json_valid(s) THEN CAST(s AS JSON)
    ELSE error('TRINO:INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: ''' || s || '''') END;
CREATE MACRO trino_json_format(j) AS CAST(j AS VARCHAR);
CREATE MACRO trino_json_array_length(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END;
CREATE MACRO trino_json_size(j, p) AS CASE json_type(j, p) WHEN 'ARRAY' THEN CAST(json_array_length(j, p) AS BIGINT)
    WHEN 'OBJECT' THEN len(json_keys(j, p)) ELSE CASE WHEN json_type(j, p) IS NOT NULL THEN 0 END END;
CREATE MACRO trino_json_array_get(j, i) AS json_extract(j, '$[' || CASE WHEN i < 0 THEN '#' || i ELSE CAST(i AS VARCHAR) END || ']');
CREATE MACRO trino_json_array_contains(j, x) AS list_contains(CAST(json_extract_string(j, '$[*]') AS VARCHAR[]), CAST(x AS VARCHAR));
CREATE MACRO trino_is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY');

-- arrays and maps ---------------------------------------------------------------------------------------------------
CREATE MACRO trino_subscript(a, i) AS CASE
    WHEN i = 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
    WHEN i < 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Array subscript is negative: ' || i)
    WHEN i > len(a) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a))
    ELSE a[i] END;
CREATE MACRO trino_map_subscript(m, k) AS CASE
    WHEN m IS NOT NULL AND NOT map_contains(m, k) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k)
    ELSE m[k] END;
CREATE MACRO trino_element_at(a, i) AS CASE
    WHEN i = 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1') ELSE a[i] END;
-- DuckDB's list_distinct drops NULL and forgets the order; Trino keeps one NULL, in order.
CREATE MACRO trino_array_distinct(a) AS list_filter(a, lambda x, i: i = CASE WHEN x IS NULL
    THEN len(a) - len(list_filter(a, lambda y, j: j > (list_filter(range(1, len(a) + 1), lambda k: a[k] IS NULL))[1])) ELSE list_position(a, x) END);
CREATE MACRO trino_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST');
CREATE MACRO trino_array_max(a) AS CASE WHEN len(list_filter(a, lambda x: x IS NULL)) = 0 THEN list_max(a) END;
CREATE MACRO trino_array_min(a) AS CASE WHEN len(list_filter(a, lambda x: x IS NULL)) = 0 THEN list_min(a) END;
CREATE MACRO trino_array_join(a, d) AS array_to_string(list_filter(a, lambda x: x IS NOT NULL), d),
    (a, d, n) AS array_to_string(list_transform(a, lambda x: COALESCE(CAST(x AS VARCHAR), n)), d);
CREATE MACRO trino_array_position(a, x) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN COALESCE(list_position(a, x), 0) END;
CREATE MACRO trino_array_remove(a, x) AS list_filter(a, lambda y: y <> x);
CREATE MACRO trino_array_union(a, b) AS trino_array_distinct(list_concat(a, b));
CREATE MACRO trino_array_except(a, b) AS trino_array_distinct(list_filter(a, lambda x: NOT list_contains(b, x)));
CREATE MACRO trino_slice(a, i, n) AS CASE WHEN i > 0 THEN a[i:i + n - 1] ELSE a[len(a) + i + 1:len(a) + i + n] END;
CREATE MACRO trino_shuffle(a) AS list_sort(a);
-- The lambdas have been applied: a list of their truth values. No true among NULLs is NULL, as in Trino.
CREATE MACRO trino_any(b) AS CASE WHEN list_contains(b, true) THEN true WHEN len(list_filter(b, lambda x: x IS NULL)) > 0 THEN NULL ELSE b IS NOT NULL AND false END;

-- dates -------------------------------------------------------------------------------------------------------------
CREATE MACRO trino_last_day(d) AS last_day(CAST(d AS DATE));
CREATE MACRO trino_iso_date(s) AS CAST(s AS DATE);
CREATE MACRO trino_from_unixtime(x) AS to_timestamp(round(CAST(x AS DOUBLE) * 1000) / 1000);
CREATE MACRO trino_timestamp_text(x, p) AS CASE p WHEN 3 THEN strftime(x, '%Y-%m-%d %H:%M:%S.%g')
    WHEN 0 THEN strftime(x, '%Y-%m-%d %H:%M:%S') ELSE left(strftime(x, '%Y-%m-%d %H:%M:%S.%f'), 20 + p) END;
-- To the nearest s microseconds.
CREATE MACRO trino_timestamp_round(x, s) AS make_timestamp(epoch_us(x) + s // 2 - ((epoch_us(x) + s // 2) % s + s) % s);
CREATE MACRO trino_interval_text(i) AS (CASE WHEN epoch_ms(i) < 0 THEN '-' ELSE '' END) || abs(epoch_ms(i)) // 86400000 || ' '
    || strftime(make_timestamp((abs(epoch_ms(i)) % 86400000) * 1000), '%H:%M:%S.%g');
