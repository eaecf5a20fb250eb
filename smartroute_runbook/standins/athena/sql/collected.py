"""Trino's functions over all values of a group, and over arrays and maps, that DuckDB has no expression for."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from .refusals import refusal

__all__ = ["cosine_similarity", "histogram_entries", "most_frequent", "places", "width_of"]

_LARGEST = 5


def places(length: int, size: int) -> list[list[int]]:
    """The places of every combination of an array's items, those of the last item last."""
    if size < 0:
        raise refusal(f"combination size must not be negative: {size}")
    if size > _LARGEST:
        raise refusal(f"combination size must not exceed {_LARGEST}: {size}")
    found = combinations(range(1, length + 1), size)
    return [list(one) for one in sorted(found, key=lambda one: one[::-1])]


def cosine_similarity(
    keys: Sequence[str], values: Sequence[float], others: Sequence[str], their: Sequence[float]
) -> float:
    """Of two sparse vectors; NaN where one has no length."""
    right = dict(zip(others, their, strict=True))
    product = sum(value * right[key] for key, value in zip(keys, values, strict=True) if key in right)
    lengths = math.sqrt(_squares(values)) * math.sqrt(_squares(their))
    return product / lengths if lengths else math.nan


def _squares(values: Sequence[float]) -> float:
    return sum(value * value for value in values)


def width_of(value: float, bins: Sequence[float]) -> int:
    """How many of the ascending bins a value has reached, found by halves as Trino finds it."""
    if not bins:
        raise refusal("Bins cannot be an empty array")
    if math.isnan(value):
        raise refusal("Operand cannot be NaN")
    low, high = 0, len(bins)
    while low < high:
        if bins[low] > bins[high - 1]:
            raise refusal("Bin values are not sorted in ascending order")
        middle = (low + high) // 2
        if not math.isfinite(bins[middle]):
            raise refusal(f"Bin value must be finite, got {bins[middle]}")
        low, high = (low, middle) if value < bins[middle] else (middle + 1, high)
    return low


def histogram_entries(buckets: int, values: Sequence[float], weights: Sequence[float]) -> list[dict[str, float]]:
    """``numeric_histogram``: neighbours are merged, the closest and lightest first, until few enough are left.

    Source: Ben-Haim and Tom-Tov, "A streaming parallel decision tree algorithm", with Trino's measure of closeness.
    """
    if buckets < 2:
        raise refusal("numeric_histogram bucket count must be greater than one")
    summed: dict[float, float] = {}
    for value, weight in zip(values, weights, strict=True):
        if weight:
            summed[value] = summed.get(value, 0.0) + weight
    items = sorted(summed.items(), key=lambda item: (math.isnan(item[0]), item[0]))
    while len(items) > buckets:
        at = heapq.nsmallest(1, range(len(items) - 1), key=lambda n: _apart(items[n], items[n + 1]))[0]
        (value, weight), (other, its) = items[at : at + 2]
        items[at : at + 2] = [((value * weight + other * its) / (weight + its), weight + its)]
    return [{"key": value, "value": weight} for value, weight in items]


def _apart(left: tuple[float, float], right: tuple[float, float]) -> float:
    weight = left[1] + right[1]
    if not weight:
        return math.inf
    apart = weight * (left[0] - right[0]) ** 2 * (left[1] * right[1]) / weight**2
    return math.inf if math.isnan(apart) else apart


def most_frequent(buckets: int, capacity: int, values: Sequence[object]) -> list[dict[str, object]]:
    """The most frequent values with their counts, exactly; the earliest of those that are as frequent."""
    if buckets < 2:
        raise refusal("approx_most_frequent bucket count must be greater than one")
    if capacity < 1:
        raise refusal("approx_most_frequent capacity must be positive")
    counted = Counter(values)
    if len(counted) > capacity:
        raise refusal("not rehearsable: approx_most_frequent of more values than its capacity", "NOT_SUPPORTED")
    return [{"key": value, "value": count} for value, count in counted.most_common(buckets)]
