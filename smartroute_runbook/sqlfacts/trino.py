"""Trino's documented functions, as data: ``trino_functions.yaml``."""

from __future__ import annotations

from functools import cache

from smartroute_runbook.data_files import read_data

__all__ = ["trino_functions"]


@cache
def trino_functions() -> frozenset[str]:
    """Lower-case names of Trino's functions, and of words that may stand before a parenthesis."""
    data = read_data(str(__package__), "trino_functions.yaml")
    return frozenset(word for group in data.values() for word in group.split())
