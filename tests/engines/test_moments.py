"""Dates and timestamps of Redshift come as they are, whatever the driver makes of them."""

from __future__ import annotations

import datetime
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.translate_lab import Lab

from smartroute_runbook.engines.moments import START, _date, _time, _timestamp, _timestamptz


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


@pytest.mark.parametrize("day", ["0001-01-01", "1400-02-28", "1500-02-28", "1582-10-04", "1582-10-10", "1582-10-15",
                                 "1612-10-13", "1899-12-31", "2026-11-29", "9999-12-31"])  # fmt: skip
def test_a_date_is_read_as_it_was_written(lab, day):
    sql = f"SELECT DATE '{day}', TIMESTAMP '{day} 10:11:12', CAST('{day} 10:11:12+00' AS timestamptz)"
    moment = datetime.datetime.fromisoformat(f"{day} 10:11:12")
    expected = (datetime.date.fromisoformat(day), moment, moment.replace(tzinfo=datetime.UTC))
    assert lab.rows("redshift", sql) == [expected]


@given(st.dates())
def test_every_date_of_python(day):
    days = (day - datetime.date(2000, 1, 1)).days
    assert _date(b"xx" + struct.pack("!i", days), 2, 4) == day


@given(st.datetimes())
def test_every_timestamp_of_python(moment):
    data = struct.pack("!q", (moment.replace(tzinfo=datetime.UTC) - START) // datetime.timedelta(microseconds=1))
    assert _timestamp(data, 0, 8) == moment
    assert _timestamptz(data, 0, 8) == moment.replace(tzinfo=datetime.UTC)


@given(st.times())
def test_every_time_of_python(time):
    since = datetime.datetime.combine(START, time) - START.replace(tzinfo=None)
    assert _time(struct.pack("!q", since // datetime.timedelta(microseconds=1)), 0, 8) == time


def test_the_end_of_a_day_is_no_midnight():
    assert _time(struct.pack("!q", 86_400_000_000), 0, 8) == "24:00:00"


@pytest.mark.parametrize(("days", "text"), [
    (-730_120, "0000-12-31"), (-746_150, "-0043-02-10"), (2_921_940, "10000-01-01"), (100_000_000, "275790-09-13"),
])  # fmt: skip
def test_what_python_cannot_hold_is_a_text_of_its_own(days, text):
    data = struct.pack("!q", days * 86_400_000_000 + 5)
    assert _date(struct.pack("!i", days), 0, 4) == text
    assert _timestamp(data, 0, 8) == f"{text} 00:00:00.000005"
    assert _timestamptz(data, 0, 8) == f"{text} 00:00:00.000005+00"
