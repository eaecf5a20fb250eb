"""Parameters: validated whole, wrong ones named, with what was expected."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from smartroute_runbook.api.configuration import CACHE_SECONDS
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.settings import Settings, parse_settings
from smartroute_runbook.environment.working_folder import shipped
from smartroute_runbook.errors import RunbookError, UsageError, WrongParameters
from smartroute_runbook.runs.run import Run


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"redshfit": {}}, "Did you mean 'redshift'"),
        ({"redshift": {"node_typ": "ra3.xlplus"}}, "'redshift.node_typ'.*Did you mean 'node_type'"),
        ({"redshift": {"nodes": "two"}}, "'redshift.nodes'.*'two'.*a whole number"),
        ({"redshift": {"nodes": 0}}, "'redshift.nodes'.*at least 1"),
        ({"load": {"design": "fast"}}, "'load.design'.*'plan', 'time-first' or 'auto'"),
        ({"load": {"first_day": "yesterday"}}, "'load.first_day'"),
        ({"gates": []}, "'gates'.*a section"),
        ({"redshift": {"nodes": True}}, "'redshift.nodes'.*is true.*a whole number"),
        ({"redshift": {"nodes": "02"}}, "'redshift.nodes'.*plain digits"),
        ({"load": {"batch_mb": "1_000"}}, "'load.batch_mb'.*plain digits"),
        ({"proof": {"budget_usd": "25"}}, "'proof.budget_usd'.*without quotation marks"),
        ({"load": {"first_day": 86400}}, "'load.first_day'.*a date, such as"),
        ({"load": {"first_day": "2026-09-21T00:00:00Z"}}, "'load.first_day'.*a date, such as"),
        ({"load": {"first_day": "2026-09-31"}}, "'load.first_day'.*a date that exists"),
        ({"load": {"first_day": "2026-09-22", "last_day": "2026-09-21"}}, "'load.first_day'.*not after last_day"),
        ({"record": {"anchor": "none"}}, "'record.anchor'.*null, if there shall be none"),
        ({"aws": {"profile": "No"}}, "'aws.profile'.*null, if there shall be none"),
        ({"decision": {"users": "off"}}, "'decision.users'.*null, if there shall be none"),
        ({"aws": {"profile": " dev"}}, "'aws.profile'.*without blanks"),
        ({"aws": {"region": "us-east-1a"}}, "'aws.region'.*the code of a region"),
        ({"aws": {"region": "US East (N. Virginia)"}}, "'aws.region'.*such as us-east-1"),
        ({"redshift": {"cluster": None}}, "'redshift.cluster' in settings is null. Expected a text"),
        ({"redshift": {3: "x"}}, "Unknown parameter 'redshift.3'"),
        ({"redshift": {True: "x"}}, "Unknown parameter 'redshift.true'"),
        ({3: {}}, "Unknown parameter '3'"),
        ({"athena": {"nodes": 2}}, "'athena.nodes'.*It belongs below 'redshift:'"),
        ({"nodes": 2}, "'nodes'.*It belongs below 'redshift:'"),
        ({"redshift.nodes": 2}, "Write 'nodes' on a line of its own below 'redshift:'"),
        ({"audit": {"roles": {"vehicles": {"key": ["trip_id"]}}}}, "'audit.roles.vehicles.key'.*Did you mean 'keys'"),
        ({"athena": {"tables": [1]}}, "^Parameter 'athena.tables.0' in settings is 1. Expected a text"),
        ({"audit": {"budget_usd": float("inf")}}, "'audit.budget_usd'.*not infinite"),
        ({"dashboard": {"watch_hours": float("nan")}}, "'dashboard.watch_hours'"),
        ({"athena": {"tables": []}}, "'athena.tables'.*a list of at least 1"),
        ({"athena": {"tables": ["vehicles", "vehicles"]}}, "'athena.tables'.*names nothing twice"),
        ({"athena": {"tables": "vehicles"}}, "'athena.tables'.*a list"),
        ({"athena": {"database": 'a"; DROP SCHEMA x; --'}}, "'athena.database'.*quotation marks"),
        ({"redshift": {"schema_name": 'a"; DROP SCHEMA x; --'}}, "'redshift.schema_name'.*lower-case letters"),
        ({"redshift": {"cluster": "My_Cluster"}}, "'redshift.cluster'.*lower-case letters"),
        ({"redshift": {"cluster": "a--b"}}, "'redshift.cluster'.*single hyphens"),
        ({"redshift": {"database": "SELECT"}}, "'redshift.database'.*lower-case"),
        ({"redshift": {"port": 80}}, "'redshift.port'.*is 80.*5431 to 5455"),
        ({"redshift": {"copy_role": "arn:aws:iam::123456789012:role/x"}}, "'redshift.copy_role'.*not its ARN"),
        ({"alarms": {"topic": "arn:aws:sns:us-east-1:123456789012:x"}}, "'alarms.topic'.*not its ARN"),
        ({"network": {"subnets": []}}, "'network.subnets'.*at least 1"),
        ({"load": {"staging": "/"}}, "'load.staging'.*a prefix inside"),
        ({"load": {"staging": "s3://bucket/x"}}, "'load.staging'.*no s3://"),
        ({"load": {"staging": "a/../b"}}, "'load.staging'"),
        ({"record": {"store": "S3://bucket/x"}}, "'record.store'.*s3://BUCKET"),
        ({"record": {"store": "s3:/bucket/x"}}, "'record.store'"),
        ({"record": {"store": "gs://bucket/x"}}, "'record.store'"),
        ({"record": {"store": "s3://"}}, "'record.store'"),
        ({"network": {"vpc": "a\x1bb"}}, "'network.vpc'.*on one line"),
        (
            {"athena": {"migration_workgroup": "smartroute-analytics"}},
            "'athena.migration_workgroup'.*another",
        ),
        ({"redshift": {"schema_name": "pg_smart"}}, "'redshift.schema_name'.*Redshift's own"),
        ({"redshift": {"database": "padb_harvest"}}, "'redshift.database'.*Redshift's own"),
        ({"redshift": {"parameter_group": "a_b"}}, "'redshift.parameter_group'.*single hyphens"),
        ({"redshift": {"parameter_group": "a-"}}, "'redshift.parameter_group'"),
        ({"redshift": {"manual_snapshot_days": 0}}, "'redshift.manual_snapshot_days'.*-1 for ever"),
        ({"redshift": {"master_user": "rdsdb"}}, "'redshift.master_user'.*Redshift's own"),
        ({"network": {"kms_key": "alias/aws/redshift"}}, "'network.kms_key'.*a key of your own"),
        ({"network": {"subnet_group": "Default"}}, "'network.subnet_group'.*another name"),
        ({"network": {"security_group": "sg-0123456789abcdef0"}}, "'network.security_group'.*not its id"),
        ({"network": {"security_group": "smartroute-dashboard-lambda"}}, "'network.security_group'.*the cluster's own"),
        ({"dashboard": {"url_parameter": "/smartroute/dashboard/engine"}}, "'dashboard.url_parameter'.*another"),
        ({"dashboard": {"published_queries": "staging/redshift/q"}}, "'dashboard.published_queries'.*beside"),
        ({"gates": {"signatures": 2, "signers": {"Ada": "x"}}}, "'gates.signers'.*at least 2 people"),
        ({"record": {"anchor": "gs://bucket/x"}}, "'record.anchor'.*SNS topic"),
        ({"record": {"anchor": "arn:aws:s3:::bucket"}}, "'record.anchor'"),
        ({"record": {"signing_key": "alias/smartroute"}}, "'record.signing_key'.*the ARN of a KMS key"),
        ({"record": {"signing_key": "s3://bucket/key.pem"}}, "'record.signing_key'.*a file, or the ARN"),
        ({"record": {"anchor": "records/"}}, "'record.anchor'.*a second place"),
        ({"analysts": {"workgroup": "smartroute-migration"}}, "'analysts.workgroup'.*the migration's"),
        ({"publish": {"database": "SmartRoute_Analytics"}}, "'publish.database'.*not the lake's"),
        ({"publish": {"role": "smartroute-redshift-copy"}}, "'publish.role'.*another role than COPY's"),
        ({"publish": {"prefix": "staging"}}, "'publish.prefix'.*beside load.staging"),
        ({"tuning": {"dashboard_user": "smartroute_admin"}}, "'tuning.dashboard_user'.*only reads"),
        ({"tuning": {"dashboard_abort_seconds": 5}}, "'tuning.dashboard_abort_seconds'.*at least tuning"),
        ({"alarms": {"connections": 5000}}, "'alarms.connections'.*at most 2000"),
        ({"alarms": {"receivers": ["email:a@b.cc", "email:A@b.cc"]}}, "'alarms.receivers'.*nobody twice"),
        ({"alarms": {"receivers": ["email:nobody"]}}, "'alarms.receivers'.*email: followed by an address"),
        ({"alarms": {"receivers": ["sms:0123"]}}, "'alarms.receivers'.*sms: followed by a number"),
        ({"alarms": {"receivers": ["https:host"]}}, "'alarms.receivers'.*begins with https"),
        ({"alarms": {"receivers": ["sqs:queue"]}}, "'alarms.receivers'.*ARN of a queue"),
        ({"alarms": {"receivers": ["carrier:pigeon"]}}, "'alarms.receivers.*PROTOCOL:ENDPOINT"),
        ({"gates": {"automatic": "yes"}}, "'gates.automatic'.*true or false, without quotation marks"),
        ({"gates": {"automatic": 1}}, "'gates.automatic'.*true or false"),
        ({"decision": {"trained": "true"}}, "'decision.trained'.*true or false"),
        ({"publish": {"after_sync": "no"}}, "'publish.after_sync'.*true or false"),
        ({"dashboard": {"canary_shares": ["1", 100]}}, "'dashboard.canary_shares'.*a whole number"),
        ({"dashboard": {"canary_shares": [1, True, 100]}}, "'dashboard.canary_shares'.*a whole number"),
        ({"experiment": {"critical": ["a", "a"]}}, "'experiment.critical'.*names nothing twice"),
        ({"experiment": {"advice": ["vacuum", "vacuum"]}}, "'experiment.advice'.*names nothing twice"),
        ({"audit": {"roles": {"vehicles": {"keys": ["a", "a"]}}}}, "'audit.roles.vehicles.keys'.*nothing twice"),
        ({"network": {"vpc": "${VPC}"}}, "'network.vpc'.*nothing is filled in"),
        ({"network": {"vpc": "{{ vpc }}"}}, "'network.vpc'.*nothing is filled in"),
        ({"network": {"subnets": ["<your subnet>"]}}, "'network.subnets'.*nothing is filled in"),
        ({"redshift": {"copy_role": "CHANGEME"}}, "'redshift.copy_role'.*nothing is filled in"),
        ({"network": {"vpc": "smartroute\u200b"}}, "'network.vpc'.*invisible characters"),
        ({"network": {"vpc": "smart\xa0route"}}, "'network.vpc'.*invisible characters"),
        ({"network": {"vpc": "\u201csmartroute\u201d"}}, "'network.vpc'.*curled quotation marks"),
        ({"network": {"vpc": "vpc-0123456789abcdef0"}}, "'network.vpc'.*a name, not its id, such as smartroute"),
        ({"network": {"subnets": ["subnet-01234567"]}}, "'network.subnets.0'.*not its id, such as smartroute-private"),
        ({"network": {"lambda_security_group": "sg-01234567"}}, "'network.lambda_security_group'.*not its id"),
        ({"network": {"security_group": "Default"}}, "'network.security_group'.*another name than 'default'"),
        ({"network": {"kms_key": "smartroute"}}, "'network.kms_key'.*alias/NAME.*such as alias/smartroute"),
        ({"network": {"kms_key": "arn:aws:s3:::x"}}, "'network.kms_key'.*a KMS key"),
        ({"network": {"kms_key": "arn:aws:kms:eu-west-1:123456789012:key/x"}}, "'network.kms_key'.*in us-east-1"),
        ({"network": {"kms_key": "arn:aws-cn:kms:cn-north-1:123456789012:key/x"}}, "'network.kms_key'.*arn:aws:"),
        ({"record": {"anchor": "arn:aws:sns:eu-west-1:123456789012:x"}}, "'record.anchor'.*in us-east-1"),
        ({"aws": {"permissions_boundary": "arn:aws-cn:iam::123456789012:policy/x"}}, "boundary'.*arn:aws:"),
        ({"aws": {"region": "cn-north-1", "permissions_boundary": "arn:aws:iam::aws:policy/x"}}, "arn:aws-cn:"),
        ({"alarms": {"receivers": ["sqs:arn:aws-cn:sqs:cn-north-1:123456789012:q"]}}, "'alarms.receivers'.*arn:aws:"),
        ({"alarms": {"disk_percent": 0.8}}, "'alarms.disk_percent'.*at least 1"),
        ({"alarms": {"runbook": "a\nb"}}, "'alarms.runbook'.*on one line"),
        ({"aws": {"timeout_seconds": 0.0001}}, "'aws.timeout_seconds'.*at least 1"),
        ({"decision": {"node_hours_month": 800}}, "'decision.node_hours_month'.*at most 744"),
        ({"audit": {"budget_usd": 1e308}}, "'audit.budget_usd'.*at most 100000"),
        ({"audit": {"stops": "https://host/stops.txt"}}, "'audit.stops'.*a path on this machine"),
        ({"experiment": {"queries": "s3://bucket/queries"}}, "'experiment.queries'.*a path on this machine"),
        ({"experiment": {"expected_seconds": 2}}, "'experiment.expected_seconds'.*a median lies below"),
        ({"dashboard": {"engine_parameter": "/aws/x"}}, "'dashboard.engine_parameter'.*neither aws nor ssm"),
        ({"dashboard": {"engine_parameter": "x/y"}}, "'dashboard.engine_parameter'.*such as /smartroute/x"),
        ({"dashboard": {"cache_seconds": 300}}, "'dashboard.cache_seconds'.*less than dashboard.switch_seconds"),
        ({"dashboard": {"answer_seconds": 121}}, "'dashboard.answer_seconds'.*no more than dashboard.switch_seconds"),
        ({"load": {"staging": "."}}, "'load.staging'.*a prefix inside"),
        ({"load": {"staging": "staging/./x"}}, "'load.staging'.*a prefix inside"),
        ({"tuning": {"dashboard_user": "rdsdb"}}, "'tuning.dashboard_user'.*Redshift's own"),
        ({"front": {"origin": "10.0.0.1"}}, "'front.origin'.*a host name"),
        ({"front": {"origin": "-a-.b"}}, "'front.origin'.*a host name"),
        ({"record": {"store": "bucket.s3.amazonaws.com/x"}}, "'record.store'.*s3://BUCKET"),
        ({"record": {"store": "s3://a..b/x"}}, "'record.store'.*s3://BUCKET"),
        ({"record": {"store": "s3://192.168.0.1/x"}}, "'record.store'.*s3://BUCKET"),
        ({"record": {"store": "s3://bucket//x"}}, "'record.store'.*s3://BUCKET"),
        ({"record": {"store": "//bucket/x"}}, "'record.store'.*s3://BUCKET"),
        ({"record": {"signing_key": "-----BEGIN PRIVATE KEY-----"}}, "'record.signing_key'.*a file, or the ARN"),
        ({"record": {"signing_key": "records/key.pem"}}, "'record.signing_key'.*outside record.store"),
        ({"record": {"anchor": "./records"}}, "'record.anchor'.*a second place"),
        ({"record": {"anchor": "records/sub"}}, "'record.anchor'.*a second place"),
        ({"record": {"store": "s3://bkt/a", "anchor": "s3://bkt/a/b"}}, "'record.anchor'.*a second place"),
        ({"record": {"anchor": "command rm"}}, "'record.anchor'.*'command: ...'"),
        ({"athena": {"workgroup": "a b"}}, "'athena.workgroup'.*such as smartroute-analytics"),
    ],
)
def test_a_wrong_parameter_is_named(values, message):
    with pytest.raises(UsageError, match=message):
        parse_settings(values)


@pytest.mark.parametrize(
    "values",
    [
        {"network": {"kms_key": "arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"}},
        {"network": {"vpc": "vpc-production", "subnets": ["subnet-a", "Ünïcode (b)"]}},
        {"aws": {"region": "cn-north-1", "permissions_boundary": "arn:aws-cn:iam::123456789012:policy/x"}},
        {"alarms": {"receivers": ["sqs:arn:aws:sqs:eu-west-1:123456789012:q"]}},  # SNS delivers across regions
        {"record": {"anchor": "command: notify ${RUN}", "store": "s3://my.bucket/a b"}},
        {"record": {"store": "s3://bucket", "anchor": "s3://bucket-2"}},
        {"record": {"store": "records", "anchor": "records-2", "signing_key": "~/keys/records.pem"}},
        {"dashboard": {"engine_parameter": "engine"}},
        {"experiment": {"target_seconds": None}},
        {"redshift": {"cluster": "default"}},
    ],
)
def test_what_aws_takes_is_not_refused(values):
    parse_settings(values)


def test_the_runbook_waits_as_long_as_the_api_uses_the_parameter():
    """It was told done after 2 s, while an API as shipped asks the other engine for 5."""
    assert Settings().dashboard.cache_seconds >= CACHE_SECONDS


def test_every_number_has_a_least_and_a_greatest():
    """A slip of a unit, ``500`` for 500 ms or ``0.8`` for 80 %, is found by bounds alone."""
    schema = Settings.model_json_schema()
    parts = [*schema["$defs"].items()]
    numbers = {
        f"{section}.{name}": kind
        for section, part in parts
        for name, field in part["properties"].items()
        for kind in [field, *field.get("anyOf", ())]
        if kind.get("type") in ("integer", "number") and "enum" not in kind
    }
    assert len(numbers) > 50
    unbounded = [
        name
        for name, kind in numbers.items()
        if not ({"minimum", "exclusiveMinimum"} & set(kind) and {"maximum", "exclusiveMaximum"} & set(kind))
    ]
    assert unbounded == []


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(UsageError) as caught:
        parse_settings({"redshift": {"nodes": 0, "clustr": "x"}, "load": {"parallel": "many"}})
    assert all(name in str(caught.value) for name in ("3 parameters", "redshift.nodes", "redshift.clustr", "parallel"))


def test_what_contradicts_is_told_beside_what_is_wrong_by_itself():
    with pytest.raises(WrongParameters) as caught:
        parse_settings(
            {
                "redshift": {"nodes": 0, "port": 80, 3: "x"},
                "network": {"subnet_group": "default"},
                "athena": {"workgroup": "a b", "migration_workgroup": "smartroute-analytics"},  # against a default only
                "record": [],
            }
        )
    told = [one.split("'")[1] for one in caught.value.each]
    assert sorted(told) == [
        "athena.workgroup",
        "network.subnet_group",
        "record",
        "redshift.3",
        "redshift.nodes",
        "redshift.port",
    ]


def test_a_file_is_told_whole_with_its_lines(tmp_path):
    text = "environment: other\nrunid: x\nsettings:\n  redshift:\n    nodes: 0\n  load:\n    staging: published/x\n"
    with pytest.raises(WrongParameters) as caught:
        load(tmp_path, text)
    first, second, third, fourth = caught.value.each
    assert "'runid'" in first
    assert "line 2. Did you mean 'run_id'?" in first
    assert "says environment 'other'" in second
    assert "'redshift.nodes'" in third
    assert "line 5, is 0" in third
    assert "'publish.prefix'" in fourth
    assert "beside load.staging" in fourth


@pytest.mark.parametrize(
    ("line", "run_id"),
    [("20261123_01", "20261123_01"), ("0123", "0123"), ("12:30", "12:30"), ("off", "off"), ("1.10", "1.10"),
     ("2026-13-01", "2026-13-01"), ("", ""), ("~", ""), ("'x'", "x")],
)  # fmt: skip
def test_a_run_id_is_the_text_that_was_written(tmp_path, line, run_id):
    assert load(tmp_path, f"environment: test\nrun_id: {line}\n")["run_id"] == run_id


def load(folder, text):
    (folder / "parameters").mkdir()
    (folder / "parameters" / "test.yaml").write_text(text)
    return load_parameters("test", folder)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*Settings.model_fields, "x"])


@example({"aws": {"\n": None}})
@given(
    st.dictionaries(
        names, st.dictionaries(st.text(max_size=8) | st.just("nodes"), values, max_size=2) | values, max_size=3
    )
)
def test_any_nonsense_is_settings_or_one_clear_error(given_values):
    assert "\n" not in _outcome(given_values)


def _outcome(given_values):
    try:
        return type(parse_settings(given_values)).__name__
    except RunbookError as error:
        return str(error)


@pytest.mark.parametrize("name", ["rehearsal", "production"])
def test_the_shipped_parameters_are_valid(name):
    parse_settings(load_parameters(name, shipped())["settings"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("environment: [", "not YAML"),
        ("- a", "holds no parameters"),
        ("environment: other", "says environment 'other'"),
        ("environment: test\nsetings: {}", "Did you mean 'settings'"),
        ("environment: test\nsettings: 3", "Expected a mapping"),
        ("environment: test\nenvironment: test", "'environment' stands twice"),
        ("environment: test\nsettings:\n  aws: {region: a, region: b}", "'region' stands twice"),
        ("environment: test\nsettings: " + "[" * 3000, "nested more than"),
        ("environment: test\nsettings: !!timestamp 2026-13-01", "a tag, !timestamp"),
        ("environment: test\nsettings: {athena: {tables: !!set {vehicles}}}", "a tag, !set"),
        ("environment: test\nsettings: {redshift: {cluster: !!binary aGVsbG8=}}", "a tag, !binary"),
        ("environment: test\nsettings: !Ref x", "a tag, !Ref.*quotation marks .line 2."),
        ("environment: test\nsettings:\n\taws: {}", "a tab, where YAML takes spaces only .line 3."),
        ("environment: test\nsettings: @x", "cannot begin with @: put it in quotation marks .line 2."),
        ("environment: test\nsettings: *x", "[*]x refers to an anchor &x that is not there"),
        ("environment: test\nsettings: [*]", "begins with . or & needs quotation marks"),
        ("environment: test\nsettings: a: b", "a ':' where none can be.*line 2"),
        ("environment: test\nsettings:\n  aws: {}\n load: {}", "indentation of this line fits none.*line 4"),
        ("environment: 'test\nsettings: {}\n", "a quotation mark is not closed .line 1."),
        ("environment: test\nsettings: {aws: {}\n\n", "lacks its ',' or '}' .line 2."),
        ("environment: test\nsettings: {}\n---\nenvironment: test", "a second document begins here.*line 3"),
        (
            "environment: test\nsettings: {redshift: {cluster: {{ name }}}}",
            "begins with { or \\[ needs quotation marks",
        ),
        (
            "environment: test\nsettings:\n  aws: {region: a, region: b}\n  load: {}\n  load: {}",
            "'region'.*'load' stands twice",
        ),
        ("environment: test\nsettings: []", "'settings'.*is \\[\\]. Expected a mapping"),
        ("run_id: x", "names no environment. Expected a line 'environment: test'"),
        ("environment: test\nredshift: {nodes: 2}", "Sections stand below 'settings:', 'redshift' too"),
        ("environment: test\nsettings: {audit: {budget_usd: .inf}}", "not infinite"),
        ("environment: test\nrun_id: [a]", "'run_id'.*a text"),
    ],
)
def test_a_broken_file_is_explained(tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        load(tmp_path, text)


def test_an_unknown_environment_names_the_known_ones():
    with pytest.raises(UsageError, match="Did you mean 'production'"):
        load_parameters("producton", shipped())


def test_people_sign_outside_rehearsals(tmp_path, monkeypatch):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "production.yaml").write_text(
        yaml.safe_dump({"environment": "production", "settings": {"gates": {"automatic": True}}})
    )
    with pytest.raises(UsageError, match="automatic"):
        Run.open("production", base=tmp_path)
    for name in ("AWS_ENDPOINT_URL", "SMARTROUTE_REDSHIFT_HOST"):  # of tests with stand-ins in this process
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="needs the stand-ins"):
        Run.open("rehearsal", base=shipped())
