#!/usr/bin/env bash
# In moto the log filter { $.level = "ERROR" } finds every event, and metric math has no values and the status Complete.
#
# With: moto 5.2.5, boto3 and botocore 1.44.8.
# Expected: a stand-in answers as the service's documentation says or refuses what it lacks. filter_log_events knows JSON patterns,
#   terms with "-" (not) and "?" (or); get_metric_data knows expressions and percentiles.
# Seen: a pattern in braces, in brackets or with "?" gives all events back; "-ERROR" too, and "ERROR -WARN" gives none; plain words
#   and quoted phrases are right. The expression a * 2 over a metric with values is answered with no values and "Complete";
#   get_metric_statistics with ExtendedStatistics ["p50"] gives a data point with a time and nothing else. No error, no warning.
# Hurts: tests of alarms and of log watchers: a filter that never matches on AWS passes here, because it matches everything;
#   a dashboard of rates and percentiles is tested against "no data".
# Instead: test filter patterns by AWS's test_metric_filter; give the test a value that must not match, and assert that values exist.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet moto==5.2.5 boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime as dt

import boto3
import moto

messages = ['{"level": "ERROR", "late": 5}', '{"level": "INFO", "late": 1}', "ERROR one", "ERROR and WARN", "nothing"]
patterns = {'{ $.level = "ERROR" }': 1, "{ $.late > 4 }": 1, "?one ?two": 1, "-ERROR": 2, "ERROR -WARN": 2, "ERROR": 3, '"ERROR one"': 1}
start = dt.datetime(2026, 11, 29, 10, tzinfo=dt.timezone.utc)
window = {"StartTime": start, "EndTime": start + dt.timedelta(minutes=1)}
with moto.mock_aws():
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    now = int(dt.datetime.now().timestamp() * 1000)
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now, "message": text} for text in messages])
    found = {text: len(logs.filter_log_events(logGroupName="g", filterPattern=text)["events"]) for text in patterns}
    metrics = boto3.client("cloudwatch")
    metrics.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Timestamp": start, "Value": value} for value in (1.0, 2.0, 10.0)])
    metric = {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "a", "MetricStat": metric}, {"Id": "b", "Expression": "a * 2"}]
    results = {one["Id"]: (one["Values"], one["StatusCode"]) for one in metrics.get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]}
    points = metrics.get_metric_statistics(Namespace="n", MetricName="m", Period=60, ExtendedStatistics=["p50"], **window)["Datapoints"]
print("moto", moto.__version__, "boto3", boto3.__version__)
for text, expected in patterns.items():
    print(f"{text:22} expected {expected}, found {found[text]} of {len(messages)} events")
print("a and a * 2:", results, "- expected 13.0 and 26.0")
print("p50:", [sorted(point) for point in points], "- expected ExtendedStatistics in it")
if list(found.values()) != [5, 5, 5, 5, 0, 3, 1]:
    raise SystemExit("no longer so: the filters find other events")
if results != {"a": ([13.0], "Complete"), "b": ([], "Complete")} or "ExtendedStatistics" in points[0]:
    raise SystemExit("no longer so: metric math or percentiles are answered")
PY
