"""The stable import for notebooks and scripts."""

from smartroute_runbook.runs.run import Banner, Done, Evidence, Run, runs

__all__ = ["Banner", "Done", "Evidence", "Run", "runs"]
