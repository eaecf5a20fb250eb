#!/usr/bin/env bash
# What an asyncio task prints while a later cell runs is in no cell of the executed notebook; a thread's is, but in that later cell.
#
# With: nbclient 0.11.0 (so papermill 2.7.0 and nbconvert --execute), ipykernel 7.4.0; 6.31.0 does the same.
# Expected: an executed notebook holds everything that its cells printed. For a task started in cell 1 one may argue over
#   cell 1 (where JupyterLab shows it) or the cell that was running, but it is in one of them.
# Seen: the kernel labels the task's output with cell 1, as tasks inherit the context; nbclient, by then waiting for
#   cell 2, drops output with another cell's label, without a warning. A thread's output carries the label of
#   whatever cell is running and is kept there, in the middle of that cell's own output.
# Hurts: records of long loads that report progress, retries or warnings from tasks: what the engineer saw in JupyterLab
#   is not in the record that is sealed, and nobody can tell that anything was left out.
# Instead: await tasks in the cell that starts them; or collect messages in a list and print them in a cell of their own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet nbclient==0.11.0 ipykernel==7.4.0 nbformat==5.11.1
export PATH="$work/venv/bin:$PATH" JUPYTER_DATA_DIR="$work" IPYTHONDIR="$work" PYTHONWARNINGS=ignore
cd "$work"
python - 2>"$work/log" <<'PY' || { cat "$work/log"; exit 1; }
from importlib.metadata import version

import nbclient
import nbformat

v4 = nbformat.v4
task = """import asyncio
async def report():
    for i in range(3):
        await asyncio.sleep(0.3); print("task", i)
job = asyncio.create_task(report())"""
thread = """import threading, time
def report():
    for i in range(3):
        time.sleep(0.3); print("thread", i)
job = threading.Thread(target=report); job.start()"""
print("nbclient", version("nbclient"), "ipykernel", version("ipykernel"))
print("expected: three lines of progress in the record of either notebook")
kept = {}
for name, start, wait in (("task", task, "await job"), ("thread", thread, "job.join()")):
    notebook = v4.new_notebook()
    notebook.cells = [v4.new_code_cell(start), v4.new_code_cell(f"{wait}; print('loaded')")]
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    kept[name] = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]
    print(f"{name:7} cell 1: {kept[name][0]!r}, cell 2: {kept[name][1]!r}")
if kept["task"] != ["", "loaded\n"]:
    raise SystemExit("no longer so: the task's output is in the record")
if kept["thread"][0] != "" or [f"thread {i}" in kept["thread"][1] for i in range(3)] != [True] * 3:
    raise SystemExit("no longer so: the thread's output is in the later cell")
PY
