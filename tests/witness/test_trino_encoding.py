"""The row encoding as real Trino computes it, for every type, equal to the reference implementation."""

from __future__ import annotations

import pytest

from smartroute_runbook.prove.encoding import Field
from smartroute_runbook.prove.reference import md5, row_text
from witness.trino import encoding
from witness.trino.answers import VERSIONS

VALUES, ANSWERS = encoding.values(), encoding.load()
RECORDED = [(version, kind) for version in VERSIONS for kind in ANSWERS[version]]


def test_every_type_was_asked_of_the_version_near_athena_s():
    assert set(ANSWERS[VERSIONS[0]]) == set(VALUES)


@pytest.mark.parametrize(("version", "kind"), RECORDED)
def test_trino_computes_the_reference_s_texts_and_digests(version, kind):
    field = Field("x", kind)
    for value, (text, digest) in zip(VALUES[kind], ANSWERS[version][kind], strict=True):
        expected = row_text([field], {"x": encoding.meant(value)})
        assert (text, digest) == (expected, md5(expected)), value
