#!/usr/bin/env bash
# In moto's CloudWatch a metric without dimensions sums up those of every dimension, and seconds and milliseconds are added: 501.
#
# With: moto 5.2.5, boto3 1.43.58.
# Expected: CloudWatch "treats each unique combination of dimensions as a separate metric", in whatever order they are named: a question
#   without dimensions gets what was published without any. Values of different units are different data. Metric math ("a * 2") is
#   computed, or refused by an emulator that has none.
# Seen: GetMetricStatistics finds each metric that has the dimensions named, and others: the late trips of all and of route A are 70 and
#   60, where 10 and 20 were published. GetMetricData does so without dimensions only; of two it finds none when they are named in another
#   order and a value comes late in the alphabet ("trino", not "athena"). 1 second and 500 milliseconds sum to 501 milliseconds. An
#   expression is an empty list, "Complete".
# Hurts: tests of watches, dashboards and freshness checks: a metric that nobody published looks healthy, a total is doubled once each
#   route is published as well; a wrong set of dimensions passes here and is silent on AWS.
# Instead: one namespace for each test and set of dimensions; ListMetrics, and filter by Dimensions yourself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "moto[cloudwatch]==5.2.5" boto3==1.43.58
cd "$work"
AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1 "$work/venv/bin/python" - <<'PY'
from datetime import UTC, datetime, timedelta

import boto3
import moto

AT = datetime(2026, 11, 30, 17, tzinfo=UTC)
SPAN = {"StartTime": AT, "EndTime": AT + timedelta(minutes=5)}
PUBLISHED = {(): 10, ("route",): 20, ("route", "engine"): 40}
VALUES = {"route": "A", "engine": "trino"}


def dimensions(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": VALUES[name]} for name in names]


with moto.mock_aws():
    cloudwatch = boto3.client("cloudwatch")
    for names, value in PUBLISHED.items():
        point = {"MetricName": "late", "Value": value, "Timestamp": AT, "Dimensions": dimensions(names)}
        cloudwatch.put_metric_data(Namespace="trips", MetricData=[point])
    print("moto", moto.__version__, "boto3", boto3.__version__)
    print("published:", PUBLISHED)

    def statistics(namespace: str, metric: str, names: tuple[str, ...] = (), **more: str) -> list[float]:
        asked = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions(names), "Period": 60, "Statistics": ["Sum"]}
        return [each["Sum"] for each in cloudwatch.get_metric_statistics(**asked, **SPAN, **more)["Datapoints"]]

    def data(names: tuple[str, ...], *expressions: str) -> dict[str, tuple[list[float], str]]:
        metric = {"Namespace": "trips", "MetricName": "late", "Dimensions": dimensions(names)}
        asked = [{"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]
        asked += [{"Id": f"e{number}", "Expression": each} for number, each in enumerate(expressions)]
        answers = cloudwatch.get_metric_data(MetricDataQueries=asked, **SPAN)["MetricDataResults"]
        return {each["Id"]: (each["Values"], each["StatusCode"]) for each in answers}

    seen = {}
    for names in ((), ("route",), ("engine",), ("route", "engine"), ("engine", "route")):
        seen[names] = (statistics("trips", "late", names), data(names)["a"][0])
        print(f"asked for {names!s:21} GetMetricStatistics {seen[names][0]!s:9} GetMetricData {seen[names][1]}")
    units = [("Seconds", 1), ("Milliseconds", 500)]
    points = [{"MetricName": "wait", "Value": value, "Unit": unit, "Timestamp": AT} for unit, value in units]
    cloudwatch.put_metric_data(Namespace="units", MetricData=points)
    by_unit = [statistics("units", "wait"), *(statistics("units", "wait", Unit=unit) for unit, _ in units)]
    print("1 second and 500 milliseconds: together, asked for seconds, for milliseconds:", by_unit)
    computed = data(("route",), "a * 2", "FILL(a, 0)")
    print("expressions:", computed)
expected = {
    (): ([70.0], [70.0]),
    ("route",): ([60.0], [20.0]),
    ("engine",): ([40.0], []),
    ("route", "engine"): ([40.0], [40.0]),
    ("engine", "route"): ([40.0], []),
}
if seen != expected or by_unit != [[501.0], [1.0], [500.0]]:
    raise SystemExit("no longer so: dimensions or units")
if computed != {"a": ([20.0], "Complete"), "e0": ([], "Complete"), "e1": ([], "Complete")}:
    raise SystemExit("no longer so: expressions")
PY
