"""Tables and times of the auditor's pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

__all__ = ["moment", "rows_of", "table"]


def table(columns: Sequence[str], cells: Sequence[Sequence[str]], rows: Sequence[str] = ()) -> str:
    """A table; the columns' names are text, the cells HTML; ``rows`` are classes of rows, empty for none."""
    if not cells:
        return "<p>None.</p>"
    cells_of_head = (f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in columns)
    head = f"<thead><tr>{''.join(cells_of_head)}</tr></thead>" if any(columns) else ""
    classes = [f' class="{name}"' if name else "" for name in rows] or [""] * len(cells)
    body = "".join(
        f"<tr{kind}>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
        for kind, row in zip(classes, cells, strict=True)
    )
    return f'<div class="output" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'


def rows_of(numbers: Sequence[int], attested: int) -> list[str]:
    """The classes of rows about journal entries: those that nobody attested are greyed."""
    return ["unattested" if n > attested else "" for n in numbers]


def moment(text: Any) -> str:
    """A moment of the journal, in UTC as it stands there."""
    return escape(str(text)[:19].replace("T", " ")) if text else "–"  # noqa: RUF001 - an empty cell
