"""Athena SQL to Redshift SQL: right, or refused with the reason.

Pure functions over sqlglot trees: no AWS, no notebooks. A query is checked as Athena would (`source`, `scopes`,
`signatures`), rewritten rule by rule (`rules`), and let out only when Redshift documents everything in it (`guard`).
"""

from __future__ import annotations

from .as_of import AsOf, bound_tables, pin_clock
from .files import translate_files, write_files
from .model import Change, Problem, Translation, overview
from .pages import stable_page
from .rewrite import IMPROVEMENTS, translate
from .schema import Schema

__all__ = ["IMPROVEMENTS", "Change", "Problem", "Schema", "Translation", "overview"]
__all__ += ["AsOf", "bound_tables", "pin_clock", "stable_page"]
__all__ += ["translate", "translate_files", "write_files"]
