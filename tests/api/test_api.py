"""The deployable API against the stand-ins: requests, caching, the Data API, and the zip in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from smartroute_runbook.api import answers
from smartroute_runbook.api.app import Api, Request
from smartroute_runbook.api.athena import AthenaEngine
from smartroute_runbook.api.configuration import api_of
from smartroute_runbook.api.engine import EngineFailed, QueryResult
from smartroute_runbook.api.lambda_handler import handle
from smartroute_runbook.api.package import package
from smartroute_runbook.api.queries import PublishedQueries
from smartroute_runbook.api.redshift_data import RedshiftDataEngine
from smartroute_runbook.api.request_metrics import FAILURES, LATENCY, NAMESPACE, metric_line
from smartroute_runbook.api.route import CachedRoute
from smartroute_runbook.api.routing import Route
from smartroute_runbook.api.server import ApiServer
from smartroute_runbook.rehearsal import smartroute_account as world
from smartroute_runbook.standins.services.cloudwatch.embedded import data_of

ROW = (
    "SELECT 7 AS n, CAST(0.5 AS {double}) AS x, TIMESTAMP '2026-11-28 12:00:00' AS at, CAST(NULL AS varchar) AS nothing"
)
TEXTS = {"athena": ROW.format(double="double"), "redshift": ROW.format(double="double precision")}

AT_STOP = """-- :stop text(8) = 127N
-- :hour int 0..23 = 5
-- :day date = 2026-11-28
SELECT :stop AS stop, :hour + 1 AS next, :day AS day"""

READER = (
    "CREATE SCHEMA api_reads",
    "CREATE TABLE api_reads.rows (n INTEGER)",
    "INSERT INTO api_reads.rows VALUES (1)",
    "CREATE USER dashboard PASSWORD DISABLE",
    "GRANT USAGE ON SCHEMA api_reads TO dashboard",
    "GRANT SELECT ON ALL TABLES IN SCHEMA api_reads TO dashboard",
)

CLUSTER = "smartroute-analytics"
TEN = "(" + " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10)) + ")"
LONG = (
    "SELECT SUM("
    + " * ".join(f"t{n}.n" for n in range(8))
    + ") AS s FROM "
    + ", ".join(f"{TEN} AS t{n}" for n in range(8))
)


class Fixed:
    """An engine, queries and a route of a test."""

    def __init__(self, value="athena", answer=None):
        self.route, self.answer, self.asked = value, answer or QueryResult(["n"], [[1]]), []

    def value(self):
        return self.route

    def text(self, engine, name):
        if name == "missing":
            raise LookupError(f"no query 'missing' is published for {engine}")
        if name == "at_stop":
            return f"-- :stop text(8) = 127N\n-- :hour int 0..23 = 5\nSELECT {engine!r} AS e, :stop AS s, :hour AS h"
        return f"{engine} {name}"

    def query(self, sql, seconds):
        self.asked.append((sql, seconds))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self):
        self.asked.append("closed")


def api(route="athena", candidate=None, control=None, **options):
    route_of = Fixed(route)
    return Api(route_of, route_of, control or Fixed(), candidate or Fixed(), **options)


def body(response):
    return response.status, json.loads(response.body)


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        (Request("POST", "/api/one"), 405, "POST is not answered"),
        (Request("GET", "/"), 404, "no such page"),
        (Request("GET", "/api/"), 404, "no such page"),
        (Request("GET", "/api/a/b"), 404, "no such page"),
        (Request("GET", "/api/..%2F..%2Fsecret"), 404, "no such page"),
        (Request("GET", "/api/a%20b"), 404, "no such page"),
        (Request("GET", "/api/" + "a" * 121), 404, "no such page"),
        (Request("GET", "/api/one", "limit=5"), 400, "unknown parameter 'limit'"),
        (Request("GET", "/api/one", "engine=athena&engine=redshift"), 400, "given twice"),
        (Request("GET", "/api/one", "engine=bigquery"), 400, "expected athena or redshift"),
        (Request("GET", "/api/one", "x=" + "a" * 3000), 414, "longer than 2,000"),
        (Request("GET", "/api/at_stop", "limit=5"), 400, "unknown parameter 'limit', expected stop, hour, engine"),
        (Request("GET", "/api/at_stop", "hour=24"), 400, "'hour' is '24', expected a whole number from 0 to 23"),
        (Request("GET", "/api/at_stop", "hour=5%20OR%201=1"), 400, "expected a whole number"),
        (Request("GET", "/api/at_stop", "hour="), 400, "expected a whole number"),
        (Request("GET", "/api/at_stop", "stop=123456789"), 400, "expected a text of at most 8 characters"),
        (Request("GET", "/api/at_stop", "stop=a%5C"), 400, "without backslashes"),
        (Request("GET", "/api/at_stop", "stop=a%00"), 400, "control characters"),
        (Request("GET", "/api/at_stop", "stop=a&stop=b"), 400, "given twice"),
        (Request("GET", "/api/missing"), 502, "no query 'missing' is published for athena"),
    ],
)
def test_what_is_not_answered_says_why(request_, status, error):
    answered, payload = body(api().respond(request_))
    assert answered == status
    assert error in payload["error"]


def test_values_of_parameters_are_literals_of_their_type_and_defaults_where_none_is_given():
    asked = Fixed()
    serving = api("athena", control=asked)
    for query in ("", "stop=O'H%20--&hour=7", "hour=0"):
        assert serving.respond(Request("GET", "/api/at_stop", query)).status == 200
    selects = [sql.splitlines()[-1] for sql, _ in asked.asked]
    assert selects == [
        "SELECT 'athena' AS e, '127N' AS s, 5 AS h",
        "SELECT 'athena' AS e, 'O''H --' AS s, 7 AS h",
        "SELECT 'athena' AS e, '127N' AS s, 0 AS h",
    ]


def test_answers_are_kept_by_their_parameters():
    asked = Fixed()
    serving = api("athena", control=asked, max_age=60)
    for query in ("hour=1", "hour=2", "hour=1", "stop=a&hour=1", "hour=1&stop=a", "stop=a"):
        assert serving.respond(Request("GET", "/api/at_stop", query)).status == 200
    assert len(asked.asked) == 4


@pytest.mark.parametrize(
    ("route", "options", "query", "expected"),
    [
        ("athena", {"max_age": 60, "shared": True}, "", "public, max-age=60"),
        ("redshift", {"max_age": 60, "shared": True}, "", "public, max-age=60"),
        ("redshift:100", {"max_age": 60}, "", "private, max-age=60"),
        ("redshift:10@2099-01-01T00:00:00Z", {"max_age": 60, "shared": True}, "", "private, max-age=60"),
        ("athena", {"max_age": 60, "shared": True}, "engine=redshift", "no-store"),
        ("athena", {"shared": True}, "", "no-store"),
    ],
)
def test_an_answer_may_be_given_to_others_where_it_is_said_and_in_no_trial(route, options, query, expected):
    response = api(route, **options).respond(Request("GET", "/api/one", query))
    assert response.headers["Cache-Control"] == expected


def test_a_wrong_parameter_is_the_callers_in_a_trial_too():
    control, candidate = Fixed(), Fixed()
    serving = api("redshift:100@2099-01-01T00:00:00Z", candidate, control)
    status, payload = body(serving.respond(Request("GET", "/api/at_stop", "hour=x")))
    assert (status, "expected a whole number" in payload["error"]) == (400, True)
    assert control.asked == candidate.asked == []


def test_health_asks_nobody():
    control = Fixed()
    assert body(api(control=control).respond(Request("GET", "/health"))) == (200, {"status": "ok"})
    assert control.asked == []


def test_a_failing_candidate_is_answered_by_the_control_in_a_trial_alone():
    trial = "redshift@2999-01-01T00:00:00Z"
    late = Fixed(answer=TimeoutError("no answer within 20 s"))
    status, payload = body(api(trial, candidate=late).respond(Request("GET", "/api/one")))
    assert (status, payload["engine"], payload["fallback"]) == (200, "athena", "redshift: no answer within 20 s")
    status, payload = body(api(trial, candidate=late).respond(Request("GET", "/api/one", "engine=redshift")))
    assert (status, payload) == (502, {"engine": "redshift", "error": "no answer within 20 s"})
    assert api("redshift", candidate=late).respond(Request("GET", "/api/one")).status == 502


def test_what_an_error_of_somebody_else_says_is_not_sent():
    payload = body(api(control=Fixed(answer=RuntimeError("host 10.0.0.7"))).respond(Request("GET", "/api/one")))
    assert payload == (502, {"engine": "athena", "error": "RuntimeError"})
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": "host 10.0.0.7"}}, "Execute")
    payload = body(api(control=Fixed(answer=throttled)).respond(Request("GET", "/api/one")))
    assert payload[1]["error"] == "ThrottlingException"


def test_an_answer_is_given_again_for_its_age_and_not_sent_twice():
    control = Fixed()
    serving = api(control=control, max_age=60)
    first = serving.respond(Request("GET", "/api/one"))
    assert (first.headers["Cache-Control"], len(control.asked)) == ("private, max-age=60", 1)
    again = serving.respond(Request("GET", "/api/one", headers={"if-none-match": first.headers["ETag"]}))
    assert (again.status, again.body, len(control.asked)) == (304, b"", 1)
    for known in (f"W/{first.headers['ETag']}", f'"other", {first.headers["ETag"]}'):
        assert serving.respond(Request("GET", "/api/one", headers={"if-none-match": known})).status == 304
    assert serving.respond(Request("GET", "/api/one", headers={"if-none-match": '"other"'})).status == 200
    assert serving.respond(Request("GET", "/api/two")).status == 200
    operators = serving.respond(Request("GET", "/api/one", "engine=athena"))
    assert (operators.headers["Cache-Control"], len(control.asked)) == ("no-store", 3)


def test_what_is_left_of_an_answers_time_is_what_others_may_keep_it_for(monkeypatch):
    """Else a cache in front would give an answer that is twice as old: after a load, or after going back."""
    serving, now = api(max_age=60, shared=True), time.monotonic
    assert serving.respond(Request("GET", "/api/one")).headers["Cache-Control"] == "public, max-age=60"
    monkeypatch.setattr(answers, "time", SimpleNamespace(monotonic=lambda: now() + 45))
    assert serving.respond(Request("GET", "/api/one")).headers["Cache-Control"] == "public, max-age=15"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Request("GET", "/api/one"), 502), (Request("GET", "/api/one", "x=1"), 400), (Request("POST", "/api/one"), 405),
        (Request("GET", "/api/%2e"), 404), (Request("GET", "/api/one", "x" * 3_000), 414),
        (Request("GET", "/health"), 200),
    ],
)  # fmt: skip
def test_nobody_keeps_an_error_or_what_says_that_the_api_is_up(request_, status):
    serving = api(control=Fixed(answer=EngineFailed("refused")), max_age=60, shared=True)
    response = serving.respond(request_)
    assert (response.status, response.headers["Cache-Control"]) == (status, "no-store")


def test_an_answer_in_place_of_another_is_not_kept():
    late, control = Fixed(answer=EngineFailed("refused")), Fixed()
    serving = api("redshift@2999-01-01T00:00:00Z", candidate=late, control=control, max_age=60)
    for _ in range(2):
        assert serving.respond(Request("GET", "/api/one")).headers["Cache-Control"] == "no-store"
    assert (len(late.asked), len(control.asked)) == (2, 2)


def test_users_who_ask_at_the_same_moment_ask_once_and_share_a_failure():
    class Slow(Fixed):
        def query(self, sql, seconds):
            time.sleep(0.2)
            return super().query(sql, seconds)

    for answer, status in ((None, 200), (EngineFailed("refused"), 502)):
        control = Slow(answer=answer)
        serving = api(control=control, max_age=60)
        with ThreadPoolExecutor(20) as pool:
            given = list(pool.map(lambda _: serving.respond(Request("GET", "/api/one")), range(20)))  # noqa: B023
        assert ({one.status for one in given}, len(control.asked)) == ({status}, 1)
    assert serving.respond(Request("GET", "/api/one")).status == 502
    assert len(control.asked) == 2  # a failure is not kept


class Hanging(Fixed):
    """An engine whose socket does not answer, and whose own deadline never comes."""

    def query(self, sql, seconds):
        time.sleep(1)
        return super().query(sql, seconds)


@pytest.mark.parametrize(
    ("route", "error"), [("redshift", "no answer within 0.2 s"), ("athena", "no answer within 0.4 s")]
)
def test_a_call_that_hangs_holds_no_user_beyond_the_deadline(route, error):
    serving = api(route, candidate=Hanging(), control=Hanging(), candidate_seconds=0.2, deadline_seconds=0.4)
    began = time.monotonic()
    assert body(serving.respond(Request("GET", "/api/one")))[1]["error"] == error
    assert time.monotonic() - began < 0.9


def test_while_the_route_cannot_be_read_users_do_not_wait_for_it_in_turn():
    class Silent:
        asked = 0

        def get_parameter(self, **_):
            self.asked += 1
            time.sleep(0.2)
            raise TimeoutError

    ssm = Silent()
    route, began = CachedRoute(ssm, "/engine", 5), time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: route.value(), range(20))) == {""}
    assert (ssm.asked, time.monotonic() - began < 0.9) == (1, True)


def test_one_request_reads_a_text_anew_and_the_others_use_what_is_known():
    class Store:
        class exceptions:  # noqa: N801  as boto3 names it
            NoSuchKey = KeyError

        texts, asked, late = ["SELECT 1;", "SELECT 2"], 0, 0.0

        def get_object(self, **_):
            self.asked += 1
            time.sleep(self.late)
            return {"Body": BytesIO(self.texts.pop(0).encode())}

    store = Store()
    queries = PublishedQueries(store, "b", "p", 0.05)
    assert queries.text("athena", "one") == "SELECT 1"
    time.sleep(0.06)
    store.late = 0.3
    with ThreadPoolExecutor(20) as pool:
        texts = Counter(pool.map(lambda _: queries.text("athena", "one"), range(20)))
    assert texts["SELECT 2"] >= 1
    assert (sum(texts.values()), store.asked) == (20, 2)


def test_what_is_no_http_is_refused_in_json():
    server = ApiServer(api())
    server.start()
    try:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/api/one?x=" + "a" * 100_000)
        answered = connection.getresponse()
        assert (answered.status, list(json.loads(answered.read()))) == (414, ["error"])
    finally:
        server.stop()


def test_in_a_trial_both_engines_share_one_deadline():
    serving = api("redshift@2999-01-01T00:00:00Z", candidate=Hanging(), candidate_seconds=0.2, deadline_seconds=0.4)
    status, payload = body(serving.respond(Request("GET", "/api/one")))
    assert (status, payload["fallback"]) == (200, "redshift: no answer within 0.2 s")
    serving = api("redshift@2999-01-01T00:00:00Z", candidate=Hanging(), control=Hanging(), candidate_seconds=0.2,
                  deadline_seconds=0.4)  # fmt: skip
    began = time.monotonic()
    assert serving.respond(Request("GET", "/api/one")).status == 502
    assert time.monotonic() - began < 0.9


def test_an_answer_that_lambda_could_not_send_is_refused():
    control = Fixed(answer=QueryResult(["a"], [["x" * 1000]] * 6000))
    status, payload = body(api(control=control).respond(Request("GET", "/api/one")))
    assert status == 502
    assert "at most 5,000,000 are sent" in payload["error"]


# ---- against the stand-ins -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(stack, client):
    redshift = client("redshift")
    redshift.create_cluster(
        ClusterIdentifier=CLUSTER, NodeType="ra3.large", MasterUsername="smartroute_admin", ManageMasterPassword=True,
        DBName="smartroute", ClusterType="single-node",
    )  # fmt: skip
    while redshift.describe_clusters(ClusterIdentifier=CLUSTER)["Clusters"][0]["ClusterStatus"] != "available":
        time.sleep(0.05)
    target = {"ClusterIdentifier": CLUSTER, "Database": "smartroute"}
    admin = RedshiftDataEngine(client("redshift-data"), target | {"DbUser": "smartroute_admin"})
    for statement in READER:
        admin.query(statement, 20)
    yield (
        AthenaEngine(client("athena"), world.WORKGROUP, world.DATABASE),
        RedshiftDataEngine(client("redshift-data"), target | {"DbUser": "dashboard"}),
    )
    admin.query("DROP SCHEMA api_reads CASCADE", 20)
    redshift.delete_cluster(ClusterIdentifier=CLUSTER, SkipFinalClusterSnapshot=True)


def test_both_engines_answer_in_one_form(both):
    athena, redshift = (engine.query(sql, 20) for engine, sql in zip(both, TEXTS.values(), strict=True))
    assert athena.columns == redshift.columns == ["n", "x", "at", "nothing"]
    assert athena.rows == redshift.rows == [[7, 0.5, "2026-11-28T12:00:00", None]]


@pytest.mark.parametrize("which", [0, 1])
def test_an_engine_s_refusal_is_its_own(both, which):
    with pytest.raises(EngineFailed, match=r"(?i)nowhere"):
        both[which].query("SELECT * FROM nowhere", 20)
    with pytest.raises(TimeoutError, match="no answer within"):
        both[which].query(LONG, 0)


@pytest.fixture
def settings(client, monkeypatch):
    for engine, sql in TEXTS.items():
        key = f"dashboard/queries/{engine}/packed.sql"
        client("s3").put_object(Bucket=world.LAKE, Key=key, Body=sql.encode())
        key = f"dashboard/queries/{engine}/at_stop.sql"
        client("s3").put_object(Bucket=world.LAKE, Key=key, Body=AT_STOP.encode())
    values = {
        "SMARTROUTE_QUERIES": f"s3://{world.LAKE}/dashboard/queries", "SMARTROUTE_ENGINE": world.ENGINE_PARAMETER,
        "SMARTROUTE_WORKGROUP": world.WORKGROUP, "SMARTROUTE_ATHENA_DATABASE": world.DATABASE,
        "SMARTROUTE_CLUSTER": CLUSTER, "SMARTROUTE_DATABASE": "smartroute", "SMARTROUTE_DB_USER": "dashboard",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def test_its_user_reads_and_does_nothing_else(both):
    reader = both[1]
    assert reader.query("SELECT COUNT(*) AS n FROM api_reads.rows", 20) == QueryResult(["n"], [[1]])
    for statement in ("DELETE FROM api_reads.rows", "DROP TABLE api_reads.rows", "CREATE TABLE api_reads.more (n INT)"):
        with pytest.raises(EngineFailed, match=r"(?i)permission|owner"):
            reader.query(statement, 20)


EVENT = {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/api/packed", "rawQueryString": ""}


@pytest.mark.parametrize("engine", ["athena", "redshift"])
def test_the_zip_answers_alone(both, settings, tmp_path, engine):
    """Nothing of the checkout is importable: the zip and boto3 are all that there is."""
    made = package(tmp_path / "api.zip")
    assert made.size < 50_000
    assert package(tmp_path / "again.zip").sha256 == made.sha256
    names = zipfile.ZipFile(made.path).namelist()
    beside = {"smartroute_runbook/__init__.py", "smartroute_runbook/query_parameters.py"}
    assert {name for name in names if not name.startswith("smartroute_runbook/api/")} == beside
    script = (
        "import json, sys, time; began = time.perf_counter(); sys.path.insert(0, sys.argv[1]);"
        "from smartroute_runbook.api.lambda_handler import handle; import smartroute_runbook;"
        "assert sys.argv[1] in smartroute_runbook.__file__;"
        "print(json.dumps([handle(event) for event in json.loads(sys.argv[2])]))"
    )
    event = EVENT | {"rawQueryString": f"engine={engine}"}
    given = {"rawPath": "/api/at_stop", "rawQueryString": f"engine={engine}&stop=O'Hare&hour=7&day=2024-02-29"}
    command = [sys.executable, "-c", script, str(made.path), json.dumps([event, event | given])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    answer, at_stop = json.loads(done.stdout)
    assert (answer["statusCode"], answer["headers"]["Engine-Route"]) == (200, str(Route("athena")))
    payload = json.loads(answer["body"])
    assert (payload["engine"], payload["rows"]) == (engine, [[7, 0.5, "2026-11-28T12:00:00", None]])
    assert json.loads(at_stop["body"])["rows"] == [["O'Hare", 8, "2024-02-29"]]


def test_the_handler_keeps_its_clients(both, settings):
    assert [handle(EVENT)["statusCode"] for _ in range(2)] == [200, 200]
    head = EVENT | {"requestContext": {"http": {"method": "HEAD"}}}
    assert handle(head)["body"] == ""


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SMARTROUTE_QUERIES", "dashboard/queries", "not an S3 URI"),
        ("SMARTROUTE_ENGINE", " ", "SMARTROUTE_ENGINE is not set"),
        ("SMARTROUTE_DB_USER", "", "SMARTROUTE_DB_USER is not set"),
        ("SMARTROUTE_MAX_AGE", "soon", "not a number of seconds"),
        ("SMARTROUTE_MAX_AGE", "nan", "not a number of seconds"),
    ],
)
def test_a_wrong_setting_is_named(settings, client, name, value, why):
    with pytest.raises(ValueError, match=why):
        api_of(settings | {name: value}, client)


def lines(answer_to, **options):
    response = api(**options).respond(answer_to)
    return metric_line("/dashboard/engine", response, 12.3456)


def test_a_user_s_request_is_a_line_from_which_cloudwatch_takes_metrics():
    line = lines(Request("GET", "/api/one"), route="redshift")
    (_, first), (_, second), (_, third), (_, fourth) = found = list(data_of(line))
    assert {namespace for namespace, _ in found} == {NAMESPACE}
    assert [first["MetricName"], second["MetricName"]] == [LATENCY, FAILURES]
    assert (first["Values"], first["Unit"], second["Values"]) == ([12.346], "Milliseconds", [0.0])
    dashboard = {"Name": "Dashboard", "Value": "/dashboard/engine"}
    assert first["Dimensions"] == second["Dimensions"] == [dashboard]
    assert third["Dimensions"] == fourth["Dimensions"] == [dashboard, {"Name": "Engine", "Value": "redshift"}]
    assert "\n" not in line


def test_what_no_engine_answered_is_a_failure_of_its_engine():
    line = lines(Request("GET", "/api/one"), route="redshift", candidate=Fixed(answer=EngineFailed("no")))
    payload = json.loads(line)
    assert (payload[FAILURES], payload["Engine"], payload["Status"], payload["Query"]) == (1, "redshift", 502, "one")


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/health"),
        Request("GET", "/api/a/b"),
        Request("GET", "/api/one", "limit=5"),
        Request("GET", "/api/one", "engine=redshift"),
    ],
)
def test_what_no_user_asked_is_no_metric(request_):
    assert lines(request_) is None


@pytest.mark.parametrize("line", ["", "START RequestId: 1", "[1]", "{}", '{"_aws": {"Timestamp": 1}}'])
def test_other_lines_of_a_log_are_no_metrics(line):
    assert list(data_of(line)) == []
