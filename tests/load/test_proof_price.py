"""What a proof costs is told before it begins."""

from __future__ import annotations

from decimal import Decimal

from smartroute_runbook.load.proof_price import ProofsPrice
from smartroute_runbook.present import plain_text
from smartroute_runbook.prove.proof import price


def test_the_price_of_a_proof_is_said_before_and_what_is_above_the_budget_is_named():
    tables = (("vehicles", 10**12, price(10**12)), ("delays", 5, price(5)))
    view = ProofsPrice(tables, Decimal("10")).view()
    assert view.title == "The proof will cost $5.00 when all is equal, at most $30.00"
    text = plain_text(view)
    assert "1 TB" in text
    assert "($10.00) is refused: vehicles." in text
    assert "none does" in plain_text(ProofsPrice(tables, Decimal("50")).view())
