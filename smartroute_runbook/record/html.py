"""An executed notebook as a page of the record: what was said, done and seen, in order, without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from smartroute_runbook.errors import visible
from smartroute_runbook.quantities import plural

from .drawing import drawing

__all__ = ["body_html", "title_of"]

_TAGS = [
    "a", "b", "blockquote", "br", "code", "dd", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr",
    "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "u", "ul",
]  # fmt: skip
_ATTRIBUTES = {"*": ["style", "title", "class", "role"], "a": ["href"], "img": ["alt", "src", "width", "height"],
               "td": ["colspan", "rowspan"], "th": ["colspan", "rowspan", "scope"]}  # fmt: skip
_STYLES = [
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-top",
    "color", "font-family", "font-size", "font-style", "font-variant-numeric", "font-weight", "line-height", "margin",
    "max-width", "min-width", "opacity", "overflow-wrap",
    "padding", "padding-left", "text-align", "vertical-align", "white-space", "width",
]  # fmt: skip
# A head without words is announced as one all the same.
_EMPTY_HEAD = re.compile(r"<th[^>]*>\s*</th>|<td role=\"columnheader\"[^>]*>(?:<b>)?\s*(?:</b>)?</td>")
# Bold, underlined, inverse and coloured: what prints in colours loses them here, and nothing else is taken away.
_CODE = r"0?[0147]|2[1247]|[34][0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3}|[34]8;2(?:;\d{1,3}){3}"
_COLOURS = re.compile(rf"\x1b\[(?:(?:{_CODE})(?:;(?:{_CODE}))*)?m")
_PAPERMILL = {"papermill-error-cell-tag", "papermill-error-cell"}


def title_of(notebook: Any, otherwise: str) -> str:
    """The first heading of a notebook."""
    for cell in notebook.cells:
        match = re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if match:
            return match[1].strip()
    return otherwise


def body_html(notebook: Any) -> str:
    """All cells: prose as prose, code folded away, outputs as they were seen."""
    blocks: list[str] = []
    titled = False
    for cell in notebook.cells:
        if _PAPERMILL & set(cell.metadata.get("tags", ())):
            continue  # papermill's own banners; the page's head says what failed
        if cell.cell_type == "markdown":
            source = cell.source
            if not titled:  # the first heading is the page's title
                source, found = re.subn(r"^#\s+.+$", "", source, count=1, flags=re.MULTILINE)
                titled = bool(found)
            blocks.append(_markdown(source))
        elif cell.cell_type == "code":
            blocks.extend(_code(cell))
    return "\n".join(blocks)


def _clean(html: str) -> str:
    """Keep the few tags and styles that cannot do anything; drop the rest, scripts with their content."""
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    html = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", html)
    sanitizer = SanitizeHTML(tags=_TAGS, attributes=_ATTRIBUTES, styles=_STYLES, strip=True)
    cleaned: str = sanitizer.sanitize_html_tags(html)
    cleaned = _EMPTY_HEAD.sub("<td></td>", cleaned)
    return re.sub(r'<img\b(?![^>]*\bsrc="data:image/)[^>]*>', "", cleaned)


def _markdown(source: str) -> str:
    from nbconvert.filters import markdown2html

    html: str = _clean(markdown2html(source))
    return re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", html)


def _code(cell: Any) -> Iterator[str]:
    state = cell.metadata.get("papermill", {})
    seconds = state.get("duration")
    took = f" · {seconds:.1f} s" if seconds else ""
    status = state.get("status", "")
    note = "" if status in ("completed", "") else f" · {status if status != 'pending' else 'not run'}"
    if cell.source.strip():
        summary = f"{escape(cell.get('id', 'code'))}{took}{note}"
        yield f"<details><summary>{summary}</summary>{_highlight(cell.source)}</details>"
    for output in cell.get("outputs", ()):
        shown = _output(output)
        if shown:
            reach = ' tabindex="0"' if re.search(r"<(?:table|svg|pre)\b", shown) else ""  # it may scroll sideways
            yield f'<div class="output"{reach}>{shown}</div>'


def _highlight(source: str) -> str:
    from nbconvert.filters import Highlight2HTML

    html: str = Highlight2HTML()(source, language="python")
    return html


def _output(output: Any) -> str:
    if output.output_type == "stream":
        return f"<pre>{_printed(output.text)}</pre>"
    if output.output_type == "error":
        ours = len(output.traceback) == 1
        text = output.traceback[0] if ours else "\n".join(output.traceback)
        return f'<pre class="error">{_printed(text)}</pre>'
    data = output.data
    if "image/svg+xml" in data:
        drawn = drawing("".join(data["image/svg+xml"]), _first_line(data))
        if drawn is not None:
            return drawn
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            words = escape(_first_line(data), quote=True)
            picture = "".join(data[kind]).replace("\n", "")
            return f'<img alt="{words}" src="data:{kind};base64,{picture}">'
    if "text/html" in data:
        return _clean(data["text/html"])
    if "text/markdown" in data:
        return _markdown(data["text/markdown"])
    return f"<pre>{_printed(data['text/plain'])}</pre>" if data.get("text/plain") else ""


def _printed(text: str) -> str:
    """What was printed, without colours; what would move a cursor or hide a word is seen as its escape."""
    return escape(visible(_COLOURS.sub("", _cut(text))))


def _first_line(data: Any) -> str:
    """What a picture shows, in a few words."""
    return str(data.get("text/plain") or "chart").partition("\n")[0]


def _cut(text: str, limit: int = 20_000) -> str:
    """Long output is cut on the page; the sealed notebook holds all of it."""
    if len(text) <= limit:
        return text
    return (
        f"{text[: limit // 2]}\n… {plural(len(text) - limit, 'character is', 'characters are')} in the notebook "
        f"…\n{text[-limit // 2 :]}"
    )
