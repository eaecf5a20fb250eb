"""In which circumstances this process runs: against AWS or a stand-in for it, watched by somebody or by nobody."""

from __future__ import annotations

import os
import re
from http.client import HTTPException
from urllib.request import ProxyHandler, build_opener

from pydantic import TypeAdapter

__all__ = ["headless", "is_rehearsal", "known_limits"]


def is_rehearsal() -> bool:
    """Whether AWS is a stand-in on this machine; every screen and record then says so."""
    return (
        re.match(r"https?://(127\.|localhost[:/]|localhost$|\[::1\])", os.environ.get("AWS_ENDPOINT_URL", ""))
        is not None
    )


def known_limits() -> list[dict[str, str]]:
    """What the stand-ins say that they cannot model, each with ``area``, ``what``, ``so``; empty when they do not say.

    The endpoint itself is asked, so that a record holds what is true of the stand-ins that ran.
    """
    try:
        url = os.environ["AWS_ENDPOINT_URL"].rstrip("/") + "/_rehearsal/limits"
        with build_opener(ProxyHandler({})).open(url, timeout=5) as told:
            return TypeAdapter(list[dict[str, str]]).validate_json(told.read())
    except (OSError, HTTPException, ValueError):
        return []


def headless() -> bool:
    """Nobody is watching: SMARTROUTE_HEADLESS=1, or (unless it is 0) no Jupyter server started this process."""
    given = os.environ.get("SMARTROUTE_HEADLESS")
    return given == "1" if given in ("0", "1") else "JPY_SESSION_NAME" not in os.environ
