-- Trino's functions as DuckDB macros. Errors that Trino would raise begin with TRINO:CODE.
CREATE MACRO trino_e() AS exp(1.0::DOUBLE);
CREATE MACRO trino_nan() AS 'nan'::DOUBLE;
CREATE MACRO trino_infinity() AS 'inf'::DOUBLE;
-- Outside of their domains Java gives NaN or an infinity, DuckDB an error.
CREATE MACRO trino_ln(x) AS CASE WHEN x > 0 THEN ln(x) WHEN x = 0 THEN '-inf'::DOUBLE WHEN x IS NOT NULL THEN 'nan'::DOUBLE END;
CREATE MACRO trino_log2(x) AS CASE WHEN x > 0 THEN log2(x) WHEN x = 0 THEN '-inf'::DOUBLE WHEN x IS NOT NULL THEN 'nan'::DOUBLE END;
CREATE MACRO trino_log10(x) AS CASE WHEN x > 0 THEN log10(x) WHEN x = 0 THEN '-inf'::DOUBLE WHEN x IS NOT NULL THEN 'nan'::DOUBLE END;
CREATE MACRO trino_sqrt(x) AS CASE WHEN x >= 0 THEN sqrt(x) WHEN x IS NOT NULL THEN 'nan'::DOUBLE END;
CREATE MACRO trino_acos(x) AS CASE WHEN x BETWEEN -1 AND 1 THEN acos(x) WHEN x IS NOT NULL THEN 'nan'::DOUBLE END;
CREATE MACRO trino_asin(x) AS CASE WHEN x BETWEEN -1 AND 1 THEN asin(x) WHEN x IS NOT NULL THEN 'nan'::DOUBLE END;
CREATE MACRO trino_sin(x) AS CASE WHEN isinf(CAST(x AS DOUBLE)) THEN 'nan'::DOUBLE ELSE sin(x) END;
CREATE MACRO trino_cos(x) AS CASE WHEN isinf(CAST(x AS DOUBLE)) THEN 'nan'::DOUBLE ELSE cos(x) END;
CREATE MACRO trino_tan(x) AS CASE WHEN isinf(CAST(x AS DOUBLE)) THEN 'nan'::DOUBLE ELSE tan(x) END;
CREATE MACRO trino_float_div(a, b) AS CASE WHEN b = 0 THEN a * CASE WHEN signbit(CAST(b AS DOUBLE)) THEN '-inf'::DOUBLE ELSE 'inf'::DOUBLE END ELSE a / b END;
CREATE MACRO trino_log(b, x) AS trino_float_div(trino_ln(x), trino_ln(b));
-- Java's Math.pow has no number to the power NaN, nor 1 to an infinite one.
CREATE MACRO trino_power(x, y) AS CASE WHEN y = 0 THEN 1.0::DOUBLE WHEN isnan(y::DOUBLE) OR (abs(x) = 1 AND isinf(y::DOUBLE)) THEN 'nan'::DOUBLE ELSE pow(x, y) END;
-- Outside of the alphabets of one case for each letter: DuckDB makes a capital of the sharp s, Trino leaves it.
CREATE MACRO trino_upper(s) AS replace(upper(replace(s, 'ß', chr(57344))), chr(57344), 'ß');
CREATE MACRO trino_greatest(l) AS coalesce(list_max(list_filter(l, lambda x: NOT isnan(x))), 'nan'::DOUBLE);
CREATE MACRO trino_least(l) AS coalesce(list_min(list_filter(l, lambda x: NOT isnan(x))), 'nan'::DOUBLE);
CREATE MACRO trino_sign_of(x) AS CASE WHEN isnan(x) THEN 'nan'::DOUBLE ELSE sign(x) END;
CREATE MACRO trino_is_normal(x) AS CASE WHEN isnan(x) THEN NULL ELSE x END;
-- NaN is NULL for a function in Python.
CREATE MACRO trino_normal_cdf(m, d, x) AS CASE WHEN NOT d > 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: standardDeviation must be > 0')
    WHEN isnan(d::DOUBLE) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: standardDeviation must be > 0') WHEN isnan(m::DOUBLE) OR isnan(x::DOUBLE) OR isnan(d::DOUBLE) THEN 'nan'::DOUBLE ELSE trino_normal_share(m, d, x) END;
CREATE MACRO trino_inverse_normal_cdf(m, d, p) AS CASE WHEN m IS NULL OR d IS NULL OR p IS NULL THEN NULL
    WHEN NOT (p > 0 AND p < 1) OR isnan(p::DOUBLE) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: p must be in the interval (0, 1)')
    WHEN NOT d > 0 OR isnan(d::DOUBLE) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: sd must be > 0') ELSE m + d * trino_normal_quantile(p) END;
CREATE MACRO trino_json_digits(j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast ''' || j || '''')
    WHEN json_type(j) = 'BOOLEAN' THEN CASE WHEN json_extract_string(j, '$') = 'true' THEN '1' ELSE '0' END ELSE json_extract_string(j, '$') END;
CREATE MACRO trino_json_whole(j) AS CASE WHEN json_type(j) = 'DOUBLE' THEN CAST(round(CAST(j AS DOUBLE)) AS HUGEINT) ELSE CAST(trino_json_digits(j) AS HUGEINT) END;
CREATE MACRO trino_json_truth(j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN trino_json_digits(j) WHEN json_type(j) IN ('BOOLEAN', 'VARCHAR') THEN json_extract_string(j, '$') ELSE CASE WHEN CAST(trino_json_digits(j) AS DOUBLE) <> 0 THEN 'true' WHEN j IS NOT NULL AND json_type(j) <> 'NULL' THEN 'false' END END;
CREATE MACRO trino_json_varchar(j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast ''' || j || ''' to varchar')
    WHEN json_type(j) = 'DOUBLE' THEN trino_double_varchar_each(CAST(j AS DOUBLE)) ELSE json_extract_string(j, '$') END;
CREATE MACRO trino_fail(code) AS error('TRINO:' || code);

-- numbers -----------------------------------------------------------------------------------------------------------
CREATE MACRO trino_int_div(a, b) AS CASE WHEN b = 0 THEN error('TRINO:DIVISION_BY_ZERO: Division by zero') ELSE a // b END;
CREATE MACRO trino_mod(a, b) AS CASE WHEN b = 0 THEN error('TRINO:DIVISION_BY_ZERO: Division by zero') ELSE a % b END;
-- Half away from zero, as Trino divides unscaled decimals.
CREATE MACRO trino_div_round(n, d) AS CASE
    WHEN d = 0 THEN error('TRINO:DIVISION_BY_ZERO: Division by zero')
    WHEN (n < 0) = (d < 0) THEN (abs(n) + abs(d) // 2) // abs(d)
    ELSE -((abs(n) + abs(d) // 2) // abs(d)) END;
CREATE MACRO trino_wilson(s, n, z, side) AS CASE WHEN s IS NULL OR n IS NULL OR z IS NULL THEN NULL
    WHEN n <= 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: number of trials must be positive')
    WHEN s < 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: number of successes must not be negative')
    WHEN s > n THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: number of successes must not be larger than number of trials')
    WHEN z < 0 OR isnan(z::DOUBLE) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: z-score must not be negative')
    ELSE (s::DOUBLE / n + z * z / (2.0::DOUBLE * n) + side * z * sqrt((s::DOUBLE / n) * (1 - s::DOUBLE / n) / n + z * z / (4.0::DOUBLE * n * n))) / (1 + z * z / n) END;
CREATE MACRO trino_wilson_lower(s, n, z) AS trino_wilson(s, n, z, -1);
CREATE MACRO trino_wilson_upper(s, n, z) AS trino_wilson(s, n, z, 1);
CREATE MACRO trino_finite(x) AS CASE WHEN isfinite(x) THEN x END;
CREATE MACRO trino_bucket(x, lo, hi, n) AS CASE WHEN x < lo THEN 0 WHEN x >= hi THEN n + 1 ELSE floor(n * (x - lo) / (hi - lo)) + 1 END;
CREATE MACRO trino_width_bucket(x, lo, hi, n) AS CASE
    WHEN n <= 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: bucketCount must be greater than 0')
    WHEN isnan(x) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: operand must not be NaN')
    WHEN NOT isfinite(lo) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: first bound must be finite')
    WHEN NOT isfinite(hi) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: second bound must be finite')
    WHEN lo = hi THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: bounds cannot equal each other')
    WHEN lo < hi THEN trino_bucket(x, lo, hi, n) ELSE n + 1 - trino_bucket(x, hi, lo, n) END;
CREATE MACRO trino_bitwise_and(a, b) AS a::BIGINT & b::BIGINT;
CREATE MACRO trino_bitwise_or(a, b) AS a::BIGINT | b::BIGINT;
CREATE MACRO trino_bitwise_not(a) AS ~(a::BIGINT);
CREATE MACRO trino_shift_left(a, b, bits) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN b >= bits THEN 0
    WHEN b < 0 AND b & 63 >= bits THEN 0  -- of a negative number of places Java takes the last six bits
    ELSE CAST(((a::HUGEINT * (1::HUGEINT << (b & 63)::INTEGER) + (1::HUGEINT << (bits - 1))) % (1::HUGEINT << bits) + (1::HUGEINT << bits)) % (1::HUGEINT << bits) - (1::HUGEINT << (bits - 1)) AS BIGINT) END;
-- >> keeps the sign; Trino's shift to the right does not: a negative number is one of so many bits.
CREATE MACRO trino_shift_arithmetic(a, b) AS CASE WHEN b IS NOT NULL THEN a::BIGINT >> least(b, 63) END;
CREATE MACRO trino_shift_right(a, b, bits) AS CASE WHEN a IS NULL THEN NULL WHEN b >= bits THEN 0
    WHEN a >= 0 OR b = 0 THEN a >> b ELSE CAST((a::HUGEINT + (1::HUGEINT << bits)) // (1::HUGEINT << b::INTEGER) AS BIGINT) END;
CREATE MACRO trino_to_base(n, b) AS CASE WHEN n IS NULL OR b IS NULL THEN NULL
    WHEN b NOT BETWEEN 2 AND 36 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Radix must be between 2 and 36')
    WHEN n < 0 THEN '-' || lower(to_base(-n, b::INTEGER)) ELSE lower(to_base(n, b::INTEGER)) END;
CREATE MACRO trino_cut(u, s, n) AS CASE WHEN n >= s THEN u ELSE u // CAST(pow(10, s - n) AS HUGEINT) * CAST(pow(10, s - n) AS HUGEINT) END;
CREATE MACRO trino_double_real(x) AS CASE WHEN abs(x) < 3.4028235677973366e38 OR x IS NULL OR isnan(x) THEN x
    WHEN x > 0 THEN 'Infinity'::DOUBLE ELSE '-Infinity'::DOUBLE END;
CREATE MACRO trino_round_to(x, n) AS CASE WHEN isfinite(x) THEN round(x, n) ELSE x END;
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
CREATE MACRO trino_double_json(x) AS CASE WHEN isfinite(x) THEN CAST(trino_double_text(x) AS JSON) ELSE to_json(trino_double_text(x)) END;
-- CAST(... AS varchar(n)) of anything but text fails where it does not fit.
CREATE MACRO trino_fit(x, n) AS CASE WHEN length(x) <= n THEN x WHEN x IS NOT NULL
    THEN error('TRINO:INVALID_CAST_ARGUMENT: Value ' || x || ' cannot be represented as varchar(' || n || ')') END;
CREATE MACRO trino_text_integer(x) AS CASE WHEN regexp_full_match(x, '[+-]?[0-9]+') THEN x
    ELSE error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to BIGINT') END;
-- What Java reads as a number or a moment, and nothing else that DuckDB would: 1_000, inf, 2024/01/01, a T before the time.
CREATE MACRO trino_no_value(x, want) AS error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to ' || want);
CREATE MACRO trino_text_decimal(x) AS CASE WHEN regexp_full_match(x, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') THEN x ELSE trino_no_value(x, 'DECIMAL') END;
CREATE MACRO trino_text_float(x) AS CASE
    WHEN regexp_full_match(x, '[\x00-\x20]*[+-]?(NaN|Infinity|([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[dDfF]?)[\x00-\x20]*')
    THEN regexp_replace(x, '([0-9.])[dDfF]', '\1')
    WHEN regexp_full_match(x, '[\x00-\x20]*[+-]?0[xX][0-9A-Fa-f.]+[pP][+-]?[0-9]+.*') THEN error('TRINO:NOT_SUPPORTED: not rehearsable: a hexadecimal number in a text')
    ELSE trino_no_value(x, 'DOUBLE') END;
CREATE MACRO trino_text_time(x) AS CASE WHEN regexp_full_match(x, '([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2}([.][0-9]+)?)?\s*') THEN x ELSE trino_no_value(x, 'TIME') END;
CREATE MACRO trino_text_moment(x, want) AS CASE
    WHEN regexp_full_match(x, '\s*[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( (([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2}([.][0-9]+)?)?)?)?(\s*(Z|[+-][0-9]{2}:?[0-9]{2}|[A-Z][A-Za-z_]+(/[A-Za-z_/+-]+)?))?\s*')
    THEN x ELSE trino_no_value(x, want) END;
-- A zone in the text counts for nothing in a type without one.
CREATE MACRO trino_text_timestamp(x) AS regexp_extract(trino_text_moment(x, 'TIMESTAMP'), '^\s*([+-]?[0-9]+-[0-9]+-[0-9]+( [0-9:.]+)?)', 1);
CREATE MACRO trino_text_boolean(x) AS CASE
    WHEN lower(x) IN ('true', 't', '1') THEN 'true' WHEN lower(x) IN ('false', 'f', '0') THEN 'false'
    WHEN x IS NOT NULL THEN error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to BOOLEAN') END;
CREATE MACRO trino_text_date(x) AS CASE WHEN regexp_full_match(x, '\s*[0-9]+-[0-9]{1,2}-[0-9]{1,2}\s*') THEN CAST(x AS DATE)
    ELSE error('TRINO:INVALID_CAST_ARGUMENT: Value cannot be cast to date: ' || x) END;
CREATE MACRO trino_float_integer(x) AS CASE WHEN isnan(x) OR isinf(x)
    THEN error('TRINO:INVALID_CAST_ARGUMENT: Cannot cast double to integer') ELSE round(x) END;

-- text --------------------------------------------------------------------------------------------------------------
-- Nothing searched for is found before every character and at the end.
CREATE MACRO trino_replace(s, a) AS replace(s, a, ''), (s, a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN a <> '' THEN replace(s, a, b) WHEN s = '' THEN b
    ELSE b || array_to_string(list_transform(string_split(s, ''), lambda c: c || b), '') END;
-- Texts joined by what may differ by row: string_agg takes a constant alone.
CREATE MACRO trino_joined(l, d) AS CASE WHEN l IS NULL OR d IS NULL THEN NULL WHEN len(l) = 0 THEN '' ELSE list_reduce(l, lambda x, y: x || d || y) END;
CREATE MACRO trino_strpos_back(s, a, n) AS CASE WHEN len(string_split(s, a)) <= n THEN 0
    ELSE length(trino_joined(string_split(s, a)[1:len(string_split(s, a)) - n], a)) + 1 END;
CREATE MACRO trino_strpos(s, a) AS strpos(s, a), (s, a, n) AS CASE
    WHEN n = 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: ''instance'' must be a positive or negative number.') WHEN a = '' THEN 1 WHEN n < 0 THEN trino_strpos_back(s, a, -n)
    WHEN len(string_split(s, a)) <= n THEN 0
    ELSE length(trino_joined(string_split(s, a)[1:n], a)) + 1 END;
CREATE MACRO trino_substr(s, i) AS CASE WHEN i = 0 OR abs(i) > length(s) THEN CASE WHEN s IS NULL THEN NULL ELSE '' END ELSE substr(s, i) END,
    (s, i, n) AS CASE WHEN i = 0 OR abs(i) > length(s) OR n <= 0 THEN CASE WHEN s IS NULL OR n IS NULL THEN NULL ELSE '' END ELSE substr(s, i, n) END;
CREATE MACRO trino_separator(d) AS CASE WHEN d = '' THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string') ELSE d END;
CREATE MACRO trino_limit(n) AS CASE WHEN n <= 0 OR n > 2147483647 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Limit must be positive') ELSE n END;
CREATE MACRO trino_split(s, d) AS CASE WHEN d IS NOT NULL THEN string_split(s, trino_separator(d)) END, (s, d, n) AS CASE WHEN s IS NULL OR d IS NULL THEN NULL
    WHEN len(string_split(s, trino_separator(d))) <= trino_limit(n) THEN string_split(s, d)
    ELSE list_concat(string_split(s, d)[1:n - 1], [trino_joined(string_split(s, d)[n:], d)]) END;
CREATE MACRO trino_target_length(n) AS CASE WHEN n < 0 OR n > 2147483647
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]') ELSE CAST(n AS INTEGER) END;
CREATE MACRO trino_lpad(s, n, p) AS lpad(s, trino_target_length(n), p);
CREATE MACRO trino_rpad(s, n, p) AS rpad(s, trino_target_length(n), p);
CREATE MACRO trino_repeat(a, n) AS CASE
    WHEN n < 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be greater than or equal to 0')
    WHEN n > 10000 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be less than or equal to 10000')
    ELSE repeat(a, n) END;
CREATE MACRO trino_parse_short_year(t) AS CASE WHEN year(t) = 1969 THEN t + to_years(100) ELSE t END;
CREATE MACRO trino_chr(n) AS chr(CAST(n AS INTEGER));
CREATE MACRO trino_split_part(s, d, n) AS CASE
    WHEN n < 1 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Index must be greater than zero')
    ELSE string_split(s, d)[n] END;
CREATE MACRO trino_hamming(a, b) AS CASE WHEN length(a) = length(b) THEN list_sum(list_transform(string_split(a, ''), lambda c, i: CASE WHEN c <> string_split(b, '')[i] THEN 1 ELSE 0 END)) WHEN a IS NOT NULL AND b IS NOT NULL
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: The input strings to hamming_distance function must have the same length') END;
CREATE MACRO trino_substr_bytes(b, i, n) AS unhex(CASE WHEN i = 0 OR abs(i) > octet_length(b) OR n <= 0 THEN ''
    ELSE substr(hex(b), CASE WHEN i > 0 THEN 2 * i - 1 ELSE 2 * i END, 2 * least(n, 1000000000)) END);
CREATE MACRO trino_uuid() AS CAST(uuid() AS VARCHAR);
CREATE MACRO trino_regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,
    (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END;
-- Java writes groups as $1, RE2 as \1.
CREATE MACRO trino_regexp_replace(s, p) AS regexp_replace(s, p, '', 'g'),
    (s, p, r) AS regexp_replace(s, p, regexp_replace(r, '\$([0-9])', '\\\1', 'g'), 'g');
CREATE MACRO trino_regexp_replace_re2(s, p, r) AS regexp_replace(s, p, r, 'g');
CREATE MACRO trino_regexp_split(s, p) AS CASE WHEN p = '' THEN list_concat([''], string_split(s, ''), ['']) ELSE string_split_regex(s, p) END;
CREATE MACRO trino_regexp_position(s, p) AS trino_regexp_place(s, p, 1, 1), (s, p, i) AS trino_regexp_place(s, p, i, 1),
    (s, p, i, n) AS trino_regexp_place(s, p, i, n);
CREATE MACRO trino_regexp_count(s, p) AS len(regexp_extract_all(s, p));
CREATE MACRO trino_url_part(u, p) AS CASE WHEN regexp_matches(u, '^[A-Za-z][A-Za-z0-9+.-]*:') THEN regexp_extract(u, p, 1) END;
CREATE MACRO trino_url_extract_port(u) AS CAST(trino_url_port(u) AS BIGINT);

-- binary ------------------------------------------------------------------------------------------------------------
CREATE MACRO trino_md5(b) AS unhex(md5(b));
CREATE MACRO trino_sha1(b) AS unhex(sha1(b));
CREATE MACRO trino_sha256(b) AS unhex(sha256(b));
CREATE MACRO trino_to_big_endian_64(n) AS CAST(CAST(n AS BIGINT) AS BIT)::BLOB;
CREATE MACRO trino_from_big_endian_64(b) AS CASE WHEN octet_length(b) = 8 THEN CAST(CAST(b AS BIT) AS BIGINT)
    WHEN b IS NOT NULL THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: expected 8-byte input, but got instead: ' || octet_length(b)) END;
CREATE MACRO trino_to_ieee754_64(x) AS CAST(CAST(x AS DOUBLE) AS BIT)::BLOB;
CREATE MACRO trino_from_ieee754_64(b) AS CASE WHEN octet_length(b) = 8 THEN CAST(CAST(b AS BIT) AS DOUBLE)
    WHEN b IS NOT NULL THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Input floating-point value must be exactly 8 bytes long') END;
CREATE MACRO trino_to_big_endian_32(n) AS CAST(CAST(n AS INTEGER) AS BIT)::BLOB;
CREATE MACRO trino_from_big_endian_32(b) AS CASE WHEN octet_length(b) = 4 THEN CAST(CAST(b AS BIT) AS INTEGER)
    WHEN b IS NOT NULL THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: expected 4-byte input, but got instead: ' || octet_length(b)) END;
CREATE MACRO trino_to_ieee754_32(x) AS CAST(CAST(x AS FLOAT) AS BIT)::BLOB;
CREATE MACRO trino_from_ieee754_32(b) AS CASE WHEN octet_length(b) = 4 THEN CAST(CAST(b AS BIT) AS FLOAT)
    WHEN b IS NOT NULL THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Input floating-point value must be exactly 4 bytes long') END;
CREATE MACRO trino_from_base(s, b) AS coalesce(
    CASE WHEN b = 16 AND strlen(s) < 16 AND NOT contains(s, '_') THEN TRY_CAST('0x' || s AS BIGINT) END,
    trino_any_base(s, b));

-- JSON: what is not JSON is NULL, where DuckDB would fail ---------------------------------------------------------------
CREATE MACRO trino_path(p) AS CASE WHEN regexp_full_match(p, '\$(\.[A-Za-z0-9_$:@-]+|\[[0-9]+\]|\["([^"\\]|\\.)*"\])*')
    THEN regexp_replace(p, '\["([^"]*)"\]', '."\1"', 'g') WHEN p IS NOT NULL THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Invalid JSON path: ''' || p || '''') END;
CREATE MACRO trino_json_extract(j, p) AS json_extract(CASE WHEN json_valid(j) THEN j END, trino_path(p));
CREATE MACRO trino_json_text(v) AS CASE WHEN json_type(v) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(v, '$') END;
-- DuckDB's numbers lose zeros and digits; where there may be some, Python reads the text.
CREATE MACRO trino_json_extract_scalar(j, p) AS CASE
    WHEN regexp_matches(j, '[0-9]\.[0-9]*0\b|[0-9][eE]|[0-9]{16}') AND json_valid(j) THEN trino_json_scalar(j, p)
    ELSE trino_json_text(trino_json_extract(j, p)) END;
-- DuckDB takes a comma after the last item.
CREATE MACRO trino_is_json(s) AS json_valid(s) AND NOT regexp_matches(regexp_replace(s, '"(\\.|[^"\\])*"', '""', 'g'), ',\s*[\]}]');
CREATE MACRO trino_concat_ws(d, l) AS trino_joined(list_filter(l, lambda x: x IS NOT NULL), d);
CREATE MACRO trino_json_parse(s) AS CASE WHEN s IS NULL OR trino_is_json(s) THEN CAST(s AS JSON)
    ELSE error('TRINO:INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: ''' || s || '''') END;
CREATE MACRO trino_json_format(j) AS CAST(j AS VARCHAR);
CREATE MACRO trino_json_array_length(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END;
CREATE MACRO trino_size_of(v) AS CASE json_type(v) WHEN 'ARRAY' THEN CAST(json_array_length(v) AS BIGINT)
    WHEN 'OBJECT' THEN len(json_keys(v)) ELSE CASE WHEN json_type(v) IS NOT NULL THEN 0 END END;
CREATE MACRO trino_json_size(j, p) AS trino_size_of(trino_json_extract(j, p));
CREATE MACRO trino_kind(j) AS json_type(CASE WHEN json_valid(j) THEN j END);
-- A text loses its quotes here, which Trino's documentation calls broken; what is then no JSON cannot be held.
CREATE MACRO trino_json_item(v) AS CASE WHEN json_type(v) <> 'VARCHAR' THEN v WHEN json_valid(json_extract_string(v, '$')) THEN CAST(json_extract_string(v, '$') AS JSON)
    WHEN v IS NOT NULL THEN error('TRINO:NOT_SUPPORTED: not rehearsable: json_array_get of a text') END;
CREATE MACRO trino_json_array_get(j, i) AS CASE WHEN trino_kind(j) = 'ARRAY' THEN
    trino_json_item(json_extract(CASE WHEN json_valid(j) THEN j END, '$[' || CASE WHEN i < 0 THEN '#' || i ELSE CAST(i AS VARCHAR) END || ']')) END;
CREATE MACRO trino_json_array_contains(j, x, types) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' AND x IS NOT NULL THEN
    len(list_filter(json_extract(j, '$[*]'), lambda e: list_contains(types, json_type(e)) AND json_extract_string(e, '$') = CAST(x AS VARCHAR))) > 0 END;
CREATE MACRO trino_is_json_scalar(j) AS CASE WHEN json_valid(j) THEN json_type(j) NOT IN ('OBJECT', 'ARRAY')
    WHEN j IS NOT NULL THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Invalid JSON value: ' || j) END;

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
-- NULL where nothing equal is found among NULLs.
CREATE MACRO trino_contains(a, x) AS CASE WHEN list_contains(a, x) THEN true
    WHEN x IS NULL OR a IS NULL OR len(list_filter(a, lambda y: y IS NULL)) > 0 THEN NULL ELSE false END;
CREATE MACRO trino_arrays_overlap(a, b) AS CASE WHEN list_has_any(a, b) THEN true WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN len(a) > 0 AND len(b) > 0 AND len(list_filter(list_concat(a, b), lambda y: y IS NULL)) > 0 THEN NULL ELSE false END;
CREATE MACRO trino_trim_array(a, n) AS CASE WHEN n < 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: size must not be negative: ' || n)
    WHEN n > len(a) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: size must not exceed array cardinality ' || len(a) || ': ' || n)
    ELSE a[1:len(a) - n] END;
CREATE MACRO trino_contains_sequence(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN len(b) = 0
    OR list_contains(list_transform(range(1, len(a) - len(b) + 2), lambda k: a[k:k + len(b) - 1] IS NOT DISTINCT FROM b), true) END;
CREATE MACRO trino_map_from_entries(e) AS CASE
    WHEN len(list_filter(e, lambda x: x.key IS NULL)) > 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: map key cannot be null')
    WHEN len(list_distinct(list_transform(e, lambda x: x.key))) < len(e) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed')
    ELSE map_from_entries(e) END;
CREATE MACRO trino_map(k, v) AS CASE WHEN len(k) <> len(v) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length')
    WHEN len(list_filter(k, lambda x: x IS NULL)) > 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: map key cannot be null')
    WHEN len(list_distinct(k)) < len(k) THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed')
    ELSE map(k, v) END;
-- The first value of a key; no NULL for a key.
CREATE MACRO trino_filled(m) AS CASE WHEN len(map_keys(m)) > 0 THEN m END;
CREATE MACRO trino_map_agg(e) AS trino_filled(map_from_entries(list_filter(e, lambda x, k: struct_extract(x, 1) IS NOT NULL
    AND list_position(list_transform(e, lambda y: struct_extract(y, 1)), struct_extract(x, 1)) = k)));
CREATE MACRO trino_multimap_agg(e) AS trino_filled(map_from_entries(list_transform(list_filter(e, lambda x, k: struct_extract(x, 1) IS NOT NULL
    AND list_position(list_transform(e, lambda y: struct_extract(y, 1)), struct_extract(x, 1)) = k),
    lambda x: {'key': struct_extract(x, 1), 'value': list_transform(list_filter(e, lambda y: struct_extract(y, 1) = struct_extract(x, 1)), lambda y: struct_extract(y, 2))})));
CREATE MACRO trino_array_histogram(a) AS map_from_entries(list_transform(list_distinct(a), lambda x: {'key': x, 'value': len(list_filter(a, lambda y: y = x))}));
CREATE MACRO trino_ngrams(a, n) AS CASE WHEN n <= 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: N must be positive') WHEN len(a) <= n THEN [a]
    ELSE list_transform(range(1, len(a) - n + 2), lambda i: a[i:i + n - 1]) END;
CREATE MACRO trino_key_value(p, b) AS CASE WHEN len(string_split(p, b)) = 2 THEN {'key': split_part(p, b, 1), 'value': split_part(p, b, 2)}
    ELSE error('TRINO:INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly once in each entry. Bad input: ''' || p || '''') END;
CREATE MACRO trino_split_to_map(s, a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN trino_map_from_entries(CASE WHEN s = '' THEN []
    ELSE list_transform(string_split(s, a), lambda p: trino_key_value(p, b)) END) END;
-- The third moment over the second's power, NULL below three values.
CREATE MACRO trino_skewness_about(l, m) AS CASE WHEN len(l) >= 3 THEN sqrt(len(l)) * list_sum(list_transform(l, lambda x: (x - m) ** 3))
    / list_sum(list_transform(l, lambda x: (x - m) ** 2)) ** 1.5 END;
CREATE MACRO trino_skewness(l) AS trino_skewness_about(list_filter(l, lambda x: x IS NOT NULL), list_avg(l));
-- Unequal where one pair is, unknown where one is; unlike DuckDB, whose NULLs are equal to each other here.
CREATE MACRO trino_array_equal(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) <> len(b) THEN false
    WHEN list_contains(list_transform(range(1, len(a) + 1), lambda k: a[k] <> b[k]), true) THEN false
    WHEN len(list_filter(list_concat(a, b), lambda x: x IS NULL)) > 0 THEN NULL ELSE true END;
CREATE MACRO trino_append(a, x) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN list_append(a, x) END;
CREATE MACRO trino_prepend(x, a) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN list_prepend(x, a) END;
CREATE MACRO trino_join(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_concat(a, b) END;
CREATE MACRO trino_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST');
CREATE MACRO trino_array_max_number(a) AS CASE WHEN len(a) > 0 AND len(list_filter(a, lambda x: x IS NULL)) = 0 THEN trino_greatest(a) END;
CREATE MACRO trino_array_max(a) AS CASE WHEN len(list_filter(a, lambda x: x IS NULL)) = 0 THEN list_max(a) END;
CREATE MACRO trino_array_min(a) AS CASE WHEN len(list_filter(a, lambda x: x IS NULL)) = 0 THEN list_min(a) END;
CREATE MACRO trino_array_join(a, d) AS array_to_string(list_filter(a, lambda x: x IS NOT NULL), d),
    (a, d, n) AS array_to_string(list_transform(a, lambda x: COALESCE(CAST(x AS VARCHAR), n)), d);
CREATE MACRO trino_array_join_by(a, d) AS trino_joined(list_transform(list_filter(a, lambda x: x IS NOT NULL), lambda x: CAST(x AS VARCHAR)), d),
    (a, d, n) AS CASE WHEN length(n) >= 0 THEN trino_joined(list_transform(a, lambda x: COALESCE(CAST(x AS VARCHAR), n)), d) END;
CREATE MACRO trino_array_position(a, x) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN COALESCE(list_position(a, x), 0) END;
CREATE MACRO trino_array_remove(a, x) AS CASE WHEN x IS NOT NULL THEN list_filter(a, lambda y: y IS NULL OR y <> x) END;
CREATE MACRO trino_array_union(a, b) AS trino_array_distinct(list_concat(a, b));
CREATE MACRO trino_has(b, x) AS CASE WHEN x IS NULL THEN len(list_filter(b, lambda y: y IS NULL)) > 0 ELSE COALESCE(list_contains(b, x), false) END;
CREATE MACRO trino_array_except(a, b) AS CASE WHEN b IS NOT NULL THEN trino_array_distinct(list_filter(a, lambda x: NOT trino_has(b, x))) END;
CREATE MACRO trino_array_intersect(a, b) AS CASE WHEN b IS NOT NULL THEN trino_array_distinct(list_filter(a, lambda x: trino_has(b, x))) END;
CREATE MACRO trino_entries(n) AS CASE WHEN n >= 10000
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries') ELSE 1 END;
CREATE MACRO trino_sequence(a, b) AS CASE WHEN trino_entries(abs(CAST(b AS HUGEINT) - a)) = 1
    THEN generate_series(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END) END,
    (a, b, s) AS CASE WHEN trino_entries(CASE WHEN s <> 0 THEN abs((CAST(b AS HUGEINT) - a) // s) END) <> 1 THEN NULL
    WHEN s = 0 OR (s > 0) <> (b >= a) AND a <> b
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')
    ELSE generate_series(a, b, s) END;
-- b may lie before a: the step is then below nothing.
CREATE MACRO trino_months_in(s) AS date_diff('month', TIMESTAMP '2000-01-01', TIMESTAMP '2000-01-01' + s);
CREATE MACRO trino_months_between(a, b, s) AS CASE
    WHEN trino_months_in(s) = 0 OR (trino_months_in(s) > 0) <> (b >= a) AND a <> b
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')
    ELSE list_filter(
        list_transform(generate_series(0, abs(date_diff('month', a, b)) // abs(trino_months_in(s))), lambda n: a + to_months(CAST(n * trino_months_in(s) AS INTEGER))),
        lambda x: CASE WHEN trino_months_in(s) > 0 THEN x <= b ELSE x >= b END) END;
CREATE MACRO trino_moments_between(a, b, s) AS CASE
    WHEN s = INTERVAL 0 SECOND OR (s > INTERVAL 0 SECOND) <> (b >= a) AND a <> b
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')
    ELSE generate_series(a, b, s) END;
CREATE MACRO trino_slice(a, i, n) AS CASE
    WHEN n < 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: length must be greater than or equal to 0')
    WHEN i = 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
    WHEN i > 0 THEN a[i:i + least(n, len(a)) - 1] WHEN len(a) + i < 0 OR n = 0 THEN a[1:0] ELSE a[len(a) + i + 1:len(a) + i + least(n, len(a))] END;
CREATE MACRO trino_shuffle(a) AS list_sort(a);
-- The lambdas have been applied: a list of their truth values. No true among NULLs is NULL, as in Trino.
CREATE MACRO trino_any(b) AS CASE WHEN list_contains(b, true) THEN true WHEN len(list_filter(b, lambda x: x IS NULL)) > 0 THEN NULL ELSE b IS NOT NULL AND false END;

-- dates -------------------------------------------------------------------------------------------------------------
CREATE MACRO trino_parse_duration(s) AS to_milliseconds(trino_duration(s));
CREATE MACRO trino_parse_data_size(s) AS CAST(trino_data_size(s) AS DECIMAL(38, 0));
CREATE MACRO trino_last_day(d) AS last_day(CAST(d AS DATE));
CREATE MACRO trino_offset_text(m) AS CASE WHEN m < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(m) // 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(m) % 60 AS VARCHAR), 2, '0');
-- Of a year, the days; of a year, the weeks and their days.
CREATE MACRO trino_iso_date(s) AS CASE
    WHEN regexp_full_match(s, '[0-9]{4}-W[0-9]{2}(-[1-7])?') THEN CAST(strptime(left(s || '-1', 10), '%G-W%V-%u') AS DATE)
    WHEN regexp_full_match(s, '[0-9]{4}-[0-9]{3}') THEN CAST(strptime(s, '%Y-%j') AS DATE)
    WHEN s IS NULL OR regexp_full_match(s, '[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?') THEN CAST(left(s || '-01-01', 10) AS DATE)
    ELSE error('TRINO:INVALID_FUNCTION_ARGUMENT: Invalid format: "' || s || '"') END;
CREATE MACRO trino_iso_timestamp(s) AS CASE WHEN s IS NULL OR regexp_matches(s, '^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.,]*)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?$')
    THEN CAST(CASE WHEN length(s) < 10 THEN left(s || '-01-01', 10) ELSE s END AS TIMESTAMPTZ)
    ELSE error('TRINO:INVALID_FUNCTION_ARGUMENT: Invalid format: "' || s || '"') END;
-- The zone of a value is in its type here, so those of a column must all be UTC.
CREATE MACRO trino_iso_timestamp_utc(s) AS CASE WHEN regexp_matches(s, 'T.*[+-]') AND NOT regexp_matches(s, '\+00:?00$')
    THEN error('TRINO:NOT_SUPPORTED: not rehearsable: from_iso8601_timestamp with an offset in a column') ELSE trino_iso_timestamp(s) END;
-- As Trino adds them: the milliseconds' seconds and the rest's, whose last bit the sum may change.
CREATE MACRO trino_unixtime(us) AS CAST((us - (us % 1000 + 1000) % 1000) // 1000 AS DOUBLE) / 1000::DOUBLE + CAST((us % 1000 + 1000) % 1000 AS DOUBLE) / 1000000::DOUBLE;
CREATE MACRO trino_from_unixtime(x) AS to_timestamp(floor(CAST(x AS DOUBLE) * 1000 + 0.5) / 1000); -- as Java's Math.round
CREATE MACRO trino_timestamp_text(x, p) AS CASE p WHEN 3 THEN strftime(x, '%Y-%m-%d %H:%M:%S.%g')
    WHEN 0 THEN strftime(x, '%Y-%m-%d %H:%M:%S') ELSE left(strftime(x, '%Y-%m-%d %H:%M:%S.%f'), 20 + p) END;
-- To the nearest s microseconds.
CREATE MACRO trino_timestamp_round(x, s) AS make_timestamp(epoch_us(x) + s // 2 - ((epoch_us(x) + s // 2) % s + s) % s);
CREATE MACRO trino_plus_minutes(x, m) AS x + to_minutes(m);
CREATE MACRO trino_time_text(x, p) AS trino_timestamp_text(DATE '1970-01-01' + x, p)[12:];
CREATE MACRO trino_instant_round(x, s) AS timezone('UTC', trino_timestamp_round(timezone('UTC', x), s));
CREATE MACRO trino_time_round(x, s) AS CAST(trino_timestamp_round(DATE '1970-01-01' + x, s) AS TIME);
CREATE MACRO trino_time_trunc(u, x) AS CAST(date_trunc(u, DATE '1970-01-01' + x) AS TIME);
-- A day to second is milliseconds in Trino.
CREATE MACRO trino_interval_divide(i, n) AS CASE WHEN n = 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: interval divided by zero')
    ELSE to_milliseconds(CAST(trunc(epoch_ms(i) / n::DOUBLE) AS BIGINT)) END;
CREATE MACRO trino_months_text(i) AS CASE WHEN datepart('year', i) * 12 + datepart('month', i) < 0 THEN '-' ELSE '' END
    || abs(datepart('year', i) * 12 + datepart('month', i)) // 12 || '-' || abs(datepart('year', i) * 12 + datepart('month', i)) % 12;
CREATE MACRO trino_whole_days(i) AS CASE WHEN epoch_ms(i) % 86400000 <> 0
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date') ELSE i END;
CREATE MACRO trino_between(a, b) AS to_milliseconds(CAST(round((epoch_us(a) - epoch_us(b)) / 1000.0::DOUBLE) AS BIGINT));
CREATE MACRO trino_interval_part(i, size, most) AS CAST((epoch_ms(i) // size) % most AS BIGINT);
CREATE MACRO trino_interval_text(i) AS (CASE WHEN epoch_ms(i) < 0 THEN '-' ELSE '' END) || abs(epoch_ms(i)) // 86400000 || ' '
    || strftime(make_timestamp((abs(epoch_ms(i)) % 86400000) * 1000), '%H:%M:%S.%g');

-- Of all values of a group, collected as rows: the key, how many are wanted (as the first of them says), the value.
CREATE MACRO trino_wanted(e, name) AS CASE
  WHEN e[1][2] <= 0 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: ' || name || ' must be a positive integer')
  WHEN e[1][2] > 10000 THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: ' || name || ' must be less than or equal to 10000; found ' || e[1][2])
  ELSE e[1][2] END;
CREATE MACRO trino_whole_rows(e) AS list_filter(e, lambda x: struct_extract(x, 1) IS NOT NULL AND struct_extract(x, 2) IS NOT NULL);
CREATE MACRO trino_first_of(e, sorted, place, name) AS CASE WHEN len(e) > 0 THEN list_transform(sorted[1:trino_wanted(e, name)], lambda x: struct_extract(x, place)) END;
CREATE MACRO trino_min_n(e) AS trino_first_of(trino_whole_rows(e), list_sort(trino_whole_rows(e)), 1, 'second argument of min_n');
CREATE MACRO trino_max_n(e) AS trino_first_of(trino_whole_rows(e), list_reverse_sort(trino_whole_rows(e)), 1, 'second argument of max_n');
CREATE MACRO trino_min_by_n(e) AS trino_first_of(trino_whole_rows(e), list_sort(trino_whole_rows(e)), 3, 'third argument of min_by');
CREATE MACRO trino_max_by_n(e) AS trino_first_of(trino_whole_rows(e), list_reverse_sort(trino_whole_rows(e)), 3, 'third argument of max_by');
CREATE MACRO trino_counted_rows(e) AS list_filter(e, lambda x: struct_extract(x, 1) IS NOT NULL AND struct_extract(x, 2) IS NOT NULL AND struct_extract(x, 3) IS NOT NULL);
CREATE MACRO trino_parts(e, place) AS list_transform(trino_counted_rows(e), lambda x: struct_extract(x, place));
CREATE MACRO trino_numeric_histogram(e) AS CASE WHEN len(trino_counted_rows(e)) > 0 THEN map_from_entries(trino_histogram_entries(trino_counted_rows(e)[1][1], trino_parts(e, 2), trino_parts(e, 3))) END;
CREATE MACRO trino_frequent_texts_of(e) AS CASE WHEN len(trino_counted_rows(e)) > 0 THEN map_from_entries(trino_frequent_texts(trino_counted_rows(e)[1][1], trino_counted_rows(e)[1][3], trino_parts(e, 2))) END;
CREATE MACRO trino_frequent_numbers_of(e) AS CASE WHEN len(trino_counted_rows(e)) > 0 THEN map_from_entries(trino_frequent_numbers(trino_counted_rows(e)[1][1], trino_counted_rows(e)[1][3], trino_parts(e, 2))) END;
CREATE MACRO trino_combinations(a, n) AS list_transform(trino_combination_places(len(a), n), lambda p: list_transform(p, lambda i: a[i]));
-- A NaN that a function in Python gives is NULL to DuckDB.
CREATE MACRO trino_cosine_similarity(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL
  AND len(list_filter(map_values(a) || map_values(b), lambda x: x IS NULL)) = 0
  THEN coalesce(trino_cosine_of(map_keys(a), map_values(a), map_keys(b), map_values(b)), 'NaN'::DOUBLE) END;
CREATE MACRO trino_months_of(i) AS datepart('year', i) * 12 + datepart('month', i);
CREATE MACRO trino_milliseconds_of(i) AS epoch_ms(i);
CREATE MACRO trino_interval_of_months(n) AS to_months(CAST(floor(n + 0.5) AS INTEGER));
CREATE MACRO trino_interval_of_milliseconds(n) AS to_milliseconds(CAST(floor(n + 0.5) AS BIGINT));
-- Of a decimal of at most 18 digits: its digits without the point, and 10 to the power of its scale. Trino rounds twice.
CREATE MACRO trino_decimal_double(digits, ten) AS CAST(CAST(digits AS BIGINT) AS DOUBLE) / CAST(CAST(ten AS BIGINT) AS DOUBLE);
CREATE MACRO trino_decimal_real(digits, ten) AS CAST(CAST(CAST(CAST(digits AS BIGINT) AS FLOAT) AS DOUBLE) / CAST(CAST(CAST(ten AS BIGINT) AS FLOAT) AS DOUBLE) AS FLOAT);
-- A sketch of doubles holds whole numbers up to 53 bits.
CREATE MACRO trino_share(p) AS CASE WHEN p BETWEEN 0 AND 1 THEN CAST(p AS DOUBLE) ELSE error('TRINO:INVALID_FUNCTION_ARGUMENT: percentile must be between 0 and 1') END;
CREATE MACRO trino_ranked(l, p) AS l[CAST(least(floor(trino_share(p) * len(l)), len(l) - 1) AS BIGINT) + 1];
CREATE MACRO trino_ranks(e) AS list_sort(list_transform(list_filter(e, lambda x: struct_extract(x, 1) IS NOT NULL), lambda x: struct_extract(x, 1)));
CREATE MACRO trino_in_53_bits(l) AS CASE WHEN list_max(list_transform(l, lambda x: abs(CAST(x AS DOUBLE)))) > 9007199254740991
    THEN error('TRINO:INVALID_FUNCTION_ARGUMENT: value is out of range for double representation') ELSE l END;
CREATE MACRO trino_real_percentile(e) AS CASE WHEN len(trino_ranks(e)) > 0 THEN trino_ranked(trino_ranks(e), struct_extract(e[1], 2)) END;
CREATE MACRO trino_real_percentiles(e) AS CASE WHEN len(trino_ranks(e)) > 0 THEN list_transform(struct_extract(e[1], 2), lambda p: trino_ranked(trino_ranks(e), p)) END;
CREATE MACRO trino_whole_percentile(e) AS CASE WHEN len(trino_ranks(e)) > 0 THEN trino_ranked(trino_in_53_bits(trino_ranks(e)), struct_extract(e[1], 2)) END;
CREATE MACRO trino_whole_percentiles(e) AS CASE WHEN len(trino_ranks(e)) > 0 THEN list_transform(struct_extract(e[1], 2), lambda p: trino_ranked(trino_in_53_bits(trino_ranks(e)), p)) END;
-- LISTAGG holds 1 MiB.
CREATE MACRO trino_listagg(t) AS CASE WHEN octet_length(encode(t)) > 1048576
    THEN error('TRINO:EXCEEDED_FUNCTION_MEMORY_LIMIT: Concatenated string has exceeded the limit of 1048576 bytes') ELSE t END;
