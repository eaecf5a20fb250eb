"""Strict YAML: no implicit type changes, no duplicate keys, a limit on nesting.

YAML 1.1, which PyYAML reads, takes ``12:30`` for 750, ``0123`` for 83, ``off`` for false and ``2026-10-01`` for a date,
and of two equal keys the last. Here a plain scalar is a number, ``true``, ``false``, ``null`` or a text; that is the
core of YAML 1.2 (https://yaml.org/spec/1.2.2/, 10.3).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from .errors import UsageError, visible
from .files import Unreadable, read_regular

__all__ = ["MAX_BYTES", "read_yaml"]

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 40
_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalars of YAML 1.2, unique keys and a limit of depth."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's own form
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, f"nested more than {MAX_DEPTH} deep", None)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                line = key.start_mark.line + 1
                raise yaml.constructor.ConstructorError(None, None, f"'{key.value}' stands twice (line {line})", None)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


for _name, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), list(_first))


def read_yaml(path: Path, *, what: str = "", texts: Collection[str] = (), limit: int = MAX_BYTES) -> Any:
    """The one document of a YAML (or JSON) file.

    Args:
        path: a regular file.
        what: what the file is called in messages; its path by default.
        limit: bytes; a larger file is not read.
        texts: keys at the top whose value is a text however it looks, such as ``run_id: 0123``.

    Raises:
        UsageError: the file cannot be read, is too large, or is not YAML in this sense.
    """
    name = what or str(path)
    try:
        text = read_regular(path, limit).decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{name} cannot be read: there is no such file", hint="Check the path") from None
    except Unreadable as why:
        raise UsageError(f"{name} cannot be read: {why}", expected="a YAML file") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not YAML: byte {error.start} is not UTF-8", hint="Save it as UTF-8") from None
    loader = _Loader("")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        _as_texts(node, texts)
        return None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{name} is not YAML: {_reason(error)}", hint="Correct the file") from None
    finally:
        loader.dispose()


def _as_texts(node: yaml.Node | None, keys: Collection[str]) -> None:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value in keys and isinstance(value, yaml.ScalarNode) and value.tag != _TAG + "null":
            value.tag = _TAG + "str"


def _reason(error: Exception) -> str:
    """The parser's own sentence on one line, with the line of the file."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        mark = error.problem_mark
        return visible(error.problem + (f" (line {mark.line + 1})" if mark else ""))
    return visible((str(error).splitlines() or [type(error).__name__])[0])
