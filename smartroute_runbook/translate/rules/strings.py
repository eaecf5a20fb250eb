"""Text: positions, parts, blanks and names of functions."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .trees import binary, call, cast, constant_integer, number, text, when, wrap

BLANKS = (9, 10, 11, 12, 13, 28, 29, 30, 31)


def _positive(node: exp.Expression) -> bool:
    """Whether a position is certainly 1 or more."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return node.is_int and int(node.name) > 0
    if isinstance(node, exp.Add):
        return (
            _natural(node.this) and _natural(node.expression) and (_positive(node.this) or _positive(node.expression))
        )
    return False


def _natural(node: exp.Expression) -> bool:
    node = node.unnest()
    return isinstance(node, (exp.StrPosition, exp.Length, exp.Count)) or _positive(node)


@rule(
    "concat",
    exp.Concat,
    exp.DPipe,
    why="CONCAT takes two values on Redshift; || joins any number, and NULL makes the whole NULL on both",
    source=AWS + "r_concat_op.html",
)
def _concat(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.DPipe):
        return exp.DPipe(this=lower(node.this), expression=lower(node.expression))
    parts = [wrap(part) for part in lower.all(node.expressions)]
    joined = parts[0]
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part)
    return exp.Paren(this=joined)


@rule(
    "substring",
    exp.Substring,
    why="a position of 0 or below counts from the end on Athena, from before the start on Redshift",
    source=AWS + "r_SUBSTRING.html",
)
def _substring(node: exp.Substring, lower: Lowering) -> exp.Expression | None:
    start, length = node.args.get("start"), node.args.get("length")
    place, size = constant_integer(start), constant_integer(length)
    if start is None:
        raise Refusal("substring", f"{athena(node)} says no place to begin at", "SUBSTR(text, place, length)")
    if size is not None and size < 0:
        raise Refusal("substring", f"{athena(node)} has no plain form", "use a positive length")
    if length is not None and size is None and not type_of(length).integer:
        raise Refusal("substring", f"the length in {athena(node)} is of no known type", "cast it to bigint")
    subject, rest = lower(node.this), [lower(length)] if length is not None else []
    if length is not None and size is None and not _natural(length):  # a negative length is none on Athena
        below = exp.LT(this=wrap(rest[0]), expression=number(0))
        rest = [when((below, number(0)), default=rest[0].copy())]
    if place == 0 and (length is None or size is not None):  # always empty on Athena
        return when((exp.Not(this=exp.Is(this=wrap(subject), expression=exp.Null())), text("")))
    if _positive(start):
        return call("SUBSTRING", subject, lower(start), *rest)
    if place is not None:
        tail = call("RIGHT", subject.copy(), -place)
        short = exp.LT(this=call("LEN", subject), expression=number(-place))
        return when((short, text("")), default=call("LEFT", tail, *rest) if rest else tail)
    position = lower(start)
    ahead = exp.GT(this=wrap(position), expression=number(0))
    length_ = call("LEN", subject.copy())
    from_end = exp.Add(this=exp.Add(this=length_, expression=wrap(position.copy())), expression=number(1))
    nothing = exp.Or(
        this=exp.EQ(this=wrap(position.copy()), expression=number(0)),
        expression=exp.LT(this=from_end.copy(), expression=number(1)),
    )
    return when(
        (ahead, call("SUBSTRING", subject, position.copy(), *rest)),
        (nothing, text("")),
        default=call("SUBSTRING", subject.copy(), from_end, *[part.copy() for part in rest]),
    )


@rule(
    "strpos",
    exp.StrPosition,
    why="an empty text is found at 1 on Athena",
    source=AWS + "r_STRPOS.html",
)
def strpos(node: exp.StrPosition, lower: Lowering) -> exp.Expression | None:
    wanted = node.args["substr"]
    if node.args.get("occurrence") is not None or node.args.get("position") is not None:
        raise Refusal("strpos", f"{athena(node)}: the n-th occurrence", "use regexp_position, or split_part")
    found = call("STRPOS", lower(node.this), lower(wanted))
    if wanted.is_string and wanted.name:
        return found
    empty = exp.EQ(this=call("LEN", lower(wanted)), expression=number(0))
    known = exp.Not(this=exp.Is(this=wrap(lower(node.this)), expression=exp.Null()))
    return when((exp.And(this=empty, expression=known), number(1)), default=found)


@rule(
    "starts-with",
    exp.StartsWith,
    why="Redshift has no STARTS_WITH; as a LIKE pattern, % and _ in the text would match anything",
    source=AWS + "r_STRPOS.html",
)
def _starts_with(node: exp.StartsWith, lower: Lowering) -> exp.Expression | None:
    found = strpos(exp.StrPosition(this=node.this.copy(), substr=node.expression.copy()), lower)
    return exp.Paren(this=exp.EQ(this=found, expression=number(1)))


def _occurrences(subject: exp.Expression, delimiter: str) -> exp.Expression:
    """How many parts a text has: LEN(s) - LEN(REPLACE(s, d, '')) over the delimiter's length, plus one."""
    kept = call("LEN", call("REPLACE", subject.copy(), delimiter, ""))
    gone = exp.Paren(this=exp.Sub(this=call("LEN", subject.copy()), expression=kept))
    count = gone if len(delimiter) == 1 else binary(exp.Div, gone, number(len(delimiter)))
    return exp.Add(this=count, expression=number(1))


@rule(
    "split-part",
    exp.SplitPart,
    exp.Bracket,
    why="past the last part Athena gives NULL, Redshift an empty text",
    source=AWS + "SPLIT_PART.html",
)
def _split_part(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Bracket):
        if not isinstance(node.this, exp.Split) or len(node.expressions) != 1:
            return None
        subject, delimiter = node.this.this, node.this.expression
        place = constant_integer(node.expressions[0])
        index = None if place is None else place + (1 if not node.args.get("offset") else 0)
    else:
        subject, delimiter, place = node.this, node.args.get("delimiter"), node.args.get("part_index")
        if delimiter is None or place is None:
            raise Refusal("split-part", f"{athena(node)} has not three arguments", "text, delimiter and place")
        index = constant_integer(place)
    if not delimiter.is_string or not delimiter.name:
        raise Refusal("split-part", f"the delimiter of {athena(node)} is not constant", "write it as text")
    if index is not None and index < 0 and node.args.get("safe"):  # element_at from the end
        parts = _occurrences(lower(subject), delimiter.name)
        if index == -1:
            return call("SPLIT_PART", lower(subject), delimiter.name, parts)
        place = exp.Add(this=parts, expression=number(index + 1))
        enough = exp.GTE(this=parts.copy(), expression=number(-index))
        return when((enough, call("SPLIT_PART", lower(subject), delimiter.name, place)))
    if index is None and isinstance(node, exp.SplitPart) and type_of(node.args["part_index"]).integer:
        place = cast(lower(node.args["part_index"]), "integer")
        enough = exp.GTE(this=_occurrences(lower(subject), delimiter.name), expression=place)
        return when((enough, call("SPLIT_PART", lower(subject), delimiter.name, place.copy())))
    if index is None or index < 1:
        raise Refusal("split-part", f"the place in {athena(node)} is not constant, or 0", "write a place from 1 on")
    made = call("SPLIT_PART", lower(subject), delimiter.name, index)
    if index == 1:
        return made
    enough = exp.GTE(this=_occurrences(lower(subject), delimiter.name), expression=number(index))
    return when((enough, made))


@rule(
    "split-count",
    exp.ArraySize,
    why="Redshift has no CARDINALITY; the parts of a text are counted by its delimiters",
    source=AWS + "r_REPLACE.html",
)
def _split_count(node: exp.ArraySize, lower: Lowering) -> exp.Expression | None:
    inner = node.this
    if not isinstance(inner, exp.Split) or not inner.expression.is_string or not inner.expression.name:
        return None
    return exp.Paren(this=_occurrences(lower(inner.this), inner.expression.name))


@rule(
    "trim",
    exp.Trim,
    why="Athena's TRIM takes off every kind of white space, Redshift's only blanks",
    source=AWS + "r_BTRIM.html",
)
def _trim(node: exp.Trim, lower: Lowering) -> exp.Expression | None:
    place, characters = node.text("position").upper(), node.expression
    name = {"": "BTRIM", "BOTH": "BTRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(place)
    if name is None:
        raise Refusal("trim", f"{athena(node)} has no counterpart", "BOTH, LEADING or TRAILING")
    if characters is not None:
        if not characters.is_string:
            raise Refusal("trim", f"the characters in {athena(node)} are not constant", "write them out")
        return call(name, lower(node.this), characters.name)
    hint = "name the characters: TRIM(BOTH ' ' FROM text)"
    lower.note("trim", "white space beyond ASCII, such as U+3000, is taken off on Athena only", hint)
    blanks: exp.Expression = text(" ")
    for code in BLANKS:
        blanks = exp.DPipe(this=blanks, expression=call("CHR", code))
    return call(name, lower(node.this), blanks)


@rule(
    "replace",
    exp.Replace,
    why="REPLACE takes three arguments on Redshift, and an empty search text means something else",
    source=AWS + "r_REPLACE.html",
)
def _replace(node: exp.Replace, lower: Lowering) -> exp.Expression | None:
    wanted, new = node.expression, node.args.get("replacement")
    if not wanted.is_string or not wanted.name:
        raise Refusal("replace", f"the text searched by {athena(node)} may be empty", "write it out")
    return call("REPLACE", lower(node.this), lower(wanted), lower(new) if new is not None else text(""))


@rule(
    "pad",
    exp.Pad,
    why="the length and the filling must be known to mean the same",
    source=AWS + "r_LPAD.html",
)
def _pad(node: exp.Pad, lower: Lowering) -> exp.Expression | None:
    filling, size = node.args.get("fill_pattern"), constant_integer(node.expression)
    if filling is None or not filling.is_string or not filling.name or size is None or size < 0:
        raise Refusal("pad", f"{athena(node)}: length and filling must be constant", "write them out")
    return call("LPAD" if node.args.get("is_left") else "RPAD", lower(node.this), size, filling.name)
