"""Secrets that this process was given while it ran: what logs in tells them here, so that no record keeps them."""

from __future__ import annotations

__all__ = ["given", "tell"]

_GIVEN: dict[str, str] = {}
_MOST = 100


def tell(name: str, value: str | None) -> None:
    """Remember a secret: a password made for one connection, keys of a session.

    Args:
        name: what it is, for a message: "a password of the cluster".
        value: the secret; nothing is remembered of None.
    """
    if value and value not in _GIVEN.values():
        _GIVEN[f"{name} ({len(_GIVEN) + 1})"] = value
        while len(_GIVEN) > _MOST:  # passwords of connections end after a quarter of an hour
            del _GIVEN[next(iter(_GIVEN))]


def given() -> dict[str, str]:
    """All of them, the newest hundred, by what they are."""
    return dict(_GIVEN)
