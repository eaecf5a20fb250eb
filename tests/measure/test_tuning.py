"""The profile's advice: found in Redshift's plans and tables, applied as a step, read back, measured again, undone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from pydantic import TypeAdapter
from support.gates import reach

from smartroute_runbook.canonical import canonical
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import UsageError
from smartroute_runbook.measure.advice import Advice, TableState, advice_on
from smartroute_runbook.measure.plans import Moved, moved_by, parsed, scans
from smartroute_runbook.measure.profiling import WARM_RUNS, Profile, QueryProfile, Timing, profile
from smartroute_runbook.measure.tune import ApplyAdvice, statements
from smartroute_runbook.measure.tuned import EXPECTATION, Tuned, compared, measure_again
from smartroute_runbook.runs.run import Run

SCHEMA = "tuning"
QUERIES = {
    "late": "SELECT s.zone, AVG(v.delay) FROM tuning.visits v JOIN tuning.stops s ON v.stop = s.stop GROUP BY 1",
    "hour": "SELECT COUNT(*) FROM tuning.visits WHERE at BETWEEN 100 AND 200",
    "since": "SELECT MAX(delay) FROM tuning.visits WHERE at > 3000",
}
LARGE = 3_000  # rows: the stand-in's tables are small

# As Redshift writes it (developer guide, "Evaluating the query plan").
GUIDE = """\
XN HashAggregate  (cost=131330.21..131331.12 rows=364 width=20)
  ->  XN Hash Join DS_BCAST_INNER  (cost=112.50..3272334142.59 rows=170771 width=84)
        Hash Cond: ("outer".venueid = "inner".venueid)
        ->  XN Hash Join DS_DIST_BOTH  (cost=109.98..3167290276.71 rows=172456 width=47)
              Hash Cond: ("outer".eventid = "inner".eventid)
              ->  XN Seq Scan on sales  (cost=0.00..1724.56 rows=172456 width=12)
              ->  XN Hash  (cost=87.98..87.98 rows=8798 width=39)
                    ->  XN Seq Scan on event e  (cost=0.00..87.98 rows=8798 width=39)
        ->  XN Hash  (cost=2.02..2.02 rows=202 width=41)
              ->  XN Seq Scan on venue  (cost=0.00..2.02 rows=202 width=41)
""".splitlines()


def table(name, rows=10, distribution="EVEN", sort=(), unsorted=None, stats_off=0.0, skew=None, fixed=""):
    return TableState(name, rows, distribution, sort, unsorted, stats_off, skew, fixed)


def query(name, plan=(), times=(5.0,) * WARM_RUNS, **more):
    return QueryProfile(name, tuple(plan), Timing(9.0), tuple(Timing(one) for one in times), **more)


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    """A run in week 3, over tables that are skewed, unsorted and distributed by nothing that joins."""
    base = tmp_path_factory.mktemp("tuning")
    copy_to(base)
    given = {"redshift": {"schema_name": SCHEMA}, "gates": {"automatic": True}}
    given["experiment"] = {"advice": ["distribution", "sort-key", "vacuum", "analyze"]}
    run = Run.open("rehearsal", "tuning", given, base=base)
    with run.redshift() as redshift:
        for statement in (
            f"CREATE SCHEMA {SCHEMA}",
            f"CREATE TABLE {SCHEMA}.visits (stop INT, at INT, delay INT) DISTKEY (stop) COMPOUND SORTKEY (delay, at)",
            f"CREATE TABLE {SCHEMA}.stops (stop INT, zone INT) DISTSTYLE EVEN",
            f"CREATE TABLE {SCHEMA}.numbers (n INT) DISTSTYLE AUTO",
            f"INSERT INTO {SCHEMA}.numbers VALUES {', '.join(f'({n})' for n in range(1000))}",
            f"INSERT INTO {SCHEMA}.visits SELECT 1, n, 1000 - n FROM {SCHEMA}.numbers",
            *(f"INSERT INTO {SCHEMA}.visits SELECT 1, n + {k}000, 900 - n FROM {SCHEMA}.numbers" for k in (1, 2, 3)),
            f"INSERT INTO {SCHEMA}.visits SELECT n % 50, n, n FROM {SCHEMA}.numbers",
            f"INSERT INTO {SCHEMA}.stops SELECT n, n % 7 FROM {SCHEMA}.numbers WHERE n < 100",
        ):
            redshift.execute(statement)
    reach(run, 3)
    yield run
    with run.redshift() as redshift:
        redshift.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def profiled(run):
    with run.redshift() as redshift:
        return profile(redshift, QUERIES, SCHEMA, large=LARGE, rehearsal=True)


@pytest.fixture(scope="module")
def before(run):
    return profiled(run)


# ---- what is found ---------------------------------------------------------------------------------------------


def test_a_plan_as_the_guide_prints_it_is_read():
    root = parsed(GUIDE)
    assert [scan[0] for scan in scans(root)] == ["sales", "event", "venue"]
    broadcast, both = moved_by(root)
    assert broadcast == Moved("DS_BCAST_INNER", "", "venue", 202, ("venueid", "venueid"))
    assert both == Moved("DS_DIST_BOTH", "sales", "event", 8798, ("eventid", "eventid"))


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        ('Hash Cond: ("outer".a = "inner".b)', ("a", "b")),
        ('Hash Cond: ("inner".b = "outer".a)', ("a", "b")),
        ('Hash Cond: (("outer".a)::text = ("inner".b)::text)', ("a", "b")),
        ("Hash Cond: (e.b = sales.a)", ("a", "b")),
        ("Filter: (a = 1)", ("", "")),
    ],
)
def test_a_joins_columns_are_told_by_side(condition, columns):
    plan = [GUIDE[3], condition, *GUIDE[5:8]]
    (join,) = moved_by(parsed(plan))
    assert join.columns == columns


def test_large_tables_are_distributed_by_the_joins_key_and_small_ones_copied():
    tables = [table("sales", 5_000_000), table("event", 2_000_000), table("venue", 202)]
    found = advice_on({"q": GUIDE}, {"q": "SELECT 1"}, tables)
    assert {(one.table, one.wanted) for one in found} == {
        ("venue", "ALL"), ("sales", "KEY(eventid)"), ("event", "KEY(eventid)"),
    }  # fmt: skip
    assert advice_on({"q": GUIDE}, {"q": "SELECT 1"}, [replace(t, fixed="no") for t in tables[:2]])[0].kind == "query"


def test_what_most_queries_filter_on_leads_the_sort_key():
    tables = [table("sales", 5_000_000, sort=("route", "at"))]
    scan = ["XN Seq Scan on sales  (cost=0.00..1724.56 rows=5000000 width=12)"]
    texts = {
        "a": "SELECT 1 FROM sales WHERE at > 5 AND route = 'A'", "b": "SELECT 1 FROM sales WHERE at BETWEEN 1 AND 2",
        "c": "SELECT 1 FROM sales WHERE DATE_TRUNC('day', at) = '2026-01-01'", "d": "SELECT 1 FROM other WHERE x = 1",
    }  # fmt: skip
    plans = {name: scan if name != "d" else () for name in texts}
    (found,) = advice_on(plans, texts, tables)
    assert (found.kind, found.wanted) == ("sort-key", "at, route")
    assert "2 queries filter on at, 1 on route" in found.why
    assert not advice_on(plans, texts, [replace(tables[0], rows=500_000)])


def test_numbers_of_a_table_above_their_limits_are_told():
    found = advice_on({}, {}, [table("t", unsorted=60.0, stats_off=50.0, skew=9.0, distribution="KEY(x)")])
    assert [(one.kind, one.wanted) for one in found] == [("distribution", "EVEN"), ("vacuum", ""), ("analyze", "")]
    assert not advice_on({}, {}, [table("t", unsorted=20.0, stats_off=10.0, skew=4.0)])
    assert [one.kind for one in advice_on({}, {}, [table("t", skew=9.0, fixed="interleaved")])] == []


# ---- proposed, applied, verified, measured again, undone ----------------------------------------------------------


def test_a_profile_of_the_stand_in_advises_changes(run, before):
    advised = {(one.kind, one.table, one.wanted) for one in before.advice if one.table}
    assert ("distribution", "stops", "ALL") in advised
    assert ("distribution", "visits", "EVEN") in advised
    assert ("sort-key", "visits", "at, delay") in advised
    assert any(one.kind == "vacuum" and one.table == "visits" for one in before.advice)
    assert TypeAdapter(Profile).validate_json(canonical(before)) == before
    assert "changes advised" in before.view().title


def test_advice_is_proposed_applied_read_back_and_undone(run, before):
    step = ApplyAdvice(before)
    proposal = run.propose(step)
    assert [change.resource for change in proposal.changes] == [
        "tuning.stops: distribution", "tuning.visits: distribution", "tuning.visits: sort-key", "tuning.visits: vacuum",
    ]  # fmt: skip
    assert {change.action for change in proposal.changes} == {"modify"}
    assert {str(change.usd_month) for change in proposal.changes} == {"0"}
    back = proposal.undo_commands
    assert back == (
        'ALTER TABLE "tuning"."stops" ALTER DISTSTYLE EVEN;', 'ALTER TABLE "tuning"."visits" ALTER DISTKEY "stop";',
        'ALTER TABLE "tuning"."visits" ALTER COMPOUND SORTKEY ("delay", "at");',
    )  # fmt: skip
    done = run.do(step)
    assert run.propose(step).empty
    states = {one.name: one for one in profiled(run).tables}
    assert (states["stops"].distribution, states["visits"].distribution) == ("ALL", "EVEN")
    assert states["visits"].sort == ("at", "delay")
    assert states["visits"].unsorted == 0
    queries = SimpleNamespace(redshift=QUERIES)
    tuned = measure_again(run, queries, before, done.verified)
    assert {one.name: one.moved for one in tuned.queries}["late"] == (1, 0)
    assert ("visits", "sort key", "delay, at", "at, delay") in tuned.tables
    assert len(tuned.applied) == 4
    assert TypeAdapter(Tuned).validate_json(canonical(tuned)) == tuned
    assert not tuned.against  # a stand-in's times say nothing
    with run.redshift() as redshift:
        for command in back:
            redshift.execute(command)
    states = {one.name: one for one in profiled(run).tables}
    assert (states["stops"].distribution, states["visits"].distribution) == ("EVEN", "KEY(stop)")
    assert states["visits"].sort == ("delay", "at")


def test_only_the_kinds_that_are_named_are_applied(run, before):
    careful = SimpleNamespace(settings=run.settings.model_copy(deep=True), redshift=run.redshift)
    careful.settings.experiment.__dict__["advice"] = ("vacuum",)
    proposal = ApplyAdvice(before).propose(careful)
    assert [change.resource for change in proposal.changes] == ["tuning.visits: vacuum"]
    assert {key for key in proposal.facts if "sort-key" in key or "distribution" in key}
    assert proposal.undo_commands == ()  # rows that are sorted need no way back


def test_a_table_that_is_gone_is_named(run):
    gone = Profile((), (), (Advice("vacuum", "gone", "unsorted", "gone"),))
    with pytest.raises(UsageError, match=r"tuning\.gone has no rows any more"):
        ApplyAdvice(gone).propose(run)


def test_nothing_advised_is_nothing_to_do(run):
    assert run.propose(ApplyAdvice(Profile((), ()))).empty


def test_statements_quote_their_names():
    odd = Advice("distribution", "t", "", 'a"b', 'KEY(c"d)')
    assert statements('s"', odd) == ('ALTER TABLE "s"""."a""b" ALTER DISTKEY "c""d"',)
    assert statements("s", Advice("analyze", "t", "", "t")) == ('ANALYZE "s"."t"',)


# ---- before against after -----------------------------------------------------------------------------------------


def test_faster_and_slower_only_where_no_run_overlaps():
    def of(name, *times):
        return query(name, times=times)

    one = Profile((of("a", 10, 12), of("b", 10, 12), of("c", 10, 12)), (table("t", unsorted=50.0),))
    other = Profile((of("a", 8, 9), of("b", 11, 13), of("c", 13, 14)), (table("t", unsorted=0.0),))
    found = compared(one, other, ("tuning.t: vacuum",))
    assert {gain.name: gain.change for gain in found.queries} == {"a": "faster", "b": "no difference", "c": "slower"}
    assert found.tables == (("t", "unsorted, %", "50.0", "0.0"),)
    assert found.against == {EXPECTATION: "slower since the tables were tuned: c"}
    assert found.view().tone == "warn"
    assert not compared(one, replace(other, rehearsal=True), ("x",)).against
    assert not compared(one, other, ()).against  # nothing was changed: it was not the tables


def test_times_of_two_clocks_tell_nothing_of_faster_or_slower():
    """The history did not answer once: what the client saw has the way to the engine in it."""
    by = {source: tuple(Timing(ms, source=source) for ms in times) for source, times in CLOCKS.items()}
    one, other = (Profile((QueryProfile("q", (), warm[0], warm),), ()) for warm in by.values())
    for pair in ((one, other), (other, one)):
        found = compared(*pair, ("tuning.t: vacuum",))
        assert [gain.change for gain in found.queries] == ["not told"]
        assert not found.against
        assert "timed in two ways" in found.view().title


CLOCKS = {"client": (91.0, 92.0, 95.0), "SYS_QUERY_HISTORY": (11.0, 12.0, 15.0)}
