"""What is done after the cut-over when it is wanted: found as proposed, done once, undone by its own commands."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError
from support.undo import undone

from smartroute_runbook.api.redshift_data import RedshiftDataEngine
from smartroute_runbook.errors import Refused, ServiceError, UsageError, VerificationFailed
from smartroute_runbook.load import MigrationWorkgroup
from smartroute_runbook.load.tables import ledger_ddl
from smartroute_runbook.operate import tuning
from smartroute_runbook.operate.tune import (
    STEPS,
    AnalystsWorkgroup,
    ArchiveLake,
    CacheInFront,
    PublishAggregates,
    Resize,
    TuneQueues,
    analyst_policy,
    exploration,
    publish_anew,
)  # fmt: skip
from smartroute_runbook.operate.tune.exploration import Exploration, Saved
from smartroute_runbook.operate.tune.front import Repeats, repeats
from smartroute_runbook.rehearsal import smartroute_account as world
from smartroute_runbook.runs.queues import AT_FIRST, tuned
from smartroute_runbook.standins.services.iam_policy import decision

GROUP = "smartroute-analytics"
VIEW = "mv_how_often_0a1b2c3d"
AGGREGATE = "SELECT n, COUNT(*) AS times, SUM(n) AS total FROM smartroute_analytics.tuned_a GROUP BY n"


def changed(run, step):
    return [(one.resource, one.why.partition(".")[0]) for one in run.propose(step).changes if one.action != "none"]


@pytest.fixture(scope="module")
def schema(prepared):
    """Two tables in the dashboard's schema."""
    prepared.do(MigrationWorkgroup())
    with prepared.redshift() as redshift:
        redshift.execute("CREATE SCHEMA IF NOT EXISTS smartroute_analytics")
        for table in ("tuned_a", "tuned_b"):
            redshift.execute(f"CREATE TABLE smartroute_analytics.{table} (n INTEGER)")
        redshift.execute(ledger_ddl("smartroute_analytics"))
        redshift.execute("INSERT INTO smartroute_analytics.tuned_a VALUES (1), (1), (2), (NULL)")
        redshift.execute(f"CREATE MATERIALIZED VIEW smartroute_analytics.{VIEW} AS {AGGREGATE}")
    yield
    with prepared.redshift() as redshift:
        redshift.execute(f"DROP MATERIALIZED VIEW smartroute_analytics.{VIEW}")
        redshift.execute("DROP TABLE smartroute_analytics.migration_ledger")
        for table in ("tuned_a", "tuned_b"):
            redshift.execute(f"DROP TABLE smartroute_analytics.{table}")


@pytest.fixture
def wanting(run, monkeypatch):
    """The run with parameters of its own."""

    def want(**sections):
        given = {name: getattr(run.settings, name).model_copy(update=values) for name, values in sections.items()}
        monkeypatch.setattr(run, "settings", run.settings.model_copy(update=given))
        return run

    return want


@pytest.mark.parametrize("name", STEPS)
def test_each_is_found_as_proposed_and_a_second_apply_changes_nothing_and_undo_removes_it_all(
    wanting, client, schema, name
):
    front = {"origin": "abc.execute-api.us-east-1.amazonaws.com", "least_hits": 0.0}
    run, step = wanting(tuning={"nodes": 4}, archive={"infrequent_days": 90}, front=front), STEPS[name]()
    before = run.propose(step)
    assert not before.empty
    assert run.do(step).outcome.status == "applied"
    step.verify(run)
    assert run.propose(step).empty
    assert run.do(step).outcome.status == "unchanged"
    undone(step, run, client)
    again = step.propose(run)
    assert [(one.resource, one.action, one.before) for one in again.changes] == [
        (one.resource, one.action, one.before) for one in before.changes
    ]


# ---- queues ----------------------------------------------------------------------------------------------------------


def wlm(client):
    pages = client("redshift").get_paginator("describe_cluster_parameters").paginate(ParameterGroupName=GROUP)
    values = {one["ParameterName"]: one["ParameterValue"] for page in pages for one in page["Parameters"]}
    return json.loads(values["wlm_json_configuration"])


@pytest.fixture
def queues(run, client, schema):
    step = TuneQueues()
    run.propose(step)
    run.do(step)
    yield step
    undone(step, run, client)
    assert wlm(client) == AT_FIRST


def entered(run, text):
    with run.redshift() as redshift:
        of = f"SELECT service_class_name, query_priority FROM sys_query_history WHERE query_text LIKE '%{text}%'"
        return {tuple(row) for row in redshift.query(f"{of} AND query_text NOT LIKE '%sys_query_history%'").rows}


def test_the_dashboards_sessions_enter_its_queue_and_read_its_schema_alone(run, client, queues):
    assert wlm(client) == tuned(run.settings)
    target = {"ClusterIdentifier": "smartroute-analytics", "Database": "smartroute"}
    reader = RedshiftDataEngine(client("redshift-data"), target | {"DbUser": "dashboard"})
    assert reader.query("SELECT COUNT(*) AS of_a FROM smartroute_analytics.tuned_a", 20).rows == [[4]]
    with pytest.raises(Exception, match=r"(?i)permission"):
        reader.query("INSERT INTO smartroute_analytics.tuned_a VALUES (1)", 20)
    assert entered(run, "of_a") == {("Queue 1", "High")}
    with run.redshift() as redshift:
        redshift.query("SELECT COUNT(*) AS of_b FROM smartroute_analytics.tuned_b")
        redshift.execute("SET query_group TO dashboard")
        redshift.query("SELECT COUNT(*) AS of_c FROM smartroute_analytics.tuned_b")
    assert entered(run, "of_b") == {("Default queue", "Normal")}
    assert entered(run, "of_c") == {("Queue 1", "High")}
    seen = {(name, priority): times for name, priority, times, _ in tuning(run).queues}
    assert seen["Queue 1", "High"] >= 2
    assert "Queues that statements entered" in str(tuning(run).view())


def test_queues_that_somebody_changed_and_a_right_that_somebody_gave_are_named_and_put_back(run, client, queues):
    from smartroute_runbook import prepare

    cluster = next(step for step in prepare.steps(run) if step.id == "week1.cluster")
    assert cluster.propose(run).empty  # week 1 leaves them as they are
    client("redshift").modify_cluster_parameter_group(
        ParameterGroupName=GROUP,
        Parameters=[{"ParameterName": "wlm_json_configuration", "ParameterValue": json.dumps(AT_FIRST)}],
    )
    with run.redshift() as redshift:
        redshift.execute("GRANT DELETE ON smartroute_analytics.tuned_a TO GROUP dashboard")
    changes = {one.resource: one.why for one in queues.propose(run).changes if one.action == "modify"}
    assert list(changes) == ["rights of group dashboard", f"queues of parameter group {GROUP}"]
    assert "queue 1" in changes[f"queues of parameter group {GROUP}"]
    run.do(queues)
    queues.verify(run)


def test_without_a_limit_that_ends_it_concurrency_scaling_is_refused(run, client):
    redshift = client("redshift")
    (limit,) = redshift.describe_usage_limits(FeatureType="concurrency-scaling")["UsageLimits"]
    redshift.modify_usage_limit(UsageLimitId=limit["UsageLimitId"], BreachAction="log")
    try:
        with pytest.raises(Refused, match="no usage limit that ends it"):
            TuneQueues().propose(run)
    finally:
        redshift.modify_usage_limit(UsageLimitId=limit["UsageLimitId"], BreachAction="disable")


@pytest.mark.parametrize(
    ("queue", "why"),
    [
        ({"auto_wlm": True, "priority": "urgent"}, "priority urgent"),
        ({"auto_wlm": True, "concurrency_scaling": "on"}, "concurrency_scaling on"),
        ({"auto_wlm": True, "rules": [{"rule_name": "a b", "predicate": [{}], "action": "log"}]}, "rule name a b"),
        ({"auto_wlm": True, "rules": [{"rule_name": "a", "predicate": [], "action": "log"}]}, "one to three"),
        ({"auto_wlm": True, "queues": 1}, "unknown property queues"),
    ],
)
def test_redshift_refuses_queues_that_are_none(run, client, queue, why):
    given = json.dumps([queue, {"auto_wlm": True}])
    with pytest.raises(ClientError, match=why):
        client("redshift").modify_cluster_parameter_group(
            ParameterGroupName=GROUP,
            Parameters=[{"ParameterName": "wlm_json_configuration", "ParameterValue": given}],
        )
    assert wlm(client) == AT_FIRST


# ---- size ------------------------------------------------------------------------------------------------------------


def test_a_size_is_priced_and_one_that_aws_does_not_offer_is_refused_before_anything_happens(run, wanting):
    with pytest.raises(UsageError, match=r"tuning\.nodes is not set"):
        Resize().propose(run)
    (change,) = Resize().propose(wanting(tuning={"nodes": 4})).changes
    assert (change.before["nodes"], change.after["nodes"], str(change.usd_month)) == (
        2,
        4,
        "1585.56",
    )  # 2 * 1.086 * 730
    with pytest.raises(Refused, match="cannot become 8 by one elastic resize") as refused:
        Resize().propose(wanting(tuning={"nodes": 8}))
    assert "nodes: 3, 4" in str(refused.value)
    with pytest.raises(UsageError, match=r"A cluster of 100 x ra3\.xlplus"):
        Resize().propose(wanting(tuning={"nodes": 100}))


# ---- analysts --------------------------------------------------------------------------------------------------------


def athena(client, sql, **options):
    started = client("athena").start_query_execution(
        QueryString=sql, WorkGroup="smartroute-analysts", QueryExecutionContext={"Database": world.DATABASE}, **options
    )["QueryExecutionId"]
    while True:
        found = client("athena").get_query_execution(QueryExecutionId=started)["QueryExecution"]
        if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return found
        time.sleep(0.02)


def test_analysts_query_within_their_limit_and_to_their_own_place(run, client):
    step = AnalystsWorkgroup()
    run.propose(step)
    run.do(step)
    try:
        elsewhere = {"ResultConfiguration": {"OutputLocation": f"s3://{world.LAKE}/elsewhere/"}}
        done = athena(client, "SELECT COUNT(*) FROM vehicles", **elsewhere)
        assert done["Status"]["State"] == "SUCCEEDED"
        assert done["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{world.LAKE}/athena-results/analysts/")
        client("athena").update_work_group(
            WorkGroup="smartroute-analysts", ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
        )
        assert "EnforceWorkGroupConfiguration" in step.propose(run).changes[0].why
        client("athena").update_work_group(WorkGroup="smartroute-analysts", State="DISABLED")
        assert "State" in step.propose(run).changes[0].why
        changed(run, step)
        run.do(step)
        assert client("athena").get_work_group(WorkGroup="smartroute-analysts")["WorkGroup"]["State"] == "ENABLED"
    finally:
        undone(step, run, client)


def test_the_analysts_policy_lets_them_read_and_no_more(run):
    document, account = analyst_policy(run), world.ACCOUNT
    group, lake = f"arn:aws:athena:us-east-1:{account}:workgroup/", f"arn:aws:s3:::{world.LAKE}"

    def allowed(action, resource):
        return decision([document], action, resource, {}) == "allowed"

    assert allowed("athena:StartQueryExecution", f"{group}smartroute-analysts")
    assert allowed("s3:GetObject", f"{lake}/processed/vehicles/year=2026/x.parquet")
    assert allowed("s3:PutObject", f"{lake}/athena-results/analysts/x.csv")
    for action, resource in (
        ("athena:StartQueryExecution", f"{group}smartroute-analytics"),
        ("athena:StartQueryExecution", f"{group}primary"),
        ("athena:UpdateWorkGroup", f"{group}smartroute-analysts"),
        ("s3:PutObject", f"{lake}/processed/vehicles/year=2026/x.parquet"),
        ("s3:DeleteObject", f"{lake}/athena-results/analysts/x.csv"),
        ("s3:GetObject", f"{lake}/dashboard/queries/athena/one.sql"),
        ("glue:DeleteTable", f"arn:aws:glue:us-east-1:{account}:table/{world.DATABASE}/vehicles"),
        ("redshift-data:ExecuteStatement", f"arn:aws:redshift:us-east-1:{account}:cluster:smartroute-analytics"),
    ):
        assert not allowed(action, resource), action


# ---- archive ---------------------------------------------------------------------------------------------------------


def test_other_rules_of_the_bucket_stay_and_no_rule_expires_a_table(wanting, client):
    # A name that begins as the runbook's do is not its own for that.
    other = {"ID": "smartroute-logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}
    s3, step, run = client("s3"), ArchiveLake(), wanting(archive={"infrequent_days": 90})
    s3.put_bucket_lifecycle_configuration(Bucket=world.LAKE, LifecycleConfiguration={"Rules": [other]})
    try:
        run.propose(step)
        run.do(step)
        rules = s3.get_bucket_lifecycle_configuration(Bucket=world.LAKE)["Rules"]
        assert [one["ID"] for one in rules][:2] == ["smartroute-logs", "smartroute-staging"]
        expiring = {one["Filter"]["Prefix"] for one in rules if "Expiration" in one}
        assert expiring == {"logs/", "staging/redshift/", "athena-results/analysts/"}
        moved = {one["Filter"]["Prefix"]: one["Transitions"] for one in rules if "Transitions" in one}
        assert set(moved) == {"processed/vehicles/", "analytics/delay_metrics/", "analytics/crowding_metrics/"}
        later, names = wanting(archive={"infrequent_days": None}), "smartroute-infrequent-"
        assert [names in name for name, _ in changed(later, step)] == [
            True
        ] * 3  # what is asked for no more is taken off
        later.do(step)
        rules = s3.get_bucket_lifecycle_configuration(Bucket=world.LAKE)["Rules"]
        assert [one["ID"] for one in rules if one["ID"].startswith(names)] == []
        assert other in rules
        undone(step, run, client)
        assert s3.get_bucket_lifecycle_configuration(Bucket=world.LAKE)["Rules"] == [other]
    finally:
        s3.delete_bucket_lifecycle(Bucket=world.LAKE)


@pytest.mark.parametrize(
    "values",
    [
        {"publish": {"prefix": "staging/redshift/published"}},  # would expire
        {"publish": {"prefix": "dashboard"}},  # undone, the dashboard's queries would be gone
        {"analysts": {"results": "published/results"}},
        {"record": {"store": f"s3://{world.LAKE}/athena-results/analysts/records"}},
    ],
)
def test_what_is_to_stay_lies_in_nothing_that_expires_or_is_deleted(run, wanting, values, schema):
    for step in (ArchiveLake(), PublishAggregates()):
        with pytest.raises(UsageError, match=f"{next(iter(values))}.* overlap|overlap: .*{next(iter(values))}"):
            step.propose(wanting(**values))


def test_what_lies_in_a_table_is_not_let_expire(wanting):
    with pytest.raises(UsageError, match="where table 'vehicles' lies"):
        ArchiveLake().propose(wanting(load={"staging": "processed/vehicles/staging"}))


# ---- publish ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def published(run, client, schema):
    step = PublishAggregates()
    run.propose(step)
    run.do(step)
    yield step
    undone(step, run, client)


def rows_of(run, table="how_often"):
    return sorted(run.athena().query(f"SELECT n, times, total FROM smartroute_published.{table}").rows, key=str)


def copies(client):
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=world.LAKE, Prefix="published/")
    return {one["Key"].split("/")[2] for page in pages for one in page.get("Contents", ())}


def loaded(run, *values):
    """Rows that a load brings, and the ledger's note of it."""
    rows = ", ".join(f"({value})" for value in values)
    with run.redshift() as redshift:
        redshift.execute(f"INSERT INTO smartroute_analytics.tuned_a VALUES {rows}")
        redshift.execute(
            "INSERT INTO smartroute_analytics.migration_ledger VALUES ('tuned_a', '*', 'x', 1, 'operate', GETDATE())"
        )


@pytest.fixture
def as_before(prepared):
    yield
    with prepared.redshift() as redshift:
        redshift.execute("DELETE FROM smartroute_analytics.tuned_a WHERE n > 2")
        redshift.execute("DELETE FROM smartroute_analytics.migration_ledger")
        redshift.execute(f"REFRESH MATERIALIZED VIEW smartroute_analytics.{VIEW}")


def test_athena_reads_an_aggregate_with_its_types_and_its_nulls(run, client, published):
    assert rows_of(run) == [(1, 2, 2), (2, 1, 2), (None, 1, None)]
    table = client("glue").get_table(DatabaseName="smartroute_published", Name="how_often")["Table"]
    assert table["Parameters"]["view"] == VIEW
    columns = {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]}
    assert columns == {"n": "int", "times": "bigint", "total": "bigint"}
    assert [one["Name"] for one in client("glue").get_tables(DatabaseName="smartroute_published")["TableList"]] == [
        "how_often"
    ]


def test_after_a_load_it_is_stale_and_one_call_moves_readers_to_the_new_copy(
    wanting, client, published, as_before, monkeypatch
):
    run = wanting(publish={"after_sync": True})
    assert publish_anew(run) == ()  # nothing was loaded since
    loaded(run, 7, 7)
    assert (7, 2, 14) not in rows_of(run)
    assert [one.resource for one in run.propose(published).changes if one.action == "modify"] == [
        "Glue table smartroute_published.how_often"
    ]
    assert publish_anew(run) == ("Glue table smartroute_published.how_often",)
    assert (7, 2, 14) in rows_of(run)
    loaded(run, 8)
    publish_anew(run)
    assert (8, 1, 8) in rows_of(run)
    assert len(copies(client)) == 2  # the newest, and the one that a query may still be reading
    assert publish_anew(wanting(publish={"after_sync": False})) == ()


def test_a_copy_that_is_not_equal_is_not_published_and_readers_keep_the_one_before(
    run, client, published, as_before, monkeypatch
):
    from smartroute_runbook.operate.tune import lake_copy

    unload = lake_copy._unload

    def refreshed_meanwhile(run, view, location, role):
        unload(run, view, location, role)
        loaded(run, 9)
        with run.redshift() as redshift:
            redshift.execute(f"REFRESH MATERIALIZED VIEW smartroute_analytics.{view}")

    before = rows_of(run)
    loaded(run, 5)
    monkeypatch.setattr(lake_copy, "_unload", refreshed_meanwhile)
    with pytest.raises(VerificationFailed, match="different"):
        run.do(published)
    assert rows_of(run) == before
    monkeypatch.setattr(lake_copy, "_unload", unload)
    run.do(published)
    assert {(5, 1, 5), (9, 1, 9)} <= set(rows_of(run))


TABLE = "Glue table smartroute_published.how_often"


def moved_elsewhere(client, table, files):
    table["StorageDescriptor"]["Location"] = f"s3://{world.LAKE}/published/elsewhere/"


def another_type(client, table, files):
    table["StorageDescriptor"]["Columns"][0]["Type"] = "bigint"


def partitioned(client, table, files):
    table["PartitionKeys"] = [{"Name": "day", "Type": "string"}]


def made_a_view(client, table, files):
    table["TableType"], table["StorageDescriptor"] = "VIRTUAL_VIEW", {"Columns": []}


def a_file_more(client, table, files):
    client("s3").copy_object(Bucket=world.LAKE, Key=f"{files[0]}2", CopySource=f"{world.LAKE}/{files[0]}")


def files_gone(client, table, files):
    for key in files:
        client("s3").delete_object(Bucket=world.LAKE, Key=key)


@pytest.mark.parametrize("spoil", [moved_elsewhere, another_type, partitioned, made_a_view, a_file_more, files_gone])
def test_a_copy_that_somebody_changed_is_named_and_made_anew(run, client, published, spoil):
    glue, before = client("glue"), rows_of(run)
    assert changed(run, published) == []
    live = glue.get_table(DatabaseName="smartroute_published", Name="how_often")["Table"]
    known = ("Name", "TableType", "Parameters", "StorageDescriptor", "PartitionKeys")
    table = {key: live[key] for key in known if key in live}
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=world.LAKE, Prefix="published/how_often/")
    spoil(client, table, [one["Key"] for page in pages for one in page.get("Contents", ())])
    glue.update_table(DatabaseName="smartroute_published", TableInput=table)
    assert changed(run, published) == [(TABLE, "differs in as_proven")]
    run.do(published)
    assert rows_of(run) == before
    assert changed(run, published) == []


class Killed(BaseException):
    """What no code catches."""


@pytest.mark.parametrize(
    ("where", "after", "left"),
    [
        ("_unload", True, 0), ("_put_table 1", True, 1), ("_prove", True, 1), ("_put_table 2", False, 1),
        ("_put_table 2", True, 1), ("_forget_older", False, 1),
    ],
)  # fmt: skip
def test_a_copy_that_is_killed_anywhere_shows_the_old_rows_or_the_new_ones(
    run, client, published, as_before, monkeypatch, where, after, left
):
    from smartroute_runbook.operate.tune import lake_copy

    name, _, time = where.partition(" ")
    original, calls = getattr(lake_copy, name), []

    def killed(*arguments):
        calls.append(1)
        if len(calls) != int(time or 1):
            return original(*arguments)
        if after:
            original(*arguments)
        raise Killed

    old = rows_of(run)
    loaded(run, 6)
    new = sorted([*old, (6, 1, 6)], key=str)
    monkeypatch.setattr(lake_copy, name, killed)
    # Nothing of Python's own runs in a process that is killed: neither is the table under proof taken away.
    monkeypatch.setattr(lake_copy, "delete_table", lambda *_: None)
    with pytest.raises(Killed):
        run.do(published)
    monkeypatch.undo()
    moved = where == "_forget_older" or (where == "_put_table 2" and after)
    assert rows_of(run) == (new if moved else old)
    assert [one for one in changed(run, published) if VIEW in one[0]] == [
        (f"Glue table smartroute_published.{VIEW}", "differs in of")
    ] * left
    run.do(published)
    assert rows_of(run) == new
    assert changed(run, published) == []
    tables = client("glue").get_tables(DatabaseName="smartroute_published")["TableList"]
    assert [one["Name"] for one in tables] == ["how_often"]
    if where == "_prove":  # the copy that nobody has ever read is deleted with the older ones
        for value in (7, 8):
            loaded(run, value)
            changed(run, published)
            run.do(published)
        assert len(copies(client)) == 2


KINDS = {
    "SMALLINT": ("-32768", "NULL"),
    "BIGINT": ("9223372036854775807",),
    "DECIMAL(38,10)": ("-1234567890123456789012345678.0123456789", "NULL"),
    "REAL": ("0.1", "'NaN'", "'-Infinity'"),
    "DOUBLE PRECISION": ("1e300", "'NaN'", "-0.0", "NULL"),
    "BOOLEAN": ("TRUE", "NULL"),
    "DATE": ("'1582-10-04'", "'9999-12-31'"),
    "TIMESTAMP": ("'1969-12-31 23:59:59.999'", "'2026-11-28 12:00:00'"),
    "TIMESTAMPTZ": ("'2026-11-28 12:00:00.25+02'",),
    "VARCHAR(60000)": ("REPEAT('x\u00e9\U0001f68c', 1000)", "''", "'a '", "'line\n''quoted'' x'"),
    "CHAR(9)": ("'a b'", "'a  '", "''", "NULL"),
}


def test_every_type_is_the_same_on_both_sides(run, client, published, as_before, prepared):
    """Among them names that are words of SQL, or end in a blank."""
    schema, names = "smartroute_analytics", [f'"order {n} by"' if n % 2 else f'"select_{n}"' for n in range(len(KINDS))]
    most = max(map(len, KINDS.values()))
    rows = [", ".join(values[n] if n < len(values) else "NULL" for values in KINDS.values()) for n in range(most)]
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, KINDS, strict=True))
    with prepared.redshift() as redshift:
        redshift.execute(f"CREATE TABLE {schema}.kinds ({columns})")
        redshift.execute(f"INSERT INTO {schema}.kinds VALUES {', '.join(f'({row})' for row in rows)}")
        redshift.execute(f"CREATE MATERIALIZED VIEW {schema}.mv_table_11111111 AS SELECT * FROM {schema}.kinds")
    try:
        run.do(published)
        assert changed(run, published) == []
        assert run.athena().query('SELECT COUNT(*) FROM smartroute_published."table"').rows == [(most,)]
    finally:
        with prepared.redshift() as redshift:
            redshift.execute(f"DROP MATERIALIZED VIEW {schema}.mv_table_11111111")
            redshift.execute(f"DROP TABLE {schema}.kinds")


def test_microseconds_which_athena_does_not_read_are_told_as_that(run, published, prepared):
    schema, moment = "smartroute_analytics", "TIMESTAMP '2026-11-28 12:00:00.123456'"
    with prepared.redshift() as redshift:
        view = f"{schema}.mv_fine_11111111"
        redshift.execute(f"CREATE MATERIALIZED VIEW {view} AS SELECT {moment} AS t, n FROM {schema}.tuned_a")
    try:
        changed(run, published)
        with pytest.raises(VerificationFailed, match=r"123456.*Athena reads milliseconds"):
            run.do(published)
    finally:
        with prepared.redshift() as redshift:
            redshift.execute(f"DROP MATERIALIZED VIEW {schema}.mv_fine_11111111")


def test_two_who_publish_at_once_spoil_nothing(run, client, published, as_before, monkeypatch):
    """Another run, which holds a lease of its own, publishes while this one proves; and one is still at it."""
    from smartroute_runbook.operate.tune import lake_copy

    prove, steps = lake_copy._prove, []

    def beside(*arguments):
        if not steps:
            steps.append(1)
            role = f"arn:aws:iam::123456789012:role/{run.settings.publish.role}"
            lake_copy.copied(run, "how_often", lake_copy.CopiedView(VIEW, "the other's"), role)
        return prove(*arguments)

    loaded(run, 6)
    monkeypatch.setattr(lake_copy, "_prove", beside)
    with pytest.raises((VerificationFailed, ServiceError)):
        run.do(published)
    monkeypatch.undo()
    assert (6, 1, 6) in rows_of(run)  # the other's, whole
    changed(run, published)
    run.do(published)
    assert changed(run, published) == []


def test_one_view_that_cannot_be_copied_holds_back_no_other(run, client, published, as_before, prepared):
    schema = "smartroute_analytics"
    with prepared.redshift() as redshift:
        for name, column in (("aaa", "CAST('12:00' AS TIME) AS t"), ("zzz", "n")):
            redshift.execute(
                f"CREATE MATERIALIZED VIEW {schema}.mv_{name}_11111111 AS SELECT {column} FROM {schema}.tuned_b"
            )
        redshift.execute(f"INSERT INTO {schema}.tuned_b VALUES (1)")
    try:
        with pytest.raises(UsageError, match="Column 't' of view mv_aaa_11111111 is unloaded as time"):
            run.do(published)
        assert run.athena().query("SELECT n FROM smartroute_published.zzz").rows == [(1,)]
        assert [name for name, _ in changed(run, published)] == ["Glue table smartroute_published.aaa"]
    finally:
        with prepared.redshift() as redshift:
            for name in ("aaa", "zzz"):
                redshift.execute(f"DROP MATERIALIZED VIEW {schema}.mv_{name}_11111111")
            redshift.execute(f"DELETE FROM {schema}.tuned_b")


@pytest.mark.parametrize("writes", ["a file without rows", "no file"])
def test_a_view_that_became_empty_is_an_empty_table(run, client, published, as_before, prepared, monkeypatch, writes):
    from smartroute_runbook.operate.tune import lake_copy

    assert rows_of(run)
    data_files = lake_copy.data_files
    if writes == "no file":
        shown = client("glue").get_table(DatabaseName="smartroute_published", Name="how_often")["Table"]
        here = shown["StorageDescriptor"]["Location"]
        monkeypatch.setattr(lake_copy, "data_files", lambda run, at: data_files(run, at) if at == here else [])
    with prepared.redshift() as redshift:
        redshift.execute("DELETE FROM smartroute_analytics.tuned_a")
        redshift.execute(
            "INSERT INTO smartroute_analytics.migration_ledger VALUES ('tuned_a', '*', 'x', 1, 'operate', GETDATE())"
        )
    try:
        run.do(published)
        assert rows_of(run) == []
    finally:
        with prepared.redshift() as redshift:
            redshift.execute("INSERT INTO smartroute_analytics.tuned_a VALUES (1), (1), (2), (NULL)")


def test_what_is_somebody_elses_is_neither_replaced_nor_deleted(run, client, wanting, schema):
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "theirs", "Description": "ours"})
    place = {"Columns": [{"Name": "n", "Type": "int"}], "Location": f"s3://{world.LAKE}/elsewhere/"}
    glue.create_table(DatabaseName="theirs", TableInput={"Name": "other", "StorageDescriptor": place})
    try:
        with pytest.raises(UsageError, match="Glue database theirs is somebody else's: it has the table other"):
            wanting(publish={"database": "theirs"}).propose(PublishAggregates())
        glue.delete_database(Name="theirs")
        ours = {"Name": "theirs", "Description": "Aggregates of Redshift, published by smartroute-runbook"}
        glue.create_database(DatabaseInput=ours)
        glue.create_table(DatabaseName="theirs", TableInput={"Name": "how_often", "StorageDescriptor": place})
        with pytest.raises(UsageError, match=r"theirs\.how_often was not made by the runbook"):
            wanting(publish={"database": "theirs"}).propose(PublishAggregates())
    finally:
        glue.delete_database(Name="theirs")


def test_week_1_leaves_the_role_on_the_cluster_and_analysts_may_read_what_is_published(run, published):
    from smartroute_runbook import prepare

    cluster = next(step for step in prepare.steps(run) if step.id == "week1.cluster")
    assert cluster.propose(run).empty
    policy, copy = analyst_policy(run), f"arn:aws:s3:::{world.LAKE}/published/how_often/x/0.parquet"
    assert decision([policy], "s3:GetObject", copy, {}) == "allowed"
    assert decision([policy], "s3:PutObject", copy, {}) == "implicitDeny"
    table = "arn:aws:glue:us-east-1:123456789012:table/smartroute_published/how_often"
    assert decision([policy], "glue:GetTable", table, {}) == "allowed"
    assert decision([policy], "glue:UpdateTable", table, {}) == "implicitDeny"


def test_what_a_question_costs_is_measured_on_both_sides(run, dashboard_world, published):
    text = "-- :least int = 0\nSELECT route_id, COUNT(*) FROM vehicles GROUP BY route_id HAVING COUNT(*) > :least"
    dashboard_world.publish("how-often", text, "athena")  # as it is with its defaults
    try:
        (saved,) = exploration(run).tables
    finally:
        dashboard_world.unpublish("how-often", "athena")
    assert saved.table == "how_often"
    assert saved.lake_bytes > saved.copy_bytes > 0
    assert saved.factor is None  # both are below Athena's minimum here
    assert Saved("x", 50_000_000_000, 1_000).factor == pytest.approx(5_000)
    assert Saved("x", 1_000, 50_000_000).factor < 1
    assert "nothing yet" in str(Exploration((saved,)).view())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tables": ("how_often", "gone")}, "names gone"),
        ({"prefix": "processed/vehicles/x"}, "where table 'vehicles' lies"),
        ({"database": "smartroute_analytics"}, "own database"),
    ],
)
def test_what_cannot_be_published_is_refused_before_anything_is_made(wanting, schema, values, words):
    with pytest.raises(UsageError, match=words):
        wanting(publish=values).propose(PublishAggregates())


def test_two_views_of_one_query_are_named(run, schema, prepared):
    second = VIEW.replace("0a1b2c3d", "11111111")
    with prepared.redshift() as redshift:
        redshift.execute(f"CREATE MATERIALIZED VIEW smartroute_analytics.{second} AS {AGGREGATE}")
    try:
        with pytest.raises(UsageError, match=f"{VIEW}, {second}"):
            run.propose(PublishAggregates())
    finally:
        with prepared.redshift() as redshift:
            redshift.execute(f"DROP MATERIALIZED VIEW smartroute_analytics.{second}")


# ---- cache -----------------------------------------------------------------------------------------------------------

ORIGIN_OPTIONS = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
ORIGIN = "abc.execute-api.us-east-1.amazonaws.com"


def asked(run, *texts):
    with run.redshift() as redshift:
        redshift.execute("SET enable_result_cache_for_session TO off")
        for text in texts:
            redshift.query(text)


def test_repeats_are_counted_by_text_within_the_seconds_that_an_answer_would_be_kept(run, schema):
    before = repeats(run, 3_600)
    asked(run, *["SELECT 101 AS once"] * 3, "SELECT 102 AS another")
    after = repeats(run, 3_600)
    assert after.asked - before.asked == 4
    assert after.hits - before.hits in (2, 1)  # 1 where an hour began meanwhile
    assert Repeats(30, 0, 0).share == 0


def test_where_too_few_requests_repeat_nothing_is_proposed(wanting, schema):
    run = wanting(front={"origin": ORIGIN, "least_hits": 1.0})
    with pytest.raises(Refused, match="a cache in front does not pay"):
        run.propose(CacheInFront())
    with pytest.raises(UsageError, match=r"front\.origin is not set"):
        wanting(front={"origin": None}).propose(CacheInFront())


def test_what_it_costs_begins_above_the_requests_that_are_free():
    assert Repeats(30, 7_000_000, 0).usd_month(Decimal("0.01")) == 20  # 30 million a month, 10 of them free
    assert Repeats(30, 2_000_000, 0).usd_month(Decimal("0.01")) == 0


def test_it_keeps_what_the_api_marks_and_a_change_by_hand_is_named(wanting, client, schema):
    run, step = wanting(front={"origin": ORIGIN, "least_hits": 0.0, "seconds": 60}), CacheInFront()
    run.do(step)
    front = client("cloudfront")
    (made,) = front.list_distributions()["DistributionList"]["Items"]
    live = front.get_distribution_config(Id=made["Id"])
    behaviour = live["DistributionConfig"]["DefaultCacheBehavior"]
    policy = front.get_cache_policy(Id=behaviour["CachePolicyId"])["CachePolicy"]["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 60)
    assert policy["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    errors = {one["ErrorCode"]: one for one in live["DistributionConfig"]["CustomErrorResponses"]["Items"]}
    assert {errors[code]["ErrorCachingMinTTL"] for code in (404, 502, 504)} == {0}
    theirs = {"ErrorCode": 403, "ErrorCachingMinTTL": 300, "ResponsePagePath": "/sorry", "ResponseCode": "403"}
    errors[502]["ErrorCachingMinTTL"] = 10  # as where nothing is said: a 502 outlives the trouble, a switch, a way back
    by_hand = live["DistributionConfig"] | {
        "CustomErrorResponses": {"Quantity": len(errors) + 1, "Items": [*errors.values(), theirs]},
        "DefaultCacheBehavior": behaviour | {"ViewerProtocolPolicy": "allow-all", "ResponseHeadersPolicyId": "theirs"},
        "WebACLId": "somebodys",
    }
    other = {"Id": "other", "DomainName": "other.example.com", "CustomOriginConfig": ORIGIN_OPTIONS}
    by_hand["Origins"] = {"Quantity": 2, "Items": [other, *live["DistributionConfig"]["Origins"]["Items"]]}
    front.update_distribution(Id=made["Id"], IfMatch=live["ETag"], DistributionConfig=by_hand)
    (change,) = [one for one in run.propose(step).changes if one.action == "modify"]
    assert "differs in users, errors kept, s" in change.why
    run.do(step)
    mended = front.get_distribution_config(Id=made["Id"])["DistributionConfig"]
    assert (mended["WebACLId"], mended["DefaultCacheBehavior"]["ResponseHeadersPolicyId"]) == ("somebodys", "theirs")
    assert {one["Id"] for one in mended["Origins"]["Items"]} == {"other", "api"}
    errors = {one["ErrorCode"]: one for one in mended["CustomErrorResponses"]["Items"]}
    assert (errors[502]["ErrorCachingMinTTL"], errors[403]) == (0, theirs)
    undone(step, run, client)
    assert not front.list_distributions()["DistributionList"].get("Items")
