"""Colours and lines of charts: each engine has its own in every chart, and colour alone distinguishes no series."""

from __future__ import annotations

from smartroute_runbook.views import Series

__all__ = ["DASHES", "PALETTE", "styles"]

# Okabe and Ito's palette: distinguishable with every common colour blindness (https://jfly.uni-koeln.de/color/).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#4D4D4D")
DASHES = ("", "7 4", "2 3", "9 3 2 3", "12 4", "14 3 2 3", "")
"""SVG dash arrays, one for each colour; the first is a whole line."""
_ENGINES = {"athena": 0, "redshift": 1}


def styles(series: tuple[Series, ...]) -> list[int]:
    """A palette index each: Athena and Redshift keep theirs in every chart."""
    fixed = [next((i for word, i in _ENGINES.items() if word in s.name.lower()), None) for s in series]
    if len({i for i in fixed if i is not None}) < sum(i is not None for i in fixed):
        return [i % len(PALETTE) for i in range(len(series))]
    free = iter(i for i in range(len(PALETTE) * 9) if i % len(PALETTE) not in set(fixed))
    return [i if i is not None else next(free) % len(PALETTE) for i in fixed]
