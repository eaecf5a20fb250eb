"""What PostgreSQL answered, kept as data: ``answers.jsonl.gz``.

A line is ``[expression, text or null]``, or ``[expression, SQLSTATE, "error"]``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).with_name("answers.jsonl.gz")
Answer = tuple[str | None, bool]
"""A value's text, and whether it is an error's code instead."""


def load() -> dict[str, Answer]:
    """By expression."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return {text: (answer, bool(error)) for text, answer, *error in rows}


def save(answers: Iterable[tuple[str, Answer]]) -> None:
    """Writes the file; the same answers give the same bytes."""
    with FILE.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as packed:
        for text, (answer, error) in answers:
            line = json.dumps([text, answer, *(["error"] if error else [])], ensure_ascii=False, separators=(",", ":"))
            packed.write(f"{line}\n".encode())
