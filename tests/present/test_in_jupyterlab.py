"""A new user in a fresh folder: JupyterLab in a real browser, by keyboard alone, with two people who sign a *stay*.

The short form: week 1. ``make soak-screens`` goes through all five notebooks, with an interruption and a restart.
"""

from __future__ import annotations

import pytest
from support import pages
from support.lab_page import NARROW, lab

pytestmark = pytest.mark.skipif(bool(pages.missing()), reason=pages.missing() or "all is here")
WEEK = "week1_decide_and_set_up.ipynb"
LONG = "Ada Augusta King-Noel, Countess of Lovelace, née Byron"
"""Typed faster than ipywidgets sends: nothing of it may be lost."""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with lab(tmp_path_factory.mktemp("new") / "work") as found:
        yield found


def test_a_stay_is_decided_and_signed_by_two_people_without_a_mouse(running):
    week = running.open(WEEK)
    week.step()
    week.press("Enter", "Control+End")
    stays = 'settings = {"decision": {"triggers_needed": 5}, "gates": {"signatures": 2}, "dashboard": {}}'
    week.page.keyboard.type("\n" + stays)
    week.press("Escape")
    faults = []
    for cell in week.run_to("decision-gate"):
        faults += week.seen(cell).faults
    assert faults == []
    assert "stay on Athena" in week.seen("decision").text
    week.sign("decision-gate", LONG)
    text = week.seen("decision-gate").text
    assert "PARTLY" in text
    assert LONG in text
    assert week.focused("type") == "checkbox"  # the second person begins here
    week.sign("decision-gate", "Grace Hopper", stay=True)
    seen = week.seen("decision-gate")
    assert "SIGNED" in seen.text
    assert "Grace Hopper" in seen.text
    assert seen.faults == []
    week.go("proposals")
    week.step()
    assert "reminder" in week.seen("proposals").text
    assert week.axe() == []
    week.page.set_viewport_size(NARROW["viewport"])
    assert week.seen("decision-gate").cut == []
    week.press("Escape", "Control+s")
    week.page.wait_for_timeout(1500)
    week.close()
    again = running.open(WEEK)  # opened again, its charts are figures, not pictures without a text
    again.page.wait_for_selector(".js-plotly-plot", state="attached")
    assert again.page.locator("img.plot-img[src]:visible").count() == 0
    assert again.axe(("critical",)) == []
    assert "Warning" not in (running.base / "lab.log").read_text()  # of what we set ourselves, the server is silent
