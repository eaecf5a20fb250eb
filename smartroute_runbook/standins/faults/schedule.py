"""Faults on demand, seeded: errors that AWS returns now and then, to test that a run survives them.

A faults file is YAML::

    seed: 7
    faults:
      - {kind: throttle, service: athena, operation: StartQueryExecution, every: 5}
      - {kind: error, service: s3, chance: 0.02}
      - {kind: once, service: athena, operation: StartQueryExecution}

Each rule acts on the calls that match it: on every n-th (``every``), with a chance, or on the first ``times`` only.
Services are botocore's; ``athena-query``, ``redshift-query``, ``s3-read`` and ``s3-list`` are what happens inside the
engines.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.standins.api.calls import ApiCall
from smartroute_runbook.standins.api.gateway import Effect
from smartroute_runbook.standins.api.operations import ApiError

__all__ = ["KINDS", "FaultRule", "Faults"]

KINDS = {
    "throttle": "the service's throttling error, HTTP 400 (S3: SlowDown, 503)",
    "error": "an internal error, HTTP 500",
    "expired": "the credentials have expired",
    "denied": "the caller has no permission",
    "slow": "the answer comes late, by `seconds`",
    "drop": "the connection closes without an answer; inside an engine: the client's connection breaks",
    "twice": "the call is carried out twice, as when an answer is lost and the client asks again",
    "truncate": "the object read ends half way (s3 GetObject, s3-read)",
    "stale": "the listing lacks what was written in the last `seconds` (s3 ListObjectsV2, s3-list)",
}
_THROTTLING = {"athena": "TooManyRequestsException", "glue": "ThrottlingException", "s3": "SlowDown"}


@dataclass
class FaultRule:
    """One fault: what it does, to which calls, how often.

    Args:
        kind: one of ``KINDS``.
        service: botocore's name of the service; '' for any.
        operation: AWS's name of the operation; '' for any.
        every: acts on each n-th matching call; 1 is each.
        chance: acts with this probability, drawn from the seed.
        times: acts this often at most; 0 is without end.
        seconds: how late, for ``slow``; how far back, for ``stale``.
    """

    kind: str
    service: str = ""
    operation: str = ""
    every: int = 1
    chance: float = 1.0
    times: int = 0
    seconds: float = 1.0
    seen: int = field(default=0, init=False)
    acted: int = field(default=0, init=False)

    def matches(self, call: ApiCall) -> bool:
        """Whether the rule is about this call."""
        return self.service in ("", call.service) and self.operation in ("", call.operation)


class Faults:
    """Rules applied to the calls of a stack: the ``fault`` of a ``Gateway``. Rules may be added while it runs."""

    def __init__(self, *rules: FaultRule, seed: int = 7) -> None:
        for rule in rules:
            _check(rule)
        self.rules = list(rules)
        self._random, self._lock = random.Random(seed), threading.Lock()  # noqa: S311  repeatable, not secret

    @classmethod
    def load(cls, path: Path) -> Faults:
        """The rules of a faults file.

        Raises:
            UsageError: the file or a rule cannot be used.
        """
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            rules = [FaultRule(**rule) for rule in content.get("faults", [])]
            seed = int(content.get("seed", 7))
        except (OSError, yaml.YAMLError, TypeError, AttributeError, ValueError) as error:
            raise UsageError(f"The faults file {path} cannot be used: {error}", expected="seed and faults") from None
        return cls(*rules, seed=seed)

    def add(self, rule: FaultRule) -> FaultRule:
        """Adds a rule to the running stack."""
        _check(rule)
        with self._lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Ends all faults."""
        with self._lock:
            self.rules.clear()

    def __call__(self, call: ApiCall) -> Effect | None:
        """Lets the first rule that is due act on a call."""
        with self._lock:
            rule = next((rule for rule in self.rules if rule.matches(call) and self._due(rule)), None)
        if rule is None:
            return None
        if rule.kind == "slow":
            time.sleep(rule.seconds)
            return None
        if rule.kind == "drop":
            raise ConnectionAbortedError(f"{call.service}:{call.operation} (a fault of the rehearsal)")
        if rule.kind in ("twice", "truncate"):
            return Effect(twice=rule.kind == "twice", cut=rule.kind == "truncate")
        if rule.kind == "stale":
            return Effect(hidden_seconds=rule.seconds)
        return Effect(error=_error(rule.kind, call))

    def _due(self, rule: FaultRule) -> bool:
        rule.seen += 1
        if rule.times and rule.acted >= rule.times:
            return False
        due = rule.seen % rule.every == 0 and (rule.chance >= 1 or self._random.random() < rule.chance)
        rule.acted += due
        return due


def _error(kind: str, call: ApiCall) -> ApiError:
    """The error as the service's protocol words it: S3, the JSON services, the query services."""
    s3, marker = call.service == "s3", "(a fault of the rehearsal)"
    json = not s3 and _speaks_json(call.service)
    if kind == "throttle":
        code = _THROTTLING.get(call.service, "ThrottlingException" if json else "Throttling")
        return ApiError(code, f"Rate exceeded {marker}", 503 if s3 else 400)
    if kind == "expired":
        code = "ExpiredTokenException" if json else "ExpiredToken"
        return ApiError(
            code, f"The security token included in the request is expired {marker}", 400 if s3 or json else 403
        )
    if kind == "denied":
        code, action = "AccessDeniedException" if json else "AccessDenied", f"{call.service}:{call.operation}"
        return ApiError(code, f"User is not authorized to perform: {action} {marker}", 400 if json else 403)
    code = "InternalServerError" if json else "InternalError" if s3 else "InternalFailure"
    return ApiError(code, f"An internal error {marker}", 500)


def _speaks_json(service: str) -> bool:
    try:
        return str(get_service_model(service).protocol).startswith(("json", "rest-json"))
    except UnknownServiceError:
        return False  # inside an engine


def _check(rule: FaultRule) -> None:
    if rule.kind not in KINDS:
        raise UsageError(f"Unknown fault '{rule.kind}'", hint=did_you_mean(rule.kind, KINDS))
    wrong: dict[str, Any] = {}
    if rule.every < 1:
        wrong["every"] = rule.every
    if not 0 < rule.chance <= 1:
        wrong["chance"] = rule.chance
    if wrong:
        raise UsageError(f"A fault has {wrong}", expected="every of 1 or more, chance above 0 and up to 1")
