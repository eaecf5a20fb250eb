"""Styles of a page's tags, written once: a table of a thousand cells says how a cell looks a thousand times."""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["written_once"]

_TAG = re.compile(
    r'<(?P<tag>[a-z]\w*)(?P<before>(?:\s[\w-]+="[^"<>]*")*)\sstyle="(?P<style>[^"<>]*)"(?P<after>[^<>]*)>'
)
_CLASS = re.compile(r'\sclass="([^"]*)"')
_STAY = ("color", "opacity", "text-align")
"""What the page's own sheet looks for in a tag: colours in the dark, figures on paper."""
_SHORT, _SELDOM = 30, 3


def written_once(html: str) -> tuple[str, str]:
    """A page with its repeated styles as classes, and the sheet of these.

    Args:
        html: of a page's body, as it was cleaned: attributes stand between double quotes.
    """
    counts = Counter(_parts(match["style"])[0] for match in _TAG.finditer(html))
    often = [style for style, count in counts.items() if count >= _SELDOM and len(style) >= _SHORT]
    names = {style: f"y{number}" for number, style in enumerate(often)}

    def tag(match: re.Match[str]) -> str:
        moved, stays = _parts(match["style"])
        if moved not in names:
            return match[0]
        others = match["before"] + match["after"]
        classes = _CLASS.search(others)
        words = f"{classes[1]} {names[moved]}" if classes else names[moved]
        style = f' style="{stays}"' if stays else ""
        return f'<{match["tag"]}{_CLASS.sub("", others, count=1)} class="{words}"{style}>'

    # As strong as in the tag itself: stronger than whatever the page's sheet says of a cell.
    sheet = "".join(f"{f'.{name}' * 5}{{{style}}}\n" for style, name in names.items())
    return _TAG.sub(tag, html), sheet


def _parts(style: str) -> tuple[str, str]:
    """The declarations that may move, and those that stay."""
    declarations = [one.strip() for one in style.split(";") if one.strip()]
    stays = [one for one in declarations if one.partition(":")[0].strip() in _STAY]
    return "; ".join(one for one in declarations if one not in stays), "; ".join(stays) + ";" if stays else ""
