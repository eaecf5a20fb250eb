#!/usr/bin/env bash
# A cell tagged raises-exception passes in nbconvert, nbclient and nbval; papermill runs the whole notebook and then fails.
#
# With: papermill 2.7.0, nbclient 0.11.0, nbconvert 7.17.2, nbval 0.11.0, ipykernel 7.4.0.
# Expected: the tag raises-exception says "this cell shows an error on purpose". papermill executes with nbclient, which
#   knows the tag, so it is expected to behave as nbconvert --execute does, which uses nbclient as well.
# Seen: nbclient goes on past the cell, so papermill runs all later cells, each marked "completed", and writes
#   metadata.papermill.exception = null. Then it finds the error output and raises PapermillExecutionError,
#   puts the banner "An Exception was encountered" on top of the notebook, and returns 1.
# Hurts: runs whose every side effect (a load, a switch) has taken place and which are reported as failed, and so are
#   tried again; auditors who find a banner of an exception beside metadata that says there was none.
# Instead: catch the exception in the cell and print it; let a run's judgement look at the cells' statuses.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet papermill==2.7.0 nbclient==0.11.0 nbconvert==7.17.2 nbval==0.11.0 ipykernel==7.4.0 \
    nbformat==5.11.1 pytest==8.4.2
export PATH="$work/venv/bin:$PATH" JUPYTER_DATA_DIR="$work" IPYTHONDIR="$work" PYTHONWARNINGS=ignore
cd "$work"
python - <<'PY'
import subprocess
from importlib.metadata import version

import nbformat

v4 = nbformat.v4
notebook = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}})
notebook.cells = [
    v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
    v4.new_code_cell("open('side_effect', 'a').write('x')"),
]
nbformat.write(notebook, "in.ipynb")
commands = {
    "nbconvert": ["jupyter-nbconvert", "--execute", "--to", "notebook", "--output", "o2", "in.ipynb"],
    "nbval": ["python", "-m", "pytest", "-q", "--nbval-lax", "in.ipynb"],
    "papermill": ["papermill", "in.ipynb", "out.ipynb"],
}
codes = {}
print("expected: 0 from all three")
for name, command in commands.items():
    codes[name] = subprocess.run(command, capture_output=True).returncode
    print(f"{name} {version(name)} returns {codes[name]}")
out = nbformat.read("out.ipynb", 4)
statuses = [cell.metadata.papermill.status for cell in out.cells if cell.cell_type == "code"]
runs = len(open("side_effect").read())
print("papermill's record: cells", statuses, "exception", out.metadata.papermill.exception,
      "- banner:", "An Exception was encountered" in out.cells[0].source, "- side effect took place", runs, "times")
if codes != {"nbconvert": 0, "nbval": 0, "papermill": 1} or runs != 3:
    raise SystemExit("no longer so: the three tools' exit codes")
if statuses != ["completed", "completed"] or out.metadata.papermill.exception is not None:
    raise SystemExit("no longer so: papermill's record of the cells")
PY
