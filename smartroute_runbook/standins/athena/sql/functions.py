"""Trino's functions: what they take and return, and their DuckDB counterparts.

A row reads ``names | arguments | returns | DuckDB function or macro``. Arguments are letters: ``s`` text, ``n`` number,
``i`` integer, ``d`` date or time, ``a`` array, ``m`` map, ``b`` boolean, ``v`` varbinary, ``o`` text or varbinary,
``x`` anything, ``f`` lambda, ``c`` one character, ``h`` number or interval, ``p`` date, time or interval, ``r`` text,
varbinary or array; ``?`` makes the rest optional, ``*`` repeats the last. Returns are Trino types or ``arg0`` (type of
the first argument), ``elem0`` (of its elements), ``common`` (supertype of all); a leading ``=`` casts DuckDB's value to
that type. A leading ``@`` marks an aggregate or window function. What depends on types or literals, and so has no
counterpart in its row, is written out in the modules ``special*`` and ``lambdas``.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FUNCTIONS", "UNREHEARSED", "FunctionForm"]


@dataclass(frozen=True)
class FunctionForm:
    """One Trino function; ``duckdb`` is empty when it is written out elsewhere."""

    name: str
    arguments: str
    returns: str
    duckdb: str
    aggregate: bool = False
    cast: bool = False


_TABLE = """
abs                          | n      | arg0     | abs
cbrt exp degrees radians atan sinh cosh tanh | n | =double |
sqrt                         | n      | =double  | trino_sqrt
ln                           | n      | =double  | trino_ln
log10                        | n      | =double  | trino_log10
log2                         | n      | =double  | trino_log2
sin                          | n      | =double  | trino_sin
cos                          | n      | =double  | trino_cos
tan                          | n      | =double  | trino_tan
asin                         | n      | =double  | trino_asin
acos                         | n      | =double  | trino_acos
normal_cdf                   | nnn    | double   | trino_normal_cdf
inverse_normal_cdf           | nnn    | double   | trino_inverse_normal_cdf
wilson_interval_lower        | iin    | =double  | trino_wilson_lower
wilson_interval_upper        | iin    | =double  | trino_wilson_upper
bit_count                    | ii     | bigint   | trino_bit_count
atan2                        | nn     | =double  |
power pow                    | nn     | =double  | trino_power
log                          | nn     | =double  | trino_log
pi                           |        | double   | pi
e                            |        | double   | trino_e
nan                          |        | double   | trino_nan
infinity                     |        | double   | trino_infinity
random rand                  | ?ii    |          |
is_nan                       | n      | boolean  | isnan
is_infinite                  | n      | boolean  | isinf
is_finite                    | n      | boolean  | isfinite
sign                         | n      |          |
width_bucket                 | nx?ni  | bigint   |
bitwise_and                  | ii     | bigint   | trino_bitwise_and
bitwise_or                   | ii     | bigint   | trino_bitwise_or
bitwise_xor                  | ii     | bigint   | xor
bitwise_not                  | i      | bigint   | trino_bitwise_not
bitwise_left_shift           | ii     | arg0     |
bitwise_right_shift          | ii     | arg0     |
bitwise_right_shift_arithmetic | ii   | arg0     | trino_shift_arithmetic
from_base                    | si     | bigint   | trino_from_base
to_base                      | ii     | varchar  | trino_to_base
length                       | o      | =bigint  |
lower upper                  | s      |          |
reverse                      | r      |          |
ltrim rtrim trim             | s?s    | varchar  |
lpad                         | sis    | varchar  | trino_lpad
rpad                         | sis    | varchar  | trino_rpad
replace                      | ss?s   | varchar  | trino_replace
strpos                       | ss?i   | bigint   | trino_strpos
substr substring             | oi?i   |          |
split                        | ss?i   | array(varchar) | trino_split
split_part                   | ssi    | varchar  | trino_split_part
split_to_map                 | sss    | map(varchar,varchar) | trino_split_to_map
concat_ws                    | sx*    | varchar  |
starts_with                  | ss     | boolean  | starts_with
chr                          | i      | varchar  | trino_chr
codepoint                    | c      | =integer | unicode
hamming_distance             | ss     | =bigint  | trino_hamming
translate                    | sss    | varchar  | translate
soundex                      | s      | varchar  | trino_soundex
to_utf8                      | s      | varbinary | encode
from_utf8                    | v?x    | varchar  |
murmur3                      | v      | varbinary | trino_murmur3
spooky_hash_v2_32            | v      | varbinary | trino_spooky_hash_v2_32
spooky_hash_v2_64            | v      | varbinary | trino_spooky_hash_v2_64
format_number                | n      | varchar  | trino_format_number
human_readable_seconds       | n      | varchar  | trino_human_readable_seconds
combinations                 | ai     | array(arg0) | trino_combinations
cosine_similarity            | mm     | double   | trino_cosine_similarity
json_array                   | ?x*    | varchar  |
json_object                  | ?x*    | varchar  |
luhn_check                   | s      | boolean  | trino_luhn_check
normalize                    | s      | varchar  | trino_normalize
parse_duration               | s      | interval day to second | trino_parse_duration
parse_data_size parse_presto_data_size | s | decimal(38,0) | trino_parse_data_size
md5                          | v      | varbinary | trino_md5
sha1                         | v      | varbinary | trino_sha1
sha256                       | v      | varbinary | trino_sha256
sha512                       | v      | varbinary | trino_sha512
hmac_md5                     | vv     | varbinary | trino_hmac_md5
hmac_sha1                    | vv     | varbinary | trino_hmac_sha1
hmac_sha256                  | vv     | varbinary | trino_hmac_sha256
hmac_sha512                  | vv     | varbinary | trino_hmac_sha512
to_base32                    | v      | varchar  | trino_to_base32
from_base32                  | s      | varbinary | trino_from_base32
to_base64url                 | v      | varchar  | trino_to_base64url
from_base64url               | s      | varbinary | trino_from_base64url
to_big_endian_32             | i      | varbinary | trino_to_big_endian_32
from_big_endian_32           | v      | =integer | trino_from_big_endian_32
to_ieee754_32                | n      | varbinary | trino_to_ieee754_32
from_ieee754_32              | v      | =real    | trino_from_ieee754_32
xxhash64                     | v      | varbinary | trino_xxhash64
crc32                        | v      | bigint   | trino_crc32
to_hex                       | v      | varchar  | hex
from_hex                     | s      | varbinary | trino_from_hex
to_base64                    | v      | varchar  | to_base64
from_base64                  | s      | varbinary | trino_from_base64
to_big_endian_64             | i      | varbinary | trino_to_big_endian_64
from_big_endian_64           | v      | bigint   | trino_from_big_endian_64
to_ieee754_64                | n      | varbinary | trino_to_ieee754_64
from_ieee754_64              | v      | double   | trino_from_ieee754_64
uuid                         |        | varchar  | trino_uuid
regexp_like                  | ss     | boolean  | regexp_matches
regexp_extract               | ss?i   | varchar  |
regexp_extract_all           | ss?i   | array(varchar) | regexp_extract_all
regexp_replace               | ss?s   | varchar  | trino_regexp_replace
regexp_split                 | ss     | array(varchar) | trino_regexp_split
regexp_count                 | ss     | bigint   | trino_regexp_count
regexp_position              | ss?ii  | =integer | trino_regexp_position
url_extract_host             | s      | varchar  | trino_url_extract_host
url_extract_path             | s      | varchar  | trino_url_extract_path
url_extract_query            | s      | varchar  | trino_url_extract_query
url_extract_protocol         | s      | varchar  | trino_url_extract_protocol
url_extract_parameter        | ss     | varchar  | trino_url_extract_parameter
levenshtein_distance         | ss     | bigint   | trino_levenshtein
url_encode                   | s      | varchar  | trino_url_encode
url_decode                   | s      | varchar  | trino_url_decode
url_extract_fragment         | s      | varchar  | trino_url_extract_fragment
url_extract_port             | s      | bigint   | trino_url_extract_port
json_extract_scalar          | xs     | varchar  | trino_json_extract_scalar
json_extract                 | xs     | json     | trino_json_extract
json_parse                   | s      | json     | trino_json_parse
json_format                  | x      | =varchar | trino_json_format
json_array_length            | x      | bigint   | trino_json_array_length
json_size                    | xs     | bigint   | trino_json_size
json_array_get               | xi     | json     | trino_json_array_get
json_array_contains          | xx     | boolean  |
is_json_scalar               | x      | boolean  | trino_is_json_scalar
contains                     | ax     | boolean  | trino_contains
contains_sequence            | aa     | boolean  | trino_contains_sequence
array_histogram              | a      |          | trino_array_histogram
ngrams                       | ai     | array(arg0) | trino_ngrams
trim_array                   | ai     | arg0     | trino_trim_array
array_distinct               | a      | arg0     | trino_array_distinct
array_sort                   | a      | arg0     | trino_array_sort
array_max                    | a      | elem0    |
array_min                    | a      | elem0    | trino_array_min
array_join                   | as?s   | varchar  |
array_position               | ax     | bigint   | trino_array_position
array_remove                 | ax     | arg0     | trino_array_remove
array_union                  | aa     | common   | trino_array_union
array_intersect              | aa     | common   | trino_array_intersect
array_except                 | aa     | common   | trino_array_except
arrays_overlap               | aa     | boolean  | trino_arrays_overlap
flatten                      | a      | elem0    | flatten
slice                        | aii    | arg0     | trino_slice
shuffle                      | a      | arg0     | trino_shuffle
transform                    | af     | unknown  | list_transform
filter                       | af     | arg0     | list_filter
any_match                    | af     | boolean  | trino_any_match
all_match                    | af     | boolean  | trino_all_match
none_match                   | af     | boolean  | trino_none_match
zip_with                     | aaf    | unknown  |
map_filter                   | mf     | arg0     |
transform_keys transform_values | mf  | unknown  |
map_zip_with                 | mmf    | unknown  |
map_keys                     | m      |          |
map_values                   | m      |          |
map_entries                  | m      |          |
zip                          | aa*    |          |
map_concat                   | m*     | arg0     | map_concat
map_from_entries             | a      |          |
last_day_of_month            | d      | date     | trino_last_day
from_iso8601_date            | s      | date     | trino_iso_date
count_if                     | b      | bigint   | @
arbitrary any_value          | x      | arg0     | @any_value
bool_and every               | b      | boolean  | @bool_and
bool_or                      | b      | boolean  | @bool_or
bitwise_and_agg              | i      | bigint   | @bit_and
bitwise_or_agg               | i      | bigint   | @bit_or
bitwise_xor_agg              | i      | bigint   | @bit_xor
stddev stddev_samp           | n      | =double  | @stddev_samp
stddev_pop                   | n      | =double  | @stddev_pop
variance var_samp            | n      | =double  | @var_samp
var_pop                      | n      | =double  | @var_pop
skewness                     | n      | double   | @
kurtosis                     | n      | =double  | @kurtosis
geometric_mean               | n      |          | @
corr covar_pop covar_samp regr_slope regr_intercept | nn |  | @
approx_distinct              | x?n    | bigint   | @
array_agg                    | x      | array(arg0) | @list
histogram                    | x      |          | @
row_number rank dense_rank   |        | bigint   | @
ntile                        | i      | bigint   | @ntile
percent_rank cume_dist       |        | double   | @
first_value last_value       | x      | arg0     | @
nth_value                    | xi     | arg0     | @nth_value
lag lead                     | x?ix   |          | @
grouping                     | x*     | =integer | @grouping
count                        | ?x     | bigint   | @count
min max                      | x?i    |          | @
sum                          | h      |          | @
avg                          | h      |          | @
max_by min_by                | xx?i   |          | @
checksum                     | x      | varbinary | @
numeric_histogram            | in?n   |          | @
approx_most_frequent         | ixi    |          | @
approx_percentile            | nx?x   |          | @
map_agg multimap_agg         | xx     |          | @
listagg                      | s?s    | varchar  | @
round                        | n?i    |          |
truncate                     | n?i    |          |
ceil ceiling floor           | n      |          |
mod                          | nn     |          |
greatest least               | x*     | common   |
coalesce                     | x*     | common   |
nullif                       | xx     | arg0     |
if                           | bx?x   |          |
try                          | x      | arg0     |
typeof                       | x      | varchar  |
concat                       | x*     |          |
format                       | sx*    | varchar  |
element_at                   | xx     |          |
cardinality                  | x      | bigint   |
sequence                     | xx?x   |          |
repeat                       | xi     | array(arg0) |
map                          | ?aa    |          |
row                          | x*     |          |
reduce                       | axff   | arg1     |
date                         | x      | date     |
now                          |        |          |
date_trunc                   | sd     | arg1     |
date_add                     | sid    | arg2     |
date_diff                    | sdd    | bigint   |
date_format                  | ds     | varchar  |
date_parse                   | ss     | timestamp |
format_datetime              | ds     | varchar  |
parse_datetime               | ss     |          |
from_unixtime                | n?xi   |          |
to_unixtime                  | d      | double   |
from_iso8601_timestamp       | s      |          |
to_iso8601                   | d      | varchar  |
at_timezone                  | ds     |          |
with_timezone                | ds     |          |
year month day hour minute second day_of_month millisecond | p | bigint |
quarter week week_of_year year_of_week yow day_of_week dow day_of_year doy timezone_hour timezone_minute | d | bigint |
to_milliseconds              | p      | bigint   |
"""


def _read(table: str) -> dict[str, FunctionForm]:
    found = {}
    for line in table.strip().splitlines():
        names, arguments, returns, duckdb = (cell.strip() for cell in line.split("|"))
        for name in names.split():
            aggregate = duckdb.startswith("@")
            found[name] = FunctionForm(
                name, arguments, returns.lstrip("="), duckdb.lstrip("@"), aggregate, returns.startswith("=")
            )
    return found


FUNCTIONS = _read(_TABLE)

_OTHERS = """
approx_set array_first array_last bar beta_cdf bing_tile classify color
convex_hull_agg current_timezone empty_approx_set entropy evaluate_classifier_predictions
from_encoded_polyline from_iso8601_timestamp_nanos from_unixtime_nanos great_circle_distance hash_counts
intersection_cardinality inverse_beta_cdf jaccard_index json_exists
json_query json_value learn_classifier make_set_digest map_union merge merge_set_digest multimap_from_entries
qdigest_agg quantile_at_value reduce_agg render rgb split_to_multimap
st_area st_astext st_buffer st_contains st_distance st_geometryfromtext st_point st_x st_y
tdigest_agg to_geometry value_at_quantile values_at_quantiles version word_stem
"""

UNREHEARSED = frozenset(_OTHERS.split())
"""Functions that Trino has and this stand-in does not: it says so, rather than that they do not exist."""
