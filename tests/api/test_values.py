"""One form of every value, whichever engine answered."""

from __future__ import annotations

import datetime as dt
import json
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.api.redshift_driver import _date
from smartroute_runbook.api.values import json_value, typed_value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (None, "integer", None),
        ("9223372036854775807", "bigint", 9223372036854775807),
        ("12", "int8", 12),
        ("0.1", "double", 0.1),
        ("2.50", "decimal", 2.5),
        ("NaN", "double", "NaN"),
        ("-Infinity", "float8", "-Infinity"),
        ("true", "boolean", True),
        ("f", "bool", False),
        ("2026-11-28 12:00:00.000", "timestamp", "2026-11-28T12:00:00"),
        ("2026-11-28 12:00:00.5", "timestamp", "2026-11-28T12:00:00.5"),
        ("2026-11-28 12:00:00", "timestamp", "2026-11-28T12:00:00"),
        ("2026-11-28", "date", "2026-11-28"),
        (" a ", "varchar", " a "),
        ("", "varchar", ""),
    ],
)
def test_texts_of_an_engine(text, kind, value):
    assert typed_value(text, kind) == value


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (Decimal("2.50"), 2.5),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (dt.datetime.fromisoformat("2026-11-28 12:00:00.500"), "2026-11-28T12:00:00.5"),
        (dt.date(2026, 11, 28), "2026-11-28"),
        (dt.timedelta(1), "1 day, 0:00:00"),
        (True, True),
        (None, None),
    ],
)
def test_values_of_a_driver(value, form):
    assert json_value(value) == form


@given(st.floats() | st.integers() | st.text() | st.datetimes() | st.decimals(allow_nan=False) | st.none())
def test_every_value_is_json(value):
    json.dumps(json_value(value), allow_nan=False)


@given(st.datetimes())
def test_both_engines_forms_of_a_moment_are_one(moment):
    athena = moment.isoformat(sep=" ", timespec="microseconds")
    assert typed_value(athena, "timestamp") == json_value(moment)


@given(st.dates())
def test_every_date_of_the_driver_is_the_one_on_the_wire(day):
    assert _date(struct.pack("!i", (day - dt.date(2000, 1, 1)).days), 0, 4) == day


def test_a_date_that_python_cannot_hold_is_no_other_one():
    assert _date(struct.pack("!i", 3_000_000), 0, 4) == "3000000 days after 2000-01-01"
