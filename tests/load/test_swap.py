"""The statement that puts staged rows into their table."""

from __future__ import annotations

import pytest

from smartroute_runbook.lake import SourceTable
from smartroute_runbook.load.columns import RedshiftColumn
from smartroute_runbook.load.copy import _swapped
from smartroute_runbook.load.types import RedshiftType


@pytest.mark.parametrize(("width", "named"), [(3, True), (1600, False)])
def test_columns_are_named_unless_both_lists_are_more_than_a_statement_takes(width, named):
    columns = tuple((f"a_column_with_quite_a_long_name_{n:04}", "bigint") for n in range(width))
    table = SourceTable("db", "t", columns, (), "s3://lake/t/")
    declared = [RedshiftColumn(name, RedshiftType("BIGINT")) for name, _ in columns]
    into = _swapped(table, declared, "public")[0]
    assert len(into.encode()) < 100_000
    assert into.count('"a_column_with_quite_a_long_name_0000"') == (2 if named else 1)
    moved = _swapped(table, declared[::-1], "public")[0]
    assert moved.count('"a_column_with_quite_a_long_name_0000"') == 2
