"""Dates and timestamps of Redshift come as they are, whatever the driver makes of them."""

from __future__ import annotations

import datetime
import struct
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.translate_lab import Lab

from smartroute_runbook.redshift_moments import (
    DATE,
    DECODERS,
    START,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    TIMETZ,
    date_of,
    decode_exactly,
    moment_of,
)  # fmt: skip

_date, _time, _timestamp, _timestamptz, _timetz = (
    DECODERS[oid][1] for oid in (DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ)
)


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


@pytest.mark.parametrize(("sign", "text"), [(1, "infinity"), (-1, "-infinity")])
def test_the_ends_of_the_range_are_no_moments(sign, text):
    days, microseconds = (2**31 - 1, 2**63 - 1) if sign > 0 else (-(2**31), -(2**63))
    assert _date(struct.pack("!i", days), 0, 4) == text
    assert [read(struct.pack("!q", microseconds), 0, 8) for read in (_timestamp, _timestamptz)] == [text, text]


@given(st.times(), st.integers(-57_599, 57_599))
def test_a_time_with_a_zone_is_its_time_in_utc(time, west):
    since = datetime.datetime.combine(START, time) - START.replace(tzinfo=None)
    data = b"xxx" + struct.pack("!qi", since // datetime.timedelta(microseconds=1), west)
    expected = (datetime.datetime.combine(START, time, datetime.UTC) + datetime.timedelta(seconds=west)).timetz()
    assert _timetz(data, 3, 12) == expected


@pytest.mark.parametrize(("oid", "text", "value"), [
    (DATE, "0044-03-15 BC", "-0043-03-15"),
    (DATE, "0001-12-31 BC", "0000-12-31"),
    (DATE, "12025-11-24", "12025-11-24"),
    (DATE, "infinity", "infinity"),
    (DATE, "1500-02-28", datetime.date(1500, 2, 28)),
    (TIME, "24:00:00", "24:00:00"),
    (TIME, "23:59:59.000001", datetime.time(23, 59, 59, 1)),
    (TIMETZ, "01:30:00.5+05:30", datetime.time(20, 0, 0, 500_000, datetime.UTC)),
    (TIMESTAMP, "12025-11-24 10:00:00.500", "12025-11-24 10:00:00.5"),
    (TIMESTAMP, "0044-03-15 10:00:00 BC", "-0043-03-15 10:00:00"),
    (TIMESTAMPTZ, "2026-11-28 12:00:00+05:30",
     datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30)))),
])  # fmt: skip
def test_what_an_old_server_sends_as_text_is_read_as_it_is(oid, text, value):
    connection = SimpleNamespace(redshift_types=dict.fromkeys(DECODERS, (0, None)))
    decode_exactly(connection)
    form, read = connection.redshift_types[oid]
    data = text.encode()
    assert (form, read(b"x" + data + b"y", 1, len(data))) == (0, value)


@given(st.dates())
def test_texts_of_dates_are_read_back(day):
    assert date_of(day.isoformat()) == day


@given(st.datetimes())
def test_texts_of_timestamps_are_read_back(moment):
    assert moment_of(moment.isoformat(sep=" ")) == moment


@given(st.integers(-(2**31) + 1, 2**31 - 2))
def test_both_engines_texts_of_a_day_are_one(days):
    """As Trino writes the year 0 and as PostgreSQL does: before 1 BC it is no year, and no sign stands there."""
    ours = str(_date(struct.pack("!i", days), 0, 4))
    year, rest = ours[:-6], ours[-6:]
    written = f"{1 - int(year):04}{rest} BC" if int(year) <= 0 else ours
    assert str(date_of(written)) == str(date_of(ours)) == ours


@pytest.mark.parametrize("day", ["10000-01-01", "12025-11-24"])
def test_a_day_beyond_the_years_of_python_comes_from_athena_as_from_redshift(lab, day):
    assert lab.rows("athena", f"SELECT DATE '{day}' AS v") == [(day,)]
