"""Alarms that are evaluated over the published metrics: their states, actions and history."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import cloudwatch_backends
from moto.sns import sns_backends

from smartroute_runbook.standins.account import ACCOUNT, REGION

from .alarm_rules import evaluated, rule_holds
from .metrics import Metrics

__all__ = ["AlarmEvaluator"]

HELD_SECONDS = 3.0  # how long a state set by hand stays, before the next evaluation takes it back


class AlarmEvaluator:
    """Evaluates the alarms of this process's moto.

    Attributes:
        clock: the time of evaluation, epoch seconds; another one makes hours pass in a test.
    """

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.time
        self.metrics = Metrics()
        self.history: list[dict[str, Any]] = []
        self._held_until: dict[str, float] = {}
        self._lock = threading.RLock()

    def note(self, name: str, kind: str, summary: str, data: Mapping[str, Any] | None = None) -> None:
        """Adds an entry to the history of an alarm."""
        entry = {
            "AlarmName": name,
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.now(UTC),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps(data or {}),
        }
        with self._lock:
            self.history.append(entry)

    def evaluate(self) -> None:
        """Sets every alarm to the state of its data, and sends the actions of those that changed."""
        now = self.clock()
        with self._lock:
            alarms = list(cloudwatch_backends[ACCOUNT][REGION].alarms.values())
            for alarm in sorted(alarms, key=lambda item: item.rule is not None):
                if self._held_until.get(alarm.name, 0.0) <= now:
                    self._evaluate_one(alarm, now)

    def hold(self, alarm: Any, state: str, reason: str) -> None:
        """Sets a state by hand (SetAlarmState)."""
        with self._lock:
            self._held_until[alarm.name] = self.clock() + HELD_SECONDS
            self._move(alarm, state, reason)

    def _evaluate_one(self, alarm: Any, now: float) -> None:
        if alarm.rule is not None:
            state, reason = self._composite(alarm)
        elif hasattr(alarm, "definition"):
            state, reason = evaluated(alarm.definition, self.metrics, now, alarm.state_value)
        else:
            return
        self._move(alarm, state, reason)

    def _composite(self, alarm: Any) -> tuple[str, str]:
        states = {
            other.name: other.state_value for other in tuple(cloudwatch_backends[ACCOUNT][REGION].alarms.values())
        }
        return ("ALARM" if rule_holds(alarm.rule, states) else "OK"), f"alarm rule: {alarm.rule}"

    def _move(self, alarm: Any, state: str, reason: str) -> None:
        before = alarm.state_value
        if before == state:
            return
        alarm.update_state(reason, "{}", state)
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        data = {"oldState": {"stateValue": before}, "newState": {"stateValue": state, "stateReason": reason}}
        self.note(alarm.name, "StateUpdate", f"Alarm updated from {before} to {state}", data)
        if alarm.actions_enabled:
            self._act(alarm, before, state, reason)

    def _act(self, alarm: Any, before: str, state: str, reason: str) -> None:
        actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(state, alarm.insufficient_data_actions)
        message = {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": ACCOUNT,
            "NewStateValue": state,
            "NewStateReason": reason,
            "StateChangeTime": datetime.now(UTC).isoformat(),
            "OldStateValue": before,
            "AlarmArn": alarm.alarm_arn,
        }
        for arn in actions or []:
            if ":sns:" not in arn:
                self.note(alarm.name, "Action", f"Not rehearsable: action {arn}")
                continue
            try:
                subject = f'{state}: "{alarm.name}"'[:100]
                sns_backends[ACCOUNT][REGION].publish(json.dumps(message), arn=arn, subject=subject)
                self.note(alarm.name, "Action", f"Successfully executed action {arn}")
            except Exception as error:  # such as a topic that is gone: AWS notes it in the history too
                self.note(alarm.name, "Action", f"Failed to execute action {arn}: {error}")
