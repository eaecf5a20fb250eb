"""The sign-off form of a gate: real form controls for a person, plain HTML for the record.

The form is a widget in one output; the gate's state is HTML in another, rewritten at each signature. A widget is
never the evidence: recorded widgets show a wrong state or nothing at all, so sealing drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from smartroute_runbook.errors import RunbookError
from smartroute_runbook.views import Tone, View

from .markup import TONES, inline, view_html
from .text import plain_text

__all__ = ["Signable", "form", "show_form"]


class Signable(Protocol):
    """What the form needs of a gate."""

    name: str

    @property
    def items(self) -> tuple[str, ...]:
        """The checklist."""
        ...

    @property
    def against(self) -> Mapping[str, str]:
        """Points that the evidence is against, with that evidence."""
        ...

    def status(self) -> Any:
        """State, signatures, and how many signatures are needed."""
        ...

    def sign(self, signer: str, note: str = "", checked: Any = ..., *, reasons: Any = ...) -> Any:
        """Sign with the named items ticked, and reasons for those that the evidence is against."""
        ...

    def revoke(self, signer: str, note: str) -> Any:
        """Take a signature back."""
        ...

    def view(self) -> View:
        """The gate's state."""
        ...


def show_form(gate: Signable) -> None:
    """Display the form and, in an output of its own, the gate's state as it will be recorded."""
    from IPython.display import display

    record = display(_record(gate), raw=True, display_id=True)
    display(form(gate, changed=lambda: record.update(_record(gate), raw=True)))


def _record(gate: Signable) -> dict[str, str]:
    view = gate.view()
    return {"text/html": view_html(view), "text/plain": plain_text(view)}


def form(gate: Signable, changed: Callable[[], None] = lambda: None) -> Any:
    """The form as an ipywidgets container; ``changed`` is called after each signature or revocation."""
    return _Form(gate, changed).box


class _Form:
    def __init__(self, gate: Signable, changed: Callable[[], None]) -> None:
        import ipywidgets as widgets

        self.gate, self.changed = gate, changed
        wide = widgets.Layout(width="auto", max_width="46em")
        label = {"description_width": "5em"}
        self.ticks = [
            widgets.Checkbox(description=item, indent=False, layout=wide, style={"description_width": "initial"})
            for item in gate.items
        ]
        self.reasons = {
            item: widgets.Text(description="Because", placeholder=f"Against it: {why}", layout=wide, style=label)
            for item, why in gate.against.items()
        }
        self.signer = widgets.Text(description="Signer", placeholder="Your full name", layout=wide, style=label)
        self.note = widgets.Text(description="Note", placeholder="Optional", layout=wide, style=label)
        self.button = widgets.Button(description="Sign off", button_style="primary", disabled=True)
        self.undo = widgets.Button(description="Revoke", tooltip="Takes the signature back; needs name and note")
        self.said = widgets.HTML()
        for control in (*self.ticks, *self.reasons.values(), self.signer, self.note):
            control.observe(lambda _: self.refresh(), names="value")
        for control in (*self.reasons.values(), self.signer, self.note):
            control.continuous_update = True
        self.button.on_click(lambda _: self.act(self._sign))
        self.undo.on_click(lambda _: self.act(self._revoke))
        buttons = widgets.HBox([self.button, self.undo])
        points = [c for t in self.ticks for c in (t, self.reasons.get(t.description)) if c is not None]
        self.box = widgets.VBox([*points, self.signer, self.note, self.said, buttons])
        self.refresh()

    def refresh(self) -> None:
        """Bring the controls in line with the gate and say what is still missing."""
        state = self.gate.status().state
        done, blocked = state == "signed", state == "blocked"
        for tick in self.ticks:
            tick.disabled = done or blocked
            tick.value = tick.value or done
        ticked, name = sum(tick.value for tick in self.ticks), self.signer.value.strip()
        unexplained = sum(not reason.value.strip() for reason in self.reasons.values())
        complete = ticked == len(self.ticks) and bool(name) and not unexplained
        self.button.disabled = done or blocked or not complete
        self.undo.disabled = state not in ("signed", "partly") or not (name and self.note.value.strip())
        self.undo.layout.display = "" if state in ("signed", "partly") else "none"
        if blocked:
            self.say("The evidence itself says no; a signature cannot overrule it.", "bad")
        elif done:
            self.say("Signed. To take it back, give your name and a note, then Revoke.", "good")
        else:
            missing = "" if name else " · name missing"
            missing += f" · {unexplained} reasons missing" if unexplained else ""
            ready = " · ready to sign" if complete else ""
            self.say(f"{ticked} of {len(self.ticks)} ticked{missing}{ready}")

    def act(self, what: Callable[[str, str], None]) -> None:
        """Sign or revoke, then show the new state; what the gate refuses is said, not raised."""
        try:
            what(self.signer.value.strip(), self.note.value.strip())
        except RunbookError as error:
            self.say(str(error), "bad")
            return
        self.signer.value = self.note.value = ""
        self.refresh()
        self.changed()

    def _sign(self, signer: str, note: str) -> None:
        ticked = tuple(tick.description for tick in self.ticks if tick.value)
        reasons = {item: reason.value for item, reason in self.reasons.items()}
        self.gate.sign(signer, note, ticked, **({"reasons": reasons} if reasons else {}))
        if self.gate.status().state == "partly":  # the second person ticks for themselves
            for tick in self.ticks:
                tick.value = False

    def _revoke(self, signer: str, note: str) -> None:
        self.gate.revoke(signer, note)
        for tick in self.ticks:
            tick.value = False

    def say(self, text: str, tone: Tone = "plain") -> None:
        """The live line below the form, announced by screen readers."""
        colour = TONES[tone]
        self.said.value = f'<p role="status" aria-live="polite" style="color: {colour}">{inline(text)}</p>'
