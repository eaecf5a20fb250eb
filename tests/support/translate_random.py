# ruff: noqa: E501 - tables of test data read best as tables
"""Random Trino expressions over the columns of `samples`, typed as Trino types them."""

from __future__ import annotations

import re
from random import Random

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
        "json_array_length(doc)", "millisecond({time})", "bitwise_not({int})", "try_cast({int} AS integer)", "try_cast({int} AS bigint)",
        "(nullif({int}, 2.5) / 2)", "(nullif({int}, {double}) / 2)", "CASE {int} WHEN 1 THEN 2 WHEN {int} THEN 3 ELSE {int} END",
        "date_diff('<unit>', cast({time} AS timestamp(6)), TIMESTAMP '2026-03-01 08:59:59.000000')", "(SELECT max(r.id) FROM routes AS r WHERE r.id < 4)",
        "regexp_position({text}, '[lm]')", "try(length(split_part({text}, ',', 2)))", "cast(try_cast({text} AS decimal(20,3)) AS bigint)",
        "hour({time} AT TIME ZONE 'America/New_York')", "day(date_trunc('<day>', {time} AT TIME ZONE 'Asia/Tokyo'))", "\"abs\"({int})",
        "date_diff('<unit>', {time} AT TIME ZONE 'Europe/Berlin', {time} AT TIME ZONE 'Europe/Berlin')", "hour({time} AT TIME ZONE 'Europe/Berlin' + INTERVAL '<n>' MONTH)",
        "strpos(regexp_extract({text}, '([a-z]+)(,?)', 2), ',')", "cast(coalesce({int}, {decimal}) AS bigint)",
        "cardinality(regexp_extract_all({text}, '[a-g]'))",
        "hour(parse_datetime(date_format(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250'), '%Y-%m-%d %H:%i:%s'), 'yyyy-MM-dd HH:mm:ss'))",
        "hour(TIMESTAMP '2026-07-08 02:30:00 Europe/Berlin')",
        "cast(json_extract_scalar(doc, '$.n') AS bigint)",
        "try_cast(json_extract_scalar(doc, '$.<key>') AS integer)",
        "CASE WHEN json_extract_scalar(doc, '$.a.b') IN ('x', 'é') OR {bool} THEN {int} ELSE {int} END",
        "if(json_extract_scalar(doc, '$.a.b') LIKE 'x%', {int}, {int})",
    ],
    "double": [
        "({double} + {double})", "({double} * {int})", "({double} - {decimal})", "cast({int} AS double)", "cast({decimal} AS double)",
        "coalesce({double}, {double})", "abs({double})", "greatest({double}, {double})", "if({bool}, {double}, {int})",
        "sqrt(abs({double}))", "power({small}, 2)", "to_unixtime({time})", "floor({double})", "ceil({double})", "truncate({double})",
        "cast(cast({small} AS real) + {decimal} AS double)", "try_cast({double} AS double)", "degrees({small})", "sin({small})",
        "cast(cast({small} AS real) * cast({decimal} AS real) AS double)", "cast(cast({double} AS real) AS double)", "cast(if({bool}, cast({small} AS real), 2) AS double)",
        "to_unixtime(with_timezone({time}, 'Asia/Tokyo'))",
        "to_unixtime(date_trunc('<day>', {time} AT TIME ZONE 'Asia/Tokyo'))",
        "try_cast(json_extract_scalar(doc, '$.n') AS double)",
    ],
    "decimal": [
        "({decimal} + {decimal})", "({decimal} - {int})", "(money * 2)", "(rate / {nonzero})", "(money / 3.0)", "({small} * 100.0 / {nonzero})",
        "round({decimal}, 1)", "coalesce({decimal}, {decimal})", "abs({decimal})", "if({bool}, {decimal}, {int})", "floor({decimal})",
        "cast({int} AS decimal(21,2))", "greatest({decimal}, {decimal})", "round(100.0 * {small} / 7, 2)",
        "(money * DECIMAL '1.25')", "coalesce({decimal}, DECIMAL '0.125')", "try_cast({text} AS decimal(10,2))", "(rate * money * 0.5)",
        "truncate({decimal}, 1)", "nullif({decimal}, {int})", "coalesce(round({decimal}, 1), {decimal})", "coalesce(truncate({decimal}, 1), {decimal})",
        "(cast({decimal} AS decimal(30,4)) * 2)", "(cast({decimal} AS decimal(38,4)) + {decimal})", "(cast({int} AS decimal(38,0)) / 7.0)", "({decimal} % 7)",
        "({int} / 3.000)",
        "({decimal} / 3.0)",
        "(money / 3.000000)",
        "({small} / 7.0000000)",
        "({int} * .5)",
        "(rate / 3)",
        "round({decimal} / 7, 1)",
        "(100.000 * {small} / {nonzero})",
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
        "element_at(split({text}, ','), -1)", "element_at(split({text}, ','), 2)", "regexp_extract({text}, '(?i)[A-M]+')",
        "date_format(coalesce({date}, DATE '2026-02-28'), '%d%a %e')", "try(upper({text}))", "chr(233)", "cast(truncate({decimal}, 2) AS varchar)",
        "date_format(cast(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250') AS timestamp(6)), '%H:%i:%s.%f')",
        "cast(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250') + INTERVAL '1' DAY AS varchar)",
        "array_join(split({text}, ','), '-')", "substr({text}, 1, length({text}) - 1)", "regexp_extract({text}, '([a-z]+)(\\d*)', 2)", "{text} || ' '",
        "format_datetime(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250'), 'yyyy-MM-dd HH:mm')", "to_iso8601(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250'))",
        "json_extract_scalar(doc, '$.<key>')", "cast(cast({decimal} AS decimal(30,6)) AS varchar)", "regexp_replace({text}, '([a-z])([0-9])', '$2$1')",
        "substr({text}, 0)",
    ],
    "bool": [
        "({int} <cmp> {int})", "({double} < {double})", "({decimal} <cmp> {decimal})", "({text} <eq> {text})", "({date} <cmp> {date})",
        "({time} >= {time})", "({bool} AND {bool})", "({bool} OR {bool})", "(NOT {bool})", "({int} IS NULL)", "({text} IS NOT NULL)",
        "({int} BETWEEN {int} AND {int})", "({int} IN (1, 45, {int}))", "({text} IN ('alpha', {text}))", "({int} IS DISTINCT FROM {int})",
        "({text} LIKE '%a%')", "({text} NOT LIKE 'a_%')", "({text} LIKE '%c\\d')", "starts_with({text}, {text})",
        "regexp_like({text}, '^[a-m]+')", "({date} < cast({time} AS date))", "coalesce({bool}, {bool})", "({int} = {decimal})",
        "contains(ARRAY['alpha', 'é'], {text})", "try_cast({text} AS boolean)", "(cast({small} AS real) > 2.5)", "({int} = ANY (SELECT id FROM routes))", "(cast({small} AS real) IN (1.5, 2))",
        "((coalesce({int}, 0), coalesce({int}, 1)) = (1, coalesce({int}, 2)))", "((coalesce({int}, 0), small) <> (1, coalesce(small, 2)))", "regexp_like({text}, '(?i)A|É')",
        "({text} > {text})", "({text} BETWEEN 'a' AND {text})", "({int} NOT IN (SELECT id FROM routes WHERE id < 3))", "({small} > ALL (SELECT id FROM routes WHERE id > 100))",
        "((id, small) IN ((1, 1), (2, {int})))", "({date} BETWEEN DATE '2024-01-01' AND {date})", "(cast({text} AS varchar(2)) = 'al')", "({decimal} IN (1.5, {decimal}, 12.34))",
        "contains(split({text}, ','), 'a')",
        "contains(split(parts, ','), '')",
        "contains(split({text}, 'a'), ',')",
        "(from_unixtime(seconds) > TIMESTAMP '2026-03-08 01:30:00 America/New_York')",
        "(json_extract_scalar(doc, '$.a.b') = 'x' AND {bool})",
    ],
    "date": [
        "date_add('<day>', {tiny}, {date})", "({date} + INTERVAL '7' DAY)", "({date} - INTERVAL '1' MONTH)", "cast({time} AS date)",
        "date_trunc('<day>', {date})", "last_day_of_month({date})", "coalesce({date}, {date})", "greatest({date}, {date})",
        "if({bool}, {date}, {date})", "cast(from_unixtime(seconds) AS date)", "try_cast({text} AS date)", "try_cast(cast({date} AS varchar) AS date)",
    ],
    "time": [
        "date_add('<unit>', {tiny}, {time})", "({time} + INTERVAL '90' MINUTE)", "({time} - INTERVAL '1' YEAR)", "date_trunc('<unit>', {time})",
        "cast({date} AS timestamp)", "cast(from_unixtime(seconds) AS timestamp)", "coalesce({time}, {time})", "if({bool}, {time}, {time})",
        "cast(from_unixtime(millis / 1000) AS timestamp)", "least({time}, {time})",
        "cast({time} AS timestamp(0))", "cast(from_unixtime({small} / 1e3) AS timestamp)", "cast('2026-03-01 08:59:59.9996' AS timestamp)",
        "cast({time} AT TIME ZONE 'America/New_York' + INTERVAL '1' DAY AS timestamp)", "cast(date_add('day', {tiny}, {time} AT TIME ZONE 'Europe/Berlin') AS timestamp)",
        "coalesce(nullif({time}, {time}), {time})",
        "cast(date_trunc('<day>', {time} AT TIME ZONE 'America/New_York') AS timestamp)", "cast(from_iso8601_timestamp('2026-03-08T07:30:00Z') AS timestamp)",
        "cast({time} AT TIME ZONE 'America/New_York' - INTERVAL '<n>' MONTH AS timestamp)", "cast(cast({time} AS timestamp(6)) + INTERVAL '1.5' SECOND AS timestamp)",
        "date_parse(date_format(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250'), '%Y-%m-%d %H:%i:%s.%f'), '%Y-%m-%d %H:%i:%s.%f')",
        "date_parse(date_format(coalesce({time}, at, TIMESTAMP '2026-03-01 08:59:59.250'), '%m/%d/%Y %h:%i %p'), '%m/%d/%Y %h:%i %p')",
    ],
}  # fmt: skip
AGGREGATES = [
    "count({int})", "count({text})", "count(DISTINCT {int})", "count(DISTINCT {text})", "count_if({bool})", "sum({int})", "sum({double})",
    "sum({decimal})", "avg({int})", "avg({double})", "avg({decimal})", "min({int})", "max({decimal})", "min({text})", "max({date})",
    "min({time})", "max({double})", "bool_and({bool})", "bool_or({bool})", "every({bool})", "max({bool})", "stddev({double})",
    "variance({int})", "sum({int}) FILTER (WHERE {bool})", "count(*) FILTER (WHERE {bool})", "avg({int}) FILTER (WHERE {bool})",
    "round(100.0 * count_if({bool}) / count(*), 2)", "round(avg({int}), 1)", "sum(CASE WHEN {bool} THEN 1 ELSE 0 END) * 1.0 / count(*)",
    "sum({small}) / 4", "coalesce(sum({int}), 0)", "cast(sum({decimal}) AS varchar)", "approx_distinct({int})", "stddev_pop({int})",
    "array_join(array_agg({text} ORDER BY id), ',')", "listagg({text}, ';') WITHIN GROUP (ORDER BY id)", "cast(avg({int}) AS bigint)",
    "max_by({int}, id)", "min_by({text}, id)", "max_by({date}, id)", "sum({int}) FILTER (WHERE {bool}) / 4", "any_value(small)",
    "CASE WHEN count(*) > 1 THEN sum({small}) END / 2", "sum({decimal}) * 1.08", "listagg({text}, '') WITHIN GROUP (ORDER BY id)",
    "approx_distinct(DISTINCT {int})", "min(DISTINCT {bool})", "sum(DISTINCT {int})", "count_if({bool}) FILTER (WHERE {bool})", "arbitrary(DISTINCT small)",
    "array_join(array_sort(array_agg({text})), ',')",
    "array_join(array_agg({text} ORDER BY id), ',', 'null')",
    "cardinality(array_agg({text}))",
    "cardinality(array_agg(DISTINCT {int}))",
    "array_join(array_sort(array_agg(DISTINCT {text})), ';')",
    "approx_distinct({int}, 0.05)",
    "cardinality(array_agg({int}) FILTER (WHERE {bool}))",
    "count_if(json_extract_scalar(doc, '$.a.b') = 'x')",
    "sum({decimal}) / 3.0",
    "avg({decimal}) / 7",
    "sum({decimal}) / count(*)",
]  # fmt: skip
WINDOWS = [
    "sum({int}) <over>", "count({text}) <over>", "avg({int}) <over>", "min({decimal}) <over>", "max({date}) <over>", "row_number() <over>",
    "rank() <over>", "dense_rank() <over>", "lag({int}) <over>", "lead({text}, 2) <over>", "lag({int}, 1, 0) <over>", "first_value({text}) <over>",
    "last_value({int}) <over>", "ntile(3) <over>", "sum({double}) <over>", "percent_rank() <over>", "nth_value({int}, 2) <over>",
    "lag({decimal}, 1, 0) <over>", "lead({decimal}, 1, 0.125) <over>", "cast(lag(cast({small} AS real), 1, 0.5) <over> AS double)",
    "max({bool}) OVER (PARTITION BY small)", "bool_and({bool}) OVER (PARTITION BY small)", "count(*) FILTER (WHERE {bool}) OVER (PARTITION BY small)",
    "sum({int}) OVER (ORDER BY small)", "count(*) OVER (PARTITION BY ok ORDER BY small)", "max({date}) OVER (ORDER BY day)", "avg({decimal}) <over>",
    "sum({int}) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)", "max({int}) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
    "lag({int}) IGNORE NULLS <over>", "lead({text}, 2, 'x') IGNORE NULLS <over>", "first_value({int}) IGNORE NULLS OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
    "avg({int}) OVER (PARTITION BY small)", "avg({decimal}) OVER (PARTITION BY ok)", "\"sum\"({decimal}) <over>", "lag({date}, 1, DATE '2020-01-01') <over>",
]  # fmt: skip
WORDS = {"<unit>": UNITS, "<day>": UNITS[3:], "<cmp>": ["=", "<>", "<", "<=", ">", ">="], "<eq>": ["=", "<>"],
         "<n>": ["1", "6", "11"], "<key>": ["n", "a", "a.b", "none"]}  # fmt: skip
PLAIN = {
    "{small}": ["small", "3", "-2"],
    "{nonzero}": ["7", "-3", "nullif(small, 0)"],
    "{tiny}": ["small", "2", "-1", "0"],
}


def expression(chance: Random, kind: str, depth: int = 3) -> str:
    """A Trino expression of a kind, nested up to a depth."""
    if depth == 0 or chance.random() < 1 / 6:
        return chance.choice(COLUMNS[kind] * 2 + LITERALS[kind])
    return _filled(chance, chance.choice(TEMPLATES[kind]), depth - 1)


def _filled(chance: Random, template: str, depth: int) -> str:
    """A template with its words chosen and its parts written."""
    for word, choices in {**WORDS, **PLAIN}.items():
        while word in template:
            template = template.replace(word, chance.choice(choices), 1)
    return re.sub(r"\{(\w+)\}", lambda part: expression(chance, part[1], depth), template)


def any_expression(chance: Random, depth: int = 3) -> str:
    """A Trino expression of any kind."""
    return expression(chance, chance.choice(sorted(COLUMNS)), depth)


def window(chance: Random) -> str:
    """A window function over a random expression."""
    partition = chance.choice(["PARTITION BY small ", "PARTITION BY ok ", ""])
    return _filled(chance, chance.choice(WINDOWS), 2).replace("<over>", f"OVER ({partition}ORDER BY id)")


def aggregate(chance: Random) -> str:
    """An aggregate over a random expression."""
    return _filled(chance, chance.choice(AGGREGATES), 2)
