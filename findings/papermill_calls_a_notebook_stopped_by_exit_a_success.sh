#!/usr/bin/env bash
# papermill returns 0 for a notebook that stopped half-way with sys.exit(0); a bare exit() does not stop it at all.
#
# With: papermill 2.7.0, nbclient 0.11.0, nbconvert 7.17.2, ipykernel 7.4.0.
# Expected: papermill's exit code says whether all cells ran. A cell that calls sys.exit(0) ("nothing to do today") ends
#   the run, and one expects either an error, as nbconvert --execute gives, or that all later cells were skipped
#   on purpose and are marked so. exit() and sys.exit(0) are the same in Python.
# Seen: after sys.exit(0) no later cell runs, they stay "pending", metadata.papermill.exception is true, and yet the command
#   returns 0 and the Python call raises nothing: SystemExit with 0 is left out of its search for errors. nbconvert
#   returns 1. With exit() every later cell runs as if nothing had been said.
# Hurts: schedulers that trust the exit code: the checks at the end of the notebook never ran and the run is green; and
#   who writes exit() as a guard before a cell that deletes: it does not guard.
# Instead: after a run look for cells whose metadata.papermill.status is not "completed", and refuse the record; stop
#   a notebook by raising an exception of your own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet papermill==2.7.0 nbclient==0.11.0 nbconvert==7.17.2 ipykernel==7.4.0 nbformat==5.11.1
export PATH="$work/venv/bin:$PATH" JUPYTER_DATA_DIR="$work" IPYTHONDIR="$work" PYTHONWARNINGS=ignore
cd "$work"
python - <<'PY'
import subprocess
from importlib.metadata import version

import nbformat

v4 = nbformat.v4
print("papermill", version("papermill"), "nbconvert", version("nbconvert"), "ipykernel", version("ipykernel"))
print("expected: both tools and both ways of stopping agree on whether the run is a success")
seen = {}
for stop in ("import sys; sys.exit(0)", "exit()"):
    notebook = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}})
    notebook.cells = [v4.new_code_cell(stop), v4.new_code_cell("print('the check ran')")]
    nbformat.write(notebook, "in.ipynb")
    run = subprocess.run(["papermill", "in.ipynb", "out.ipynb"], capture_output=True)
    convert = subprocess.run(["jupyter-nbconvert", "--execute", "--to", "notebook", "--output", "o2", "in.ipynb"],
                             capture_output=True)
    out = nbformat.read("out.ipynb", 4)
    statuses = [cell.metadata.papermill.status for cell in out.cells if cell.cell_type == "code"]
    seen[stop] = (run.returncode, convert.returncode, statuses, out.metadata.papermill.exception)
    print(f"{stop:24} papermill returns {run.returncode}, nbconvert {convert.returncode}, cells {statuses},"
          f" exception {out.metadata.papermill.exception}")
if seen["import sys; sys.exit(0)"] != (0, 1, ["failed", "pending"], True):
    raise SystemExit("no longer so: papermill's exit code after sys.exit(0)")
if seen["exit()"][:3] != (0, 0, ["completed", "completed"]):
    raise SystemExit("no longer so: exit() stops the run")
PY
