"""What secrets a text shows, and a text without them.

A form names what it sees; the secret itself is never kept. One that sees too much would cost a week's work, so a bare
``password: ...`` counts only where its value is no word, no reference and no placeholder.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from itertools import pairwise

from smartroute_runbook.errors import UsageError

from .contexts import CONTEXTS
from .forms import FORMS
from .known import ESCAPES, known_secrets
from .statements import in_statements
from .values import always, is_wrapped

__all__ = ["masked", "seen", "wrapped"]

_FORMS = (*FORMS, *CONTEXTS)
_ALWAYS = tuple(form for form in _FORMS if form.judge is always)
_FOLD = "\u02d0"
"""Stands for a line end inside a value: a letter that is in no base, so that values may hold it and tokens may not."""
_TOLD = re.compile(
    r"pass|pwd|\bpw|secret|token|key|code|log|user|cred|auth|connect|identified|echo|<<<|@|\s-[pPwka]\s", re.IGNORECASE
)
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


def wrapped(text: str) -> Iterator[tuple[str, str, str]]:
    """The forms whose value begins at the end of a line and goes on in the next one: name, first part and rest."""
    lines = text.split("\n")
    labelled = ((one.rstrip("\\"), two.lstrip()) for one, two in pairwise(lines) if _TOLD.search(one))
    pairs = (f"{one}{_FOLD}{two}" for one, two in labelled)
    marked = "\n".join(pairs)
    small = marked.lower()
    there = {hint for hint in _HINTS if hint in small}
    for name, hints, pattern, _ in _FORMS if marked else ():
        for match in () if hints and there.isdisjoint(hints) else pattern.finditer(marked):
            first, fold, rest = match.groupdict().get("v", "").partition(_FOLD)
            if fold and is_wrapped(first, rest):
                yield name, first, rest


def masked(text: str) -> str:
    """A text for a message, without what looks like a secret and without the known ones of this process.

    Where anything is masked the colours of the terminal go too: they may stand inside a secret.
    """
    if not text:
        return text
    plain = ESCAPES.sub("", text)
    bare = plain
    with contextlib.suppress(UsageError):  # a list that cannot be read is told where something is kept
        for name, value in known_secrets().items():
            bare = bare.replace(value, f"[value of {name}]")
    for name, first, rest in list(wrapped(bare)) if "\n" in bare else ():
        bare = bare.replace(first, f"[{name}]").replace(rest, "")
    parts, at = [], 0
    for name, start, end in sorted(seen(bare), key=lambda found: (found[1], -found[2])):
        if start >= at:
            parts += [bare[at:start], f"[{name}]"]
        elif end > at and parts:
            parts[-1] = f"[{name}]"  # two forms that overlap are one secret
        at = max(at, end)
    bare = "".join(parts) + bare[at:]
    return text if bare == plain else bare
