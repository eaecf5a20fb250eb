"""Sliders over a model: redrawn at each move for a person, the model's static view for the record."""

from __future__ import annotations

from typing import Any, Protocol

from smartroute_runbook.views import Control, Lines, View

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
    """Display the static view, as it will be recorded, and below it the sliders in an output of their own."""
    from IPython.display import display

    view = model.view()
    display({"text/html": view_html(view), "text/plain": plain_text(view)}, raw=True)
    display(explorer(model))


def explorer(model: Explorable) -> Any:
    """The sliders and what they change, as an ipywidgets container."""
    import ipywidgets as widgets

    wide, label = widgets.Layout(width="46em"), {"description_width": "14em"}
    sliders = {
        control.name: widgets.SelectionSlider(
            description=control.label,
            options=[(number(value), value) for value in control.values],
            value=control.start,
            continuous_update=True,
            layout=wide,
            style=label,
        )
        for control in model.controls
    }
    shown, back = widgets.HTML(), widgets.Button(description="As measured")

    def redraw(_: Any = None) -> None:
        view = model.at(**{name: slider.value for name, slider in sliders.items()})
        shown.value = view_html(view) + "".join(svg(part, ground="") for part in view.parts if isinstance(part, Lines))

    def reset(_: Any) -> None:
        for control in model.controls:
            sliders[control.name].value = control.start

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    back.on_click(reset)
    redraw()
    return widgets.VBox([*sliders.values(), back, shown])
