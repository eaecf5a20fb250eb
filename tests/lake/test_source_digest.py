"""The state of a partition: one digest of its columns and files, the same in every version (the ledger holds it)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.canonical import digest
from smartroute_runbook.lake import SourceTable
from smartroute_runbook.lake.files import DataFile
from smartroute_runbook.lake.partitions import RegisteredPlace, source_digest

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
FILES = st.lists(st.builds(DataFile, TEXTS, st.integers(0, 2**50), TEXTS), max_size=5)
COLUMNS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5).map(tuple)


def test_it_is_what_the_ledger_of_an_older_version_holds():
    table = SourceTable("d", "t", (("b", "string"), ("a", "bigint")), (), "s3://lake/t/")
    files = [DataFile("s3://lake/t/2", 7, '"e2"'), DataFile("s3://lake/t/1", 5, '"e1"')]
    assert source_digest(table, files) == "806a762b26b560b29962e016a1171ff5ba37d06002e1217c25224a779260cae8"


@given(columns=COLUMNS, files=FILES, own=COLUMNS, version=TEXTS)
def test_it_is_the_digest_of_columns_and_files(columns, files, own, version):
    table = SourceTable("d", "t", columns, (), "s3://lake/t/", version=version)
    place = RegisteredPlace("s3://lake/t/", own, own)
    parts = [version, [["s3://lake/t/", own, own]] if own else []]
    whole = [sorted(columns), sorted(map(list, files)), *(part for part in parts if part)]
    assert source_digest(table, files, [place]) == digest(whole)
