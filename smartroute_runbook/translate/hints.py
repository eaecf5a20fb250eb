"""What to write in place of a function that has no translation, by the name that Athena gives it."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from .text import athena

__all__ = ["function_name", "instead_of"]

_DOUBLES: Final = "CAST(x AS double), CAST(y AS double)"
_ROWS: Final = "make rows of the array with CROSS JOIN UNNEST, and use WHERE, CASE or an aggregate over them"
_AT_LOAD: Final = "compute it at load, or in a Lambda UDF"
_MAP: Final = "keep a row for each key: GROUP BY the key"
_NEAREST: Final = "compare the numbers of rows by GROUP BY and ORDER BY COUNT(*) DESC LIMIT n"
_HINTS: Final[dict[str, str]] = {
    "all": "compare with an aggregate: x > ALL (SELECT c ...) is x > (SELECT MAX(c) ...) where no c is NULL",
    **dict.fromkeys(("any_match", "all_match", "none_match", "filter", "transform", "reduce", "zip_with"), _ROWS),
    **dict.fromkeys(("flatten", "slice", "array_distinct", "array_sort", "array_max", "array_min", "zip"), _ROWS),
    **dict.fromkeys(("map_agg", "multimap_agg", "map", "map_filter", "map_keys", "map_values", "histogram"), _MAP),
    **dict.fromkeys(("approx_most_frequent", "numeric_histogram"), _NEAREST),
    "row": "name each field as a column of its own",
    "to_base": "of base 16: to_hex(to_big_endian_64(x)) at load, or keep the number and format it where it is shown",
    "is_nan": "load NaN as NULL and write x IS NULL, or say `no NaN` of the column in the schema and leave it out",
    "hexstring": "keep bytes as hexadecimal text on both engines, and compare the texts",
    "parse_duration": "store seconds as a number",
    "array_position": "split_part for each place that may hold it, or rows of the array with their places",
    "json_size": "load the text as SUPER; GET_ARRAY_LENGTH counts the elements of an array",
    "json_array_get": "load the text as SUPER, and take the element by its place",
    "is_json_scalar": "load the text as SUPER, and ask JSON_TYPEOF",
    **dict.fromkeys(("json_value", "json_exists"), "json_extract_scalar compared with a constant, or load as SUPER"),
    "typeof": "write the type's name as text: it is the same for every row",
    "url_decode": "decode it at load, or in a Lambda UDF",
    **dict.fromkeys(("to_base64", "from_base64", "from_utf8"), "encode it at load, or in a Lambda UDF"),
    "repeat": "RPAD('', n * LENGTH(text), text) for texts that repeat; arrays are made at load",
    **dict.fromkeys(("soundex", "normalize", "word_stem", "hamming_distance"), _AT_LOAD),
    **dict.fromkeys(("skewness", "kurtosis", "entropy"), "from sums of powers over doubles, with fewer digits"),
    "regexp_split": "split(text, ',') where the separator is constant, or regexp_extract for each part",
    "regexp_extract_all": "regexp_extract for the first match, regexp_count for how many there are",
    "human_readable_seconds": "format it where it is shown",
    "format_number": "format it where it is shown",
    "json_parse": "load the text as SUPER: JSON_PARSE in the COPY or INSERT, `super: true` in the schema",
    "json_format": "keep the text beside the SUPER column, and read the text",
    "json_array_contains": "load the text as SUPER, and look for the element with EXISTS",
    "width_bucket": "FLOOR((x - low) * buckets / (high - low)) + 1 with CASE for what lies outside",
    "levenshtein_distance": _AT_LOAD,
    "checksum": "count and sum the rows, or let `smartroute-runbook compare` prove the table",
    "uuid": "make the identifier where the row is made",
    "regr_slope": "COVAR_POP(y, x) / VAR_POP(x), each from sums of doubles, with the digits that it then has",
    "url_extract_parameter": "REGEXP_SUBSTR(url, '[?&]name=([^&#]*)', 1, 1, 'e') on Redshift, not decoded",
    "url_extract_query": "SPLIT_PART(SPLIT_PART(url, '#', 1), '?', 2) on Redshift, whose text is not decoded",
    "bitwise_left_shift": "multiply by the power of two, which overflows where the shift drops bits",
    "bitwise_right_shift": "divide by the power of two, where no number is negative",
    **dict.fromkeys(("nan", "infinity"), "load it as NULL, or as a bound that no value reaches"),
}  # fmt: skip


def function_name(node: exp.Expression) -> str:
    """The function as it was written."""
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    if isinstance(node, exp.HexString):
        return f"x'{node.name}'"
    shown = athena(node)
    called = shown.partition("(")[0]
    return called.lower() if "(" in shown and called.replace("_", "").isalnum() else str(node.key)


def instead_of(node: exp.Expression) -> str:
    """What can be done about a function without a translation."""
    known = _HINTS.get(function_name(node)) or _HINTS.get(str(node.key))
    return known or f"compute {athena(node)} at load, or write it with the functions of docs/translate.md"
