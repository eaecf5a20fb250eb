"""The sign-off form of a gate: real form controls for a person, plain HTML for the record.

The form is a widget in one output; the gate's state is HTML in another, rewritten at each signature. A widget is
never the evidence: recorded widgets show a wrong state or nothing at all, so sealing drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from smartroute_runbook.errors import RunbookError
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Folded, Note, Tone, View

from .head import rewrite
from .levels import levelled
from .markup import TONES, inline, view_html
from .settled import Settled
from .text import plain_text

__all__ = ["ASLEEP", "Signable", "form", "show_form"]

ASLEEP = (
    "The form works while its kernel runs. After a restart, or a reload without the kernel: "
    "Run > Run All Above Selected Cell, then this cell; nothing is done twice. "
    "Or sign in a terminal: `smartroute-runbook sign {gate}`."
)

_WORDS = "margin: -0.2em 0 0.3em 1.7em; line-height: 1.45; opacity: 0.85"
"""Of the evidence below its point: closer to it than to the next one."""


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

    @property
    def says(self) -> Mapping[str, str]:
        """What the evidence says of a point, in words."""
        ...

    def status(self) -> Any:
        """State, signatures, and how many signatures are needed."""
        ...

    def sign(self, signer: str, note: str = "", checked: Any = ..., *, reasons: Any = ...) -> Any:
        """Sign with the named items ticked, and reasons for those that the evidence is against."""
        ...

    def decline(self, signer: str, note: str) -> Any:
        """Not to sign, with the reason."""
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

    def changed() -> None:
        record.update(_record(gate), raw=True)
        rewrite()

    display(form(gate, changed=changed))


def _record(gate: Signable) -> dict[str, str]:
    """The state; while it waits, the points are folded: they stand in the form with their ticks."""
    view = gate.view()
    if gate.status().state in ("unsigned", "partly", "void"):
        asleep, points = Note(ASLEEP.format(gate=gate.name)), (p for p in view.parts if not isinstance(p, Note))
        below = Folded("The points and their evidence; what to do if the form is asleep", (asleep, *points))
        folded = replace(view, parts=(*(part for part in view.parts if isinstance(part, Note)), below))
        return {"text/html": view_html(levelled(folded)), "text/plain": plain_text(view)}
    return {"text/html": view_html(levelled(view)), "text/plain": plain_text(view)}


def form(gate: Signable, changed: Callable[[], None] = lambda: None) -> Any:
    """The form as an ipywidgets container; ``changed`` is called after each signature, refusal or revocation."""
    return _Form(gate, changed).box


class _Form:
    def __init__(self, gate: Signable, changed: Callable[[], None]) -> None:
        import ipywidgets as widgets

        self.gate, self.changed, self.taking_back = gate, changed, False
        wide = widgets.Layout(width="auto", max_width="60em")
        close = widgets.Layout(width="auto", max_width="60em", margin="0 5px", min_height="0")
        label = {"description_width": "5em"}
        self.ticks = [
            widgets.Checkbox(description=item, indent=False, layout=close, style={"description_width": "initial"})
            for item in gate.items
        ]
        self.words = {
            item: widgets.HTML(f'<div style="{_WORDS}">{inline(words)}</div>', layout=close)
            for item, words in gate.says.items()
        }
        self.reasons = {
            item: widgets.Text(description="Because", placeholder=f"Against it: {why}", layout=wide, style=label)
            for item, why in gate.against.items()
        }
        self.signer = widgets.Text(description="Signer", placeholder="Your full name", layout=wide, style=label)
        self.note = widgets.Text(
            description="Note", placeholder="Optional; needed not to sign", layout=wide, style=label
        )
        self.button = widgets.Button(description="Sign off", button_style="primary", disabled=True)
        self.no = widgets.Button(description="Do not sign", tooltip="Kept as a decision; needs name and note")
        self.undo = widgets.Button(description="Revoke", tooltip="Takes the signature back; needs name and note")
        self.message = widgets.HTML()
        for control in (*self.ticks, *self.reasons.values(), self.signer, self.note):
            control.observe(lambda _: self.refresh(), names="value")
        for control in (*self.reasons.values(), self.signer, self.note):
            control.continuous_update = True
            control.on_msg(self._entered)
        self.settled = Settled(self._late)
        for button, pressed in (
            (self.button, self._signed), (self.no, lambda: self.act(self._decline)), (self.undo, self._undone),
        ):  # fmt: skip
            button.on_click(lambda _, pressed=pressed: self.settled.then(pressed))
        buttons = widgets.HBox([self.button, self.no, self.undo, self.settled.bell])
        self.points = [
            control
            for tick in self.ticks
            for control in (tick, self.words.get(tick.description), self.reasons.get(tick.description))
            if control is not None
        ]
        self.box = widgets.VBox([*self.points, self.signer, self.note, self.message, buttons])
        self.refresh()

    def refresh(self) -> None:
        """Bring the controls in line with the gate and say what is still missing."""
        state = self.gate.status().state
        signed, blocked = state == "signed", state == "blocked"
        for tick in self.ticks:
            tick.disabled = signed or blocked
            tick.value = tick.value or signed
        ticked, name = sum(tick.value for tick in self.ticks), self.signer.value.strip()
        unexplained = sum(not reason.value.strip() for reason in self.reasons.values())
        complete = ticked == len(self.ticks) and bool(name) and not unexplained
        explained = bool(name and self.note.value.strip())
        self.button.disabled = signed or blocked or not complete
        self.no.disabled = signed or not explained
        self.undo.disabled = not explained and not (signed and not self.taking_back)
        _show(not signed, *self.points, self.button, self.no)
        _show(not signed or self.taking_back, self.signer, self.note)
        _show(state in ("signed", "partly"), self.undo)
        if blocked:
            self.announce("The evidence itself says no; a signature cannot overrule it.", "bad")
        elif signed:
            how = "give your name and a note, then Revoke" if self.taking_back else "press Revoke"
            self.announce(f"Signed. To take it back, {how}.", "good")
        else:
            missing = "" if name else " · name missing"
            missing += f" · {plural(unexplained, 'reason')} missing" if unexplained else ""
            ready = " · ready to sign" if complete else ""
            self.announce(f"{ticked} of {len(self.ticks)} ticked{missing}{ready}")

    def act(self, what: Callable[[str, str], str]) -> None:
        """Sign, decline or revoke, then show the new state; a refusal of the gate is shown, not raised."""
        try:
            done = what(self.signer.value.strip(), self.note.value.strip())
        except RunbookError as error:
            self.announce(str(error), "bad")
            return
        self.taking_back = False
        self.signer.value = self.note.value = ""
        self.refresh()
        if done:
            self.announce(done, "warn")
        self.changed()
        # The pressed button goes away: without this the keyboard would be thrown to the top of the page.
        state = self.gate.status().state  # the second person begins with the first point
        (self.undo if state == "signed" else self.ticks[0] if state == "partly" else self.signer).focus()

    def _entered(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Enter in a field signs when everything is there."""
        if isinstance(content, Mapping) and content.get("event") == "submit":
            self.settled.then(self._signed)

    def _late(self) -> None:
        """The page has not answered: what is typed may not be whole here."""
        known = f"name '{self.signer.value.strip()}', note '{self.note.value.strip()}'"
        self.announce(f"Nothing is done yet: the page answers slowly. If {known} is whole, press again.", "warn")

    def _signed(self) -> None:
        """Sign, if everything is there."""
        if not self.button.disabled:
            self.act(self._sign)

    def _undone(self) -> None:
        """First press: asks for name and note; second: takes the signature back."""
        if self.gate.status().state == "signed" and not self.taking_back:
            self.taking_back = True
            self.refresh()
            self.signer.focus()
            return
        self.act(self._revoke)

    def _sign(self, signer: str, note: str) -> str:
        ticked = tuple(tick.description for tick in self.ticks if tick.value)
        reasons = {item: reason.value for item, reason in self.reasons.items()}
        self.gate.sign(signer, note, ticked, **({"reasons": reasons} if reasons else {}))
        if self.gate.status().state == "partly":  # the second person ticks for themselves
            self._untick()
        return ""

    def _decline(self, signer: str, note: str) -> str:
        self.gate.decline(signer, note)
        self._untick()
        return f"Kept: not signed by {signer}: {note}"

    def _revoke(self, signer: str, note: str) -> str:
        self.gate.revoke(signer, note)
        self._untick()
        return ""

    def _untick(self) -> None:
        for tick in self.ticks:
            tick.value = False

    def announce(self, text: str, tone: Tone = "plain") -> None:
        """Set the message below the form, a live region that screen readers announce."""
        style = f"margin: 0; color: {TONES[tone]}"
        self.message.value = f'<p role="status" aria-live="polite" style="{style}">{inline(text)}</p>'


def _show(visible: bool, *controls: Any) -> None:
    for control in controls:
        control.layout.display = "" if visible else "none"
