"""The price book: what things cost, who says so, and since when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

import yaml

from .errors import UsageError, did_you_mean
from .views import Note, Table, View

__all__ = ["BILLED_MINIMUM_MB", "MB", "TB", "Node", "Price", "PriceBook", "price_book", "refresh"]

#: A megabyte and a terabyte as Athena is priced here: decimal, the dearer reading (AWS does not say which).
MB = 1_000_000
TB = 1_000_000 * MB
#: Every successful Athena query is billed for at least this much.
BILLED_MINIMUM_MB = 10


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
        price = self[node_type]
        if price.node is None:
            types = [p.name for p in self.prices if p.node]
            raise UsageError(f"'{node_type}' is no node type", hint=did_you_mean(node_type, types))
        if not price.node.least <= nodes <= price.node.most:
            raise UsageError(
                f"A cluster of {nodes} x {node_type}",
                expected=f"{price.node.least} to {price.node.most} nodes",
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
        parts: tuple[Table | Note, ...] = (Table(("price", "US$", "unit", "as of", "source"), rows),)
        if unsure:
            parts += (Note(f"Not confirmed by AWS's own pages: {unsure}. Check before signing.", "warn"),)
        return View(f"Price book, {self.region}", parts)


def price_book() -> PriceBook:
    """The book that comes with the package (``prices.yaml``)."""
    text = resources.files(__package__).joinpath("prices.yaml").read_text(encoding="utf-8")
    book = yaml.safe_load(text)
    return PriceBook(book["region"], tuple(_price(name, entry) for name, entry in book["prices"].items()))


def _price(name: str, entry: Mapping[str, Any]) -> Price:
    node = Node(**entry["node"]) if "node" in entry else None
    return Price(
        name, Decimal(entry["usd"]), entry["unit"], entry["source"], entry["as_of"], entry.get("unsure", False), node
    )


def refresh(book: PriceBook, pricing: Any, *, today: date) -> PriceBook:
    """The book with node prices as ``pricing:GetProducts`` tells them now; prices not found there stay.

    Args:
        book: the prices to bring up to date.
        pricing: a boto3 ``pricing`` client (us-east-1 is one of the three regions that answer).
        today: the date the new prices carry.
    """
    return replace(book, prices=tuple(_refreshed(price, book.region, pricing, today) for price in book.prices))


def _refreshed(price: Price, region: str, pricing: Any, today: date) -> Price:
    if price.node is None:
        return price
    wanted = {"instanceType": price.name, "regionCode": region, "productFamily": "Compute Instance"}
    answer = pricing.get_products(
        ServiceCode="AmazonRedshift",
        Filters=[{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in wanted.items()],
    )
    for product in map(json.loads, answer["PriceList"]):
        for term in product.get("terms", {}).get("OnDemand", {}).values():
            for dimension in term["priceDimensions"].values():
                usd = Decimal(dimension["pricePerUnit"]["USD"])
                if usd:
                    return replace(price, usd=usd, as_of=today, source="pricing:GetProducts", unsure=False)
    return price
