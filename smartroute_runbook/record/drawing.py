"""A drawing in an output, as the record's page may hold it: shapes and words, nothing that loads, links or runs."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

__all__ = ["drawing"]

_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = {"svg", "g", "rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "text", "tspan", "title"}
_ATTRIBUTES = {
    "aria-label", "class", "color", "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "font-family", "font-size",
    "font-style", "font-weight", "height", "opacity", "points", "r", "role", "rx", "ry", "stroke", "stroke-dasharray",
    "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor", "transform", "viewBox",
    "width", "x", "x1", "x2", "y", "y1", "y2",
}  # fmt: skip
# Numbers, colours, lists of points and names: no address, and no function but those of ``transform``.
_VALUE = re.compile(r"^(?!.*(?:url|var|expression)\s*\()[^<>{}\\@:;]*$", re.DOTALL | re.IGNORECASE)
_WORDS = {"aria-label"}  # text: it may hold any sign
_LIMIT = 500_000  # characters; a page is for reading


def drawing(text: str, name: str = "chart") -> str | None:
    """An SVG with its shapes and words alone; None where the text is no SVG that can be shown.

    Args:
        text: the SVG of an output.
        name: its accessible name where it has none.
    """
    if len(text) > _LIMIT or "<!" in text:  # no document types: entities could grow without end
        return None
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except (ElementTree.ParseError, ValueError):
        return None
    if root.tag.removeprefix(_SVG) != "svg" or not _keep(root):
        return None
    root.set("role", "img")
    root.attrib.setdefault("aria-label", name)
    html: str = ElementTree.tostring(root, encoding="unicode")
    return html


def _keep(element: Any, depth: int = 0) -> bool:
    """Take out of an element all that is not listed; whether it may stay itself."""
    element.tag = str(element.tag).removeprefix(_SVG)
    if element.tag not in _SHAPES or depth > 20:
        return False
    for name, value in list(element.attrib.items()):
        if name not in _ATTRIBUTES or not (name in _WORDS or _VALUE.match(value)):
            del element.attrib[name]
    for child in list(element):
        if not _keep(child, depth + 1):
            element.remove(child)
    return True
