"""Are two tables, or two results, equal? And where not?"""

from __future__ import annotations

from .encoding import VERSION, Field
from .proof import TableProof, price
from .queries import queries_equal
from .results import ResultProof, results_equal
from .shape import Shape, shape_of
from .spec import TableSpec
from .tables import tables_equal

__all__ = [
    "VERSION",
    "Field",
    "ResultProof",
    "Shape",
    "TableProof",
    "TableSpec",
    "price",
    "queries_equal",
    "results_equal",
    "shape_of",
    "tables_equal",
]
