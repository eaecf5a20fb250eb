"""CloudFront in front of the dashboard's API, where the repeats that were measured pay for it.

What it keeps is given to whoever asks: it is for a dashboard whose users may all see the same answers. The API must
mark them so (``SMARTROUTE_SHARED_CACHE``); what it does not mark, CloudFront asks for again (CloudFront developer
guide, "Manage how long content stays in the cache (expiration)").
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.errors import Refused, UsageError
from smartroute_runbook.prices import book_of
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.reconcile import Reconciled, Resource

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["CacheInFront", "Repeats", "repeats"]

_DAYS, _MONTH = 7, 30
_FREE = 10_000_000
"""Requests a month that CloudFront bills nobody (pricing page, "Always Free Tier")."""
_ORIGIN = "api"
_REPLACED = ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL")
"""What a cache policy stands in place of: CloudFront takes one or the other (CacheBehavior, API reference)."""
_ERRORS = (404, 414, 500, 501, 502, 503, 504)
"""Statuses that CloudFront keeps for 10 s where nothing else is said, most of them whatever the origin says of it
(CloudFront developer guide, "Control how long CloudFront caches errors"): a user would see them after all is well."""
_UNSAID = 10
_A_PRICE = 10_000  # requests that the price is of


@dataclass(frozen=True)
class Repeats:
    """What Redshift was asked in a week, and what an answer that is kept for some seconds would have spared.

    Attributes:
        asked: statements of the dashboard.
        hits: those that repeat a text within the same stretch of so many seconds.
    """

    seconds: int
    asked: int
    hits: int

    @property
    def share(self) -> float:
        """Of the statements."""
        return self.hits / self.asked if self.asked else 0.0

    def usd_month(self, price: Decimal) -> Decimal:
        """What CloudFront bills for as many requests, at a price for 10,000 of them, transfer aside."""
        month = self.asked * _MONTH // _DAYS
        return price * max(0, month - _FREE) / _A_PRICE


def repeats(run: Run, seconds: int) -> Repeats:
    """Count the repeats of the last week in SYS_QUERY_HISTORY, which keeps seven days.

    What the API or Redshift's result cache answered by itself is not in it or in it as any other: the share is what a
    cache would spare Redshift besides.
    """
    stretch = f"FLOOR(EXTRACT(epoch FROM start_time) / {seconds:d})"
    with run.redshift() as redshift:
        asked, distinct = redshift.query(
            f"SELECT COUNT(*), COUNT(DISTINCT query_text || '@' || CAST({stretch} AS VARCHAR)) FROM sys_query_history "  # noqa: S608  (a whole number)
            f"WHERE query_type = 'SELECT' AND start_time > DATEADD(day, -{_DAYS}, GETDATE()) "
            "AND query_text NOT ILIKE '%sys\\\\_%' AND query_text NOT ILIKE '%stv\\\\_%' "
            "AND query_text NOT ILIKE '%svv\\\\_%' AND query_text NOT ILIKE '%information\\\\_schema%'"
        ).rows[0]
    return Repeats(seconds, int(asked), int(asked) - int(distinct))


class CacheInFront(Reconciled):
    """A cache policy and a distribution with the API as its only origin."""

    id: ClassVar[str] = "week4.cache-in-front"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "point users at the API again; then disable the distribution, wait, delete it and its policy"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """Disabled first: CloudFront deletes no distribution that is in use."""
        live, policy, name = _distribution(run), _policy(run), _name(run)
        if live is None or policy is None:
            return (f"aws cloudfront list-distributions  # the one with the comment '{name}'",)
        disabled = shlex.quote(json.dumps(_as_given(run, live["Id"]) | {"Enabled": False}, default=str))
        etag = f'"$(aws cloudfront get-distribution --id {live["Id"]} --query ETag --output text)"'
        kept = f'"$(aws cloudfront get-cache-policy --id {policy["Id"]} --query ETag --output text)"'
        return (
            f"aws cloudfront update-distribution --id {live['Id']} --if-match {etag} --distribution-config {disabled}",
            f"aws cloudfront wait distribution-deployed --id {live['Id']}",
            f"aws cloudfront delete-distribution --id {live['Id']} --if-match {etag}",
            f"aws cloudfront delete-cache-policy --id {policy['Id']} --if-match {kept}",
        )

    def resources(self, run: Run) -> Iterator[Resource]:
        """Policy, then distribution.

        Raises:
            UsageError: no origin is named.
            Refused: too few of the requests repeat.
        """
        settings = run.settings.front
        if settings.origin is None:
            raise UsageError(
                "front.origin is not set", expected="the API's host, such as abc.execute-api.us-east-1.amazonaws.com"
            )
        measured = repeats(run, settings.seconds)
        if measured.share < settings.least_hits and _distribution(run) is None:
            raise Refused(
                f"{measured.share:.0%} of {plural(measured.asked, 'request')} of a week repeat one of the "
                f"{settings.seconds} s before: a cache in front does not pay",
                expected=f"at least {settings.least_hits:.0%} (front.least_hits)",
                hint="Keep answers longer (front.seconds), or wait for more users",
            )
        policy = _policy(run)
        yield Resource(
            f"CloudFront cache policy {_name(run)}", policy and policy["CachePolicyConfig"], _wanted_policy(run),
            lambda: _put_policy(run), "an answer is another for each query, and each value of its parameters",
        )  # fmt: skip
        month = measured.usd_month(book_of(run)["cloudfront-requests"].usd)
        yield Resource(
            f"CloudFront distribution for {settings.origin}", _comparable(run), _wanted(run),
            lambda: _put_distribution(run),
            f"{measured.share:.0%} of {plural(measured.asked, 'request')} of a week would not have reached "
            "Redshift; it spares "
            f"queries, no node-hour. **Users without a right to the API get its answers from the cache**",
            month.quantize(Decimal("0.01")),
        )  # fmt: skip


def _name(run: Run) -> str:
    return f"{run.settings.redshift.cluster}-dashboard"


def _wanted_policy(run: Run) -> dict[str, Any]:
    """Only what the API marks as shared is kept, and no longer than it says."""
    nothing = {"HeaderBehavior": "none"}
    return {
        "Name": _name(run),
        "Comment": "The dashboard's answers, as long as its API says",
        "DefaultTTL": 0,
        "MaxTTL": run.settings.front.seconds,
        "MinTTL": 0,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": True,
            "EnableAcceptEncodingBrotli": True,
            "HeadersConfig": nothing,
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "all"},
        },
    }


def _policy(run: Run) -> dict[str, Any] | None:
    listed = run.clients.boto("cloudfront").list_cache_policies(Type="custom")["CachePolicyList"].get("Items", ())
    policies = (one["CachePolicy"] for one in listed)
    return next((one for one in policies if one["CachePolicyConfig"]["Name"] == _name(run)), None)


def _put_policy(run: Run) -> None:
    cloudfront, live = run.clients.boto("cloudfront"), _policy(run)
    if live is None:
        cloudfront.create_cache_policy(CachePolicyConfig=_wanted_policy(run))
        return
    etag = cloudfront.get_cache_policy(Id=live["Id"])["ETag"]
    cloudfront.update_cache_policy(Id=live["Id"], IfMatch=etag, CachePolicyConfig=_wanted_policy(run))


def _wanted(run: Run) -> dict[str, Any]:
    """What the runbook decides of the distribution; the rest is CloudFront's default or somebody's own."""
    return {
        "origin": run.settings.front.origin,
        "to the origin": "https-only",
        "users": "https-only",
        "methods": ["GET", "HEAD"],
        "policy": _name(run),
        "enabled": True,
        "errors kept, s": 0,
    }


def _comparable(run: Run) -> dict[str, Any] | None:
    live = _distribution(run)
    if live is None:
        return None
    config = run.clients.boto("cloudfront").get_distribution_config(Id=live["Id"])["DistributionConfig"]
    behaviour, policy = config["DefaultCacheBehavior"], _policy(run)
    origin = next(one for one in config["Origins"]["Items"] if one["Id"] == behaviour["TargetOriginId"])
    named = policy is not None and behaviour.get("CachePolicyId") == policy["Id"]
    return {
        "origin": origin["DomainName"],
        "to the origin": origin.get("CustomOriginConfig", {}).get("OriginProtocolPolicy"),
        "users": behaviour["ViewerProtocolPolicy"],
        "methods": sorted(behaviour.get("AllowedMethods", {}).get("Items", ())),
        "policy": _name(run) if named else behaviour.get("CachePolicyId", ""),
        "enabled": bool(config["Enabled"]),
        "errors kept, s": max(_kept(_errors(config).get(code, {})) for code in _ERRORS),
    }


def _errors(config: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {int(one["ErrorCode"]): one for one in config.get("CustomErrorResponses", {}).get("Items", ())}


def _kept(error: dict[str, Any]) -> int:
    return int(error.get("ErrorCachingMinTTL", _UNSAID))


def _distribution(run: Run) -> dict[str, Any] | None:
    """The runbook's own, by its comment: a distribution has no name."""
    pages = run.clients.boto("cloudfront").get_paginator("list_distributions").paginate()
    found = (one for page in pages for one in page["DistributionList"].get("Items", ()))
    return next((one for one in found if one.get("Comment") == _name(run)), None)


def _as_given(run: Run, distribution: str) -> dict[str, Any]:
    config: dict[str, Any] = run.clients.boto("cloudfront").get_distribution_config(Id=distribution)[
        "DistributionConfig"
    ]
    return config


def _put_distribution(run: Run) -> None:
    """Create it, or put back what the runbook decides: what somebody added to origin and behaviour stays."""
    cloudfront, live, policy = run.clients.boto("cloudfront"), _distribution(run), _policy(run)
    if policy is None:
        raise Refused("The cache policy is not there", hint="Propose and apply the step again")
    config: dict[str, Any] = _as_given(run, live["Id"]) if live else {"CallerReference": _name(run)}
    behaviour: dict[str, Any] = {k: v for k, v in config.get("DefaultCacheBehavior", {}).items() if k not in _REPLACED}
    origins = [one for one in config.get("Origins", {}).get("Items", ()) if one["Id"] != _ORIGIN]
    ours = next((one for one in config.get("Origins", {}).get("Items", ()) if one["Id"] == _ORIGIN), {"Id": _ORIGIN})
    to_it = {
        "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only",
        "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
    }  # fmt: skip
    origins.append({**ours, "DomainName": run.settings.front.origin, "CustomOriginConfig": to_it})
    errors = _errors(config)
    errors |= {code: {"ErrorCode": code, **errors.get(code, {}), "ErrorCachingMinTTL": 0} for code in _ERRORS}
    methods = {"Quantity": 2, "Items": ["GET", "HEAD"]}
    config |= {
        "Comment": _name(run),
        "Enabled": True,
        "Origins": {"Quantity": len(origins), "Items": origins},
        "CustomErrorResponses": {"Quantity": len(errors), "Items": list(errors.values())},
        "DefaultCacheBehavior": {
            **behaviour,
            "TargetOriginId": _ORIGIN,
            "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": {**methods, "CachedMethods": methods},
            "Compress": True,
            "CachePolicyId": policy["Id"],
        },
    }
    if live is None:
        cloudfront.create_distribution(DistributionConfig=config)
        return
    etag = cloudfront.get_distribution_config(Id=live["Id"])["ETag"]
    cloudfront.update_distribution(Id=live["Id"], IfMatch=etag, DistributionConfig=config)
