#!/usr/bin/env bash
# papermill -p turns trip 031200 into 31200, run 2026_11 into 202611 and the station "nan" into a number.
#
# With: papermill 2.7.0 (and its -y, which reads YAML 1.1 by PyYAML), ipykernel 7.4.0.
# Expected: -p NAME VALUE guesses types: 5 is an int, 0.5 a float, true a bool. What is not written as a plain
#   number, such as 031200 (no Python literal), 2026_11, or nan, stays text.
# Seen: everything that int() or float() accepts becomes a number: leading zeros and underscores vanish, nan, inf and
#   infinity become floats, 1e3 is 1000.0, 1.10 is 1.1; surrounding blanks too. -y differs again: 031200 is read as
#   octal (12928), 12:30:00 in base sixty (45000), off is False, but 1e3 stays text.
# Hurts: partition values and keys given on the command line: month 01, trip and stop ids, versions, run ids. A filter
#   finds nothing, or another partition, and the record shows a parameter nobody gave.
# Instead: -r NAME VALUE for every id (raw text), and types declared and checked at the start of the notebook.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet papermill==2.7.0 ipykernel==7.4.0 nbformat==5.11.1 pyyaml==6.0.3
export PATH="$work/venv/bin:$PATH" JUPYTER_DATA_DIR="$work" IPYTHONDIR="$work" PYTHONWARNINGS=ignore
cd "$work"
python - <<'PY'
import subprocess
from importlib.metadata import version

import nbformat

v4 = nbformat.v4
notebook = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}})
notebook.cells = [v4.new_code_cell("value = None", metadata={"tags": ["parameters"]}), v4.new_code_cell("1")]
nbformat.write(notebook, "in.ipynb")


def arrives(option: str, text: str) -> object:
    argument = [option, f"value: {text}"] if option == "-y" else [option, "value", text]
    subprocess.run(["papermill", "--prepare-only", *argument, "in.ipynb", "out.ipynb"], check=True, capture_output=True)
    return nbformat.read("out.ipynb", 4).metadata.papermill.parameters["value"]


expected_p = {"031200": 31200, "2026_11": 202611, "nan": float("nan"), "Infinity": float("inf"), "1.10": 1.1, "1e3": 1000.0}
expected_y = {"031200": 12928, "12:30:00": 45000, "off": False, "1e3": "1e3"}
print("papermill", version("papermill"))
print("expected: the text that was given")
for option, cases in (("-p", expected_p), ("-y", expected_y), ("-r", {"031200": "031200"})):
    for text, value in cases.items():
        seen = arrives(option, text)
        print(f"{option} {text:9} arrives as {seen!r}")
        if repr(seen) != repr(value):
            raise SystemExit(f"no longer so: {option} {text} arrives as {seen!r}, not {value!r}")
PY
