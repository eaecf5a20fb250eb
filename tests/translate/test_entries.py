"""Entries of the translator's tables: each that is left out is noticed (all tables: ``make soak-mutations``)."""

from __future__ import annotations

import pytest
from support.translate_corpus import Corpus
from support.translate_entries import entries
from support.translate_mutations import SCHEMA, caught, tables

TABLES = (
    "rules.tries.SAFE", "rules.tries.BOUNDS", "rules.tries.TRUE", "rules.tries.FALSE", "rules.tries.PARSED",
    "statements.OTHERS", "rules.dates.EXTRACTS", "rules.formats.JODA",
    "rules.formats.UNPADDED", "rules.formats.PADDED", "rules.formats.PARSED", "rules.casts.PLAIN",
    "rules.widths.REACH", "rules.widths.PASSING", "blank_ends.CASED", "blank_ends.CUTTING",
    "blank_ends.PICKING", "rules.moments.OFFSETS",
    "constant_keys.BY_ROW", "carried.MEETING", "carried.WIDENED",
)  # fmt: skip


# What no query reaches: a class that sqlglot's Trino does not give, a bound of the widest type, words that sqlglot cuts
# in another way.
UNREACHED = {"Week", "Var", "Dot", "bigint", "%Y-%m-%d %T", "DEALLOCATE", "RESET"}


@pytest.fixture(scope="module")
def corpus():
    return Corpus(SCHEMA, entries())


@pytest.mark.parametrize("table", TABLES)
def test_an_entry_that_is_left_out_is_noticed(table, corpus):
    mutations = [each for each in tables() if each.table == table]
    assert mutations
    missed = {each.name for each in mutations if not caught(each, corpus.about(each.words), {})}
    assert missed <= UNREACHED
    assert len(missed) <= len(mutations) / 3
