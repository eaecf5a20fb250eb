#!/usr/bin/env bash
# Enter in an ipywidgets text field reaches the kernel before what was typed: a form acts on the beginning of a name.
#
# With: ipywidgets 8.1.9 in JupyterLab 4.6.6, Chromium. Needs Chromium or Chrome on the PATH.
# Expected: a handler of submit sees the text that stands in the field when Enter is pressed.
# Seen: the page sends one change of a widget at a time and keeps what is typed meanwhile until the kernel has answered
#   (the throttle of `WidgetModel`); custom messages, which submit and a button's click are, go past what is kept. Who
#   types fast and presses Enter submits a beginning of it; the rest arrives just afterwards. On a busy machine a button
#   that is reached by Tab and pressed by Space comes too early as well.
# Hurts: forms that sign, approve or book by a typed name, amount or reason: what is kept is not what stood on the screen.
# Instead: let the page answer first, as messages keep their order both ways: start a hidden `Play(interval=1)` in the
#   handler and act when its value changes; or act on a second press, after the kernel has shown what it has.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet jupyterlab==4.6.6 ipywidgets==8.1.9 ipykernel==7.4.0 playwright==1.65.2
export PATH="$work/venv/bin:$PATH" JUPYTER_DATA_DIR="$work/data" JUPYTER_CONFIG_DIR="$work/config" IPYTHONDIR="$work/ipython"
export JUPYTER_RUNTIME_DIR="$work/runtime" BROWSER_PATH
BROWSER_PATH=$(command -v chromium || command -v google-chrome)
cd "$work"
python - 2>"$work/log" <<'PY' || { cat "$work/log"; exit 1; }
import json, os, subprocess, sys, time
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import sync_playwright

CELL = """import json, time, ipywidgets as w
field, button, seen = w.Text(placeholder="Your name"), w.Button(description="Sign"), {}
def note(kind):
    seen.setdefault(kind, field.value); open("seen.json", "w").write(json.dumps(seen))
field.observe(lambda change: time.sleep(0.02), names="value")  # a form that says what is still missing
field.on_msg(lambda widget, content, buffers: note("submit") if content.get("event") == "submit" else None)
button.on_click(lambda _: note("click"))
display(field, button)"""
NAME = "Ada Augusta King-Noel, Countess of Lovelace"
cell = {"cell_type": "code", "id": "form", "source": CELL, "metadata": {}, "outputs": [], "execution_count": None}
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
book = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
Path("form.ipynb").write_text(json.dumps(book))
print("ipywidgets", version("ipywidgets"), "jupyterlab", version("jupyterlab"))
print(f"expected: {{'submit': {NAME!r}, 'click': {NAME!r}}}")
command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=t"]
server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=open("lab.log", "w"))
try:
    where = Path("runtime") / f"jpserver-{server.pid}.json"
    while not where.exists() or not where.read_text().strip():
        time.sleep(0.2)
    url = json.loads(where.read_text())["url"]
    with sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=os.environ["BROWSER_PATH"], args=["--no-sandbox"]).new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{url}lab/tree/form.ipynb?token=t")
        page.locator(".jp-KernelName", has_text="Python 3").wait_for()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
        page.locator(".jp-CodeCell").first.click()
        page.keyboard.press("Shift+Enter")
        field = page.get_by_placeholder("Your name")
        for press in ("Enter", "Tab"):
            field.fill("")
            page.wait_for_timeout(2000)
            field.focus()
            page.keyboard.type(NAME)
            page.keyboard.press(press)
            page.keyboard.press("Space" if press == "Tab" else "Shift")
            page.wait_for_timeout(3000)
        shown = field.input_value()
    seen = json.loads(Path("seen.json").read_text())
finally:
    server.terminate()
    server.wait()
print(f"seen:     {seen}; in the field: {shown!r}")
if NAME == seen["submit"] or not NAME.startswith(seen["submit"]):
    raise SystemExit("no longer so: the whole name was there")
PY
