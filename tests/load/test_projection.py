"""Projected partitions: both sides compute the same from a table's properties, to the last day of a relative range."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smartroute_runbook.lake.projection import projection_of
from smartroute_runbook.standins.athena.errors import QueryFailed
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
    "to the calendar's end": ({"type": "date", "format": "yyyy-MM", "range": "9998-11,9999-12"},
                              ["9998-11", "9998-12", "9999-01"], "9999-12"),
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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"type": "date", "range": "2026-09-01,NOW", "interval": "0"}, "an interval of 0"),
        ({"type": "date", "range": "2026-09-01,NOW", "interval": "-1"}, "an interval of -1"),
        ({"type": "integer", "range": "1,9", "interval": "-1"}, "an interval of -1"),
        ({"type": "date", "format": "yyyy-MM-dd", "range": "2026-09-01,NOW", "interval.unit": "MOONS"}, "unit 'MOONS'"),
        ({"type": "date", "range": "2026-09-01,NOW"}, "projection.dt.format is not set"),
        ({"type": "integer"}, "projection.dt.range is not set"),
        ({"type": "enum", "value": "1"}, "projection.dt.values is not set"),
        ({"type": "enum", "values": "1, 2,3"}, "' 2' is no int"),
        ({"type": "enum", "values": "1,two,3"}, "'two' is no int"),
    ],
)
def test_properties_that_athena_could_not_compute_by_are_refused_by_name(given, said):
    parameters = {"projection.enabled": "true", **{f"projection.dt.{name}": value for name, value in given.items()}}
    kind = "int" if given["type"] == "enum" else "string"
    ((reason, hint),) = projection_of(parameters, [("dt", kind)], "s3://lake/t").obstacles
    assert said in reason
    assert "projection.dt" in hint


def test_a_template_without_a_partition_column_is_refused_by_both_sides():
    parameters = {
        "projection.enabled": "true", "projection.day.type": "enum", "projection.day.values": "1,2",
        "projection.hour.type": "integer", "projection.hour.range": "0,1",
        "storage.location.template": "s3://lake/raw/${day}/",
    }  # fmt: skip
    ((reason, hint),) = projection_of(parameters, [("day", "int"), ("hour", "int")], "s3://lake/t").obstacles
    assert "which lacks ${hour}" in reason
    assert "storage.location.template" in hint
    with pytest.raises(QueryFailed, match="missing partition column: 'hour'"):
        list(projected(parameters, ("day", "hour"), "s3://lake/t"))
