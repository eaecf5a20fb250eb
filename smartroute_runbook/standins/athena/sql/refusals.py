"""What a function written in Python refuses, as DuckDB passes it on."""

from __future__ import annotations

__all__ = ["refusal"]


def refusal(words: str, code: str = "INVALID_FUNCTION_ARGUMENT") -> ValueError:
    """An error of Trino's code, to be raised."""
    return ValueError(f"TRINO:{code}: {words}")
