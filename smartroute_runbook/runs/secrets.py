"""What secrets a text shows, and a text without them.

A form names what it sees; the secret itself is never kept. One that sees too much would cost a week's work, so a bare
``password: ...`` counts only where its value is no word, no reference and no placeholder.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from smartroute_runbook.errors import UsageError

from .known_secrets import known_secrets
from .secret_contexts import CONTEXTS
from .secret_forms import FORMS
from .secret_sql import in_statements
from .secret_values import always

__all__ = ["masked", "seen"]

_FORMS = (*FORMS, *CONTEXTS)
_ALWAYS = tuple(form for form in _FORMS if form.judge is always)
_HINTS = tuple({hint for form in _FORMS for hint in form.hints})


def seen(text: str, *, broken: bool = False) -> Iterator[tuple[str, int, int]]:
    """What secrets a text shows: the name of the form, and where the match begins and ends.

    Args:
        text: to be looked at.
        broken: it was put together from its lines: only forms that nothing else has count.
    """
    small = text.lower()
    there = {hint for hint in _HINTS if hint in small}
    for name, hints, pattern, judge in _ALWAYS if broken else _FORMS:
        for match in () if hints and there.isdisjoint(hints) else pattern.finditer(text):
            if judge(match["v"] if "v" in pattern.groupindex else ""):
                yield name, *(match.span("v") if "v" in pattern.groupindex else match.span())
    if not broken:
        yield from in_statements(text)


def masked(text: str) -> str:
    """A text for a message, without what looks like a secret and without the known ones of this process."""
    with contextlib.suppress(UsageError):  # a list that cannot be read is told where something is kept
        for name, value in known_secrets().items():
            text = text.replace(value, f"[value of {name}]")
    parts, at = [], 0
    for name, start, end in sorted(seen(text), key=lambda found: (found[1], -found[2])):
        if start >= at:
            parts += [text[at:start], f"[{name}]"]
        elif end > at and parts:
            parts[-1] = f"[{name}]"  # two forms that overlap are one secret
        at = max(at, end)
    return "".join(parts) + text[at:]
