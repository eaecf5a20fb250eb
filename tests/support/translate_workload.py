"""Queries of the kinds that Athena users run: texts with lists of words in ``tests/translate/workload``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import yaml

from smartroute_runbook.translate import Schema

FOLDER = Path(__file__).parents[1] / "translate" / "workload"


def workload() -> Iterator[tuple[str, str, Schema]]:
    """Names, texts and the schema that each is over."""
    for path in sorted(FOLDER.glob("*.yaml")):
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        schema = Schema.of(loaded["tables"])
        texts = [text for entry in loaded["queries"] for text in _texts(entry)]
        yield from ((f"{path.stem}-{n}", text, schema) for n, text in enumerate(texts))


def _texts(entry: dict) -> Iterator[str]:
    words = entry.get("each", {})
    for values in product(*words.values()):
        text = entry["sql"]
        for word, value in zip(words, values, strict=True):
            text = text.replace("{" + word + "}", str(value))
        yield text
