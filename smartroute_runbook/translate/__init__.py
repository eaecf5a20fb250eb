"""Athena SQL to Redshift SQL: right, or refused with the reason.

Pure functions over sqlglot trees: no AWS, no notebooks. A query is checked as Athena would (`source`, `scopes`,
`signatures`), rewritten rule by rule (`rules`), and let out only when Redshift documents everything in it (`guard`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartroute_runbook.lazy import lazy

if TYPE_CHECKING:
    from .as_of import AsOf, bound_tables, pin_clock
    from .files import translate_files, write_files
    from .model import Change, Problem
    from .pages import stable_page
    from .rewrite import IMPROVEMENTS, translate
    from .schema import Schema
    from .translation import Translation, overview
    from .week import Week, week_of

__all__ = ["IMPROVEMENTS", "Change", "Problem", "Schema", "Translation", "overview"]
__all__ += ["AsOf", "bound_tables", "pin_clock", "stable_page"]
__all__ += ["Week", "translate", "translate_files", "week_of", "write_files"]

__getattr__ = lazy(__name__, {
    "AsOf": "as_of", "bound_tables": "as_of", "pin_clock": "as_of",
    "translate_files": "files", "write_files": "files",
    "Change": "model", "Problem": "model", "Translation": "translation", "overview": "translation",
    "stable_page": "pages",
    "IMPROVEMENTS": "rewrite", "translate": "rewrite",
    "Schema": "schema", "Week": "week", "week_of": "week",
})  # fmt: skip
