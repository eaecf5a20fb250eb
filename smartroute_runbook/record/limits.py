"""What a rehearsal's stand-ins could not show, as the record tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["LEAD", "limits_text"]

LEAD = "What stood in for AWS is known to differ from it. None of this can be concluded from the rehearsal."


def limits_text(limits: Sequence[Mapping[str, str]]) -> str:
    """A Markdown chapter: each known infidelity (``area``, ``what``), and what therefore holds (``so``)."""
    rows = ["| where | how it differs | therefore |", "|---|---|---|"]
    rows += ["| " + " | ".join(_cell(limit.get(key, "")) for key in ("area", "what", "so")) + " |" for limit in limits]
    return "\n".join(["## What this rehearsal cannot show", "", LEAD, "", *rows])


def _cell(text: str) -> str:
    """Text as it stands, whatever Markdown would make of it."""
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]$" else letter for letter in text)
