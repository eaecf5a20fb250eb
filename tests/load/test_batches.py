"""Batches: every partition once, in order, within what one transaction takes; a day is cut only when it must be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.load import batches
from smartroute_runbook.load.source import Partition

DAYS = st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), min_size=1, max_size=6), max_size=12)


@given(DAYS, st.integers(1, 40))
def test_every_partition_is_in_one_batch_that_fits(days, most_bytes):
    parts = [
        Partition("t", f"d={day}/h={hour}" + "x" * longer, (day, hour), 1, 1, size, "s", f"day {day:02}")
        for day, hours in enumerate(days)
        for hour, (size, longer) in enumerate(hours)
    ]
    most = batches.MOST_PARTITIONS, batches.MOST_NAMES
    batches.MOST_PARTITIONS, batches.MOST_NAMES = 7, 900
    try:
        made = list(batches.batches_of("t", parts, most_bytes))
    finally:
        batches.MOST_PARTITIONS, batches.MOST_NAMES = most
    assert [part for batch in made for part in batch.partitions] == parts
    for batch in made:
        assert len(batch.partitions) <= 7
        assert sum(len(part.name) for part in batch.partitions) <= 900 or len(batch.partitions) == 1
        assert batch.bytes <= most_bytes or len(batch.days) == 1
