"""Values and their changes as lines that a person reads: one setting a line, nothing cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from smartroute_runbook.canonical import plain
from smartroute_runbook.quantities import plural

__all__ = ["changed_lines", "value_lines"]

_STEP = "  "
_AROUND = 2
"""Lines that stay the same are kept this far around those that change."""


def value_lines(value: Any) -> list[str]:
    """A value as lines: names and values, nested by two blanks; a text with line breaks keeps them."""
    value = plain(value)
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [line for name, inner in value.items() for line in _named(f"{name}:", inner)]
    if isinstance(value, list):
        return [line for inner in value for line in _named("-", inner)] or ["none"]
    return str(_scalar(value)).split("\n")


def _named(name: str, value: Any) -> list[str]:
    if not isinstance(value, (Mapping, list)) or not value:
        first, *rest = value_lines(value) or ["none"]
        if not rest:
            return [f"{name} {first}"]
        return [name, *(_STEP + line for line in (first, *rest))]
    inner = value_lines(value)
    if name == "-":  # an item's first line stands beside its dash
        return [f"- {inner[0]}", *(_STEP + line for line in inner[1:])]
    return [name, *(_STEP + line for line in inner)]


def _scalar(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def changed_lines(before: Any, after: Any) -> list[str]:
    """A change as a diff: ``+`` comes, ``-`` goes, ``~`` becomes, a blank stays; what stays is counted."""
    old, new = value_lines(before), value_lines(after)
    if not old or not new:
        return [f"+ {line}" for line in new] or [f"- {line}" for line in old]
    out: list[str] = []
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (kind, a, b, c, d) in enumerate(blocks):
        if kind == "equal":
            out += _same(old[a:b], first=number == 0, last=number == len(blocks) - 1)
        elif kind == "replace" and b - a == d - c and all(map(_one_setting, old[a:b], new[c:d])):
            out += [_becomes(was, is_now) for was, is_now in zip(old[a:b], new[c:d], strict=True)]
        else:
            out += [f"- {line}" for line in old[a:b]] + [f"+ {line}" for line in new[c:d]]
    return out


def _same(lines: Sequence[str], *, first: bool, last: bool) -> list[str]:
    before, behind = 0 if first else _AROUND, 0 if last else _AROUND
    left = len(lines) - before - behind
    if left <= 1:
        return [f"  {line}" for line in lines]
    head, tail = lines[:before], lines[len(lines) - behind :]
    return [
        *(f"  {line}" for line in head),
        f"  ({plural(left, 'line is as it was', 'lines are as they were')})",
        *(f"  {line}" for line in tail),
    ]


def _one_setting(was: str, is_now: str) -> bool:
    name, sign, _ = was.partition(": ")
    return bool(sign) and is_now.startswith(f"{name}: ")


def _becomes(was: str, is_now: str) -> str:
    name, _, old = was.partition(": ")
    return f"~ {name}: {old} -> {is_now.removeprefix(f'{name}: ')}"
