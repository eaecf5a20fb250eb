"""JupyterLab in a real browser, worked as a person without a mouse works it, and what the page looks like meanwhile.

``smartroute-runbook init`` makes the folder and ``smartroute-runbook lab --rehearsal`` the server with its stand-ins.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from .pages import browser

WINDOW = {"width": 1440, "height": 900}
SCREEN = 775
"""Pixels of a notebook that are seen at once in that window, between JupyterLab's bars."""
STARTS, RUNS = 180.0, float(os.environ.get("LABRUNS", "300000"))
"""Seconds that JupyterLab may take to start, milliseconds that a cell may take, on a busy machine."""
PROGRAM = (sys.executable, "-m", "smartroute_runbook")

# What a person sees of the outputs of one cell: height, what is wider than its box, what is cut off.
SEEN = """cell => {
  const outputs = [...cell.querySelectorAll('.jp-OutputArea-output')], named = one =>
    `${one.tagName.toLowerCase()} ${one.scrollWidth}>${one.clientWidth}: ${one.textContent.trim().slice(0, 70)}`;
  const scrolls = one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX);
  const wide = outputs.flatMap(out => [out, ...out.querySelectorAll('div, pre, table')])
    .filter(one => one.scrollWidth > one.clientWidth + 1 && scrolls(one));
  const cut = outputs.flatMap(out => [...out.querySelectorAll('*')]).filter(one => !one.closest('svg'))
    .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'hidden'
      && getComputedStyle(one).display !== 'inline' && one.clientWidth > 1);
  const pushed = outputs.flatMap(out => [...out.querySelectorAll('code, pre, summary, li, b')].filter(one =>
    !one.closest('table, svg') && one.getBoundingClientRect().right
      > out.getBoundingClientRect().left + out.clientWidth + 1));
  return {height: outputs.reduce((sum, one) => sum + one.getBoundingClientRect().height, 0),
          wide: wide.map(named), cut: [...cut, ...pushed].map(named),
          text: outputs.map(one => one.innerText).join('\\n')};
}"""
CHARTS_FIT = """() => [...document.querySelectorAll('.jp-RenderedPlotly')].every(
  e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight)"""
AXE = """async () => (await axe.run('.jp-Notebook .jp-OutputArea', {resultTypes: ['violations']})).violations.map(
  v => `${v.impact} ${v.id} x ${v.nodes.length}: ${v.nodes[0].html.slice(0, 200)}`)"""


@dataclass(frozen=True)
class Seen:
    """The outputs of a cell as they look: pixels, and what does not fit."""

    cell: str
    height: float
    wide: list[str]
    cut: list[str]
    text: str

    @property
    def faults(self) -> list[str]:
        """What a person would mind."""
        high = [f"{self.height:.0f} pixels high"] if self.height > SCREEN else []
        return [f"{self.cell}: {what}" for what in (*high, *self.wide, *self.cut)]


DARK = ".jupyter/config/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
"""Where JupyterLab keeps a person's theme, in the folder."""
ZOOMED = {"viewport": {"width": 720, "height": 450}, "device_scale_factor": 2}
"""The window at 200 %."""
NARROW = {"viewport": {"width": 600, "height": 900}}


class Lab:
    """JupyterLab with stand-ins on a folder of its own, and a browser."""

    def __init__(self, base: Path, url: str, token: str, found: Any) -> None:
        self.base, self.url, self.token, self.browser = base, url, token, found

    def open(self, name: str, **options: Any) -> Notebook:
        """A notebook in a window of its own, its kernel started."""
        page = self.browser.new_page(**{"viewport": WINDOW, **options})
        page.goto(
            f"{self.url}lab/workspaces/{Path(name).stem.partition('_')[0]}/tree/runbooks/{name}?token={self.token}"
        )
        return Notebook(page, self.base / "runbooks" / name)


@contextlib.contextmanager
def lab(base: Path, *, two_signatures: bool = False) -> Iterator[Lab]:
    """Everything started, and stopped at the end.

    Args:
        base: the folder; made where it is none yet.
        two_signatures: each gate asks for two, by the folder's parameters.

    Raises:
        RuntimeError: JupyterLab did not start; its log.
    """
    base = base.resolve()
    if not (base / "runbooks").is_dir():
        subprocess.run([*PROGRAM, "init", str(base)], check=True, capture_output=True)
    if two_signatures:
        parameters = base / "parameters" / "rehearsal.yaml"
        said = parameters.read_text(encoding="utf-8").replace("  gates:\n", "  gates:\n    signatures: 2\n")
        parameters.write_text(said, encoding="utf-8")
    runtime = base / ".jupyter"
    environ = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(runtime / "config")}
    command = [*PROGRAM, "lab", "--rehearsal", "--no-browser", "--allow-root", "--port=0"]
    with (base / "lab.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=base, env=environ, stdout=log, stderr=log)
    try:
        address = _address(process, runtime / f"jpserver-{process.pid}.json", base / "lab.log")
        with browser() as found:
            yield Lab(base, *address, found)
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _address(process: subprocess.Popen[bytes], written: Path, log: Path) -> tuple[str, str]:
    end = time.monotonic() + STARTS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            server = json.loads(written.read_text())
            return server["url"], server["token"]
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text()[-2000:]}")


class Notebook:
    """One notebook on the page, worked by keyboard."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page, self.path = page, path
        self.cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=RUNS)
        # attached: where the window is narrow, JupyterLab hides the end of its toolbar
        page.wait_for_selector(".jp-KernelName:has-text('Python 3')", state="attached", timeout=STARTS * 1000)
        self.wait_for_kernel()
        page.wait_for_function("document.activeElement.closest('.jp-Cell') !== null", timeout=RUNS)

    def wait_for_kernel(self) -> None:
        """Until the kernel has nothing to do."""
        idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
        self.page.wait_for_selector(idle, state="attached", timeout=RUNS)

    @property
    def at(self) -> int:
        """The number of the cell that is selected."""
        return int(
            self.page.evaluate(
                "Number(document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active').dataset.windowedListIndex ?? -1)"
            )
        )

    def number(self, cell: str) -> int:
        """The number of the cell of that id."""
        return next(n for n, one in enumerate(self.cells) if one["id"] == cell)

    def cell(self, cell: str) -> Any:
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{self.number(cell)}']")

    def scroll_to(self, cell: str, most: int = 40) -> bool:
        """Bring the outputs of a cell to the top; whether they stay there.

        JupyterLab makes cells as they come into view, so that those above grow and push the wanted one away.
        """
        place = "one => (one.querySelector('.jp-Cell-outputWrapper') ?? one)"
        seen: list[float] = []
        for _ in range(most):
            self.cell(cell).evaluate(f"one => ({place})(one).scrollIntoView()")
            self.page.wait_for_timeout(150)
            seen.append(float(self.cell(cell).evaluate(f"one => ({place})(one).getBoundingClientRect().top")))
            if len(seen) > 2 and max(seen[-3:]) - min(seen[-3:]) < 2:
                break
        return 0 <= seen[-1] < int(self.page.evaluate("window.innerHeight"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, cell: str) -> None:
        """Select a cell with the arrow keys."""
        self.press("Escape")
        wanted = self.number(cell)
        for _ in range(4 * len(self.cells)):
            at = self.at
            if at == wanted:
                return
            self.press("ArrowUp" if at > wanted else "ArrowDown")
        raise AssertionError(f"cell '{cell}' is not reached with the arrow keys: {self.at} instead of {wanted}")

    def begin(self) -> str:
        """Shift+Enter on the selected cell; does not wait. The id of that cell."""
        at = self.at
        self.press("Shift+Enter")
        return str(self.cells[at]["id"])

    def step(self) -> str:
        """Shift+Enter, until the cell is through."""
        name = self.begin()
        self.wait_for(name)
        return name

    def wait_for(self, name: str) -> None:
        """Until a cell that was begun is through, and its outputs have found their size."""
        if self.cells[self.number(name)]["cell_type"] != "code":
            return
        prompt = f".jp-Cell[data-windowed-list-index='{self.number(name)}'] .jp-InputPrompt"
        self.page.wait_for_function(
            "one => /\\[\\d+\\]/.test(document.querySelector(one).textContent)", arg=prompt, timeout=RUNS
        )
        self.wait_for_kernel()
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run_to(self, cell: str) -> Iterator[str]:
        """Step through the cells up to and with this one; the ids of the code cells."""
        while True:
            name = self.step()
            if self.cells[self.number(name)]["cell_type"] == "code":
                yield name
            if name == cell:
                return

    def seen(self, cell: str) -> Seen:
        return Seen(cell, **self.cell(cell).evaluate(SEEN))

    def tab_to(self, what: str, limit: int = 60) -> int:
        """Press Tab until what has the focus matches a CSS selector; how often."""
        passed = []
        for n in range(limit):
            if self.page.evaluate("what => document.activeElement.matches(what)", what):
                return n
            passed.append(self.page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
            self.press("Tab")
        raise AssertionError(f"{what} is not reached in {limit} presses of Tab, but " + "\n".join(passed))

    def sign(self, gate: str, *names: str, because: str = "rehearsed by hand", stay: bool = False) -> None:
        """The form of a gate: every box, every reason, the name; Enter. As often as there are names.

        Args:
            gate: its cell.
            names: who signs, one after the other.
            because: for points that the evidence is against.
            stay: the focus is in the form already.
        """
        if not stay:
            self.go(gate)
        for name in names:
            form = self.cell(gate)
            boxes = form.locator("input[type=checkbox]:visible")
            for n in range(boxes.count()):
                self.tab_to(f".jp-Cell[data-windowed-list-index='{self.number(gate)}'] input[type=checkbox]")
                if not boxes.nth(n).is_checked():
                    self.press("Space")
                self.press("Tab")
                if self.focused("placeholder").startswith("Against it"):
                    self.page.keyboard.type(because)
                    self.press("Tab")
            self.tab_to("input[placeholder='Your full name']")
            self.page.keyboard.type(name)
            self.press("Enter")
            signed, late = form.get_by_text(name), form.get_by_text("Nothing is done yet")
            signed.or_(late).first.wait_for(state="attached", timeout=RUNS)
            if late.count():  # on a busy machine the page answers slowly, and is asked once more
                self.wait_for_kernel()
                self.press("Enter")
            signed.first.wait_for(state="attached", timeout=RUNS)  # it stands in the gate's state
            self.wait_for_kernel()

    def focused(self, attribute: str) -> str:
        """An attribute of what has the focus."""
        return str(self.page.evaluate("name => document.activeElement.getAttribute(name) ?? ''", attribute))

    def axe(self, scheme: Sequence[str] = ("serious", "critical")) -> list[str]:
        """What axe-core says of all outputs."""
        self._charts_settle()
        source = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
        self.page.evaluate(source)
        return [one for one in self.page.evaluate(AXE) if one.startswith(tuple(scheme))]

    def _charts_settle(self, seconds: float = 5) -> None:
        """Wait until charts fit their frames: plotly draws first, and measures its frame afterwards.

        One that never does is left for axe to tell.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.page.evaluate(CHARTS_FIT):
            self.page.wait_for_timeout(100)

    def command(self, name: str) -> None:
        """A command of JupyterLab by its name, from the palette."""
        self.press("Escape", "Control+Shift+C")
        self.page.wait_for_selector("input[placeholder='SEARCH']:focus", timeout=RUNS)
        self.page.keyboard.type(name)
        self.page.wait_for_selector(f".lm-CommandPalette-item:has-text('{name}')", timeout=RUNS)
        self.press("Enter")

    def interrupt(self, cell: str, when: str) -> None:
        """Begin a cell and stop it by I, I as soon as its output holds a text."""
        self.go(cell)
        self.begin()
        self.cell(cell).locator(".jp-OutputArea").get_by_text(when).first.wait_for(timeout=RUNS)
        self.press("Escape", "i", "i")
        self.wait_for(cell)

    def restart(self) -> None:
        """Restart the kernel by 0, 0, and say yes."""
        self.press("Escape", "0", "0")
        self.page.wait_for_selector(".jp-Dialog", timeout=RUNS)
        self.press("Enter")
        self.page.wait_for_selector(".jp-Dialog", state="detached", timeout=RUNS)
        self.page.wait_for_timeout(1000)
        self.wait_for_kernel()

    def close(self) -> None:
        self.page.close()
