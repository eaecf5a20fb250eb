"""The named differences are complete: applied to the control's rows they give the candidate's rows, exactly."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from prove.test_tables import KEYS, SPEC, TYPES, lake, put
from support.prove_engines import DuckEngine

from smartroute_runbook.prove import tables_equal

NAMES = (*TYPES, *KEYS)


@pytest.fixture(scope="module")
def engines():
    return DuckEngine("athena"), DuckEngine("redshift")


def edited(rows, chance, edits):
    """The rows after some random edits of the kinds that loads commit."""
    rows = [dict(row) for row in rows]
    for _ in range(edits):
        target = chance.randrange(len(rows))
        match chance.randrange(7):
            case 0:
                del rows[target]
            case 1:
                rows.append(dict(rows[target]))
            case 2:
                rows[target]["timestamp"] += chance.choice([1, 3600, -5])
            case 3:
                rows[target]["headsign"] = chance.choice([None, "", "South Ferry ", "x"])
            case 4:
                rows[target]["hour"] = chance.randrange(6)
            case 5:
                hour = rows[target]["hour"]
                rows += [dict(row) for row in rows if row["hour"] == hour]
            case 6:
                hour = rows[target]["hour"]
                rows = [row for row in rows if row["hour"] != hour] or rows
    return rows


def key(row):
    return tuple(row[name] for name in NAMES)


def patched(rows, differences):
    """The control's rows with every difference applied."""
    left = Counter(map(key, rows))
    for item in differences:
        if item.row is None:
            apply_to_partition(left, item)
            continue
        before = {**item.row, **item.partition}
        if item.cells:
            after = before | {cell.column: cell.candidate for cell in item.cells}
            left[key(before)] -= 1
            left[key(after)] += 1
        else:
            left[key(before)] += item.rows[1] - item.rows[0]
    return +left


def apply_to_partition(left, item):
    here = tuple(item.partition[name] for name in KEYS)
    members = {row: n for row, n in left.items() if row[-len(KEYS) :] == here}
    assert sum(members.values()) == item.rows[0]
    for row, n in members.items():
        if item.reason == "doubled":
            left[row] = n * item.rows[1] // item.rows[0]
        elif item.reason in ("missing", "moved"):
            del left[row]
        if item.reason == "moved":
            there = dict(zip(KEYS, here, strict=True)) | {cell.column: cell.candidate for cell in item.cells}
            left[(*row[: -len(KEYS)], *there.values())] += n


@pytest.mark.parametrize("seed", range(40))
def test_differences_are_a_complete_patch(engines, seed):
    chance = random.Random(seed)
    control = lake(seed, rows=chance.choice([30, 200, 900]), hours=4)
    candidate = edited(control, chance, chance.randrange(6))
    put(engines[0], control)
    put(engines[1], candidate)
    proof = tables_equal(*engines, SPEC)
    expected = Counter(map(key, candidate))
    assert proof.equal == (Counter(map(key, control)) == expected)
    assert proof.unlocated_buckets == 0
    if not any(item.reason == "extra" and item.row is None for item in proof.differences):
        assert patched(control, proof.differences) == expected


def test_a_denser_patch(engines):
    """A thousand edits in a few thousand rows: several in almost every group."""
    chance = random.Random(1000)
    control = lake(1000, rows=6000, hours=3)
    candidate = [dict(row) for row in control]
    for row in chance.sample(candidate, 1000):
        row["timestamp"] += 1
    put(engines[0], control)
    put(engines[1], candidate)
    proof = tables_equal(*engines, SPEC)
    assert proof.unlocated_buckets == 0
    assert patched(control, proof.differences) == Counter(map(key, candidate))


def test_a_tripled_row_of_which_one_was_altered(engines):
    """Three times here; there once, and once altered: one altered row and one row less, not two."""
    row = next(row for row in lake(3) if None not in row.values())
    altered = row | {"timestamp": row["timestamp"] + 7}
    put(engines[0], [row, row, row])
    put(engines[1], [row, altered])
    proof = tables_equal(*engines, SPEC)
    assert sorted((item.reason, item.rows) for item in proof.differences) == [("doubled", (2, 1)), ("value", (1, 1))]
    assert patched([row, row, row], proof.differences) == Counter(map(key, [row, altered]))
