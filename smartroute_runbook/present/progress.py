"""A progress line for long work: one output in a notebook, one line in a terminal, updated at a limited rate."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

from smartroute_runbook.environment.detect import in_notebook
from smartroute_runbook.views import Note, Tone

from .formats import duration
from .interrupted import At, shows
from .markup import note_html

__all__ = ["Progress"]


class Progress:
    """Progress of one piece of work: ``with Progress("Copying", rows, "rows") as line: line.advance(1000)``.

    Args:
        label: what is being done, such as ``Copying vehicles``.
        total: how many units there are; None when not known.
        unit: the name of a unit, such as ``rows``; without one only the share is shown.
        every: seconds between two updates of the display.
    """

    def __init__(self, label: str, total: float | None = None, unit: str = "", every: float = 0.5) -> None:
        self.label, self.total, self.unit, self.every = label, total, unit, every
        self.done, self.note = 0.0, ""
        self._started = self._shown = time.monotonic()
        self._sink: _Sink | None = None

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._sink = _NotebookSink() if in_notebook() else _TerminalSink()
        self._show("plain")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
        At.line = self.line(stopped=True).replace("**", "") if interrupted else ""
        if self._sink is not None:
            if interrupted and shows():  # the message says it: once
                self._sink.clear()
            else:
                self._show("good" if kind is None else "bad", final=True)
            self._sink = None

    def advance(self, by: float = 1, note: str = "") -> None:
        """Add finished units."""
        self.update(self.done + by, note)

    def update(self, done: float, note: str = "") -> None:
        """Say how many units are finished; shown at most every ``every`` seconds."""
        self.done, self.note = done, note or self.note
        if self._sink is not None and time.monotonic() - self._shown >= self.every:
            self._show("plain")

    def line(self, *, final: bool = False, stopped: bool = False) -> str:
        """The progress as one line: share, units, rate, time left or taken; where it stands when it is stopped."""
        elapsed = time.monotonic() - self._started
        rate = self.done / elapsed if elapsed > 0.2 else 0.0
        parts, timed = [], final and self.unit in ("s", "%")  # told by what it took; a share that was asked last is old
        if self.total:
            parts += [] if final else [f"{min(self.done / self.total, 1):.0%}"]
            parts += [f"{self.done:,.0f} of {self.total:,.0f} {self.unit}"] if self.unit and not timed else []
        elif self.done and not timed:
            parts.append(f"{self.done:,.0f} {self.unit}".rstrip())
        if stopped:
            return f"**{self.label}**: " + " · ".join(parts) if parts else f"**{self.label}**"
        if rate >= 10 and self.unit:
            parts.append(f"{rate:,.0f} {self.unit}/s")
        if final:
            parts.append(f"took {duration(time.monotonic() - self._started)}")
        elif self.total and rate > 0 and self.done < self.total:
            parts.append(f"about {duration((self.total - self.done) / rate)} left")
        if self.note and not final:
            parts.append(self.note)
        return f"**{self.label}**: " + " · ".join(parts) if parts else f"**{self.label}**"

    def _show(self, tone: Tone, *, final: bool = False) -> None:
        self._shown = time.monotonic()
        if self._sink is not None:
            self._sink.put(Note(self.line(final=final), tone), final)


class _Sink:
    def put(self, note: Note, final: bool) -> None:
        raise NotImplementedError

    def clear(self) -> None:
        """Take the line away."""
        raise NotImplementedError


class _NotebookSink(_Sink):
    """One HTML output that is rewritten in place (2,880 updates are recorded as one output of 2 kB)."""

    def __init__(self) -> None:
        self._handle: Any = None

    def put(self, note: Note, final: bool) -> None:  # noqa: ARG002 - one output, rewritten to the end
        from IPython.display import display

        data = {"text/html": note_html(note), "text/plain": note.text.replace("**", "")}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def clear(self) -> None:
        if self._handle is not None:
            self._handle.update({"text/html": "", "text/plain": ""}, raw=True)


class _TerminalSink(_Sink):
    """A status line that is rewritten on a terminal; in a log only its beginning and its end."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True)
        self._status: Any = None
        self._begun = False

    def put(self, note: Note, final: bool) -> None:
        from .text import marked

        line = marked(note.text, note.tone)
        if not sys.stderr.isatty():
            if final or not self._begun:
                self._console.print(line)
            self._begun = True
            return
        if self._status is None:
            self._status = self._console.status(line)
            self._status.start()
        self._status.update(line)
        if final:
            self._status.stop()
            self._console.print(line)

    def clear(self) -> None:
        if self._status is not None:
            self._status.stop()
