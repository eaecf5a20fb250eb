"""One form of every value, whichever engine answered."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.api.values import json_value, single, typed_value


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
        ("2026-11-28 12:00:00.000 UTC", "timestamp with time zone", "2026-11-28T12:00:00+00:00"),
        ("2026-11-28 12:00:00.500 Europe/Berlin", "timestamp with time zone", "2026-11-28T11:00:00.5+00:00"),
        ("2026-11-28 12:00:00.000 +05:30", "timestamp with time zone", "2026-11-28T06:30:00+00:00"),
        ("2026-11-28 12:00:00.000 -05:30", "timestamp with time zone", "2026-11-28T17:30:00+00:00"),
        ("2026-11-28 12:00:00+00", "timestamptz", "2026-11-28T12:00:00+00:00"),
        ("2026-11-28 12:00:00.5+00", "timestamptz", "2026-11-28T12:00:00.5+00:00"),
        ("2026-10-25 02:30:00.000 Europe/Berlin", "timestamp with time zone", "2026-10-25T02:30:00.000 Europe/Berlin"),
        ("12026-11-28 12:00:00+00", "timestamptz", "12026-11-28T12:00:00+00"),
        ("12:00:00.500", "time", "12:00:00.5"),
        ("12:00:00", "time", "12:00:00"),
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
        (dt.time(12, 0, 0, 500_000), "12:00:00.5"),
        (dt.datetime.fromisoformat("2026-11-28 12:00:00.500+00:00"), "2026-11-28T12:00:00.5+00:00"),
        (dt.datetime.fromisoformat("2026-11-28 12:00:00+05:30"), "2026-11-28T06:30:00+00:00"),
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


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_every_engines_form_of_an_instant_is_one(moment):
    wall = moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    athena, data_api = f"{wall} UTC", f"{wall}+00"
    expected = json_value(moment)
    assert (typed_value(athena, "timestamp with time zone"), typed_value(data_api, "timestamptz")) == (expected,) * 2


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_engines_form_of_a_real_is_one(value):
    athena = np.format_float_scientific(np.float32(value), unique=True)
    assert typed_value(athena, "float") == typed_value(athena, "float4") == single(value)
    assert np.float32(single(value)) == np.float32(value)
