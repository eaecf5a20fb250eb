"""Texts as codes: characters by number, digests, numbers of another base."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .trees import call, cast, constant_integer, text

ASCII_END, SURROGATES = 128, 0xD800
DIGESTS = {exp.MD5Digest: "MD5", exp.SHA: "SHA1", exp.SHA1Digest: "SHA1"}


@rule(
    "character",
    exp.Chr,
    exp.Anonymous,
    why="the function is ASCII on Redshift; it gives the code point too",
    source=AWS + "r_ASCII.html",
)
def _character(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Chr):
        code = constant_integer(node.expressions[0]) if len(node.expressions) == 1 else None
        if code is not None and ASCII_END <= code < SURROGATES:
            lower.taken(node.expressions[0])
            return text(chr(code))  # CHR is documented for ASCII
        if code is None or not 0 < code < ASCII_END:
            lower.note("character", "CHR beyond 127 is documented for Athena only", "write the letters themselves")
        made = lower.all(node.expressions)
        wide = code is None and len(made) == 1 and type_of(node.expressions[0]).name == "bigint"
        return call("CHR", cast(made[0], "integer") if wide else made[0], *made[1:])
    return call("ASCII", lower(node.expressions[0])) if node.name.lower() == "codepoint" else None


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
