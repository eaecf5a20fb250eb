"""A notebook executed by this runner, by plain papermill and by plain nbclient, in turns: what a cell and a start cost.

    python benchmarks/notebook.py [cells] [rounds]

Each cell is ``pass``, so that all that is measured is not the notebook's own work. Sealing is not part of it. What was
measured is in results/rehearse.md.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

import nbclient
import nbformat
import papermill

from smartroute_runbook.record.execute import execute


def written(path: Path, cells: int) -> Path:
    """A notebook of so many cells that do nothing."""
    new = nbformat.v4.new_notebook()
    new.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    new.cells = [nbformat.v4.new_code_cell("pass") for _ in range(cells)]
    nbformat.write(new, path)
    return path


def by_nbclient(source: Path, out: Path) -> None:
    notebook = nbformat.read(source, as_version=4)
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    nbformat.write(notebook, out)


def by_papermill(source: Path, out: Path) -> None:
    papermill.execute_notebook(str(source), str(out), progress_bar=False)


def by_runner(source: Path, out: Path) -> None:
    execution = execute(source, out, {})
    if execution.status != "finished":
        raise SystemExit(f"The notebook {execution.status}: {execution.failure}")


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "nbclient": by_nbclient, "papermill": by_papermill, "this runner": by_runner,
}  # fmt: skip


def main() -> None:
    """Print seconds for one cell and for all of them, by way; the difference is what a cell costs."""
    given = [int(word) for word in sys.argv[1:3]]
    cells, rounds = [*given, *(60, 3)[len(given) :]]
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        sources = {n: written(base / f"{n}.ipynb", n) for n in (1, cells + 1)}
        taken: dict[tuple[str, int], list[float]] = {}
        for _ in range(rounds):
            for name, way in WAYS.items():
                for n, source in sources.items():
                    began = time.perf_counter()
                    way(source, base / "out.ipynb")
                    taken.setdefault((name, n), []).append(time.perf_counter() - began)
    print(f"| way | one cell, s | {cells + 1} cells, s | ms a cell |\n|---|---|---|---|")
    for name in WAYS:
        one, all_ = (median(taken[name, n]) for n in sources)
        print(f"| {name} | {one:.2f} | {all_:.2f} | {(all_ - one) / cells * 1000:.1f} |")


if __name__ == "__main__":
    main()
