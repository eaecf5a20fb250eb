"""What a value is made of: drawn at random, mixed by a person, or several words that are no sentence."""

from __future__ import annotations

import re

__all__ = ["is_mixed", "is_passphrase", "is_random", "words_alone"]

_SENTENCE = frozenset(
    """a about after again all alone an and are as asked at be been before by can cannot changed character characters
    contact contain default each empty encrypted entered error every expired expires failed first for from has have
    held hidden how if in into invalid is it its kept last length longer managed masked may me missing must my never
    new next no none not of off old on once one only optional or our out over per please provided read required reset
    rotated rotation same secret secrets see set should shown sign signs stored that the their them then there these
    they this to too twice two until unknown unset used user users vault was when where which who will with without
    wrong you your""".split()  # noqa: SIM905 - a hundred words in a list are no longer read
)
"""Words of sentences about a password; whoever draws words for one takes none of them."""
_STRONG = re.compile(r"(?=.*[A-Za-z])(?=.*\d)(?=.*[!#$%^&*?~@]).{4,}")
_ORDINARY = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[a-z\d_]+[#@:+]\d+|v?\d[\d.+:TZ-]*|\S*[/\\]\S*|redshift!\S*|arn:\S*|[$<{%]\S*"
)
"""An address of a person, a number of something, a version, a moment, a path, a reference."""
_WORD_LENGTH = 3.0
"""Signs between two changes: 2 in digits of base 16, 2.2 in those of base 62, 4 and more in names made of words."""
_INSIDE = re.compile(r"[a-z]\d+[a-z]|\d[a-z]+\d|[A-Z]\d[a-z]\w*[A-Z]")


def is_random(text: str) -> bool:
    """Whether a text looks drawn by a machine: its kinds of signs change too often for words (16 signs and more)."""
    if len(text) < 16 or re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        return False
    signs = re.sub(r"\.[a-z]{2,5}$|[/+=.~%_-]", "", text)
    if not signs.isalnum() or not signs.isascii() or len(set(signs.lower())) < 8:
        return False
    if re.fullmatch(r"[0-9a-f]{32,}|[0-9A-F]{32,}", signs):
        return True
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+", signs)
    return signs.upper() != signs.lower() and len(signs) <= _WORD_LENGTH * len(parts)


def is_mixed(text: str) -> bool:
    """Whether small letters, capitals and digits are mixed as nobody writes a name (8 signs and more)."""
    bare = text.strip("\"'`,;.:")
    whole = len(bare) >= 8 and not _ORDINARY.fullmatch(bare) and bool(re.search(r"(?=.*[A-Z])(?=.*[a-z])", bare))
    return whole and bool(_INSIDE.search(bare))


def words_alone(text: str) -> bool:
    """Whether these are words in small letters, and not one of a sentence."""
    words = text.split()
    return all(re.fullmatch(r"[a-z]{3,}", word) for word in words) and not _SENTENCE.intersection(words)


def is_passphrase(text: str) -> bool:
    """Whether a text with blanks beside a password's name is one: four words that are no sentence, or odd signs."""
    words = text.strip().strip("\"'`,;").split()
    if not 2 <= len(words) <= 12 or len(text) < 10 or not text.isprintable():
        return False
    bare = [word.strip("\"'`,;.:()") for word in words]
    odd = [word for word in bare if not _ORDINARY.fullmatch(word)]
    if any(_STRONG.fullmatch(word) for word in odd):
        return True
    if _SENTENCE.intersection(word.lower() for word in bare):
        return False
    return (len(words) >= 4 and words_alone(" ".join(bare))) or any(len(w) >= 6 and is_mixed(w) for w in odd)
