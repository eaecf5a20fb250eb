"""Redshift's functions that DuckDB has not, or has with another meaning."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from smartroute_runbook.rehearsal.redshift_errors import SqlError
from smartroute_runbook.rehearsal.redshift_format import strptime_format, to_char
from smartroute_runbook.rehearsal.redshift_types import of

__all__ = ["FUNCTIONS", "cast", "macro", "spelled", "variable", "zone"]


def plain(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of a DuckDB function."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def macro(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of one of our macros."""
    return exp.Dot(this=exp.to_identifier("_redshift"), expression=plain(name, *arguments))


COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?=$|[ T])")


def cast(node: exp.Expression, to: str) -> exp.Expression:
    """CAST in DuckDB's types; a constant such as '20080305' is read as a date."""
    if isinstance(node, exp.Literal) and node.is_string and to.startswith(("TIMESTAMP", "DATE")):
        node = exp.Literal.string(COMPACT.sub(r"\1-\2-\3", node.name))
    return exp.Cast(this=node, to=exp.DataType.build(to, dialect="duckdb"))


def text(value: str) -> exp.Expression:
    """A text constant."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expression:
    """A number."""
    return exp.Literal.number(value)


def arguments(node: exp.Expression, least: int, most: int) -> list[exp.Expression]:
    """The arguments of a call.

    Raises:
        SqlError: 42883, too few or too many.
    """
    given: list[exp.Expression] = [each.copy() for each in node.expressions]
    if not least <= len(given) <= most:
        raise SqlError("42883", f"function {node.name.lower()} does not exist with {len(given)} arguments")
    return given


def renamed(name: str, least: int, most: int) -> Callable[[exp.Expression], exp.Expression]:
    """The same function under another name."""
    return lambda node: plain(name, *arguments(node, least, most))


def own(name: str, least: int, most: int, *defaults: exp.Expression) -> Callable[[exp.Expression], exp.Expression]:
    """One of our macros; defaults fill the last arguments."""

    def build(node: exp.Expression) -> exp.Expression:
        given = arguments(node, least, most)
        missing = most - len(given)
        return macro(name, *given, *(each.copy() for each in defaults[len(defaults) - missing :] if missing))

    return build


def getdate(_node: exp.Expression) -> exp.Expression:
    """GETDATE(): a TIMESTAMP without fraction (r_GETDATE)."""
    return plain("date_trunc", text("second"), cast(plain("now"), "TIMESTAMP"))


def truncated(node: exp.Expression) -> exp.Expression:
    """TRUNC of a timestamp is its date, of a number towards zero (r_TRUNC)."""
    given = arguments(node, 1, 2)
    kind = of(node.expressions[0])
    if kind is not None and kind.base.startswith("timestamp"):
        return cast(given[0], "DATE")
    if len(given) == 1:
        return plain("trunc", given[0])
    cut = macro("truncated", *given)
    places = given[1].this if isinstance(given[1], exp.Neg) else given[1]
    if kind is not None and kind.base == "numeric" and isinstance(places, exp.Literal):
        scale = 0 if isinstance(given[1], exp.Neg) else min(int(places.name), kind.scale)
        return cast(cut, f"DECIMAL(38,{scale})")
    return cut


def spelled(node: exp.Expression) -> exp.Expression:
    """A decimal with a digit before its point: DuckDB writes DECIMAL(2,2) as ``.05``."""
    kind = of(node)
    if kind is None or kind.base != "numeric" or kind.length > kind.scale:
        return node
    wider = exp.DataType.build(f"DECIMAL({kind.scale + 1},{kind.scale})", dialect="duckdb")
    return exp.Cast(this=node.copy(), to=wider)  # exp.cast() would leave one decimal for another


def concat(node: exp.Expression) -> exp.Expression:
    """CONCAT with a NULL is NULL (r_CONCAT)."""
    left, right = (cast(spelled(each), "VARCHAR") for each in arguments(node, 2, 2))
    return exp.Paren(this=exp.DPipe(this=left, expression=right))


def json_path(node: exp.Expression) -> exp.Expression:
    """JSON_EXTRACT_PATH_TEXT(json, key, ... [, null_if_invalid]); '' for what is not there."""
    given = arguments(node, 2, 7)
    lenient = exp.false()
    if isinstance(given[-1], exp.Boolean):
        lenient = given.pop()
    path = text("")
    for key in given[1:]:
        escaped = plain("replace", key, text('"'), text('\\"'))
        path = exp.DPipe(this=path, expression=plain("concat", text('."'), escaped, text('"')))
    return macro("json_path", given[0], exp.Paren(this=exp.DPipe(this=text("$"), expression=path)), lenient)


def regexp_substr(node: exp.Expression) -> exp.Expression:
    """REGEXP_SUBSTR(s, pattern [, position [, occurrence [, parameters]]]) (REGEXP_SUBSTR)."""
    given = arguments(node, 2, 5)
    options = _options(given, 4)
    position = given[2] if len(given) > 2 else number(1)
    occurrence = given[3] if len(given) > 3 else number(1)
    group = number(1 if "e" in options else 0)
    return macro("re_substr", given[0], _pattern(given[1], options), position, occurrence, group)


def regexp_replace(node: exp.Expression) -> exp.Expression:
    """REGEXP_REPLACE(s, pattern [, replacement [, position [, parameters]]]): every match (REGEXP_REPLACE)."""
    given = arguments(node, 2, 5)
    options = _options(given, 4)
    replacement = given[2] if len(given) > 2 else text("")
    position = given[3] if len(given) > 3 else number(1)
    return macro("re_replace", given[0], _pattern(given[1], options), replacement, position)


def regexp_count(node: exp.Expression) -> exp.Expression:
    """REGEXP_COUNT(s, pattern [, position [, parameters]])."""
    given = arguments(node, 2, 4)
    options = _options(given, 3)
    position = given[2] if len(given) > 2 else number(1)
    return macro("re_count", given[0], _pattern(given[1], options), position)


def regexp_instr(node: exp.Expression) -> exp.Expression:
    """REGEXP_INSTR(s, pattern): where the first match begins; 0 without one."""
    given = arguments(node, 2, 2)
    return macro("re_instr", *given)


def _options(given: list[exp.Expression], index: int) -> str:
    if len(given) <= index:
        return ""
    if not isinstance(given[index], exp.Literal):
        raise SqlError("0A000", "not rehearsable: regular expression parameters that are no constant")
    return str(given[index].name)


def _pattern(pattern: exp.Expression, options: str) -> exp.Expression:
    return exp.DPipe(this=text("(?i)"), expression=pattern) if "i" in options else pattern


def strtol(node: exp.Expression) -> exp.Expression:
    """STRTOL(text, base): BIGINT, an error beyond 64 bits (r_STRTOL)."""
    return macro("strtol", *arguments(node, 2, 2))


def datediff(node: exp.Expression) -> exp.Expression:
    """DATEDIFF counts boundaries crossed (r_DATEDIFF_function)."""
    unit, start, stop = arguments(node, 3, 3)
    name = unit.name.lower()
    kind = of(node.expressions[2])
    to = "TIME" if kind is not None and kind.base.startswith("time ") else "TIMESTAMP"
    return plain("date_diff", text(UNITS.get(name, name)), cast(start, to), cast(stop, to))


UNITS = {
    "d": "day", "days": "day", "h": "hour", "hr": "hour", "hrs": "hour", "hours": "hour", "m": "minute",
    "min": "minute", "mins": "minute", "minutes": "minute", "s": "second", "sec": "second", "seconds": "second",
    "mon": "month", "mons": "month", "months": "month", "y": "year", "yr": "year", "years": "year", "qtr": "quarter",
    "w": "week", "weeks": "week", "ms": "millisecond", "us": "microsecond",
}  # fmt: skip


def formatted(node: exp.Expression) -> exp.Expression:
    """TO_CHAR(timestamp, format) (r_FORMAT_strings)."""
    value, pattern = arguments(node, 2, 2)
    if not isinstance(pattern, exp.Literal):
        raise SqlError("0A000", "not rehearsable: TO_CHAR with a format that is no constant")
    kind = of(node.expressions[0])
    if kind is not None and not kind.base.startswith(("timestamp", "date", "time")):
        raise SqlError("0A000", "not rehearsable: TO_CHAR of a number")
    return to_char(cast(value, "TIMESTAMP"), pattern.name)


def to_date(node: exp.Expression) -> exp.Expression:
    """TO_DATE(text, format)."""
    value, pattern = arguments(node, 2, 3)[:2]
    return cast(plain("strptime", cast(value, "VARCHAR"), text(strptime_format(pattern.name))), "DATE")


def to_timestamp(node: exp.Expression) -> exp.Expression:
    """TO_TIMESTAMP(text, format): a TIMESTAMPTZ (r_TO_TIMESTAMP)."""
    value, pattern = arguments(node, 2, 3)[:2]
    parsed = plain("strptime", cast(value, "VARCHAR"), text(strptime_format(pattern.name)))
    return exp.AtTimeZone(this=parsed, zone=text("UTC"))


def convert_timezone(node: exp.Expression) -> exp.Expression:
    """CONVERT_TIMEZONE([from,] to, timestamp): a TIMESTAMP (CONVERT_TIMEZONE)."""
    given = arguments(node, 2, 3)
    origin = given[0] if len(given) == 3 else text("UTC")
    moment = exp.AtTimeZone(this=cast(given[-1], "TIMESTAMP"), zone=zone(origin))
    return exp.Paren(this=exp.AtTimeZone(this=exp.Paren(this=moment), zone=zone(given[-2])))


# Abbreviations are fixed offsets, names follow daylight saving (CONVERT_TIMEZONE, "Time zone usage notes").
ABBREVIATIONS = {"EST": 5, "EDT": 4, "CST": 6, "CDT": 5, "MST": 7, "MDT": 6, "PST": 8, "PDT": 7, "AKST": 9, "HST": 10}


def zone(name: exp.Expression) -> exp.Expression:
    """A time zone for DuckDB, whose ICU reads PST as Los Angeles."""
    if isinstance(name, exp.Literal) and (hours := ABBREVIATIONS.get(name.name.upper())):
        return text(f"Etc/GMT+{hours}")
    return name


def sha2(node: exp.Expression) -> exp.Expression:
    """SHA2(text, 256)."""
    value, bits = arguments(node, 2, 2)
    if bits.name not in {"0", "256"}:
        raise SqlError("0A000", "not rehearsable: SHA2 of other than 256 bits")
    return plain("sha256", value)


def nvl2(node: exp.Expression) -> exp.Expression:
    """NVL2(x, when not null, when null)."""
    value, present, absent = arguments(node, 3, 3)
    return exp.Case(
        ifs=[exp.If(this=exp.Not(this=exp.Is(this=value, expression=exp.Null())), true=present)], default=absent
    )


def ratio_to_report(node: exp.Expression) -> exp.Expression:
    """RATIO_TO_REPORT(x) OVER (...): its share of the sum; the window rule finishes it."""
    made = macro("ratio", *arguments(node, 1, 1))
    made.meta["ratio"] = node.expressions[0]
    return made


def variable(name: str, to: str) -> Callable[[exp.Expression], exp.Expression]:
    """A value of the session, read when the statement runs."""
    return lambda _node: cast(plain("getvariable", text(name)), to)


def no_such(node: exp.Expression) -> exp.Expression:
    """A function that Redshift has and the stand-in has not."""
    raise SqlError("0A000", f"not rehearsable: function {node.name.upper()}")


FUNCTIONS: dict[str, Callable[[exp.Expression], exp.Expression]] = {
    "getdate": getdate,
    "sysdate": lambda _node: cast(plain("now"), "TIMESTAMP"),
    "now": lambda _node: plain("now"),
    "trunc": truncated,
    "concat": concat,
    "json_extract_path_text": json_path,
    "json_extract_array_element_text": own("json_element", 2, 3, exp.false()),
    "json_array_length": own("json_count", 1, 2, exp.false()),
    "is_valid_json": own("is_json", 1, 1),
    "is_valid_json_array": own("is_json_array", 1, 1),
    "json_parse": lambda node: cast(arguments(node, 1, 1)[0], "JSON"),
    "regexp_substr": regexp_substr,
    "regexp_replace": regexp_replace,
    "regexp_count": regexp_count,
    "regexp_instr": regexp_instr,
    "strtol": strtol,
    "datediff": datediff,
    "date_diff": datediff,
    "to_char": formatted,
    "to_date": to_date,
    "to_timestamp": to_timestamp,
    "convert_timezone": convert_timezone,
    "add_months": own("add_months", 2, 2),
    "months_between": own("months_between", 2, 2),
    "next_day": own("next_day", 2, 2),
    "last_day": lambda node: plain("last_day", cast(arguments(node, 1, 1)[0], "TIMESTAMP")),
    "substr": own("substring_from", 2, 3, number(2_147_483_647)),
    "initcap": own("initcap", 1, 1),
    "sha2": sha2,
    "sha1": renamed("sha1", 1, 1),
    "sha": renamed("sha1", 1, 1),
    "func_sha1": renamed("sha1", 1, 1),
    "nvl2": nvl2,
    "isnull": renamed("coalesce", 2, 2),
    "lpad": own("left_padded", 2, 3, text(" ")),
    "rpad": own("right_padded", 2, 3, text(" ")),
    "log": renamed("log10", 1, 1),
    "dlog10": renamed("log10", 1, 1),
    "dlog1": renamed("ln", 1, 1),
    "dexp": renamed("exp", 1, 1),
    "len": own("characters", 1, 1),
    "length": own("characters", 1, 1),
    "textlen": own("characters", 1, 1),
    "octet_length": own("bytes", 1, 1),
    "median": renamed("median", 1, 1),
    "chr": renamed("chr", 1, 1),
    "translate": renamed("translate", 3, 3),
    "ratio_to_report": ratio_to_report,
    "pg_last_copy_count": variable("last_copy_count", "BIGINT"),
    "pg_last_copy_id": variable("last_copy_id", "INTEGER"),
    "pg_last_query_id": variable("last_query_id", "INTEGER"),
    "pg_backend_pid": variable("backend_pid", "INTEGER"),
    "version": variable("version", "VARCHAR"),
    "pg_get_expr": own("pg_get_expr", 2, 2),
    "format_type": own("format_type", 2, 2),
    "current_schemas": own("current_schemas", 1, 1),
    "to_number": no_such,
    "date_cmp": own("compared", 2, 2),
    "timestamp_cmp": own("compared", 2, 2),
}
