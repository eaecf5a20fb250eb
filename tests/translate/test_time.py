"""Translation takes time in proportion to a query's length: generated queries hold thousands of terms."""

from __future__ import annotations

import time

import pytest

from smartroute_runbook.translate import translate
from smartroute_runbook.translate.schema import Schema

SCHEMA = Schema.of({"lake.trips": {"id": "bigint", "small": "int", "name": "string"}})
CHAINS = {
    "concatenations": lambda n: f"SELECT {' || '.join(['name'] * n)} AS x FROM lake.trips",
    "sums": lambda n: f"SELECT {' + '.join(['id'] * n)} AS x FROM lake.trips",
    "narrow sums": lambda n: f"SELECT {' + '.join(['length(name)', 'small'] * (n // 2))} AS x FROM lake.trips",
    "conditions": lambda n: f"SELECT id FROM lake.trips WHERE {' OR '.join(f'id = {i}' for i in range(n))}",
    "branches": lambda n: (
        f"SELECT CASE {' '.join(f'WHEN id = {i} THEN {i}' for i in range(n))} END AS x FROM lake.trips"
    ),
    "values": lambda n: f"SELECT id FROM lake.trips WHERE id IN ({', '.join(map(str, range(n)))})",
}


def seconds(sql: str) -> float:
    began = time.process_time()  # of this process alone: a busy machine does not count
    assert translate(sql, SCHEMA, name="q").sql is not None
    return time.process_time() - began


@pytest.mark.parametrize("chain", CHAINS)
def test_four_times_as_long_takes_about_four_times_as_long(chain):
    seconds(CHAINS[chain](50))
    short, long = (min(seconds(CHAINS[chain](n)) for _ in range(2)) for n in (500, 2000))
    assert long < 8 * short + 0.1  # were it quadratic, sixteen times
