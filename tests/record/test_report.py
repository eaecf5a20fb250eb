"""The auditor's pages: they tell what holds, link both ways, and stand whatever a record holds."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.stories import Part, honest, write

from smartroute_runbook.record import chapters
from smartroute_runbook.record.report import report
from smartroute_runbook.record.root_causes import root_causes
from smartroute_runbook.record.signing import signing_key
from smartroute_runbook.record.verify import verify
from smartroute_runbook.runs.journal import Entry


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "signing.pem"
    signing_key(path)
    return path


def test_the_page_tells_who_did_what_where_and_how_to_check_it(tmp_path, key):
    story = honest()
    back = Part("revoked", {"gate": "week2.loaded", "signer": "Ada Lovelace", "note": "read again", "had": ["Grace"]})
    story.parts.insert(story.find("gate", gate="week3.compared"), back)
    story.add("switched", to="athena", seconds=1, requests=9, failed_requests=0)
    folder = write(story, tmp_path, key)
    page = report(folder).read_text()
    for words in (
        "210987654321", "us-east-1", "ticked by", "what the evidence said",
        "arn:aws:iam::210987654321:user/grace", "read again",
        "had been signed by",
        "its story does not hold", "smartroute-runbook verify FOLDER", 'class="unattested"', 'href="evidence.html#',
        "Journal head", "was revoked by Ada Lovelace",
    ):  # fmt: skip
        assert words in page, words
    evidence = (folder / "evidence.html").read_text()
    linked = set(re.findall(r'evidence\.html#([0-9a-f]{12})"', page))
    assert linked
    assert linked <= set(re.findall(r'<h2 id="([0-9a-f]{12})"', evidence))
    assert 'href="index.html"' in evidence
    assert verify(folder).checked["not_covered"] == ["evidence.html", "index.html"]


def test_nothing_is_written_through_a_link(tmp_path, key):
    folder = write(honest(), tmp_path / "records", key)
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    for name in ("index.html", "evidence.html"):
        (folder / name).symlink_to(victim)
    report(folder)
    assert victim.read_text() == "mine"
    assert not (folder / "index.html").is_symlink()


def test_pipes_links_and_endless_files_keep_nobody_waiting(tmp_path, key):
    folder = write(honest(), tmp_path, key)
    for name, make in (
        ("000002.json", lambda path: os.mkfifo(path)),
        ("000003.json", lambda path: path.symlink_to("/dev/zero")),
        ("000004.json", lambda path: path.mkdir()),
    ):
        (folder / "journal" / name).unlink()
        make(folder / "journal" / name)
    told = {problem.file: problem.what for problem in verify(folder).problems}
    assert told["journal/000002.json"] == "it is not a regular file"
    assert told["journal/000003.json"] == "it is a link, not a file"
    report(folder)


WORDS = """
week name gate signer evidence status notebook html source failure seconds requests to at file digest step started
finished checked caller note blocks needed parameters files shared journal key had stay
"""
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.sampled_from(["1", "12", "", "rollback", "<b>x</b>", "javascript:alert(1)", "week2.loaded", "../x", "\0"])
DEEP = st.dictionaries(st.sampled_from(["a", "week2.loaded.proofs"]), st.integers()) | st.lists(
    st.integers(), max_size=3
)
BODIES = st.dictionaries(st.sampled_from(WORDS.split()), PLAIN | TEXTS | DEEP, max_size=8)
KIND_WORDS = """
opened week-started week-finished evidence measured gate signature revoked started finished stopped attested switching
switched loaded removed odd
"""
KINDS = st.sampled_from(KIND_WORDS.split())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(KINDS, BODIES), min_size=1, max_size=6), st.booleans())
def test_whatever_a_journal_says_the_pages_stand_and_hold_no_markup_of_it(tmp_path_factory, key, odd, first):
    story = honest()
    story.parts = [*(story.parts[:60] if first else []), *(Part(kind, body) for kind, body in odd)]
    folder = write(story, tmp_path_factory.mktemp("odd"), key)
    found = verify(folder)
    assert found.exit_code == 5
    found.view()
    page = report(folder).read_text()
    assert "<b>x</b>" not in page
    assert 'href="javascript' not in page


def test_what_the_auditor_reads_has_units_and_moments_in_one_form():
    cause = {"reasons": [], "changed": [["2026-12-01T00:41:51.074+00:00", "parameter set to athena"]]}
    trigger = {"name": "spending", "verdict": "not fired", "threshold": 500.0, "value": 1.92, "unit": "$/month"}
    judged = {"verdict": "inconclusive", "block_length": 2}
    kept = {"c": cause, "t": {"triggers": [trigger]}, "j": judged}
    names = {"c": "rollback.rootcause", "t": "week1.decision.triggers", "j": "measure.first_look"}
    at = "2026-12-01T00:42:00+00:00"
    entries = [
        Entry(n, "", at, "ada", "evidence", {"name": names[one], "digest": one}, "") for n, one in enumerate(names, 1)
    ]
    told = root_causes(entries, kept.get)
    assert "Somebody went back; the journal holds no reason." in told
    assert "<td>2026-12-01 00:41:51</td>" in told
    verdicts = chapters.verdicts(entries, kept.get)
    assert "threshold 500 $/month, value 1.92 $/month" in verdicts
    assert "block" not in verdicts
