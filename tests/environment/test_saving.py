"""What JupyterLab writes of a notebook."""

from __future__ import annotations

import copy

import pytest

from smartroute_runbook.environment.saving import without_pictures

FIGURE = {"application/vnd.plotly.v1+json": {}, "image/svg+xml": "<svg/>", "image/png": "iVBOR"}


def notebook(*outputs):
    return {"type": "notebook", "content": {"cells": [{"source": "# words"}, {"outputs": list(outputs)}]}}


def test_pictures_that_plotly_adds_are_not_written_and_all_else_is():
    model = notebook({"data": dict(FIGURE)}, {"data": {"image/png": "a person's own"}}, {"text": "a stream"})
    without_pictures(model, path="week1.ipynb", contents_manager=None)
    first, second, third = model["content"]["cells"][1]["outputs"]
    assert set(first["data"]) == {"application/vnd.plotly.v1+json", "image/svg+xml"}
    assert second["data"] == {"image/png": "a person's own"}
    assert third == {"text": "a stream"}


@pytest.mark.parametrize("model", [{"type": "file", "content": "text"}, {"type": "directory"}, {"type": "notebook"}])
def test_whatever_is_no_notebook_stays_as_it_is(model):
    before = copy.deepcopy(model)
    without_pictures(model, path="x")
    assert model == before
