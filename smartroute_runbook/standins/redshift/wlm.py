"""Workload management: what ``wlm_json_configuration`` may hold, and which queue a statement enters.

Redshift management guide, "Properties for the wlm_json_configuration parameter"; database developer guide, "WLM query
monitoring rules" and "WLM queue assignment rules".
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["Queue", "check_wlm", "entered"]

_LARGEST = 8_000  # characters
_MOST_QUEUES, _MOST_RULES = 8, 25
_PRIORITIES = {"highest", "high", "normal", "low", "lowest"}
_ACTIONS = {True: {"log", "abort", "change_query_priority"}, False: {"log", "hop", "abort"}}  # by automatic WLM
_METRICS = {
    "query_cpu_time", "query_blocks_read", "scan_row_count", "query_execution_time", "query_queue_time",
    "query_cpu_usage_percent", "query_temp_blocks_to_disk", "cpu_skew", "io_skew", "join_row_count",
    "nested_loop_join_row_count", "return_row_count", "segment_execution_time", "spectrum_scan_row_count",
    "spectrum_scan_size_mb",
}  # fmt: skip
_PROPERTIES = {
    "auto_wlm", "priority", "queue_type", "name", "concurrency_scaling", "query_concurrency", "user_group", "user_role",
    "user_group_wild_card", "query_group", "query_group_wild_card", "max_execution_time", "memory_percent_to_use",
    "rules", "short_query_queue",
}  # fmt: skip


@dataclass(frozen=True)
class Queue:
    """A queue as the system tables name it; automatic WLM's classes are 100 to 107."""

    id: int = 100
    name: str = "Default queue"
    priority: str = "Normal"


def check_wlm(text: str) -> str:
    """What is wrong with a configuration; '' for nothing."""
    if len(text) > _LARGEST:
        return f"longer than {_LARGEST:,} characters"
    try:
        document = json.loads(text)
    except ValueError as error:
        return str(error)
    entries = document if isinstance(document, list) else [document]
    if not all(isinstance(one, dict) for one in entries):
        return "expected an array of objects"
    unknown = sorted({name for one in entries for name in one} - _PROPERTIES)
    if unknown:
        return f"unknown property {unknown[0]}"
    queues = [one for one in entries if set(one) - {"short_query_queue", "max_execution_time"}]
    if len(queues) > _MOST_QUEUES:
        return f"more than {_MOST_QUEUES} queues"
    return next((why for one in queues if (why := _queue(one))), "") or _rules(queues)


def _queue(queue: dict[str, Any]) -> str:
    auto = bool(queue.get("auto_wlm"))
    if queue.get("priority", "normal") not in _PRIORITIES:
        return f"priority {queue['priority']}"
    if "priority" in queue and not auto:
        return "priority needs auto_wlm"
    if queue.get("concurrency_scaling", "off") not in {"auto", "off"}:
        return f"concurrency_scaling {queue['concurrency_scaling']}"
    if not re.fullmatch(r"[A-Za-z0-9_ ]{1,64}", queue.get("name", "x")):
        return f"queue name {queue['name']}"
    return ""


def _rules(queues: list[dict[str, Any]]) -> str:
    rules = [(rule, bool(queue.get("auto_wlm"))) for queue in queues for rule in queue.get("rules", ())]
    names = [str(rule.get("rule_name")) for rule, _ in rules]
    if len(rules) > _MOST_RULES or len(set(names)) < len(names):
        return f"at most {_MOST_RULES} rules, each with a name of its own"
    for (rule, auto), name in zip(rules, names, strict=True):
        predicates = rule.get("predicate", ())
        if not re.fullmatch(r"[A-Za-z0-9_]{1,32}", name):
            return f"rule name {name}"
        if not 1 <= len(predicates) <= 3:
            return f"rule {name} needs one to three predicates"
        if rule.get("action") not in _ACTIONS[auto]:
            return f"action {rule.get('action')} of rule {name}"
        for one in predicates:
            if one.get("metric_name") not in _METRICS or one.get("operator") not in {"=", "<", ">"}:
                return f"a predicate of rule {name}"
    return ""


def entered(text: str, groups: Collection[str], query_group: str) -> Queue:
    """The first queue that names one of the user's groups or the session's query group; else the default queue.

    Args:
        text: the configuration.
        groups: the user's, in lower case.
        query_group: as the session set it.
    """
    queues = _queues(text)
    default = [queue for queue in queues[-1:] if not {"user_group", "query_group"} & set(queue)]
    for number, queue in enumerate(queues[: len(queues) - len(default)]):
        by_user = any(_names(queue, "user_group", group) for group in groups)
        if by_user or (query_group and _names(queue, "query_group", query_group)):
            return _as_queue(number, queue, f"Queue {number + 1}")
    return _as_queue(len(queues) - 1, default[0], "Default queue") if default else Queue()


def _as_queue(number: int, queue: dict[str, Any], default: str) -> Queue:
    return Queue(100 + number, queue.get("name", default), str(queue.get("priority", "normal")).capitalize())


def _names(queue: dict[str, Any], kind: str, value: str) -> bool:
    patterns = [str(one).lower() for one in queue.get(kind, ())]
    wild = bool(queue.get(f"{kind}_wild_card"))
    return any(fnmatchcase(value.lower(), one) if wild else value.lower() == one for one in patterns)


@functools.lru_cache(maxsize=8)
def _queues(text: str) -> list[dict[str, Any]]:
    document = json.loads(text)
    entries = document if isinstance(document, list) else [document]
    return [one for one in entries if set(one) - {"short_query_queue", "max_execution_time"}]
