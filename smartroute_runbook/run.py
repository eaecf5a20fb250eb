"""The import that notebooks and scripts rely on, wherever the code moves."""

from smartroute_runbook.runs.run import Banner, Done, Evidence, Run, runs

__all__ = ["Banner", "Done", "Evidence", "Run", "runs"]
