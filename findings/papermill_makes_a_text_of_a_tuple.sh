#!/usr/bin/env bash
# The parameter ("A32", "G08") arrives in a notebook of papermill as the text "('A32', 'G08')": a loop over it sees 14 letters and signs.
#
# With: papermill 2.7.0, nbformat 5.11.1.
# Expected: a tuple arrives as a tuple, or as a list as in JSON; or papermill refuses it, as it refuses a set and a date (TypeError).
# Seen: a tuple is written as the quoted text of its repr, without a warning, also inside lists and dicts: {"box": (40.5, 40.9)} arrives as
#   {"box": "(40.5, 40.9)"}. "A32" in stations is true by luck and "3" in stations as well; len() is 14. The notebook's metadata keep it as
#   the list that it should have been.
# Hurts: notebooks that take lists of stations, days or bounds: a filter by them finds nothing, or everything that is part of the text.
# Instead: list(x) for every tuple, or json.loads(json.dumps(parameters)) before execute_notebook.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet papermill==2.7.0 nbformat==5.11.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import nbformat
import papermill as pm

notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}})
notebook.cells.append(nbformat.v4.new_code_cell("stations = ()", metadata={"tags": ["parameters"]}))
nbformat.write(notebook, "in.ipynb")
given = {"stations": ("A32", "G08"), "area": {"box": (40.5, 40.9)}, "listed": ["A32", "G08"]}
pm.execute_notebook("in.ipynb", "out.ipynb", parameters=given, prepare_only=True, progress_bar=False)
out = nbformat.read("out.ipynb", 4)
cell = next(c for c in out.cells if "injected-parameters" in c.metadata.get("tags", []))
arrived = {}
exec(cell.source, arrived)
print("papermill", pm.__version__)
for name, value in given.items():
    print(f"{name:8} given {value!r:24} arrived {arrived[name]!r:26} in the metadata {out.metadata.papermill.parameters[name]!r}")
seen = {name: arrived[name] for name in given}
if seen != {"stations": "('A32', 'G08')", "area": {"box": "(40.5, 40.9)"}, "listed": ["A32", "G08"]}:
    raise SystemExit(f"no longer so: {seen}")
if len(seen["stations"]) != 14 or "3" not in seen["stations"]:
    raise SystemExit("no longer so")
PY
