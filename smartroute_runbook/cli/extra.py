"""The optional extra ``[rehearsal]``: whether it is there, and how it comes."""

from __future__ import annotations

from importlib.util import find_spec

from smartroute_runbook import __version__

__all__ = ["HOW_TO_INSTALL", "missing_extra"]

_EXTRA = ("moto", "duckdb", "flask", "trustme")  # what ``[rehearsal]`` installs; flask by moto's server
#: The wheel by its file: under the bare name anybody could publish something else to an index.
HOW_TO_INSTALL = (
    f"Install the wheel with its extra: pip install './smartroute_runbook-{__version__}-py3-none-any.whl[rehearsal]'"
)


def missing_extra() -> list[str]:
    """What of the extra is not installed."""
    return [name for name in _EXTRA if find_spec(name) is None]
