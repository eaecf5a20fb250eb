"""Names of signers: refused where one cannot be read for what it is, folded before two are compared.

Folding errs on one side only: two spellings that a person could take for one another are one name, so that a second
"person" is never a blank, an accent, an invisible character or a letter of another alphabet away.
"""

from __future__ import annotations

import unicodedata

from smartroute_runbook.errors import UsageError, printable
from smartroute_runbook.quantities import plural

__all__ = ["fold", "readable_name"]

#: Letters that look alike, after casefolding: Cyrillic and Greek ones as the Latin ones that they are mistaken for (a
#: choice from Unicode's confusables.txt, UTS 39), and the digits and letters that a Latin font hardly tells apart.
_LOOKS = str.maketrans(
    "авеіјкмнорѕтухԁԛԝһ" + "αβεηικμνορτυχγω" + "01iıɩ|ɑɡ",  # noqa: RUF001  (they stand here because they look alike)
    "abeijkmhopstyxdqwh" + "abehikmvoptuxyw" + "ollllla" + "g",
)
_LAST = str.maketrans("i", "l")
#: Scripts that are written together. Any other mixture in one name is refused.
_TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"})
#: Invisible, yet letters or marks to Unicode (Default_Ignorable_Code_Point outside category Cf).
_INVISIBLE = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810),
              *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)  # fmt: skip


def fold(name: str) -> str:
    """What is compared: NFKC, casefolded, letters and digits alone, without accents, look-alikes as one."""
    text = unicodedata.normalize("NFKC", name).casefold()
    kept = (
        c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c)[0] in "LN" and c not in _INVISIBLE
    )
    return "".join(kept).casefold().translate(_LOOKS).translate(_LAST)


def readable_name(name: str) -> str:
    """A name as it is kept: NFKC, blanks as one.

    Raises:
        UsageError: it is empty, has no letter, holds what cannot be seen, or mixes scripts.
    """
    shown = printable(name)
    for character in name:
        if character in _INVISIBLE or not (character.isprintable() or unicodedata.category(character) == "Zs"):
            raise UsageError(
                f"The name '{shown}' holds a character that cannot be seen (U+{ord(character):04X})",
                expected="a name of letters as they are printed",
            )
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    if not any(character.isalpha() for character in text):
        raise UsageError(f"'{shown}' is not a name", expected="the full name of the person who signs")
    if len(text) > 200:
        raise UsageError(f"The name has {plural(len(text), 'character')}", expected="at most 200")
    scripts = {_script(character) for character in text if character.isalpha()}
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        raise UsageError(
            f"The name '{shown}' mixes {' and '.join(sorted(script.title() for script in scripts))} letters",
            expected="letters of one script",
            hint="Type it anew: a letter was pasted that only looks right",
        )
    return text


def _script(letter: str) -> str:
    """The first word of a letter's Unicode name: its script, near enough (``LATIN``, ``CYRILLIC``, ``CJK``)."""
    return unicodedata.name(letter, "UNKNOWN").split()[0].partition("-")[0]
