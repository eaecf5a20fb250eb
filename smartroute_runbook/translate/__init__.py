"""Athena SQL to Redshift SQL: right, or refused with the reason.

Pure functions over sqlglot trees: no AWS, no notebooks. A query is checked as Athena would (`source`, `scopes`,
`signatures`), rewritten rule by rule (`rules`), and let out only when Redshift documents everything in it (`guard`).
"""

from __future__ import annotations

from smartroute_runbook.translate.as_of import AsOf, bound_tables, pin_clock
from smartroute_runbook.translate.dashboard import DashboardQueries, dashboard
from smartroute_runbook.translate.files import run_files, translate_files, write_files
from smartroute_runbook.translate.guard import allowed_functions
from smartroute_runbook.translate.model import Change, Problem, Translation, overview
from smartroute_runbook.translate.pages import stable_page
from smartroute_runbook.translate.rewrite import IMPROVEMENTS, translate
from smartroute_runbook.translate.schema import Schema

__all__ = ["IMPROVEMENTS", "Change", "Problem", "Schema", "Translation", "allowed_functions", "overview", "run_files"]
__all__ += ["AsOf", "bound_tables", "pin_clock", "stable_page"]
__all__ += ["DashboardQueries", "dashboard", "translate", "translate_files", "write_files"]
