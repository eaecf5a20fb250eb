"""AWS Budgets: subscribers of a notification, which moto stores and does not return; refuses what AWS refuses."""

from __future__ import annotations

from typing import Any

from moto.budgets import budgets_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

__all__: list[str] = []

_PARTITION = "aws"
_MOST_NOTICES, _MAX_SUBSCRIBERS = (
    10,
    11,
)  # a budget's notifications; a notification's subscribers: 1 topic, 10 addresses


def _backend(call: Call) -> Any:
    return budgets_backends[call.account][_PARTITION]


@operation("budgets")
def create_budget(call: Call) -> Any:
    """CreateBudget: refuses an amount that is not a number, and more notifications or subscribers than AWS takes."""
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
        subscribers = notice["Subscribers"]
        if len(subscribers) > _MAX_SUBSCRIBERS or sum(one["SubscriptionType"] == "SNS" for one in subscribers) > 1:
            raise ApiError("CreationLimitExceededException", "A notification has one topic and at most ten addresses")
    return call.original()


@operation("budgets")
def describe_subscribers_for_notification(call: Call) -> Any:
    """DescribeSubscribersForNotification."""
    params = call.params
    budget = _backend(call).budgets[params["AccountId"]].get(params["BudgetName"])
    for notice in budget.notifications if budget else ():
        if all(notice.details.get(key) == value for key, value in params["Notification"].items()):
            return {"Subscribers": list(notice.subscribers)}
    raise ApiError("NotFoundException", "Unable to get subscribers: the notification doesn't exist.")
