"""Texts as codes: characters by number, digests, numbers of another base."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .inner_texts import is_inner_column
from .trees import call, cast, constant_integer, number, text, when, wrap

BLANK, DELETE, SURROGATES = 32, 127, 0xD800
DIGESTS = {exp.MD5Digest: "MD5", exp.SHA: "SHA1", exp.SHA1Digest: "SHA1"}


@rule(
    "character",
    exp.Chr,
    exp.Anonymous,
    why="CHR is a CHAR on Redshift, whose blank is none once it is a text, and NULL beyond ASCII; ASCII gives the code",
    source=AWS + "r_CHR.html",
)
def _character(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if not isinstance(node, exp.Chr):
        return call("ASCII", lower(node.expressions[0])) if node.name.lower() == "codepoint" else None
    if len(node.expressions) != 1:
        return None
    code = constant_integer(node.expressions[0])
    if code is not None and BLANK <= code < SURROGATES and code != DELETE:
        lower.taken(node.expressions[0])
        letter = text(chr(code))
        return cast(letter, "varchar") if is_inner_column(node) else letter
    made = lower(node.expressions[0])
    if code is not None and 0 < code <= DELETE:
        return cast(call("CHR", made), "varchar")
    if code is not None:
        raise Refusal("character", f"{athena(node)} is NULL on Redshift", "write the letter itself")
    lower.note("character", "CHR of 0 and of codes beyond 127 is NULL on Redshift", "write the letters themselves")
    made = cast(made, "integer") if type_of(node.expressions[0]).name == "bigint" else made
    blank = exp.EQ(this=wrap(made), expression=number(BLANK))
    return when((blank, text(" ")), default=cast(call("CHR", made.copy()), "varchar"))


@rule(
    "digest",
    exp.Hex,
    exp.LowerHex,
    why="Redshift's digests take text and give lower-case hexadecimal text, not bytes",
    source=AWS + "r_MD5.html",
)
def _digest(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    inner = node.this
    encoded = inner.this if isinstance(inner.this, exp.Encode) else None
    if encoded is None:
        raise Refusal("digest", f"{athena(node)} makes text of bytes", "use to_hex(md5(to_utf8(text)))")
    subject = lower(encoded.this)
    if type(inner) in DIGESTS:
        made = call(DIGESTS[type(inner)], subject)
    elif isinstance(inner, exp.SHA2Digest):
        made = call("SHA2", subject, int(inner.args["length"].name))
    else:
        raise Refusal("digest", f"{athena(node)} has no counterpart", "use md5, sha1, sha256 or sha512")
    return made if isinstance(node, exp.LowerHex) else exp.Upper(this=made)


@rule(
    "from-base",
    exp.FromBase,
    why="the function is STRTOL on Redshift",
    source=AWS + "r_STRTOL.html",
)
def _from_base(node: exp.FromBase, lower: Lowering) -> exp.Expression | None:
    return call("STRTOL", lower(node.this), lower(node.expression))
