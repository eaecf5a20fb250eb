"""Redshift's functions of texts: JSON, regular expressions, digests."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import Build, arguments, cast, macro, number, own, plain, renamed, spelled, text
from .rules_text import part_of_text
from .types import of

__all__ = ["TEXT_FUNCTIONS"]


def concat(node: exp.Expression) -> exp.Expression:
    """CONCAT with a NULL is NULL; of two VARBYTEs it is one (r_CONCAT)."""
    if all((kind := of(each)) is not None and kind.base == "binary varying" for each in node.expressions):
        left, right = arguments(node, 2, 2)
        return exp.Paren(this=exp.DPipe(this=left, expression=right))
    left, right = (cast(spelled(each), "VARCHAR") for each in arguments(node, 2, 2))
    return exp.Paren(this=exp.DPipe(this=left, expression=right))


def length(name: str) -> Build:
    """LEN and OCTET_LENGTH; of a VARBYTE both count its bytes (r_LEN)."""

    def build(node: exp.Expression) -> exp.Expression:
        (value,) = arguments(node, 1, 1)
        if (kind := of(node.expressions[0])) is not None and kind.base == "binary varying":
            return cast(plain("octet_length", value), "INTEGER")
        return macro(name, value)

    return build


def substr(node: exp.Expression) -> exp.Expression:
    """SUBSTR is SUBSTRING (r_SUBSTRING)."""
    given = arguments(node, 2, 3)
    size = given[2] if len(given) > 2 else None
    made = exp.Substring(this=given[0], start=given[1], length=size)
    made.this.meta["rs"] = of(node.expressions[0])
    return part_of_text(made)


def json_path(node: exp.Expression) -> exp.Expression:
    """JSON_EXTRACT_PATH_TEXT(json, key, ... [, null_if_invalid]); NULL for what is not there."""
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
    """REGEXP_INSTR(s, pattern [, 1, 1, 0 [, parameters]]): where the first match begins; 0 without one."""
    given = arguments(node, 2, 6)
    options = _options(given, 5)
    if any(part.sql() != first for part, first in zip(given[2:5], ("1", "1", "0"), strict=False)):
        raise SqlError("0A000", "not rehearsable: REGEXP_INSTR of other than the first match's beginning")
    return macro("re_instr", given[0], _pattern(given[1], options))


def _options(given: list[exp.Expression], index: int) -> str:
    if len(given) <= index:
        return ""
    if not isinstance(given[index], exp.Literal):
        raise SqlError("0A000", "not rehearsable: regular expression parameters that are no constant")
    return str(given[index].name)


def _pattern(pattern: exp.Expression, options: str) -> exp.Expression:
    return exp.DPipe(this=text("(?i)"), expression=pattern) if "i" in options else pattern


def sha2(node: exp.Expression) -> exp.Expression:
    """SHA2(text, 256)."""
    value, bits = arguments(node, 2, 2)
    if bits.name not in {"0", "256"}:
        raise SqlError("0A000", "not rehearsable: SHA2 of other than 256 bits")
    return plain("sha256", value)


TEXT_FUNCTIONS: dict[str, Build] = {
    "concat": concat,
    "substr": substr,
    "initcap": own("initcap", 1, 1),
    "lpad": own("left_padded", 2, 3, text(" ")),
    "rpad": own("right_padded", 2, 3, text(" ")),
    "len": length("characters"),
    "length": length("characters"),
    "textlen": length("characters"),
    "octet_length": length("bytes"),
    "chr": own("code_character", 1, 1),
    "replicate": renamed("repeat", 2, 2),
    "translate": renamed("translate", 3, 3),
    "strtol": own("strtol", 2, 2),
    "sha": renamed("sha1", 1, 1),
    "sha1": renamed("sha1", 1, 1),
    "sha2": sha2,
    "func_sha1": renamed("sha1", 1, 1),
    "regexp_substr": regexp_substr,
    "regexp_replace": regexp_replace,
    "regexp_count": regexp_count,
    "regexp_instr": regexp_instr,
    "json_extract_path_text": json_path,
    "json_extract_array_element_text": own("json_element", 2, 3, exp.false()),
    "json_array_length": own("json_count", 1, 2, exp.false()),
    "is_valid_json": own("is_json", 1, 1),
    "is_valid_json_array": own("is_json_array", 1, 1),
    "json_parse": own("parse_super", 1, 1),
    "json_serialize": lambda node: cast(plain("json", arguments(node, 1, 1)[0]), "VARCHAR"),
}
