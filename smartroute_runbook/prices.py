"""The price book: each price with its source and date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from smartroute_runbook.quantities import plural

from .data_files import read_data
from .declared import measured
from .errors import UsageError, did_you_mean, explained
from .sqlfacts.athena_billing import BILLED_MINIMUM_MB, MB, TB
from .views import Note, Table, View

__all__ = ["BILLED_MINIMUM_MB", "MB", "TB", "Node", "Price", "PriceBook", "book_of", "price_book", "refresh"]


@dataclass(frozen=True)
class Node:
    """What a Redshift node type offers, and how many of it a cluster may have."""

    vcpu: int
    least: int
    most: int


@dataclass(frozen=True)
class Price:
    """One price in US dollars a unit; ``unsure`` when no source of AWS itself confirms it."""

    name: str
    usd: Decimal
    unit: str
    source: str
    as_of: date
    unsure: bool = False
    node: Node | None = None


@dataclass(frozen=True)
class PriceBook:
    """All prices of a region."""

    region: str
    prices: tuple[Price, ...]

    def __getitem__(self, name: str) -> Price:
        """The price of that name.

        Raises:
            UsageError: the book has none; names the nearest.
        """
        for price in self.prices:
            if price.name == name:
                return price
        raise UsageError(f"The price book has no '{name}'", hint=did_you_mean(name, [p.name for p in self.prices]))

    def node(self, node_type: str, nodes: int) -> Price:
        """The price of a node type, after checking that a cluster may have so many of it.

        Raises:
            UsageError: unknown type, or a count that Redshift does not offer.
        """
        types = {price.name: price for price in self.prices if price.node}
        if node_type not in types:
            hint = did_you_mean(node_type.lower(), types)
            raise UsageError(f"The price book has no node type '{node_type}'", hint=hint)
        price = types[node_type]
        if price.node and not price.node.least <= nodes <= price.node.most:
            raise UsageError(
                f"A cluster of {nodes} x {node_type}",
                expected=f"{price.node.least} to {plural(price.node.most, 'node')}",
                hint="Change redshift.nodes or redshift.node_type",
            )
        return price

    def usd(self, name: str) -> float:
        """The price as a number, US dollars a unit."""
        return float(self[name].usd)

    def view(self) -> View:
        """Every price with its source and date."""
        rows = tuple((p.name, f"{p.usd.normalize():f}", p.unit, p.as_of.isoformat(), p.source) for p in self.prices)
        unsure = ", ".join(p.name for p in self.prices if p.unsure)
        parts: tuple[Table | Note, ...] = (
            Table(("price", "US$", "unit", "as of", "source"), rows, name="Prices, with date and source"),
        )
        if unsure:
            parts += (Note(f"Not confirmed by AWS's own pages: {unsure}. Check before signing.", "warn"),)
        return View(f"Price book, {self.region}", parts)


@cache
def price_book() -> PriceBook:
    """The book that comes with the package (``prices.yaml``)."""
    book = read_data(str(__package__), "prices.yaml")
    return PriceBook(book["region"], tuple(_price(name, entry) for name, entry in book["prices"].items()))


def _price(name: str, entry: Mapping[str, Any]) -> Price:
    node = Node(**entry["node"]) if "node" in entry else None
    return Price(
        name, Decimal(entry["usd"]), entry["unit"], entry["source"], entry["as_of"], entry.get("unsure", False), node
    )


class Asks(Protocol):
    """What the prices of a run need of it."""

    settings: Any
    clients: Any

    def once(self, function: Any, *arguments: Any) -> Any:
        """Measured once a run."""
        ...


def book_of(run: Asks) -> PriceBook:
    """The prices of a run: the package's, or (``decision.refresh_prices``) as AWS gave them once in this run."""
    book: PriceBook = run.once(refreshed) if run.settings.decision.refresh_prices else price_book()
    return book


@measured("smartroute_runbook.refreshed", PriceBook)
def refreshed(run: Asks) -> PriceBook:
    """The package's book, brought up to date by the Pricing API.

    Raises:
        ServiceError: the Pricing API does not answer, or the permission for it is missing.
    """
    with explained("Asking the Pricing API"):
        # It answers in three regions only, whichever region is asked about (Billing guide, "Price List Query API").
        pricing = run.clients.session.client("pricing", region_name="us-east-1")
        return refresh(price_book(), pricing, today=datetime.now(UTC).date())


def refresh(book: PriceBook, pricing: Any, *, today: date) -> PriceBook:
    """The book with today's ``pricing:GetProducts``; a price that it lacks keeps its own source and date.

    Args:
        book: the prices to bring up to date.
        pricing: a boto3 ``pricing`` client.
        today: the date the new prices carry.
    """
    return replace(book, prices=tuple(_refreshed(price, book.region, pricing, today) for price in book.prices))


#: Where the Pricing API keeps what is not a node: service, attribute, text in it, unit.
_PRODUCTS = {
    "managed-storage": ("AmazonRedshift", "usagetype", "RMS:ra3", "GB-Mo"),
    "serverless-rpu": ("AmazonRedshift", "usagetype", "ServerlessUsage", "RPU-Hr"),
    "athena": ("AmazonAthena", "usagetype", "DataScannedInTB", "Terabytes"),
    "athena-dpu": ("AmazonAthena", "usagetype", "DPU-Hour", "DPU-Hour"),
}


def _refreshed(price: Price, region: str, pricing: Any, today: date) -> Price:
    attributes = {"regionCode": region}
    if price.node is not None:
        service, attribute, text, unit = "AmazonRedshift", "instanceType", price.name, "Hrs"
        attributes |= {"instanceType": price.name, "productFamily": "Compute Instance"}
    elif price.name in _PRODUCTS:
        service, attribute, text, unit = _PRODUCTS[price.name]
    else:
        return price
    filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in attributes.items()]
    pages = pricing.get_paginator("get_products").paginate(ServiceCode=service, Filters=filters)
    products = [json.loads(product) for page in pages for product in page["PriceList"]]
    matching = [p for p in products if text in p["product"]["attributes"].get(attribute, "")]
    offered = {usd for product in matching for usd in _on_demand(product, unit)}
    if len(offered) != 1:  # none, or several: there is no rule to choose one
        return price
    return replace(price, usd=offered.pop(), as_of=today, source="pricing:GetProducts", unsure=False)


def _on_demand(product: Mapping[str, Any], unit: str) -> Iterator[Decimal]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            usd = Decimal(dimension["pricePerUnit"].get("USD", "0"))
            if usd and dimension["unit"] == unit:
                yield usd.normalize()
