"""What the bytes say: an honest record's claims hold, and lies with the right key are noticed, each by its rule."""

from __future__ import annotations

import copy
import json
import re
import shutil
from datetime import timedelta

import pytest
from support.lies import OUTSIDE, SEEN
from support.lies_of_insiders import INSIDERS
from support.lies_page import page, verdicts, why
from support.stories import ROOT, RUN, Story, caller, honest, write

from smartroute_runbook.errors import UsageError
from smartroute_runbook.record.layout import SINCE_0_2
from smartroute_runbook.record.runbook import code_digest, shipped_digests, text_digest
from smartroute_runbook.record.signing import public_pem, signing_key
from smartroute_runbook.record.story.order import KINDS
from smartroute_runbook.record.verify import verify


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "signing.pem"
    signing_key(path)
    return path


@pytest.fixture(scope="module")
def truth(tmp_path_factory, key):
    return write(honest(), tmp_path_factory.mktemp("truth"), key)


def claims(found):
    return {claim.week: claim.words for claim in found.runs[0].claims}


def test_an_honest_record_says_of_each_week_that_it_is_signed(truth):
    found = verify(truth)
    assert claims(found) == dict.fromkeys("1234", "signed")
    assert (found.valid, found.holds, found.exit_code, found.problems) == (True, True, 0, ())


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return {name: (alone, found) for name, alone, found in verdicts(tmp_path_factory.mktemp("lies"))}


@pytest.mark.parametrize("name", SEEN | INSIDERS)
def test_a_lie_with_the_right_key_is_noticed_in_the_record_alone(name, told):
    alone, found = told[name]
    assert alone, name
    assert why(found)
    assert "Traceback" not in json.dumps(found.as_json())


def test_the_page_of_lies_is_current(told):
    rows = [(name, alone, why(found)) for name, (alone, found) in told.items()]
    assert (ROOT / "docs" / "verify.md").read_text() == page(rows), "PYTHONPATH=tests python -m support.lies_page"


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_whole_story_that_never_was_is_noticed_from_outside_alone(name, tmp_path, truth, key):
    story = honest()
    OUTSIDE[name](story)
    lie = write(story, tmp_path / "records", key)
    assert verify(lie).exit_code == 0
    last = verify(truth).runs[0].head
    found = verify(lie, heads=[f"{last[0]}:{last[1]}"])
    assert (found.exit_code, found.valid) == (5, False)
    anchor = tmp_path / "anchor" / RUN
    anchor.mkdir(parents=True)
    for path in truth.glob("*.attestation.json"):
        shutil.copy(path, anchor)
    assert verify(lie, anchor=str(tmp_path / "anchor")).exit_code == 5
    assert verify(truth, anchor=str(tmp_path / "anchor")).exit_code == 0


def test_the_reason_names_gate_and_entry(tmp_path, key):
    story = honest()
    story.parts.pop(story.find("signature", gate="week2.loaded"))
    found = claims(verify(write(story, tmp_path, key)))
    assert found["2"].startswith("not signed: gate week2.loaded has 1 of 2 signatures over its evidence (entry ")
    assert found["1"] == "signed"
    assert "before gate week2.loaded was signed" in found["3"]


def under_way(cut: str, **wanted: str) -> Story:
    story = honest()
    story.parts = story.parts[: story.find(cut, **wanted) + 1]
    return story


@pytest.mark.parametrize(
    ("cut", "wanted", "word"),
    [
        ("week-started", {"week": "2"}, "it is not finished"),
        ("gate", {"gate": "week2.tables"}, "0 of 2 signatures"),
        ("week-finished", {"week": "2"}, "it is finished, but not sealed"),
    ],
)
def test_a_run_under_way_holds_so_far_and_not_as_a_whole(tmp_path, key, cut, wanted, word):
    folder = write(under_way(cut, **wanted), tmp_path, key)
    closed, still_open = verify(folder), verify(folder, under_way=True)
    assert (closed.exit_code, still_open.exit_code) == (5, 0)
    assert closed.valid
    assert word in claims(closed)["2"]
    assert claims(closed)["3"] == "not begun"
    assert closed.as_json()["unattested"] == len(closed.runs[0].unattested) > 0


def test_a_week_that_was_refused_too_early_speaks_against_nothing_in_a_run_under_way(tmp_path, key):
    story = under_way("sealed", week="1")
    story.notebooks["2"] = honest().notebooks["2"]
    story.add("sealed", week="2", status="failed", exit_code=4, failure="Week 2 cannot start")
    folder = write(story, tmp_path, key)
    closed, still_open = verify(folder), verify(folder, under_way=True)
    assert claims(closed)["2"].startswith("not signed: it was never begun; it is not finished")
    assert "gate week2.tables was not reached;" in claims(closed)["2"]  # "(entry 9)" of eight
    assert (closed.exit_code, still_open.exit_code) == (5, 0)
    assert "`--open`" in str(closed.view())
    assert "`--open`" not in str(still_open.view())


def test_what_is_broken_stays_broken_in_a_run_under_way(tmp_path, key):
    story = under_way("sealed", week="2")
    story.drop("signature", gate="week2.loaded")
    assert verify(write(story, tmp_path, key), under_way=True).exit_code == 5


def test_a_renamed_folder_is_told(tmp_path, key):
    (problem,) = verify(write(honest(), tmp_path, key, folder="another-run")).problems
    assert "renamed" in problem.what


def test_two_keys_in_one_record_are_a_problem_until_both_are_given(tmp_path, key, truth):
    other = tmp_path / "other.pem"
    signing_key(other)
    last = write(honest(), tmp_path / "other", other)
    mixed = tmp_path / RUN
    shutil.copytree(truth, mixed)
    for path in [max((mixed / "journal").iterdir()), mixed / "week4.attestation.json"]:
        path.unlink()
        shutil.copy(last / path.relative_to(mixed), path)
    shutil.copytree(last / "keys", mixed / "keys", dirs_exist_ok=True)
    assert any("sealed with 2 keys" in problem.what for problem in verify(mixed).problems)
    publics = []
    for number, path in enumerate((key, other)):
        publics.append(tmp_path / f"{number}.pem")
        publics[-1].write_bytes(public_pem(signing_key(path)))
    assert any("not with the given" in problem.what for problem in verify(mixed, publics[0]).problems)
    assert not any("keys" in problem.what for problem in verify(mixed, publics).problems)


def test_what_valid_rests_on_is_said(truth, tmp_path, key):
    assert "Who sealed it is not checked" in verify(truth).rests_on
    public = tmp_path / "public.pem"
    public.write_bytes(public_pem(signing_key(key)))
    assert verify(truth, public).rests_on.startswith("It was sealed with the key that was given")


def test_a_run_that_was_taken_away_leaves_a_hole(tmp_path, key):
    first = write(honest(), tmp_path, key)
    head = verify(first).runs[0].head
    story = honest()
    story.parts[0].body |= {"run": "second", "previous": {"run": RUN, "n": head[0], "digest": head[1]}}
    write(story, tmp_path, key, run="second")
    assert verify(tmp_path).exit_code == 0
    shutil.rmtree(first)
    (problem,) = verify(tmp_path).problems
    assert f"run '{RUN}' was in this store" in problem.what
    changed = honest()
    changed.parts[3].body = copy.deepcopy(changed.parts[3].body) | {"more": 1}
    write(changed, tmp_path, key)
    assert any("another digest" in problem.what for problem in verify(tmp_path).problems)


def test_a_run_that_names_no_run_before_it_is_told_where_there_was_one(tmp_path, key):
    write(honest(), tmp_path, key)
    story = honest()
    story.parts[0].body["run"] = "second"
    story.start += timedelta(days=3)
    write(story, tmp_path, key, run="second")
    (problem,) = verify(tmp_path).problems
    assert "names no run before it" in problem.what
    assert verify(tmp_path / "second").exit_code == 0


def test_a_middle_run_taken_away_with_the_key_is_known_to_the_anchor_alone(tmp_path, key):
    """Whoever holds the key can let the third run name the first; the anchor got the second's seals."""
    heads, before = {}, None
    for number, name in enumerate(("first", "second", "third")):
        story = honest()
        story.parts[0].body |= {"run": name} | ({"previous": before} if before else {})
        story.start += timedelta(days=3 * number)
        n, found = verify(write(story, tmp_path / "truth", key, run=name)).runs[0].head
        heads[name] = before = {"run": name, "n": n, "digest": found}
    assert verify(tmp_path / "truth").exit_code == 0
    shutil.copytree(tmp_path / "truth" / "first", tmp_path / "lie" / "first")
    story = honest()
    story.parts[0].body |= {"run": "third", "previous": heads["first"]}
    story.start += timedelta(days=6)
    write(story, tmp_path / "lie", key, run="third")
    assert verify(tmp_path / "lie").exit_code == 0
    assert verify(tmp_path / "lie", anchor=str(tmp_path / "truth")).exit_code == 5


def test_a_run_that_the_anchor_knows_and_the_store_does_not_is_told(tmp_path, key, truth):
    anchor, store = tmp_path / "anchor", tmp_path / "store"
    shutil.copytree(truth, anchor / RUN)
    story = honest()
    story.parts[0].body["run"] = "other"
    write(story, store, key, run="other")
    problems = verify(store, anchor=str(anchor)).problems
    assert {f"run '{RUN}' was anchored" in problem.what for problem in problems} == {True}
    assert verify(store / "other", anchor=str(anchor)).exit_code == 0


@pytest.mark.parametrize("head", ["12", "12:abc", f"x:{'0' * 64}", f"-1:{'0' * 64}"])
def test_a_head_that_is_none_is_refused(truth, head):
    with pytest.raises(UsageError, match="is not a journal head"):
        verify(truth, heads=[head])


def test_history_beside_the_run_is_covered(tmp_path, key):
    import hashlib

    kept = tmp_path / "history" / "production" / "w" / "001" / "a.parquet"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"rows")
    story = honest()
    name = kept.relative_to(tmp_path).as_posix()
    story.body("sealed", week="1")["shared"] = {name: hashlib.sha256(b"rows").hexdigest()}
    folder = write(story, tmp_path, key)
    assert verify(folder).checked["shared"] == 1
    kept.write_bytes(b"other rows")
    (problem,) = verify(folder).problems
    assert problem.file.endswith("a.parquet")
    kept.unlink()
    assert (verify(folder).exit_code, verify(folder).checked["shared_not_here"]) == (0, 1)


def test_a_changed_runbook_is_a_remark_not_a_fault(tmp_path, key):
    story = honest()
    story.notebooks["1"]["cells"].append(
        {"cell_type": "code", "id": "mine", "metadata": {}, "execution_count": 1, "source": "1 + 1", "outputs": []}
    )
    body = story.body("sealed", week="1")
    known = {"code": code_digest(story.notebooks["1"]), "text": text_digest(story.notebooks["1"])}
    name = "week1_decide_and_set_up.ipynb"
    body["source"] = {"name": name, "as_shipped": True, "text_as_shipped": True, "shipped": known, **known}
    found = verify(write(story, tmp_path, key))  # by an installation that had another runbook
    assert found.exit_code == 0
    assert "another version, or changed" in found.runs[0].claims[0].remarks[0]
    body["source"] = {**body["source"], "shipped": shipped_digests(name)}
    assert "as it was shipped, and it is not" in claims(verify(write(story, tmp_path / "lie", key)))["1"]


def as_version_0_1_told_it(story):
    """The same run as a version without a gate before the cut-over wrote it."""
    for word in ("where", "plan"):
        story.body("opened").pop(word)
    story.parts = [part for part in story.parts if not {part.body.get("gate"), part.body.get("step")} & SINCE_0_2]
    first = story.find("switching", to="redshift")
    del story.parts[first : first + 4]  # the rehearsed way back
    for part in story.parts:
        for word in {"signature": ("run", "caller", "reasons"), "gate": ("against", "stay")}.get(part.kind, ()):
            part.body.pop(word)
    return story


def test_a_record_of_an_older_version_is_held_against_the_plan_of_that_version(tmp_path, key):
    found = verify(write(as_version_0_1_told_it(honest()), tmp_path, key))
    assert claims(found) == dict.fromkeys("1234", "signed")
    assert found.exit_code == 0
    assert any("version 0.1" in note and "week4.ready" in note for note in found.runs[0].notes)


@pytest.mark.parametrize("later", ["where", "caller", "gate"])
def test_what_only_a_later_version_writes_is_held_against_the_later_plan(tmp_path, key, later):
    story = as_version_0_1_told_it(honest())
    if later == "where":
        story.body("week-started", week="4")["where"] = None
    elif later == "caller":
        story.body("signature", gate="week4.switched")["caller"] = caller("Ada Lovelace")
    else:
        story.add("gate", gate="week4.ready", evidence={}, blocks=[], needed=2)
    found = verify(write(story, tmp_path, key))
    assert "week4.ready" in claims(found)["4"]
    assert found.exit_code == 5


def test_every_kind_that_the_package_writes_is_known():
    """As a word of the call, or as a name that the module gives it."""
    written = set()
    for path in (ROOT / "smartroute_runbook").rglob("*.py"):
        if "standins" not in path.parts:
            source = path.read_text()
            written |= set(re.findall(r"""(?:journal\.append|run\.record|self\.record)\(\s*"([a-z-]+)\"""", source))
            for name in re.findall(r"(?:journal\.append|run\.record|self\.record)\(\s*(_[A-Z]+)", source):
                names, values = re.findall(rf"^((?:_[A-Z]+, )*{name}(?:, _[A-Z]+)*) = (.+)$", source, re.MULTILINE)[0]
                written |= set(re.findall(r'"([a-z-]+)"', values)) if names else set()
    assert len(written) > 22
    assert written <= KINDS
