"""Prices and costs, as the Pricing API and Cost Explorer report them, from a small price book of us-east-1."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from smartroute_runbook.standins.account import REGION
from smartroute_runbook.standins.api.operations import ApiError, Call, operation, plane

__all__ = ["PRICES"]

PUBLISHED = "2026-11-22T00:00:00Z"
ATHENA_PER_BYTE = 5e-12
_NODE_HOUR = 1.086

# US dollars. ra3.xlplus and ra3.large: AWS's price pages as quoted by public price tables; rg.xlarge: 30 % below
# ra3.xlplus, as AWS announced the family; storage, Serverless and Athena: AWS's price pages.
PRICES: dict[str, tuple[tuple[str, str, str, float, dict[str, str]], ...]] = {
    "AmazonRedshift": (
        ("ra3.large", "Compute Instance", "Hrs", 0.543, {"vcpu": "2", "memory": "16 GiB"}),
        ("ra3.xlplus", "Compute Instance", "Hrs", 1.086, {"vcpu": "4", "memory": "32 GiB"}),
        ("ra3.4xlarge", "Compute Instance", "Hrs", 3.26, {"vcpu": "12", "memory": "96 GiB"}),
        ("ra3.16xlarge", "Compute Instance", "Hrs", 13.04, {"vcpu": "48", "memory": "384 GiB"}),
        ("rg.xlarge", "Compute Instance", "Hrs", 0.7602, {"vcpu": "4", "memory": "32 GiB"}),
        ("", "Redshift Managed Storage", "GB-Mo", 0.024, {"usagetype": "RMS:ra3"}),
        ("", "Serverless", "RPU-Hr", 0.375, {"usagetype": "Redshift:ServerlessUsage"}),
    ),
    "AmazonAthena": (
        ("", "Athena Queries", "Terabytes", 5.0, {"usagetype": "USE1-DataScannedInTB"}),
        ("", "Athena Queries", "DPU-Hour", 0.30, {"usagetype": "USE1-DPU-Hour"}),
    ),
}


@operation("pricing", routed=False)
def get_products(call: Call) -> Any:
    """GetProducts: on-demand prices of the price book, filtered by their attributes."""
    service = call.params["ServiceCode"]
    if service not in PRICES:
        raise NotImplementedError(f"prices of {service}")
    filters = call.params.get("Filters", [])
    if any(item["Type"] != "TERM_MATCH" for item in filters):
        raise NotImplementedError("pricing filters other than TERM_MATCH")
    products = [
        product
        for product in _products(service)
        if all(_attribute(product, item["Field"]) == item["Value"] for item in filters)
    ]
    return {"FormatVersion": "aws_v1", "PriceList": [json.dumps(product) for product in products]}


def _products(service: str) -> Iterator[dict[str, Any]]:
    for number, (instance, family, unit, usd, more) in enumerate(PRICES[service]):
        sku = f"REHEARSAL{service.upper()[6:10]}{number:02d}"
        attributes = {"servicecode": service, "regionCode": REGION, "location": "US East (N. Virginia)", **more}
        if instance:
            attributes |= {"instanceType": instance, "usagetype": f"Node:{instance}"}
        dimension = {"unit": unit, "pricePerUnit": {"USD": f"{usd:.10f}"}, "beginRange": "0", "endRange": "Inf"}
        term = {
            "sku": sku,
            "effectiveDate": PUBLISHED,
            "priceDimensions": {f"{sku}.JRTCKXETXF.6YS6EN2CT7": {**dimension, "description": f"${usd} per {unit}"}},
        }
        yield {
            "product": {"sku": sku, "productFamily": family, "attributes": attributes},
            "serviceCode": service,
            "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
            "publicationDate": PUBLISHED,
        }


def _attribute(product: dict[str, Any], name: str) -> Any:
    inner = product["product"]
    return inner["productFamily"] if name == "productFamily" else inner["attributes"].get(name)


#: What a bill names by each dimension: Athena's scans, and the cluster's node-hours where a rehearsal makes any.
_BILLED = (
    {"SERVICE": "Amazon Athena", "USAGE_TYPE": "USE1-DataScannedInTB", "REGION": REGION},
    {"SERVICE": "Amazon Redshift", "USAGE_TYPE": "USE1-Node:ra3.xlplus", "REGION": REGION},
)


@operation("ce")
def get_cost_and_usage(call: Call) -> Any:
    """GetCostAndUsage: what Athena's scanned bytes and made node-hours cost, by day or month; nothing else costs."""
    params = call.params
    grain = params["Granularity"]
    if grain not in ("DAILY", "MONTHLY"):
        raise NotImplementedError(f"Cost Explorer by {grain}")
    start, end = (date.fromisoformat(params["TimePeriod"][edge][:10]) for edge in ("Start", "End"))
    if start >= end:
        raise ApiError("ValidationException", "Start date must be before end date")
    groups = params.get("GroupBy", [])
    if any(group["Type"] != "DIMENSION" or group["Key"] not in _BILLED[0] for group in groups):
        raise NotImplementedError("Cost Explorer by anything but service, usage type and region")
    billed = [one for one in _BILLED if _lets_through(params.get("Filter", {}), one)]
    results = []
    for first, last in _periods(start, end, grain):
        days = [(first + timedelta(n)).isoformat() for n in range((last - first).days)]
        usage = [(one, _used(one["SERVICE"], days)) for one in billed]
        metrics = params.get("Metrics", [])
        grouped = [
            {
                "Keys": [one[group["Key"]] for group in groups],
                "Metrics": {metric: _amount(metric, one["SERVICE"], used) for metric in metrics},
            }
            for one, used in usage
            if groups and used
        ]
        total = {metric: _summed([_amount(metric, one["SERVICE"], used) for one, used in usage]) for metric in metrics}
        period = {"Start": first.isoformat(), "End": last.isoformat()}
        results.append({"TimePeriod": period, "Total": {} if groups else total, "Groups": grouped, "Estimated": False})
    return {"ResultsByTime": results, "DimensionValueAttributes": [], "GroupDefinitions": groups}


def _used(service: str, days: list[str]) -> float:
    """Bytes that Athena scanned, or node-hours of Redshift, on some days."""
    used = plane().athena_days() if service == "Amazon Athena" else plane().redshift_days()
    return sum(used.get(day, 0.0) for day in days)


def _amount(metric: str, service: str, used: float) -> dict[str, str]:
    athena = service == "Amazon Athena"
    if metric == "UsageQuantity":
        return {"Amount": f"{used / (1e12 if athena else 1):.10f}", "Unit": "Terabytes" if athena else "Hrs"}
    return {"Amount": f"{used * (ATHENA_PER_BYTE if athena else _NODE_HOUR):.10f}", "Unit": "USD"}


def _summed(amounts: list[dict[str, str]]) -> dict[str, str]:
    used = [one for one in amounts if float(one["Amount"])] or amounts[:1]
    total = sum(float(one["Amount"]) for one in used)
    return {"Amount": f"{total:.10f}", "Unit": used[0]["Unit"] if used else "USD"}


def _lets_through(condition: Mapping[str, Any], one: Mapping[str, str]) -> bool:
    """Whether a filter lets a service's usage through."""
    if not condition:
        return True
    if set(condition) != {"Dimensions"} or condition["Dimensions"]["Key"] not in one:
        raise NotImplementedError("Cost Explorer filters other than one of service, usage type or region")
    return one[condition["Dimensions"]["Key"]] in condition["Dimensions"]["Values"]


def _periods(start: date, end: date, grain: str) -> Iterator[tuple[date, date]]:
    while start < end:
        following = start + timedelta(1) if grain == "DAILY" else (start.replace(day=1) + timedelta(32)).replace(day=1)
        yield start, min(following, end)
        start = following
