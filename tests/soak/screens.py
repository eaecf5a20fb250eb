"""A new user in a fresh folder goes through all five notebooks in JupyterLab and Chromium, without a mouse.

PYTHONPATH=tests python -m soak.screens [FOLDER]     # screenshots of every output; exit code 1 where one has a fault

Two people sign each gate. The load is interrupted and continued, the kernel is restarted below an unsigned gate. Each
output is at most a screen high at 1440 x 900, nothing is cut off, nothing scrolls sideways; axe-core finds nothing
serious in light and dark, in a narrow window, and at 200 %.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.lab_page import DARK, NARROW, WINDOW, ZOOMED, Lab, Notebook, lab
from support.pages import missing

WEEKS = (
    "week1_decide_and_set_up.ipynb", "week2_load.ipynb", "week3_rewrite_and_compare.ipynb", "week4_cut_over.ipynb",
    "rollback.ipynb",
)  # fmt: skip
SIGNERS = ("Ada Augusta King-Noel, Countess of Lovelace", "Grace Brewster Murray Hopper")


class Walk:
    """One person's way; what was seen that should not be."""

    def __init__(self, found: Lab, pictures: Path) -> None:
        self.lab, self.pictures = found, pictures
        self.faults: list[str] = []

    def week(self, name: str) -> None:
        """Step through a notebook, sign its gates, then look at it in other lights."""
        book = self.lab.open(name)
        print(name, flush=True)
        for cell in [one for one in book.cells if one["cell_type"] == "code"]:
            self._cell(book, cell["id"], "".join(cell["source"]))
        self._expect(book.axe(), f"{name}: light")
        self._narrow(book)
        book.press("Escape", "Control+s")
        book.page.wait_for_timeout(1000)
        book.close()

    def _cell(self, book: Notebook, cell: str, source: str) -> None:
        book.go(cell)
        if cell == "load-days":
            self._interrupted(book, cell)
        book.step()
        gate = "run.gate(" in source
        if cell == "tables-gate":
            self._restarted(book, cell)
        self._look(book, cell)
        if gate:
            book.sign(cell, *SIGNERS)
            text = book.seen(cell).text
            if not re.search(r"SIGNED", text) or not all(one in text for one in SIGNERS):
                self.faults.append(f"{cell}: is not signed by both: {text[:300]}")
            self._look(book, cell, "signed")

    def _look(self, book: Notebook, cell: str, what: str = "") -> None:
        seen = book.seen(cell)
        wrong = re.search(r"Traceback|NameError|Refused:|Error:", seen.text)
        self.faults += [f"{book.path.stem}: {one}" for one in seen.faults]
        self.faults += [f"{book.path.stem}: {cell}: {seen.text[wrong.start() :][:200]}"] if wrong else []
        self._picture(book, cell, what)
        print(f"  {cell} {what} {seen.height:.0f} px", *seen.faults, sep="\n      " if seen.faults else " ", flush=True)

    def _picture(self, book: Notebook, cell: str, what: str = "") -> None:
        if not book.scroll_to(cell):
            self.faults.append(f"{book.path.stem}: {cell}: its picture {what} would show another cell")
        name = "_".join(filter(None, (book.path.stem.partition("_")[0], f"{book.number(cell):02d}", cell, what)))
        book.page.screenshot(path=str(self.pictures / f"{name}.png"))

    def _interrupted(self, book: Notebook, cell: str) -> None:
        """Stopped in the middle: one line that says where it stands; the same cell goes on."""
        book.interrupt(cell, "Loading")
        text = book.seen(cell).text
        said = [line for line in text.splitlines() if "Interrupted" in line]
        if len(said) != 1 or "run the cell again" not in said[0] or "Traceback" in text:
            self.faults.append(f"{cell}: an interruption reads {text[:300]!r}")
        self._picture(book, cell, "interrupted")
        book.go(cell)

    def _restarted(self, book: Notebook, gate: str) -> None:
        """The kernel is restarted below a form: the page says how to wake it, and that works."""
        book.go(gate)
        book.restart()
        if "Run All Above Selected Cell" not in book.cell(gate).inner_text() + book.cell(gate).inner_html():
            self.faults.append(f"{gate}: does not say how to wake the form")
        book.go(gate)
        book.command("Run All Above Selected Cell")
        above = [one["id"] for one in book.cells[: book.number(gate)] if one["cell_type"] == "code"]
        book.page.wait_for_timeout(500)
        book.wait_for(above[-1])
        book.go(gate)
        book.step()

    def _narrow(self, book: Notebook) -> None:
        book.page.set_viewport_size(NARROW["viewport"])
        book.page.wait_for_timeout(500)
        for cell in [one["id"] for one in book.cells if one["cell_type"] == "code"]:
            self._expect(book.seen(cell).cut, f"{cell}: narrow")
        book.page.screenshot(path=str(self.pictures / f"{book.path.stem.partition('_')[0]}_narrow.png"))
        book.page.set_viewport_size(WINDOW)

    def dark(self) -> None:
        """Each notebook as it was saved, in the dark theme and at 200 %."""
        setting = self.lab.base / DARK
        setting.parent.mkdir(parents=True, exist_ok=True)
        setting.write_text('{"theme": "JupyterLab Dark"}', encoding="utf-8")
        for name in WEEKS:
            for how, options in (("dark", {}), ("zoomed", ZOOMED)):
                self._saved(name, how, options)

    def _saved(self, name: str, how: str, options: dict[str, Any]) -> None:
        book = self.lab.open(name, **options)
        self._expect(book.axe(), f"{name}: {how}")
        shown = [one["id"] for one in book.cells if one["cell_type"] == "code"][3]
        self._picture(book, shown, how)
        book.close()

    def _expect(self, found: list[str], where: str) -> None:
        self.faults += [f"{where}: {one}" for one in found]


def main() -> int:
    if why := missing():
        print(why)
        return 2
    pictures = Path(sys.argv[1] if len(sys.argv) > 1 else ".soak-screens").resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="smartroute-screens-") as folder:
        base = Path(folder) / "work"
        with lab(base, two_signatures=True) as found:
            walk = Walk(found, pictures)
            for name in WEEKS:
                walk.week(name)
            walk.dark()
    for fault in walk.faults:
        print(f"FAULT {fault}")
    print(f"{len(list(pictures.glob('*.png')))} screenshots in {pictures}, {len(walk.faults)} faults")
    return 1 if walk.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
