"""Floats made of decimals that decide something: no tolerance of a result column covers another row or group.

Trino makes a float of a decimal in two steps, each of which rounds: the digits without their point, divided by a power
of ten. Where either is beyond what the float holds exactly the result may miss the nearest one, which Redshift gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlglot import exp

from .carried import sources_of, with_sources
from .compared import compared, kinds_compared
from .types import Type, type_of

__all__ = ["decided_by_floats", "float_that_misses"]

EXACT_DIGITS: Final = {"real": 7, "double": 15}  # that a float holds, whatever they are
COMPARING: Final = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In, exp.NullSafeEQ,
                    exp.NullSafeNEQ, exp.Nullif, exp.Case)  # fmt: skip
_MISSED: Final = "missed"  # where a node keeps what `float_that_misses` has answered
KEYS: Final = (exp.Group, exp.Distinct, exp.Window, exp.Order, exp.SetOperation, exp.Join)
CUTTING: Final = (exp.Floor, exp.Ceil, exp.Trunc, exp.Sign)


def decided_by_floats(tree: exp.Expression) -> exp.Expression | None:
    """The first node that compares a float which may miss the nearest one, has it as a key, or cuts it to a whole."""
    return next((node for node in tree.walk() if _decides(node) and _any_misses(node)), None)


def float_that_misses(node: exp.Expression) -> str:
    """The widest float in a node's making, sources included, that may miss the nearest one: 'real', 'double' or ''."""
    known = node.meta.get(_MISSED)
    if known is None:
        node.meta[_MISSED] = ""  # what asks for itself, as a recursive query may
        parts = [*node.iter_expressions(), *(sources_of(node) if isinstance(node, exp.Column) else ())]
        names = {float_that_misses(part) for part in parts}
        names |= {type_of(node).name} if _misses(node) else set()
        known = node.meta[_MISSED] = "real" if "real" in names else "double" if "double" in names else ""
    return str(known)


def _decides(node: exp.Expression) -> bool:
    whole = isinstance(node, exp.Cast) and type_of(node).integer
    return whole or isinstance(node, (*COMPARING, *KEYS, *CUTTING))


def _any_misses(node: exp.Expression) -> bool:
    parts = [part for part in compared(node) if part is not None]
    kinds = list(kinds_compared(node))
    parts += [each for kind in kinds for each in kind.sources]
    beside = [type_of(part) for part in parts] if isinstance(node, COMPARING) else []
    return _missed(beside + kinds) or any(map(_misses, with_sources(parts)))


def _misses(node: exp.Expression) -> bool:
    """Whether a node makes a float of a decimal of more digits than it holds."""
    kind = type_of(node)
    return kind.floating and _missed([kind, *map(type_of, node.iter_expressions())])


def _missed(kinds: Iterable[Type]) -> bool:
    """Whether of values that meet one is a decimal that the others' type, a float, may miss."""
    known = list(kinds)
    names = {kind.name for kind in known}
    wanted = "double" if "double" in names else "real"
    digits = max((kind.precision for kind in known if kind.name == "decimal"), default=0)
    return wanted in names and digits > EXACT_DIGITS[wanted]
