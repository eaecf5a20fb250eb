"""Texts that would mislead or break out if anything read them as more than texts, all harmless; and what is looked for.

A case is one text at one entrance: a view, a message, a name, a journal's body, a run id, a file's name, a parameter.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

#: What terminals, pages, shells, SQL, YAML, paths, rich, TeX and Plotly each read as more than a text.
PIECES = (
    "\x1b[2J", "\x1b[1A\x1b[2K", "\x1b]0;MARK\x1b\\", "\x9b8m", "\x07", "\x08\x08", "\r", "\x00", "\x7f", "\u202e",
    "\u2066", "\u200b", "\u2028", "\ufeff", "\ud800", "<img src=x>", "<script>MARK</script>", "</td></table>",
    "<!--", "-->", "<b>", "&lt;b&gt;", "&amp;", "\"'>", "javascript:MARK", "'", '"', "`", "$(MARK)", ";", "--", "/*",
    "\\", "\\'", "%", "%s", "{}", "{0}", "..", "/", "../", "~", "*", "**x**", "\\**x**", "[red]", "[/bold]", ":bus:",
    ":secret:", "\\(c\\)", "\\[y\\]", "$a$", "\\begin{x}", "<br>", "off", "12:30", "0123", ".inf", "&a", "*a", "!!x",
    "- ", ": ", "{", "[", "#", "|", "\n", "\t", "é", "漢字", "🚌", "\u0301", " ", "A", "b", "0", "_",
)  # fmt: skip


def text(source: random.Random, pieces: int = 6) -> str:
    """One text."""
    return "".join(
        source.choice(PIECES) if source.random() < 0.8 else chr(source.randrange(0x2FFF))
        for _ in range(source.randint(1, pieces))
    )


def controls(shown: str) -> set[str]:
    """Characters that a terminal or a reader would obey, lines and tabs aside."""
    return {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n", "\t"}


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Tags with the names of their attributes; a link that leads to a script is an element of its own."""
        self.found[" ".join([tag, *sorted(name for name, _ in attrs)])] += 1
        for name, value in attrs:
            if name in ("href", "src") and re.match(r"\s*(javascript|data:text|vbscript):", value or "", re.IGNORECASE):
                self.found[f"{tag} to a script"] += 1

    def handle_comment(self, data: str) -> None:
        """A comment hides what follows."""
        self.found["comment"] += 1


def elements(page: str) -> Counter[str]:
    """The elements of a page, with the names of their attributes."""
    parser = _Elements()
    parser.feed(page)
    parser.close()
    return parser.found


#: Elements that no page of ours has.
FOREIGN = re.compile(r"(img src|script|comment|iframe|object|.* on\w+|.* to a script)")


def foreign(page: str) -> list[str]:
    """Elements of a page that only a text of others can have put there."""
    return [name for name in elements(page) if FOREIGN.fullmatch(name)]
