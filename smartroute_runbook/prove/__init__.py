"""Are two tables, or two results, equal? And where not?"""

from __future__ import annotations

from .encoding import VERSION, Field
from .fingerprint import TableSpec
from .proof import TableProof, price
from .tables import tables_equal

__all__ = ["VERSION", "Field", "TableProof", "TableSpec", "price", "tables_equal"]
