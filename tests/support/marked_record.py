"""A record full of harmless markers: in its journal, its evidence and what its notebooks show. Nothing is executed."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.present.markup import view_html
from smartroute_runbook.present.text import plain_text
from smartroute_runbook.record.html import body_html
from smartroute_runbook.record.page import page
from smartroute_runbook.record.report import report
from smartroute_runbook.runs.journal import GENESIS
from smartroute_runbook.views import Note, Table, View

from .stories import honest, write

#: As rows of a lake, names of queries and messages of a service would hold them.
MARKERS = (
    "\x1b[1A\x1b[2K\x1b[32mequal\x1b[0m", "\x1b]0;MARK\x1b\\", "\x1b[8mhidden", "\x9b2J", "a\rb", "\u202etxt.lqs",
    "<img src=x onerror=MARK>", "<script>document.title='MARK'</script>", "</td></table><b>out</b>", "<!-- gone -->",
    "javascript:MARK", "arn:aws:secretsmanager:us-east-1:1:secret:redshift!x", "12:100:30", ":bus:", "[red]x[/red]",
    "\\**x**", "$a$ and $b$", "\\(c\\)", "\\begin{equation}x\\end{equation}", "it's \"quoted\"; -- %s {0}",
)  # fmt: skip


def marked_view() -> View:
    """What a week would show of such a lake."""
    rows = tuple((number, marker) for number, marker in enumerate(MARKERS, 1))
    return View(
        f"Audit of {MARKERS[0]}",
        (Table(("n", "headsign of <img src=x>"), rows, title=MARKERS[1], note=MARKERS[7]), Note(MARKERS[0], "warn")),
        "bad",
    )


def marked_record(folder: Path, key: Path) -> Path:
    """The folder of a run whose texts are markers, with its pages; ``week1.html`` shows the audit."""
    story = honest()
    story.keep("markers", {"rows": list(MARKERS), **{marker: [marker, 1] for marker in MARKERS}})
    where, count = write(story, folder, key), 0
    prev = GENESIS
    for file in sorted((where / "journal").iterdir()):
        entry = json.loads(file.read_bytes())
        body = dict(entry["body"])
        for name in ("note", "signer", "by", "gate_note", "operator"):
            if name in body:
                body[name], count = MARKERS[count % len(MARKERS)], count + 1
        entry |= {"body": body, "by": MARKERS[count % len(MARKERS)], "prev": prev}
        prev = entry["digest"] = digest({name: value for name, value in entry.items() if name != "digest"})
        file.write_bytes(canonical(entry))
    report(where)
    view = marked_view()
    data = {"text/html": view_html(view), "text/plain": plain_text(view)}
    cells = [
        nbformat.v4.new_code_cell("show(audit)", outputs=[nbformat.v4.new_output("display_data", data)], id="audit"),
        nbformat.v4.new_code_cell(
            "print(audit)", outputs=[nbformat.v4.new_output("stream", text="\n".join(MARKERS))], id="printed"
        ),
    ]
    shown = body_html(nbformat.v4.new_notebook(cells=cells))
    (where / "week1.html").chmod(0o644)
    (where / "week1.html").write_text(page("Week 1", "markers", "", shown, "", rehearsal=True), encoding="utf-8")
    return where
