"""A papermill engine that tells the truth about interruptions and never leaves half a file.

Papermill's own manager marks cells that never ran as completed when it is interrupted, writes the output file in
place, and saves twice for every cell, markdown included.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

from .light import nbformat

__all__ = ["NAME", "RunbookEngine"]

NAME = "smartroute-runbook"
Progress = Callable[[int, int, str], None]


class _Manager(NotebookExecutionManager):  # type: ignore[misc]  # papermill ships no types
    report: Progress | None = None
    done = 0

    def save(self, **_: Any) -> None:
        """Write beside the output, then rename: whoever reads sees a whole notebook."""
        target = Path(self.output_path)
        temporary = target.with_name(f".{target.name}.part")
        temporary.write_text(nbformat.writes(self.nb), encoding="utf-8")
        temporary.replace(target)
        self.last_save_time = self.now()

    def tell(self, cell: str) -> None:
        """Say how far the notebook is, and which cell begins (none at its end)."""
        if self.report is not None:
            self.report(self.done, sum(one.cell_type == "code" for one in self.nb.cells), cell)

    def cell_start(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        if cell.cell_type != "code":
            return
        self.tell(cell.get("id", ""))
        super().cell_start(cell, cell_index, **kwargs)

    def cell_complete(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        if cell.cell_type != "code":
            return
        self.done += 1
        super().cell_complete(cell, cell_index, **kwargs)


class RunbookEngine(NBClientEngine):  # type: ignore[misc]  # papermill ships no types
    """Papermill's engine around nbclient, with the manager above."""

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: Any = None,
        log_output: bool = False,
        autosave_cell_every: int = 15,
        report: Progress | None = None,
        **options: Any,
    ) -> Any:
        """Execute, and leave the cell states as they were when something interrupts."""
        del progress_bar
        manager = _Manager(nb, output_path, log_output, progress_bar=False, autosave_cell_every=autosave_cell_every)
        manager.report = report
        for cell in nb.cells:
            if "injected-parameters" in cell.metadata.get("tags", ()):
                cell["id"] = "injected-parameters"  # instead of a random one
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, log_output=log_output, **options)
        except BaseException:
            _interrupted(manager)
            raise
        manager.notebook_complete()
        manager.tell("")
        return manager.nb


def _interrupted(manager: _Manager) -> None:
    """The cell at work goes back to running; end_time stays empty, by which an interruption is recognised."""
    for cell in reversed(manager.nb.cells):
        if cell.metadata.papermill.get("end_time"):
            cell.metadata.papermill.update(status="running", end_time=None, duration=None)
            break
    manager.save()


papermill_engines.register(NAME, RunbookEngine)
