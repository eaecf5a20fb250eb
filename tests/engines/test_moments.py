"""Moments in AWS's answers: the same as botocore reads them, whatever their form."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.engines.moments import moment

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2300, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(at=MOMENTS)
def test_each_form_is_read_as_botocore_reads_it(at):
    forms = [at.timestamp(), int(at.timestamp()), str(int(at.timestamp())), at.isoformat(), format_datetime(at)]
    forms += [at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), at.strftime("%Y-%m-%dT%H:%M:%SZ")]
    forms += [at.strftime("%Y-%m-%dT%H:%M:%S GMT"), at.strftime("%Y-%m-%d %H:%M:%SZ")]
    for form in forms:
        assert moment(form) == parse_timestamp(form)
        assert moment(form).tzinfo == UTC


def test_what_is_no_moment_is_refused():
    with pytest.raises(ValueError, match="yesterday"):
        moment("yesterday")
