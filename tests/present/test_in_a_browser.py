"""What Chromium makes of it: an output is a screen high at most, and what is folded opens by keyboard."""

from __future__ import annotations

import shutil

import pytest

from smartroute_runbook.present.levels import levelled
from smartroute_runbook.present.markup import view_html
from smartroute_runbook.runs.steps import Change, Proposal
from smartroute_runbook.views import Code, Note, Table, View

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "google-chrome"))), reason="no Chromium on this machine"
)
SCREEN = 760
"""Of 900 pixels, what JupyterLab's bars leave."""
WIDE = Table(
    ("query", "why", "rows", "seconds"),
    tuple(
        (f"query_{n}", "Every row on both sides equally often, in the promised order. " * 3, n, 0.1) for n in range(60)
    ),
    "Answers",
    "As measured.",
    tuple("warn" if n % 3 else "plain" for n in range(60)),
)
VIEWS = {
    "many tables": View("t", (WIDE, WIDE, WIDE, Note("read this. " * 80, "warn"))),
    "sql": View("t", tuple(Code(f"SELECT {n}\n" * 40) for n in range(9))),
    "a plan of 300 changes": Proposal(
        "s", tuple(Change(f"day {n}", "create", None, {"rows": n, "source": "ab" * 32}, "new") for n in range(300))
    ).view(),
    "a policy": Proposal(
        "s", (Change("role", "modify", {"a": ["x"] * 80}, {"a": [f"y{n}" for n in range(80)]}, "why " * 40),)
    ).view(),
}


@pytest.fixture(scope="module")
def page():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def shown(page, view, width=1060):
    style = "body{font:14px system-ui;margin:0}table{font-size:12px}pre{font-size:13px}"
    page.set_content(f'<style>{style}</style><div id="x" style="width:{width}px">{view_html(levelled(view))}</div>')
    return page.locator("#x")


@pytest.mark.parametrize("name", VIEWS)
def test_an_output_is_a_screen_high_at_most(page, name):
    assert shown(page, VIEWS[name]).bounding_box()["height"] <= SCREEN


@pytest.mark.parametrize("name", VIEWS)
def test_a_narrow_window_scrolls_nothing_sideways_but_tables(page, name):
    box = shown(page, VIEWS[name], width=420)
    wide = box.evaluate(
        "x => [...x.querySelectorAll('pre, details > summary')].filter(e => e.scrollWidth > 421).length"
    )
    assert wide == 0


def test_what_is_folded_opens_by_keyboard_alone(page):
    box = shown(page, VIEWS["sql"])
    assert box.locator("details[open]").count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert box.locator("details[open]").count() == 1
