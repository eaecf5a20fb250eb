"""Whether a lake has begun: of one that has, little is read; all of one whose days are to come, to its end."""

from __future__ import annotations

import datetime as dt

import pytest
from support.lakes import DATABASE, Lake, body, world

from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.load.begun import all_to_come
from smartroute_runbook.load.scope import ReadPoint, closed_hours

DT, TODAY = (("dt", "string"),), dt.date(2026, 9, 22)


@pytest.fixture(scope="module")
def base(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("begun")
    copy_to(base)
    world(base)
    return base


def lake(base, name, days, others=()):
    rows = body({"id": [1]})
    return Lake(base, name, [("id", "bigint")], DT, parts={(day,): rows for day in days}, others=others)


def test_one_day_that_is_not_to_come_is_enough(base):
    one = lake(base, "begun_mixed", ["2026-09-22", "2028-01-01"])
    assert not all_to_come(one.run, TODAY)
    assert all_to_come(one.run, TODAY - dt.timedelta(days=1))
    assert closed_hours(one.run).until


def test_a_lake_whose_days_are_all_to_come_is_read_to_its_end(base):
    made_up = lake(base, "begun_later", ["9998-01-01", "9998-01-02"])
    assert all_to_come(made_up.run, TODAY)
    assert closed_hours(made_up.run) == ReadPoint(None)


def test_what_has_no_day_and_what_cannot_be_read_say_nothing(base):
    undated = lake(base, "begun_undated", ["not a day", "2026-02-30"])
    assert not all_to_come(undated.run, TODAY)
    several = lake(base, "begun_several", ["9998-01-01"], others=["begun_missing", "begun_undated"])
    assert all_to_come(several.run, TODAY)


def test_of_a_long_lake_one_page_is_read(base):
    long = lake(base, "begun_long", ["2026-09-21"])
    days = [f"{TODAY + dt.timedelta(days=n)}" for n in range(1500)]
    for at in range(0, len(days), 100):
        inputs = [
            {"Values": [day], "StorageDescriptor": {**long.description, "Location": long.address(f"dt={day}/")}}
            for day in days[at : at + 100]
        ]
        long.glue.batch_create_partition(
            DatabaseName=DATABASE, TableName=long.name,
            PartitionInputList=inputs,
        )  # fmt: skip
    read = []
    events = long.glue.meta.events
    events.register("after-call.glue.GetPartitions", lambda parsed, **_: read.extend(parsed["Partitions"]))
    assert not all_to_come(long.run, TODAY)
    assert 0 < len(read) < len(days)
