"""What an engine of the truth tables answers."""

from __future__ import annotations

from dataclasses import dataclass


class Refused(Exception):
    """The engine answered with an error; its text holds code and message."""


@dataclass(frozen=True)
class Answer:
    """The first value of the last statement's result as text (None for NULL), and the engine's name of its type."""

    value: str | None
    type: str
