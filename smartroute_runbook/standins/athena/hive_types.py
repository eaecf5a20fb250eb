"""Hive's types as Glue writes them: a field of a struct may be called anything, and no name is quoted."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlglot import exp
from sqlglot.dialects.hive import Hive

__all__ = ["hive_type"]

_FIELD = re.compile(r"(?<=[<,])\s*([^<>,:`]+?)\s*:")


@lru_cache(maxsize=1024)
def hive_type(text: str) -> exp.DataType:
    """The type; without quotes ``select`` or ``a-b`` would end the list of fields, and no error say so."""
    return exp.DataType.build(_FIELD.sub(_named, text), dialect="hive")


def _named(field: re.Match[str]) -> str:
    name = field[1]
    plain = re.fullmatch(r"[A-Za-z_]\w*", name) and name.upper() not in Hive.Tokenizer.KEYWORDS
    return f"{name}:" if plain else f"`{name}`:"
