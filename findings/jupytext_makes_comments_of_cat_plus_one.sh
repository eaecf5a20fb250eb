#!/usr/bin/env bash
# In the script that jupytext makes of a notebook "cat += 1" and "ls += [240]" are comments: it runs, and counts 0 where the notebook counts 2.
#
# With: jupytext 1.19.6, the notebook executed by nbclient 0.11.0 with ipykernel 7.4.0, the script by the same Python.
# Expected: Python is written as Python; what only Jupyter understands ("%time", "!ls", "cat file") becomes a comment, so that the script runs.
# Seen: a line that begins with cat, cd, cp, echo, ls, mkdir, mv, rm, copy, ddir, ren and goes on with anything but "=", "," ":" "." "(" or a
#   bracket is taken for a command: cat += 1, ls -= x, mv *= 2, echo |= y, "cat if late else None". In py:percent, py:light and
#   markdown alike. "cat = 0" stays. IPython runs the line as Python once the variable exists. jupytext reads its own file back
#   rightly, so that no comparison of notebooks (--test) sees it.
# Hurts: notebooks that are paired with scripts, which are then imported, tested or scheduled: counters stay 0, lists lack rows.
# Instead: other names for variables, or comment_magics: false in the notebook's jupytext metadata.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet jupytext==1.19.6 nbclient==0.11.0 ipykernel==7.4.0
cd "$work"
export IPYTHONDIR="$work/ipython" JUPYTER_DATA_DIR="$work/jupyter" JUPYTER_RUNTIME_DIR="$work/runtime"
venv/bin/python - <<'PY'
import subprocess
import sys
from importlib.metadata import version

import jupytext
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

CELLS = (
    "cat = 0  # how many categories\nls = []\nmv = 1",
    "cat += 1\ncat += 1",
    "ls += [60]\nls.append(240)",
    "mv *= 2",
    "%time\n!echo only Jupyter knows this",
    "print('categories', cat, 'delays', ls, 'moved', mv)",
)
PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}
print("jupytext", jupytext.__version__, "nbclient", version("nbclient"), "ipykernel", version("ipykernel"))
notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS], metadata={"kernelspec": PYTHON})
NotebookClient(notebook, timeout=120).execute()
by_notebook = notebook.cells[-1].outputs[0]["text"].strip()
print("the notebook prints:", by_notebook)
if by_notebook != "categories 2 delays [60, 240] moved 2":
    raise SystemExit("the notebook says something else")
for form in ("py:percent", "py:light"):
    script = jupytext.writes(notebook, form)
    by_script = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    commented = [line for line in script.split("\n") if line.startswith(("# cat", "# ls", "# mv"))]
    print(f"the script ({form}) prints: {by_script}, has {commented}")
    back = [cell.source for cell in jupytext.reads(script, form).cells]
    if by_script != "categories 0 delays [240] moved 1" or back != list(CELLS):
        raise SystemExit("no longer so")
notebook.metadata["jupytext"] = {"comment_magics": False}
if "\ncat += 1" not in jupytext.writes(notebook, "py:percent"):
    raise SystemExit("no longer so: comment_magics")
PY
