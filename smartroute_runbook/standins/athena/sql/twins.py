"""The macros' twins: what TRY_CAST and TRY make of errors that the strict ones raise."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["NAMES", "caught_twins", "lenient_twins", "strict_macros"]

_STRICT = Path(__file__).with_name("macros.sql").read_text("utf-8")
NAMES = frozenset(re.findall(r"CREATE MACRO trino_(\w+)", _STRICT))
"""Names of the macros, without ``trino_``."""
_MINE = re.compile(rf"\btrino_({'|'.join(sorted(NAMES, key=len, reverse=True))})\b")
_ARGUMENTS_OR_ERROR = re.compile(r"\((?P<parameters>[a-z_]\w*(?:, [a-z_]\w*)*)\) AS\b|\berror\(")
_RAISE = "CREATE MACRO caught_error(words) AS CASE WHEN CAST(words AS INTEGER) IS NULL THEN NULL ELSE NULL END;\n"


def strict_macros() -> str:
    """Trino's functions, which fail as Trino's do."""
    return _STRICT


def lenient_twins() -> str:
    """NULL where the strict ones fail, for the one value that TRY_CAST casts."""
    twins = _STRICT.replace("trino_", "lenient_").replace("error(", "lenient_null(")
    return "CREATE MACRO lenient_null(words) AS NULL;\n" + re.sub(r"\bCAST\(", "TRY_CAST(", twins)


def caught_twins() -> str:
    """Those that fail within DuckDB's TRY, which refuses ``error()`` as volatile: a cast that fails is not.

    An error that depends on no row would be computed before there are any, so each is made to depend on all arguments.
    """
    found: list[str] = []

    def raising(part: re.Match[str]) -> str:
        if part["parameters"]:
            found[:] = [name.strip() for name in part["parameters"].split(",")]
            return part[0]
        texts = ", ".join(f"CAST({name} AS VARCHAR)" for name in found)
        return f"caught_error(left(concat({texts}), 0) || "

    return _RAISE + _ARGUMENTS_OR_ERROR.sub(raising, _MINE.sub(r"caught_\1", _STRICT))
