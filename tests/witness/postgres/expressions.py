"""Expressions of what Redshift inherits from PostgreSQL, in the words that both take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, product

TEXTS = ["'alpha'", "'Größe 日本'", "''", "' pad '", "'a,b,,c'", "'Route 42-A'", "NULL::varchar"]
STAMPS = [
    "'2026-03-08 02:30:15.25'::timestamp",
    "'1969-12-31 23:59:59.5'::timestamp",
    "'2024-02-29 00:00:00'::timestamp",
    "'2000-01-01 12:00:00.123456'::timestamp",
    "'1999-12-31 23:59:59'::timestamp",
]
DATES = ["'2026-01-31'::date", "'2024-02-29'::date", "'1969-12-31'::date"]
UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium"]
PARTS = [
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "dow",
    "doy",
    "week",
    "quarter",
    "epoch",
    "century",
    "decade",
    "millennium",
]
INTEGERS = ["7", "-7", "0", "2", "-3", "2147483647"]
DECIMALS = [
    "2.5::numeric(10,2)",
    "-2.5::numeric(10,2)",
    "0.05::numeric(10,2)",
    "12.345::numeric(10,3)",
    "-0.005::numeric(10,3)",
    "100::numeric(5,0)",
]
DOUBLES = ["0.5::float8", "1.5::float8", "2.5::float8", "-2.5::float8", "1e10::float8", "0.1::float8"]
PATTERNS = ["'[a-z]+'", "'^A'", "'[[:digit:]]+'", "'a|b'", "'(l)(p)'", "'\\\\d'", "'.'", "',,'", "'[^a-z]'"]
FORMATS = [
    "'YYYY-MM-DD HH24:MI:SS'",
    "'DD/MM/YY'",
    "'Mon DD, YYYY'",
    "'Day'",
    "'FMDay, FMDD FMMonth'",
    "'HH12:MI AM'",
    "'Q'",
    "'DDD'",
    "'IYYY-IW'",
    "'MS'",
    "'US'",
    "'J'",
    "'DY'",
    "'RM'",
    "'CC'",
]


CONDITION = re.compile(r" (!?~\*?|I?LIKE|SIMILAR TO|=|<|(NOT )?IN|AND|OR) | IS (NULL|TRUE)$|^NOT |::boolean$")


def expressions() -> Iterator[str]:
    """Each once, in an order that does not change; its value as a text, which a condition has not on Redshift."""
    for text in dict.fromkeys(chain(_numbers(), _parts(), _texts(), _moments(), _casts())):
        if CONDITION.search(text):
            yield f"CASE WHEN {text} THEN 't' WHEN NOT ({text}) THEN 'f' END"
        else:
            yield f"({text})::varchar"


def _numbers() -> Iterator[str]:
    """Arithmetic, rounding."""
    for a, b in product(INTEGERS, INTEGERS):
        yield from (f"{a} {sign} {b}" for sign in ("/", "%"))
    for a, b in product(DECIMALS, DECIMALS[:4]):
        yield from (f"{a} {sign} {b}" for sign in ("+", "-", "*"))
    for a in DECIMALS:
        yield from (f"round({a}, {n})" for n in (-1, 0, 1, 2))
        yield from (f"{name}({a})" for name in ("round", "trunc", "ceil", "floor", "abs", "sign"))
        yield from (f"trunc({a}, 1)", f"({a})::int", f"({a})::bigint", f"mod({a}, 2)")
    for a in DOUBLES:
        yield from (f"({a})::int", f"({a})::numeric(12,1)", f"round({a})", f"floor({a})", f"ceil({a})")


def _parts() -> Iterator[str]:
    """Truncation, parts and formats of moments."""
    for unit, moment in product(UNITS, [*STAMPS, *DATES]):
        yield f"date_trunc('{unit}', {moment})"
    for part, moment in product(PARTS, STAMPS):
        yield f"date_part('{part}', {moment})"
        yield f"extract({part} from {moment})"
    for form, moment in product(FORMATS, STAMPS[:4]):
        yield f"to_char({moment}, {form})"


def _texts() -> Iterator[str]:
    """Patterns and functions of texts."""
    for text, pattern in product(TEXTS, PATTERNS):
        yield from (f"{text} ~ {pattern}", f"{text} !~* {pattern}", f"regexp_replace({text}, {pattern}, '<x>')")
    for text in TEXTS:
        yield from (
            f"{name}({text})"
            for name in (
                "lower",
                "upper",
                "initcap",
                "length",
                "octet_length",
                "trim",
                "btrim",
                "ltrim",
                "rtrim",
                "reverse",
                "ascii",
                "md5",
            )
        )
        yield from (f"substring({text}, {start}, {size})" for start in (-1, 0, 1, 3) for size in (0, 2, 50))
        yield from (f"split_part({text}, ',', {n})" for n in (1, 2, 3, 9))
        yield from (f"strpos({text}, {part})" for part in ("'a'", "''", "'l'", "'ß'"))
        yield from (f"left({text}, {n})" for n in (0, 2, 9))
        yield from (f"lpad({text}, {n}, '*-')" for n in (0, 3, 12))
        yield from (
            f"translate({text}, 'al', 'x')",
            f"replace({text}, 'a', '')",
            f"repeat({text}, 2)",
            f"{text} || 'x'",
            f"overlay({text} placing 'XY' from 2 for 1)",
            f"position('a' in {text})",
            f"{text} LIKE '%a%'",
            f"{text} ILIKE 'A%'",
            f"{text} SIMILAR TO '(a|R)%'",
            f"coalesce({text}, 'none')",
            f"nullif({text}, '')",
            f"{text} IS NULL",
            f"greatest({text}, 'b')",
            f"least({text}, 'b')",
            f"{text}::char(3)",
            f"{text}::varchar(2)",
            f"{text} = ''",
            f"quote_ident({text})",
            f"quote_literal({text})",
        )
    for a, b in product(["'a'::char(3)", "'a '::char(5)", "'b'::char(1)"], repeat=2):
        yield from (f"{a} {sign} {b}" for sign in ("=", "<", "||"))


def _moments() -> Iterator[str]:
    """Arithmetic of moments."""
    for moment in [*STAMPS, *DATES]:
        yield from (
            f"{moment} {sign} interval '{size}'"
            for sign in "+-"
            for size in ("1 day", "1 month", "90 minutes", "1 year 2 months", "1.5 hours")
        )
        yield from (f"({moment})::date", f"({moment})::timestamp", f"last_day({moment})", f"({moment}) < '2020-01-01'")
    for a, b in product(DATES, DATES):
        yield from (f"{a} - {b}", f"{a} < {b}")


def _casts() -> Iterator[str]:
    """Casts of texts, conditions, bits."""
    for text in (
        "'1'",
        "' 42 '",
        "'4.5'",
        "'abc'",
        "''",
        "'1e3'",
        "'t'",
        "'yes'",
        "'off'",
        "'2026-02-30'",
        "'8/2/2003'",
        "'2026-1-5'",
        "'20260105'",
        "'Jan 5, 2026'",
        "'infinity'",
    ):
        yield from (f"{text}::{kind}" for kind in ("int", "numeric(6,2)", "float8", "boolean", "date", "timestamp"))
    yield from (
        "true AND NULL",
        "false AND NULL",
        "true OR NULL",
        "NOT NULL::boolean",
        "NULL = NULL",
        "1 IN (2, NULL)",
        "1 NOT IN (2, NULL)",
        "1 IN (1, NULL)",
        "true::int",
        "0::boolean",
        "5::boolean",
        "NULL IS TRUE",
    )
    for a, b in product(INTEGERS[:5], repeat=2):
        yield from (f"{a} & {b}", f"{a} | {b}", f"{a} # {b}")
    for a in INTEGERS[:5]:
        yield from (
            f"~{a}",
            f"{a} << 2",
            f"{a} >> 1",
            f"to_hex({a})",
            f"abs({a})",
            f"sign({a})",
            f"power({a}, 2)",
            f"@ {a}",
            "|/ 16.0",
            f"{a}::numeric(5,2)",
            f"{a}::smallint",
            f"chr(65 + abs({a}) % 20)",
        )
