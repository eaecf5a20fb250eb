"""AWS Budgets for both engines: what a month may cost, and who is told before it does.

A budget's figures come up to three times a day, and a forecast takes about five weeks of usage: the alarm on Athena's
cost of a day is faster. Source: AWS Cost Management user guide, "Managing your costs with AWS Budgets".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.prices import price_book
from smartroute_runbook.runs.plan import plan
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.topics import topic, topic_arn

if TYPE_CHECKING:
    from smartroute_runbook.environment.settings import Settings
    from smartroute_runbook.runs.run import Run

__all__ = ["SetBudgets", "limits_of_month"]

_DAYS_A_MONTH = 365 / 12
_SAYS = (("ACTUAL", 80.0), ("ACTUAL", 100.0), ("FORECASTED", 100.0))
"""When the topic is told: spent or forecast, in per cent of the limit."""
_STATEMENT = "SmartRouteBudgets"


def limits_of_month(settings: Settings) -> dict[str, float]:
    """US dollars a month by the name of the service in the bill.

    Redshift: ``budgets.redshift_usd_month``, else what was approved for it, else what the cluster costs when it never
    pauses, with its storage. Athena: ``budgets.athena_usd_month``, else the plan's limit of a day, each day.
    """
    book, rules, cluster = price_book(), settings.decision, settings.redshift
    nodes = cluster.nodes * book.usd(cluster.node_type) * rules.node_hours_month
    costs = nodes + rules.data_gb * book.usd("managed-storage")
    a_day = float(plan()["alarms"]["athena-cost-day"]["threshold"])
    return {
        "Amazon Redshift": settings.budgets.redshift_usd_month or rules.budget_usd_month or math.ceil(costs),
        "Amazon Athena": settings.budgets.athena_usd_month or math.ceil(a_day * _DAYS_A_MONTH),
    }


class SetBudgets(Reconciled):
    """One budget an engine, and the topic's leave for Budgets to publish."""

    id: ClassVar[str] = "week4.budgets"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = f"delete the budgets; take the statement {_STATEMENT} out of the topic's policy"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """One command a budget."""
        account = run.clients.caller().account
        names = (_name(run, service) for service in limits_of_month(run.settings))
        return tuple(f"aws budgets delete-budget --account-id {account} --budget-name {name}" for name in names)

    def resources(self, run: Run) -> Iterator[Resource]:
        """Topic, its policy, and the budgets."""
        yield topic(run)
        yield _leave(run)
        for service, limit in limits_of_month(run.settings).items():
            yield _budget(run, service, limit)


def _leave(run: Run) -> Resource:
    """The topic's policy with a statement for Budgets: without it a budget is made and tells nobody.

    Source: AWS Cost Management user guide, "Creating an Amazon SNS topic for budget notifications".
    """
    sns, arn, account = run.clients.boto("sns"), topic_arn(run), run.clients.caller().account
    wanted = {
        "Sid": _STATEMENT,
        "Effect": "Allow",
        "Principal": {"Service": "budgets.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": arn,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{account}:*"},
        },
    }
    try:
        policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    except sns.exceptions.NotFoundException:
        policy = {}
    before = next((one for one in policy.get("Statement", ()) if one.get("Sid") == _STATEMENT), None)

    def make() -> None:  # what others wrote into the policy stays, and is read when it is changed
        now = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
        now["Statement"] = [one for one in now["Statement"] if one.get("Sid") != _STATEMENT] + [wanted]
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(now))

    name = f"topic {run.settings.alarms.topic}: policy for budgets"
    return Resource(name, before, wanted, make, "this account's budgets may publish to it, nobody else's")


def _budget(run: Run, service: str, limit: float) -> Resource:
    budgets, account, name = run.clients.boto("budgets"), run.clients.caller().account, _name(run, service)
    definition = {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": f"{limit:.2f}", "Unit": "USD"},
        "CostFilters": {"Service": [service]},
    }
    subscribers = [{"SubscriptionType": "SNS", "Address": topic_arn(run)}]
    notices: list[dict[str, Any]] = [
        {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": subscribers,
        }
        for kind, percent in _SAYS
    ]
    before = _as_is(budgets, account, name)

    def make() -> None:  # replaced whole: what it has spent is the bill's, not its own
        if before is not None:
            budgets.delete_budget(AccountId=account, BudgetName=name)
        budgets.create_budget(AccountId=account, Budget=definition, NotificationsWithSubscribers=notices)

    after = _comparable(definition, [(one["Notification"], one["Subscribers"]) for one in notices])
    return Resource(f"budget {name}", before, after, make, f"{service}: told at 80%, at 100%, and by forecast")


def _name(run: Run, service: str) -> str:
    return f"{run.settings.redshift.cluster}-{service.rpartition(' ')[2].lower()}"


def _as_is(budgets: Any, account: str, name: str) -> dict[str, Any] | None:
    of = {"AccountId": account, "BudgetName": name}
    try:
        budget = budgets.describe_budget(**of)["Budget"]
    except budgets.exceptions.NotFoundException:
        return None
    notices = budgets.describe_notifications_for_budget(**of)["Notifications"]
    asked = (budgets.describe_subscribers_for_notification(**of, Notification=_plain(one)) for one in notices)
    return _comparable(budget, [(one, wanted["Subscribers"]) for one, wanted in zip(notices, asked, strict=True)])


def _plain(notification: Mapping[str, Any]) -> dict[str, Any]:
    """What names a notification: its state is none of it."""
    keys = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    return {key: notification[key] for key in keys if key in notification}


def _comparable(budget: Mapping[str, Any], notices: list[tuple[Mapping[str, Any], list[dict[str, Any]]]]) -> Any:
    notifications = [
        {**_plain(one), "tells": sorted(f"{who['SubscriptionType']}:{who['Address']}" for who in whom)}
        for one, whom in notices
    ]
    return {
        "kind": f"{budget['BudgetType']}, {budget['TimeUnit']}",
        "limit": f"{float(budget.get('BudgetLimit', {}).get('Amount', 0)):.2f} USD",
        "of": dict(budget.get("CostFilters", {})),
        "notices": sorted(notifications, key=lambda one: (str(one["NotificationType"]), float(one["Threshold"]))),
    }
