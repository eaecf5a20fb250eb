"""Strict YAML: no implicit type changes, no duplicate keys, a limit on nesting.

YAML 1.1, which PyYAML reads, takes ``12:30`` for 750, ``0123`` for 83, ``off`` for false and ``2026-10-01`` for a date,
and of two equal keys the last. Here a plain scalar is a number, ``true``, ``false``, ``null`` or a text; that is the
core of YAML 1.2 (https://yaml.org/spec/1.2.2/, 10.3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from .errors import UsageError, visible
from .files import Unreadable, read_regular

__all__ = ["MAX_BYTES", "Lines", "read_yaml", "read_yaml_and_lines"]

Lines = dict[tuple[Any, ...], int]
"""The line, counted from 1, on which each value of a file is named, by its path of keys and places in lists."""

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


for _name, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), list(_first))

# Of explicit tags those of the core schema alone: what `!!set` or `!!binary` makes is no list and no text.
_Loader.yaml_constructors = {
    tag: make
    for tag, make in _Loader.yaml_constructors.items()
    if tag is None or tag.removeprefix(_TAG) in ("null", "bool", "int", "float", "str", "seq", "map")
}


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
    return read_yaml_and_lines(path, what=what, texts=texts, limit=limit)[0]


def read_yaml_and_lines(
    path: Path, *, what: str = "", texts: Collection[str] = (), limit: int = MAX_BYTES
) -> tuple[Any, Lines]:
    """What ``read_yaml`` gives, and where each value stands: for messages about a file that a person writes."""
    name = what or str(path)
    try:
        text = read_regular(path, limit).decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{name} cannot be read: there is no such file", hint="Check the path") from None
    except Unreadable as why:
        raise UsageError(f"{name} cannot be read: {why}", expected="a YAML file") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not YAML: byte {error.start} is not UTF-8", hint="Save it as UTF-8") from None
    loader, lines = _Loader(""), Lines()
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        _as_texts(node, texts)
        twice = list(_located(node, (), lines, set()))
        if twice:
            raise UsageError(f"{name} is not YAML: {'; '.join(twice)}", hint="Keep one of each")
        return (None if node is None else loader.construct_document(node)), lines
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{name} is not YAML: {_reason(error)}", hint="Correct the file") from None
    finally:
        loader.dispose()


def _located(node: yaml.Node | None, path: tuple[Any, ...], lines: Lines, met: set[int]) -> Iterator[str]:
    """Note where values stand; yield each key that stands twice. What an alias repeats is looked at once."""
    if node is None or id(node) in met:
        return
    met.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            lines[*path, place] = item.start_mark.line + 1
            yield from _located(item, (*path, place), lines, met)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield f"'{key.value}' stands twice (line {line})"
                seen.add(key.value)
                lines[*path, key.value] = line
            yield from _located(value, (*path, key.value), lines, met) if isinstance(key, yaml.ScalarNode) else ()


def _as_texts(node: yaml.Node | None, keys: Collection[str]) -> None:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value in keys and isinstance(value, yaml.ScalarNode) and value.tag != _TAG + "null":
            value.tag = _TAG + "str"


#: PyYAML's sentences, by their beginnings, in the words of those who write YAML.
_WORDS = (
    (r"found character '\\t'", "a tab, where YAML takes spaces only"),
    (r"found character '(.)' that cannot", r"a text cannot begin with \1: put it in quotation marks"),
    (r"mapping values are not allowed",
     "a ':' where none can be: mind the indentation, or put the text in quotation marks"),
    (r"expected <block end>, but found", "the indentation of this line fits none above it"),
    (r"could not find expected ':'", "a name without ':' behind it"),
    (r"found unexpected end of stream", "a quotation mark is not closed"),
    (r"expected ',' or '([\]}])', but got", r"a list or section in brackets lacks its ',' or '\1'"),
    (r"found undefined alias '(.*)'",
     r"*\1 refers to an anchor &\1 that is not there: a text that begins with * needs quotation marks"),
    (r"expected alphabetic or numeric character", "a text that begins with * or & needs quotation marks"),
    (r"(but )?found another document", "a second document begins here: one file holds one"),
    (r"could not determine a constructor for the tag '(?:tag:yaml.org,2002:|!)?(.*)'",
     r"a tag, !\1: a text that begins with ! needs quotation marks"),
    (r"found unhashable key",
     "a list or a section stands for a name: a text that begins with { or [ needs quotation marks"),
    (r"found duplicate anchor '(.*)'", r"the anchor &\1 stands twice"),
)  # fmt: skip
#: Those that are said where the end of the file was met: where it began says more.
_BEGAN = ("found unexpected end of stream", "expected ',' or")


def _reason(error: Exception) -> str:
    """What is wrong on which line, in a YAML author's words; else the parser's own sentence on one line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        began = error.problem.startswith(_BEGAN) and error.context_mark
        mark = began or error.problem_mark
        for pattern, words in _WORDS:
            if found := re.match(pattern, error.problem):
                message = found.expand(words)
                break
        else:
            message = error.problem
        return visible(message + (f" (line {mark.line + 1})" if mark else ""))
    return visible((str(error).splitlines() or [type(error).__name__])[0])
