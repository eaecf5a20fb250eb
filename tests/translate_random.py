# ruff: noqa: E501 - tables of test data read best as tables
"""Random Trino expressions over the columns of `samples`, typed as Trino types them."""

from __future__ import annotations

from hypothesis import strategies as st

COLUMNS = {
    "int": ["i", "n", "small", "id", "seconds"],
    "double": ["x"],
    "decimal": ["money", "rate"],
    "text": ["s", "u", "parts"],
    "bool": ["ok"],
    "date": ["day"],
    "time": ["at"],
}
LITERALS = {
    "int": ["0", "1", "-3", "7", "100"],
    "double": ["0.5e0", "-2e0", "3.25e0"],
    "decimal": ["1.5", "-0.05", "100.0", "2.345"],
    "text": ["''", "'a'", "'é'", "','", "'alpha'", "'%'"],
    "bool": ["true", "false"],
    "date": ["DATE '2026-02-28'", "DATE '2024-02-29'", "DATE '1969-12-31'"],
    "time": ["TIMESTAMP '2026-03-01 08:59:59.000'", "TIMESTAMP '1970-01-01 00:00:00.000'"],
}
UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
# The stand-ins' known gaps are left out: TO_CHAR of NULL (Redshift), TRIM of other white space than blanks (Athena).
# Templates: `{int}` is an expression of that kind; `<a|b>` is one of the words.
TEMPLATES = {
    "int": [
        "({int} + {int})", "({int} - {int})", "({int} * {small})", "({int} / {nonzero})", "({int} % {nonzero})", "abs({int})",
        "coalesce({int}, {int})", "nullif({int}, {int})", "greatest({int}, {int})", "least({int}, {int}, {int})",
        "if({bool}, {int}, {int})", "CASE WHEN {bool} THEN {int} ELSE {int} END", "length({text})", "strpos({text}, {text})",
        "cast({double} AS bigint)", "cast({decimal} AS bigint)", "sign({int})", "round({int}, 1)", "bitwise_and({int}, 6)",
        "try({int} / {int})", "try_cast({text} AS bigint)", "cardinality(split({text}, ','))", "codepoint('é')",
        "year({date})", "month({time})", "day({date})", "hour({time})", "minute({time})", "second({time})", "quarter({date})",
        "week({date})", "day_of_week({date})", "day_of_year({time})", "year_of_week({date})", "extract(dow FROM {date})",
        "date_diff('<unit>', {time}, {time})", "date_diff('<day>', {date}, {date})", "regexp_count({text}, '[a-g]')",
        "json_array_length(doc)",
    ],
    "double": [
        "({double} + {double})", "({double} * {int})", "({double} - {decimal})", "cast({int} AS double)", "cast({decimal} AS double)",
        "coalesce({double}, {double})", "abs({double})", "greatest({double}, {double})", "if({bool}, {double}, {int})",
        "sqrt(abs({double}))", "power({small}, 2)", "to_unixtime({time})", "floor({double})", "ceil({double})", "truncate({double})",
    ],
    "decimal": [
        "({decimal} + {decimal})", "({decimal} - {int})", "(money * 2)", "(rate / {nonzero})", "(money / 3.0)", "({small} * 100.0 / {nonzero})",
        "round({decimal}, 1)", "coalesce({decimal}, {decimal})", "abs({decimal})", "if({bool}, {decimal}, {int})", "floor({decimal})",
        "cast({int} AS decimal(21,2))", "greatest({decimal}, {decimal})", "round(100.0 * {small} / 7, 2)",
    ],
    "text": [
        "({text} || {text})", "concat({text}, {text}, {text})", "concat_ws('-', {text}, {text}, {text})", "upper({text})", "lower({text})",
        "reverse({text})", "trim(BOTH 'a' FROM {text})", "substr({text}, 2)", "substr({text}, 2, 3)", "substr({text}, -2)", "substr({text}, {tiny})",
        "split_part({text}, ',', 1)", "split_part({text}, ',', 2)", "replace({text}, 'a', 'é')", "lpad({text}, 4, '*')",
        "coalesce({text}, {text})", "nullif({text}, {text})", "greatest({text}, {text})", "if({bool}, {text}, {text})",
        "cast({int} AS varchar)", "cast(money AS varchar)", "cast({decimal} AS varchar)", "cast({bool} AS varchar)",
        "cast({date} AS varchar)", "cast(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250') AS varchar)", "cast({text} AS varchar(3))", "date_format(coalesce({time}, TIMESTAMP '2026-03-01 08:59:59.250'), '%Y-%m-%dT%H:%i:%s')",
        "date_format(coalesce({date}, DATE '2026-02-28'), '%d.%m.%y')", "to_iso8601(coalesce({date}, DATE '2026-02-28'))", "regexp_extract({text}, '[a-z]+')", "regexp_replace({text}, '[0-9]+', '#')",
        "to_hex(md5(to_utf8({text})))", "translate({text}, 'abc', 'xy')",
    ],
    "bool": [
        "({int} <cmp> {int})", "({double} < {double})", "({decimal} <cmp> {decimal})", "({text} <eq> {text})", "({date} <cmp> {date})",
        "({time} >= {time})", "({bool} AND {bool})", "({bool} OR {bool})", "(NOT {bool})", "({int} IS NULL)", "({text} IS NOT NULL)",
        "({int} BETWEEN {int} AND {int})", "({int} IN (1, 45, {int}))", "({text} IN ('alpha', {text}))", "({int} IS DISTINCT FROM {int})",
        "({text} LIKE '%a%')", "({text} NOT LIKE 'a_%')", "({text} LIKE '%c\\d')", "starts_with({text}, {text})",
        "regexp_like({text}, '^[a-m]+')", "({date} < cast({time} AS date))", "coalesce({bool}, {bool})", "({int} = {decimal})",
    ],
    "date": [
        "date_add('<day>', {tiny}, {date})", "({date} + INTERVAL '7' DAY)", "({date} - INTERVAL '1' MONTH)", "cast({time} AS date)",
        "date_trunc('<day>', {date})", "last_day_of_month({date})", "coalesce({date}, {date})", "greatest({date}, {date})",
        "if({bool}, {date}, {date})", "cast(from_unixtime(seconds) AS date)",
    ],
    "time": [
        "date_add('<unit>', {tiny}, {time})", "({time} + INTERVAL '90' MINUTE)", "({time} - INTERVAL '1' YEAR)", "date_trunc('<unit>', {time})",
        "cast({date} AS timestamp)", "cast(from_unixtime(seconds) AS timestamp)", "coalesce({time}, {time})", "if({bool}, {time}, {time})",
        "cast(from_unixtime(millis / 1000) AS timestamp)", "least({time}, {time})",
    ],
}  # fmt: skip
WORDS = {"<unit>": UNITS, "<day>": UNITS[3:], "<cmp>": ["=", "<>", "<", "<=", ">", ">="], "<eq>": ["=", "<>"]}
PLAIN = {
    "{small}": ["small", "3", "-2"],
    "{nonzero}": ["7", "-3", "nullif(small, 0)"],
    "{tiny}": ["small", "2", "-1", "0"],
}


@st.composite
def expressions(draw, kind: str, depth: int = 3) -> str:
    """A Trino expression of a kind, nested up to a depth."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(COLUMNS[kind] * 2 + LITERALS[kind]))
    template = draw(st.sampled_from(TEMPLATES[kind]))
    for word, choices in {**WORDS, **PLAIN}.items():
        while word in template:
            template = template.replace(word, draw(st.sampled_from(choices)), 1)
    while "{" in template:
        start, end = template.index("{"), template.index("}")
        inner = draw(expressions(template[start + 1 : end], depth - 1))
        template = template[:start] + inner.replace("{", "\0").replace("}", "\1") + template[end + 1 :]
    return template.replace("\0", "{").replace("\1", "}")


def batches(size: int = 20, depth: int = 3) -> st.SearchStrategy[list[str]]:
    """Lists of expressions of every kind."""
    return st.lists(
        st.sampled_from(sorted(COLUMNS)).flatmap(lambda kind: expressions(kind, depth)), min_size=size, max_size=size
    )
