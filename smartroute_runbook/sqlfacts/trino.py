"""Trino's documented functions, as data: ``trino_functions.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

__all__ = ["trino_functions"]


@cache
def trino_functions() -> frozenset[str]:
    """Lower-case names of Trino's functions, and of words that may stand before a parenthesis."""
    text = files(__package__).joinpath("trino_functions.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return frozenset(word for group in data.values() for word in group.split())
