"""Controls over a model: redrawn at each move for a person, the model's static view for the record.

They are lists to choose from: the handle of an ipywidgets slider has no name, and says a number of its own instead of
the value (axe-core: aria-input-field-name).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from smartroute_runbook.views import Control, Folded, Lines, View

from .formats import number
from .markup import view_html
from .text import plain_text
from .vector import svg

__all__ = ["Explorable", "explorer", "show_explorer"]


class Explorable(Protocol):
    """What sliders need of a model."""

    @property
    def controls(self) -> tuple[Control, ...]:
        """What can be moved."""
        ...

    def at(self, **values: Any) -> View:
        """The model with these values."""
        ...

    def view(self) -> View:
        """What a record shows."""
        ...


def show_explorer(model: Explorable) -> None:
    """Display the static view, as it will be recorded, and below it the controls in an output of their own."""
    from IPython.display import display

    view = model.view()
    first, *others = view.parts
    short = replace(view, parts=(first, Folded("As it is recorded: a table", tuple(others))))
    display({"text/html": view_html(short), "text/plain": plain_text(view)}, raw=True)
    display(explorer(model))


def explorer(model: Explorable) -> Any:
    """The controls and what they change, as an ipywidgets container."""
    import ipywidgets as widgets

    wide, label = widgets.Layout(width="26em"), {"description_width": "13em"}
    choices = {
        control.name: widgets.Dropdown(
            description=control.label,
            options=[(number(value), value) for value in control.values],
            value=control.start,
            layout=wide,
            style=label,
        )
        for control in model.controls
    }
    shown, back = widgets.HTML(), widgets.Button(description="As measured")

    def redraw(_: Any = None) -> None:
        view = model.at(**{name: choice.value for name, choice in choices.items()})
        drawn = "".join(svg(part, ground="") for part in view.parts if isinstance(part, Lines))
        shown.value = drawn + view_html(replace(view, title=""))  # the chart's title is the finding

    def reset(_: Any) -> None:
        for control in model.controls:
            choices[control.name].value = control.start

    for choice in choices.values():
        choice.observe(redraw, names="value")
    back.on_click(reset)
    redraw()
    rows = widgets.Layout(flex_flow="row wrap", max_width="56em")
    return widgets.VBox([widgets.HBox([*choices.values()], layout=rows), back, shown])
