"""What Athena bills a query for (https://aws.amazon.com/athena/pricing/, read on 2026-10-07)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

__all__ = ["BILLED_MINIMUM_MB", "MB", "TB", "USD_A_TB"]

MB: Final = 1_000_000
TB: Final = 1_000_000 * MB
"""A megabyte and a terabyte as Athena is priced here: decimal, the dearer reading (AWS does not say which)."""

BILLED_MINIMUM_MB: Final = 10
"""Every successful query is billed for at least this much."""

USD_A_TB: Final = Decimal(5)
"""US dollars a terabyte scanned in us-east-1, as in the price book."""
