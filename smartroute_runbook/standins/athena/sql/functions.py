"""Trino's functions: what they take and return, and their DuckDB counterparts.

A row reads ``names | arguments | returns | DuckDB function or macro``. Arguments are letters: ``s`` text, ``n`` number,
``i`` integer, ``d`` date or time, ``a`` array, ``m`` map, ``b`` boolean, ``v`` varbinary, ``o`` text or varbinary,
``x`` anything, ``f`` lambda; ``?`` makes the rest optional, ``*`` repeats the last. Returns are Trino types or ``arg0``
(type of the first argument), ``elem0`` (of its elements), ``common`` (supertype of all); a leading ``=`` casts DuckDB's
value to that type. A leading ``@`` marks an aggregate or window function. What depends on types or literals, and so
has no counterpart in its row, is written out in ``athena_special``.
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
cbrt sqrt exp ln log10 log2 degrees radians sin cos tan asin acos atan sinh cosh tanh | n | =double |
atan2 power pow              | nn     | =double  |
log                          | nn     | =double  | trino_log
pi                           |        | double   | pi
e                            |        | double   | trino_e
nan                          |        | double   | trino_nan
infinity                     |        | double   | trino_infinity
random rand                  | ?nn    | double   | random
is_nan                       | n      | boolean  | isnan
is_infinite                  | n      | boolean  | isinf
is_finite                    | n      | boolean  | isfinite
sign                         | n      | =arg0    | sign
width_bucket                 | nnni   | =bigint  | trino_width_bucket
bitwise_and                  | ii     | bigint   | trino_bitwise_and
bitwise_or                   | ii     | bigint   | trino_bitwise_or
bitwise_xor                  | ii     | bigint   | xor
bitwise_not                  | i      | bigint   | trino_bitwise_not
bitwise_left_shift           | ii     | arg0     | trino_shift_left
bitwise_right_shift          | ii     | arg0     | trino_shift_right
from_base                    | si     | bigint   | trino_from_base
to_base                      | ii     | varchar  | trino_to_base
length                       | o      | =bigint  |
lower upper reverse          | s      | varchar  |
ltrim rtrim trim             | s?s    | varchar  |
lpad rpad                    | sis    | varchar  |
replace                      | ss?s   | varchar  | trino_replace
strpos                       | ss?i   | bigint   | trino_strpos
substr substring             | si?i   | varchar  | trino_substr
split                        | ss?i   | array(varchar) | trino_split
split_part                   | ssi    | varchar  | trino_split_part
split_to_map                 | sss    | map(varchar,varchar) | trino_split_to_map
concat_ws                    | s*     | varchar  | concat_ws
starts_with                  | ss     | boolean  | starts_with
chr                          | i      | varchar  | chr
codepoint                    | s      | =integer | unicode
levenshtein_distance         | ss     | =bigint  | levenshtein
hamming_distance             | ss     | =bigint  | hamming
translate                    | sss    | varchar  | translate
soundex                      | s      | varchar  | trino_soundex
to_utf8                      | s      | varbinary | encode
from_utf8                    | v      | varchar  | decode
md5                          | v      | varbinary | trino_md5
sha1                         | v      | varbinary | trino_sha1
sha256                       | v      | varbinary | trino_sha256
xxhash64                     | v      | varbinary | trino_xxhash64
crc32                        | v      | bigint   | trino_crc32
to_hex                       | v      | varchar  | hex
from_hex                     | x      | varbinary | unhex
to_base64                    | v      | varchar  | to_base64
from_base64                  | x      | varbinary | from_base64
to_big_endian_64             | i      | varbinary | trino_to_big_endian_64
from_big_endian_64           | v      | bigint   | trino_from_big_endian_64
to_ieee754_64                | n      | varbinary | trino_to_ieee754_64
from_ieee754_64              | v      | double   | trino_from_ieee754_64
uuid                         |        | varchar  | trino_uuid
regexp_like                  | ss     | boolean  | regexp_matches
regexp_extract               | ss?i   | varchar  | trino_regexp_extract
regexp_extract_all           | ss?i   | array(varchar) | regexp_extract_all
regexp_replace               | ss?s   | varchar  | trino_regexp_replace
regexp_split                 | ss     | array(varchar) | string_split_regex
regexp_count                 | ss     | bigint   | trino_regexp_count
url_extract_host             | s      | varchar  | trino_url_extract_host
url_extract_path             | s      | varchar  | trino_url_extract_path
url_extract_query            | s      | varchar  | trino_url_extract_query
url_extract_protocol         | s      | varchar  | trino_url_extract_protocol
url_extract_parameter        | ss     | varchar  | trino_url_extract_parameter
url_encode url_decode        | s      | varchar  |
json_extract_scalar          | xs     | varchar  | trino_json_extract_scalar
json_extract                 | xs     | json     | trino_json_extract
json_parse                   | s      | json     | trino_json_parse
json_format                  | x      | =varchar | trino_json_format
json_array_length            | x      | bigint   | trino_json_array_length
json_size                    | xs     | bigint   | trino_json_size
json_array_get               | xi     | json     | trino_json_array_get
json_array_contains          | xx     | boolean  | trino_json_array_contains
is_json_scalar               | x      | boolean  | trino_is_json_scalar
contains                     | ax     | boolean  | list_contains
array_distinct               | a      | arg0     | trino_array_distinct
array_sort                   | a      | arg0     | trino_array_sort
array_max                    | a      | elem0    | trino_array_max
array_min                    | a      | elem0    | trino_array_min
array_join                   | as?s   | varchar  | trino_array_join
array_position               | ax     | bigint   | trino_array_position
array_remove                 | ax     | arg0     | trino_array_remove
array_union                  | aa     | arg0     | trino_array_union
array_intersect              | aa     | arg0     | list_intersect
array_except                 | aa     | arg0     | trino_array_except
arrays_overlap               | aa     | boolean  | list_has_any
flatten                      | a      | elem0    | flatten
slice                        | aii    | arg0     | trino_slice
shuffle                      | a      | arg0     | trino_shuffle
transform                    | af     | unknown  | list_transform
filter                       | af     | arg0     | list_filter
any_match                    | af     | boolean  | trino_any_match
all_match                    | af     | boolean  | trino_all_match
none_match                   | af     | boolean  | trino_none_match
map_keys                     | m      | unknown  | map_keys
map_values                   | m      | unknown  | map_values
map_entries                  | m      | unknown  | map_entries
map_concat                   | m*     | arg0     | map_concat
map_from_entries             | a      | unknown  | map_from_entries
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
skewness                     | n      | =double  | @skewness
kurtosis                     | n      | =double  | @kurtosis
geometric_mean               | n      | =double  | @geomean
corr covar_pop covar_samp regr_slope regr_intercept | nn | =double | @
approx_distinct              | x?n    | =bigint  | @approx_count_distinct
array_agg                    | x      | array(arg0) | @list
histogram                    | x      | unknown  | @histogram
row_number rank dense_rank   |        | bigint   | @
ntile                        | i      | bigint   | @ntile
percent_rank cume_dist       |        | double   | @
first_value last_value       | x      | arg0     | @
nth_value                    | xi     | arg0     | @nth_value
lag lead                     | x?ix   | arg0     | @
grouping                     | x*     | =bigint  | @grouping
count                        | ?x     | bigint   | @count
min max                      | x?i    |          | @
sum                          | n      |          | @
avg                          | n      |          | @
max_by min_by                | xx     | arg0     | @
approx_percentile            | nx?x   |          | @
map_agg                      | xx     |          | @
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
from_unixtime                | n?s    |          |
to_unixtime                  | d      | double   |
from_iso8601_timestamp       | s      |          |
to_iso8601                   | d      | varchar  |
at_timezone                  | ds     |          |
with_timezone                | ds     |          |
year month day hour minute second quarter week week_of_year year_of_week yow | d | bigint |
day_of_week dow day_of_month day_of_year doy millisecond timezone_hour | d | bigint |
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
approx_most_frequent approx_set array_first array_last bar beta_cdf bing_tile bit_count checksum classify color
combinations contains_sequence convex_hull_agg cosine_similarity current_timezone empty_approx_set entropy
evaluate_classifier_predictions format_number from_big_endian_32 from_encoded_polyline from_iso8601_timestamp_nanos
from_unixtime_nanos great_circle_distance hash_counts hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512
human_readable_seconds inverse_beta_cdf inverse_normal_cdf json_array json_exists json_object json_query json_value
learn_classifier luhn_check make_set_digest map_filter map_union map_zip_with merge merge_set_digest multimap_agg
multimap_from_entries murmur3 ngrams normal_cdf normalize numeric_histogram parse_data_size parse_duration
parse_presto_data_size qdigest_agg quantile_at_value reduce_agg regexp_position render rgb sha512 split_to_multimap
spooky_hash_v2_32 spooky_hash_v2_64 st_area st_astext st_buffer st_contains st_distance st_geometryfromtext st_point
st_x st_y tdigest_agg timezone_minute to_geometry to_milliseconds transform_keys transform_values trim_array
url_extract_fragment url_extract_port value_at_quantile values_at_quantiles version wilson_interval_lower
wilson_interval_upper word_stem zip zip_with
"""

UNREHEARSED = frozenset(_OTHERS.split())
"""Functions that Trino has and this stand-in does not: it says so, rather than that they do not exist."""
