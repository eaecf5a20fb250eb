"""Pages of a record in a browser: what axe-core says of them, what a phone would push aside, what paper would cut.

PYTHONPATH=tests python -m support.pages RECORD      # every page of a record; exit code 1 where one has a fault
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PAPER = 688  # CSS pixels between the margins of A4, as the pages set them: 210 mm - 2 x 14 mm
PHONE = 390
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# What stands beyond the page's right edge, or is hidden inside its own box, where nothing can scroll.
CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && !one.closest('svg *') && box.right > document.documentElement.clientWidth + 1;
}).map(one => `${one.tagName.toLowerCase()}: ${one.textContent.trim().slice(0, 60)}`)"""
HIDDEN = """() => [...document.querySelectorAll('main details > *:not(summary)')].filter(
  one => one.textContent.trim() && one.getBoundingClientRect().height === 0 && getComputedStyle(one).display !== 'none'
).map(one => one.textContent.trim().slice(0, 60))"""
AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
  v => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 160)])"""


def missing() -> str:
    """What is not here to look at pages with; empty when all is."""
    if browser_path() is None:
        return "no Chromium on this machine"
    lacking = [name for name in ("playwright", "axe_playwright_python") if find_spec(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def browser_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(frozen=True)
class Look:
    """What was seen of one page: ``serious`` and ``minor`` of axe-core, by colour scheme; the rest by media."""

    name: str
    kilobytes: int
    serious: list[str]
    minor: list[str]
    phone_width: int
    cut: list[str]
    folded: list[str]
    height: int

    @property
    def faults(self) -> list[str]:
        wide = [f"{self.phone_width} px wide on a phone"] if self.phone_width > PHONE else []
        return [
            *self.serious,
            *wide,
            *(f"cut on paper: {c}" for c in self.cut),
            *(f"not printed: {f}" for f in self.folded),
        ]


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        try:
            yield found
        finally:
            found.close()


def look(found: Any, path: Path) -> Look:
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    serious, minor, height = [], [], 0
    for scheme in ("light", "dark"):
        page = _open(found, path, 1200, color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(axe)
        for impact, rule, count, where in page.evaluate(AXE):
            (serious if impact in ("serious", "critical") else minor).append(f"{scheme}: {rule} x {count}: {where}")
        height = page.evaluate("document.documentElement.scrollHeight")
        page.close()
    page = _open(found, path, PHONE)
    phone = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    page = _open(found, path, PAPER)
    page.emulate_media(media="print")
    cut, folded = page.evaluate(CUT), page.evaluate(HIDDEN)
    page.close()
    return Look(path.name, path.stat().st_size // 1000, serious, minor, phone, cut, folded, height)


def _open(found: Any, path: Path, width: int, **more: Any) -> Any:
    page = found.new_page(viewport={"width": width, "height": 900}, **more)
    page.goto(path.resolve().as_uri())
    return page


def main() -> int:
    if why := missing():
        print(why)
        return 2
    bad = 0
    print("| page | kB | serious | minor | px on a phone | cut on paper | not printed |\n|---|---|---|---|---|---|---|")
    with browser() as found:
        for path in sorted(Path(sys.argv[1]).glob("*.html")):
            one = look(found, path)
            bad += bool(one.faults)
            cells = (
                one.name,
                one.kilobytes,
                len(one.serious),
                len(one.minor),
                one.phone_width,
                len(one.cut),
                len(one.folded),
            )
            print("| " + " | ".join(map(str, cells)) + " |")
            for fault in [*one.faults[:12], *(f"minor: {m}" for m in one.minor[:4])]:
                print(f"    {fault}")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
