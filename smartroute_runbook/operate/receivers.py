"""Does anybody hear the alarms? Who is subscribed and has confirmed, and whether a test message was acknowledged."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import UsageError
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.topics import topic, topic_arn
from smartroute_runbook.views import Note, Part, Table, View

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Heard", "Receivers", "acknowledge", "heard", "send_test"]


class Receivers(Reconciled):
    """The receivers of ``alarms.receivers`` subscribed to the alarms' topic; each confirms by itself."""

    id: ClassVar[str] = "week4.receivers"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "unsubscribe them"

    def resources(self, run: Run) -> Iterator[Resource]:
        """The topic, and one subscription each."""
        yield topic(run)
        sns = run.clients.boto("sns")
        there = {(one["Protocol"], one["Endpoint"]) for one in _subscriptions(run)}
        for receiver in run.settings.alarms.receivers:
            protocol, _, endpoint = receiver.partition(":")
            after = {"protocol": protocol, "endpoint": endpoint}
            before = after if (protocol, endpoint) in there else None
            make = partial(sns.subscribe, TopicArn=topic_arn(run), Protocol=protocol, Endpoint=endpoint)
            why = "hears the alarms once it has confirmed: AWS sends it a message with a link"
            yield Resource(f"receiver {receiver}", before, after, make, why)


@dataclass(frozen=True)
class Heard:
    """Who hears the alarms.

    Attributes:
        topic: its name.
        confirmed: subscriptions by protocol and endpoint; ``pending`` have not confirmed.
        acknowledged: who acknowledged the test message, and when; '' for nobody.
    """

    topic: str
    confirmed: tuple[str, ...]
    pending: tuple[str, ...]
    acknowledged: str

    @property
    def holds(self) -> bool:
        """Whether somebody is known to hear them."""
        return bool(self.confirmed and self.acknowledged)

    @property
    def words(self) -> str:
        """In one sentence."""
        if not self.confirmed:
            return f"nobody is subscribed to topic {self.topic} and has confirmed"
        who = f"{plural(len(self.confirmed), 'confirmed receiver')} of topic {self.topic}"
        return f"{who}; {self.acknowledged or 'no test message was acknowledged'}"

    def view(self) -> View:
        """One row a receiver."""
        rows = (*((one, "confirmed") for one in self.confirmed), *((one, "has not confirmed") for one in self.pending))
        hint = "Whoever gets the test message runs 'smartroute-runbook heard CODE' with the code in it."
        parts: list[Part] = [Table(("receiver", ""), rows), Note(f"{self.words}.")]
        parts += [] if self.holds else [Note(hint, "warn")]
        return View("Who hears the alarms", tuple(parts), "good" if self.holds else "warn")


def _subscriptions(run: Run) -> list[dict[str, Any]]:
    sns = run.clients.boto("sns")
    with explained("Reading who is subscribed to the alarms"):
        try:
            pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn(run))
            return [one for page in pages for one in page["Subscriptions"]]
        except sns.exceptions.NotFoundException:  # no topic yet, nobody subscribed
            return []


def heard(run: Run) -> Heard:
    """Who hears the alarms now. Reads only."""
    confirmed: list[str] = []
    pending: list[str] = []
    for one in _subscriptions(run):  # one that has not confirmed has the ARN "PendingConfirmation"
        known = confirmed if str(one["SubscriptionArn"]).startswith("arn:") else pending
        known.append(f"{one['Protocol']}:{one['Endpoint']}")
    entry = next(iter(reversed(list(run.journal.of("alarm-acknowledged")))), None)
    last_test = f"the test message was acknowledged by {entry.by} at {entry.at[:19]}" if entry else ""
    return Heard(run.settings.alarms.topic, tuple(sorted(confirmed)), tuple(sorted(pending)), last_test)


def send_test(run: Run) -> None:
    """Send a message with a code that only its receivers know, once there is a receiver; once a run unless forced.

    Raises:
        ServiceError: SNS refused.
    """
    if run.reading or not heard(run).confirmed or any(run.journal.of("alarm-tested")):
        return
    code = secrets.token_hex(3)
    text = (
        f"SmartRoute, run {run.id}: this is a test of the alarms, before the dashboard is cut over to Redshift. "
        f"If you read it, run: smartroute-runbook heard {code} --environment {run.environment} --run-id {run.id}"
    )
    with explained("Sending the test message"):
        run.clients.boto("sns").publish(TopicArn=topic_arn(run), Subject="SmartRoute: test of the alarms", Message=text)
    run.journal.append("alarm-tested", {"topic": run.settings.alarms.topic, "code": _hidden(run, code)})


def acknowledge(run: Run, code: str) -> Heard:
    """Note that the test message was read: its code proves it.

    Raises:
        UsageError: no message was sent, or it had another code.
    """
    sent = [entry.body["code"] for entry in run.journal.of("alarm-tested")]
    if not sent:
        raise UsageError(f"Run {run.id} has sent no test message", hint="Week 4 sends it, once there is a receiver")
    if _hidden(run, code.strip().lower()) not in sent:
        raise UsageError("The test message had another code", expected="the six characters in the message")
    if not heard(run).acknowledged:
        run.journal.append("alarm-acknowledged", {"topic": run.settings.alarms.topic})
    return heard(run)


def _hidden(run: Run, code: str) -> str:
    """The code as the journal holds it: whoever reads the journal has not read the message."""
    return hashlib.scrypt(code.encode(), salt=run.id.encode(), n=2**12, r=8, p=1).hex()[:32]
