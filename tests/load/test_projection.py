"""Projected partitions: both sides compute the same from a table's properties, to the last day of a relative range."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smartroute_runbook.lake.projection import projection_of
from smartroute_runbook.standins.athena.storage.projection import projected

NOW = datetime.now(UTC).replace(tzinfo=None)
TODAY = f"{NOW:%Y-%m-%d}"
#: Properties of a column ``dt``, and values that Athena answers with: the first ones, and the last.
CASES = {
    "a year to now": ({"type": "date", "format": "yyyy-MM-dd", "range": "NOW-1YEAR,NOW"}, None, TODAY),
    "relative to a day": ({"type": "date", "format": "yyyy-MM-dd", "range": f"NOW-3DAYS,{TODAY}"}, None, TODAY),
    "a day to now": ({"type": "date", "format": "yyyy-MM-dd", "range": "2026-09-01,NOW"}, ["2026-09-01"], TODAY),
    "blanks": ({"type": "date", "format": "yyyy/MM/dd", "range": "2026/09/01, NOW"}, ["2026/09/01"], f"{NOW:%Y/%m/%d}"),
    "months": ({"type": "date", "format": "yyyy-MM", "range": "NOW-2YEARS,NOW"}, None, f"{NOW:%Y-%m}"),
    "month ends": (
        {"type": "date", "format": "yyyyMMdd", "range": "20260131,20260531", "interval": "1",
         "interval.unit": "MONTHS"}, ["20260131", "20260228", "20260328"], "20260528",
    ),
    "weeks": (
        {"type": "date", "format": "yyyy-MM-dd", "range": "2026-09-01,2026-09-30", "interval": "1",
         "interval.unit": "WEEKS"}, ["2026-09-01", "2026-09-08"], "2026-09-29",
    ),
    "hours": (
        {"type": "date", "format": "yyyy-MM-dd-HH", "range": "2026-09-01-00,2026-09-01-23", "interval": "6",
         "interval.unit": "HOURS"}, ["2026-09-01-00", "2026-09-01-06"], "2026-09-01-18",
    ),
    "quoted letters": (
        {"type": "date", "format": "yyyy-MM-dd'T'HH", "range": "2026-09-01T00,2026-09-01T02"},
        ["2026-09-01T00", "2026-09-01T01"], "2026-09-01T02",
    ),
    "enum with a blank": ({"type": "enum", "values": "eu, us"}, ["eu", " us"], " us"),
    "digits": ({"type": "INTEGER", "range": "1,12", "digits": "2", "interval": "5"}, ["01", "06"], "11"),
    "below zero": ({"type": "integer", "range": "-1,1"}, ["-1", "0"], "1"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_partitions_are_those_that_athena_computes(name):
    given, first, last = CASES[name]
    parameters = {"projection.enabled": "true", **{f"projection.dt.{k}": v for k, v in given.items()}}
    projection = projection_of(parameters, [("dt", "string")], "s3://lake/t")
    assert not projection.obstacles
    ours = [(str(values[0]), place) for values, place in projection.partitions(NOW)]
    theirs = [(values[0], place.rstrip("/") + "/") for values, place in projected(parameters, ("dt",), "s3://lake/t")]
    assert ours == theirs
    found = [value for value, _ in ours]
    assert found[: len(first or ())] == (first or [])
    assert found[-1] == last


def test_a_template_names_places_that_are_no_hive_folders():
    parameters = {
        "projection.enabled": "TRUE", "projection.Region.type": "enum", "projection.region.values": "eu",
        "projection.hour.type": "integer", "projection.hour.range": "0,1", "projection.hour.digits": "2",
        "storage.location.template": "s3://lake/raw/${region}/h${hour}",
    }  # fmt: skip
    keys = [("region", "string"), ("hour", "int")]
    found = dict(projection_of(parameters, keys, "s3://lake/t").partitions())
    assert found == {("eu", 0): "s3://lake/raw/eu/h00/", ("eu", 1): "s3://lake/raw/eu/h01/"}
