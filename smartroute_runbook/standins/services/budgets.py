"""AWS Budgets: who is told, which moto keeps and does not say; and its refusals of what AWS refuses."""

from __future__ import annotations

from typing import Any

from moto.budgets import budgets_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

__all__: list[str] = []

_PARTITION = "aws"
_MOST_NOTICES, _MOST_TOLD = 10, 11  # a budget's notifications; a notification's subscribers: 1 topic, 10 addresses


def _backend(call: Call) -> Any:
    return budgets_backends[call.account][_PARTITION]


@operation("budgets")
def create_budget(call: Call) -> Any:
    """CreateBudget: refuses an amount that is no number, and more notices or receivers than AWS takes."""
    budget, notices = call.params["Budget"], call.params.get("NotificationsWithSubscribers", [])
    try:
        amount = float(budget.get("BudgetLimit", {}).get("Amount", "1"))
    except ValueError:
        amount = 0.0
    if amount <= 0:
        raise ApiError("InvalidParameterException", "The budget limit must be a positive number")
    if len(notices) > _MOST_NOTICES:
        raise ApiError("CreationLimitExceededException", f"A budget has at most {_MOST_NOTICES} notifications")
    for notice in notices:
        told = notice["Subscribers"]
        if len(told) > _MOST_TOLD or sum(one["SubscriptionType"] == "SNS" for one in told) > 1:
            raise ApiError("CreationLimitExceededException", "A notification has one topic and at most ten addresses")
    return call.original()


@operation("budgets")
def describe_subscribers_for_notification(call: Call) -> Any:
    """DescribeSubscribersForNotification."""
    given = call.params
    budget = _backend(call).budgets[given["AccountId"]].get(given["BudgetName"])
    for notice in budget.notifications if budget else ():
        if all(notice.details.get(key) == value for key, value in given["Notification"].items()):
            return {"Subscribers": list(notice.subscribers)}
    raise ApiError("NotFoundException", "Unable to get subscribers: the notification doesn't exist.")
