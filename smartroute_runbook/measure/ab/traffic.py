"""The load as it is: which query, with which parameters, at which moment of a week.

From the harvested history: the last whole week of the dashboard's own queries, at the very moments at which they were
asked. Or from users: each opens the dashboard, all of its panels are asked at once, and again after a time to think.
Either way the moments are fixed beforehand, so that a slow engine is not spared by users who wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from smartroute_runbook.quantities import plural

__all__ = ["HOUR", "LEAST_HISTORY", "WEEK", "Traffic", "from_history", "from_users"]

HOUR = 3600.0
WEEK = 168 * HOUR
LEAST_HISTORY = 50
"""Requests in a week below which a history is no load: then users are imagined."""
_EPOCH_DAY = 3  # 1 January 1970 was a Thursday; Monday is 0


@dataclass(frozen=True)
class Traffic:
    """Arrivals of one week.

    Attributes:
        at: seconds from Monday 00:00 UTC, rising.
        question: which question is asked, by its place in the mix.
        source: in words.
    """

    at: npt.NDArray[np.float64]
    question: npt.NDArray[np.int64]
    source: str


def from_history(history: pa.Table, texts: Mapping[str, int]) -> Traffic:
    """The last seven whole days of a query history.

    Args:
        history: columns of ``runs.query_history.SCHEMA``.
        texts: the place of a question by the digest of its text (16 digits) or, for any other text, by its shape.
    """
    asked = history.filter(pc.equal(history["statement_type"], "DML"))
    moments = asked["submitted_ms"].to_numpy().astype(np.float64) / 1000
    places = [
        texts.get(text, texts.get(shape, -1))
        for text, shape in zip(asked["text_digest"].to_pylist(), asked["shape"].to_pylist(), strict=True)
    ]
    question = np.array(places, np.int64)
    end = np.floor(moments.max() / 86_400) * 86_400 if len(moments) else 0.0
    mine = (question >= 0) & (moments >= end - WEEK) & (moments < end)
    since_monday = (moments[mine] + _EPOCH_DAY * 86_400) % WEEK
    order = np.argsort(since_monday, kind="stable")
    return Traffic(since_monday[order], question[mine][order], _source(moments, end))


def _source(moments: npt.NDArray[np.float64], end: float) -> str:
    """What the history is: one that begins later knows nothing of the hours before, which seem to be quiet."""
    days = (end - float(moments.min())) / 86_400 if len(moments) else 0.0
    if days >= 6:  # nobody need have asked within the first hours
        return "the last whole week of Athena's query history"
    return (
        f"the last {plural(max(0.0, days), 'day')} of Athena's query history, which is no whole week: other hours "
        "are missing"
    )


def from_users(users: int, think_seconds: float, panels: Sequence[int], hours: Sequence[int], seed: int) -> Traffic:
    """Users who look at all panels, think, and look again, for whole hours of a week.

    Args:
        users: at once.
        think_seconds: on average between two looks of one user, exponential.
        panels: the questions that one look asks, all at the same moment.
        hours: of the week.
        seed: of the moments.
    """
    rng = np.random.default_rng(seed)
    looks = []
    for hour in sorted(hours):
        count = rng.poisson(users * HOUR / think_seconds)  # what many users do independently of each other
        looks.append(hour * HOUR + np.sort(rng.uniform(0, HOUR, count)))
    at = np.concatenate(looks) if looks else np.empty(0)
    question = np.tile(np.array(panels, np.int64), len(at))
    source = (
        f"{plural(users, 'user')}, each asking {plural(len(panels), 'panel')} at once about every {think_seconds:g} s"
    )
    return Traffic(np.repeat(at, len(panels)), question, source)
