"""Texts of a lake, a query or a message are shown as they are: in a terminal, in the record's text, on a page."""

from __future__ import annotations

import io
import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from smartroute_runbook.errors import UsageError
from smartroute_runbook.present.charts import figure
from smartroute_runbook.present.markup import view_html
from smartroute_runbook.present.text import plain_text, print_view
from smartroute_runbook.views import Bars, Marked, Note, Series, Table, View

MARKER = "\x1b[1A\x1b[2K\x1b]0;title\x1b\\"  # moves up, clears the line, names the window
SIGNS = "ab *`[]\\:/()$<&\"'\n\t\x1b\x07\x00\x9b\u202e\u200b\u2028"
texts = st.text(st.sampled_from(SIGNS) | st.characters(), max_size=24)


def view_of(text):
    return View(text, (Note(text), Table((text, "b"), ((text, 1),), title=text, note=text)), "good")


def terminal(view):
    out = io.StringIO()
    print_view(view, Console(file=out, width=200, force_terminal=False, color_system=None))
    return out.getvalue()


def controls(text):
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n", "\t"}


@given(texts)
@example(MARKER)
@example(r"\**x**")
@example("ends in a backslash\\")
@example("[/bold]")
def test_no_text_reaches_a_terminal_or_a_page_as_a_control(text):
    view = view_of(text)
    for shown in (terminal(view), plain_text(view), view_html(view), str(UsageError(text, expected=text, hint=text))):
        assert not controls(shown)


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:redshift!x", "12:100:30", ":bus:", "[red]x[/red]",
        r"\**x**", "**not bold**", "`not code`", "C:\\", "a_b*c*", "[link=x]y[/link]",
    ],
)  # fmt: skip
def test_a_value_in_a_table_is_the_value(value):
    view = View(value, (Table(("a",), ((value,),), title=value),))
    assert terminal(view).count(value) == plain_text(view).count(value) == 3
    assert view_html(view).count(value) == 3


def test_marks_are_read_where_they_are_meant():
    html = view_html(View("t", (Note("**bold** and `code`"), Table(("a",), ((Marked("`sql`"),),)))))
    assert "<b>bold</b> and <code>code</code>" in html
    assert "<code>sql</code>" in html


@pytest.mark.parametrize("value", [r"\(c\)", r"\[y\]", r"\begin{equation}x\end{equation}", "$a$ and $b$"])
def test_a_page_reads_no_mathematics_out_of_a_value(value):
    html = view_html(view_of(value))
    assert not any(sign in html for sign in (r"\(", r"\[", r"\begin", "$a$"))


def test_a_chart_shows_its_labels_whole():
    name = "<b>busiest</b> & <a href='x'>y</a>"
    chart = Bars(name, name, name, (Series(name, (name,), (1.0,)),), marks=((name, 1.0),))
    assert "<" not in json.dumps(figure(chart)).replace("<br>", "")
