"""What is signed is shown: a proposal reads like a diff, whole, with its cost, and how to undo it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.present import plain_text
from smartroute_runbook.present.levels import levelled
from smartroute_runbook.present.markup import view_html
from smartroute_runbook.record.html import _clean
from smartroute_runbook.runs.diff import changed_lines, value_lines
from smartroute_runbook.runs.steps import Change, Outcome, Proposal, Proposals
from smartroute_runbook.views import Folded

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": f"Read{n}", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::lake/{n}/*"]}
        for n in range(20)
    ],
}
DDL = (
    "CREATE TABLE t (\n" + "".join(f"    column_{n} VARCHAR({n + 256}),\n" for n in range(60)) + ") SORTKEY (column_59)"
)
CLUSTER = Change("cluster smartroute", "create", None, {"nodes": 2, "public": False}, "private", Decimal("1609.56"))
ROLE = Change("role copy", "create", None, POLICY, "reads only")
SAME = Change("group g", "none", {"a": 1}, {"a": 1})
MOVED = Change("workgroup w", "modify", {"limit": 10, "on": True}, {"limit": 100, "on": True}, "higher")
GONE = Change("day 2026-10-01", "delete", {"rows": 5}, None)


def everywhere(thing):
    """What JupyterLab shows, what the record keeps of it, and plain text."""
    html = view_html(levelled(thing.view()))
    return html, _clean(html), plain_text(thing.view())


def test_nothing_that_is_signed_is_cut():
    proposal = Proposal("week1.copy-role", (ROLE, Change("table t", "create", None, DDL)))
    for shown in everywhere(proposal):
        for n in range(20):
            assert f"arn:aws:s3:::lake/{n}/*" in shown
        for n in range(60):
            assert f"column_{n} VARCHAR({n + 256})," in shown
        assert "SORTKEY (column_59)" in shown
        assert "..." not in shown


def test_each_change_has_its_sign_and_to_create_is_no_warning():
    view = Proposal("s", (CLUSTER, MOVED, GONE, SAME)).view()
    table = next(part for part in view.parts if hasattr(part, "rows"))
    assert [row[0] for row in table.rows] == ["+ create", "~ modify", "- delete"]
    assert table.tones == ("plain", "warn", "bad")
    assert view.tone == "plain"
    assert "1 to create, 1 to modify, 1 to delete" in view.title
    for shown in everywhere(Proposal("s", (SAME,))):
        assert "nothing to change" in shown
        assert "1 unchanged" in shown


def test_steps_that_are_read_together_have_one_total_a_month_and_one_way_to_undo_them_last_first():
    more = Change("backups", "create", None, {"days": 14}, "", Decimal("0.44"))
    first = Proposal("week1.cluster", (CLUSTER,), "delete it", undo_commands=("aws redshift delete-cluster",))
    second = Proposal("week1.backups", (more,), "take it off", undo_commands=("aws redshift modify-cluster",))
    view = Proposals((first, second)).view()
    assert "2 to create; $1,610.00 a month from now on" in view.title
    (undo,) = (part for part in view.parts if getattr(part, "summary", "") == "To undo")
    lines = undo.parts[0].text.split("\n")
    assert lines == [
        "# week1.backups: take it off",
        "aws redshift modify-cluster",
        "# week1.cluster: delete it",
        "aws redshift delete-cluster",
    ]
    assert tuple(Proposals((first, second))) == (first, second)


def test_commands_to_undo_are_no_part_of_what_is_signed():
    assert Proposal("s", (CLUSTER,)).digest == Proposal("s", (CLUSTER,), undo_commands=("x",)).digest


def test_a_modification_shows_what_was_and_what_will_be_and_counts_the_rest():
    before = {f"setting_{n}": n for n in range(30)}
    lines = changed_lines(before, {**before, "setting_15": "new"})
    assert "~ setting_15: 15 -> new" in lines
    assert "  (13 lines are as they were)" in lines
    assert "  setting_14: 14" in lines
    assert changed_lines(["a"], ["a", "b"]) == ["  - a", "+ - b"]


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"port": 5439, "tags": {}, "roles": ["r"]}, ["port: 5439", "tags: none", "roles:", "  - r"]),
        ({"ssl": True, "x": None}, ["ssl: yes", "x: none"]),
        ([{"a": 1, "b": 2}], ["- a: 1", "  b: 2"]),
        ("one\ntwo", ["one", "two"]),
        ((), ["none"]),
        (None, []),
    ],
)
def test_a_value_is_one_setting_a_line(value, lines):
    assert value_lines(value) == lines


@given(
    st.recursive(
        st.integers() | st.text() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_every_leaf_of_any_value_is_on_its_lines(value):
    text = "\n".join(value_lines(value))

    def leaves(inner):
        if isinstance(inner, dict):
            return [leaf for one in inner.values() for leaf in leaves(one)]
        if isinstance(inner, list):
            return [leaf for one in inner for leaf in leaves(one)]
        return [inner]

    for leaf in leaves(value):
        if isinstance(leaf, bool) or not isinstance(leaf, (int, str)):
            continue
        assert all(line in text for line in str(leaf).split("\n"))
    assert json.dumps(value) is not None


def test_what_was_done_is_one_line_with_the_rest_below_it():
    view = Outcome("week1.cluster", "applied", {"cluster": "create"}).view()
    assert view.title == "week1.cluster: applied"
    assert [part.summary for part in view.parts] == ["What was done"]
    assert Outcome("week1.cluster", "unchanged").view().parts == ()


def test_many_changes_are_whole_behind_one_line():
    changes = tuple(Change(f"table t{n}", "create", None, DDL) for n in range(9))
    few = [part.summary for part in Proposal("s", changes[:4]).view().parts if isinstance(part, Folded)]
    assert [one.partition(":")[0] for one in few[:4]] == ["+ table t0", "+ table t1", "+ table t2", "+ table t3"]
    each = next(part for part in Proposal("s", changes).view().parts if isinstance(part, Folded))
    assert each.summary == "Each of the 9 changes, whole"
    assert [one.summary.partition(":")[0] for one in each.parts] == [f"+ table t{n}" for n in range(9)]
