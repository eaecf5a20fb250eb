"""A record full of harmless markers, read where people read it: in Chromium and in a terminal (tmux)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from support.hostile import controls, foreign
from support.marked_record import MARKERS, marked_record, marked_view

from smartroute_runbook.errors import visible
from smartroute_runbook.present.text import plain_text
from smartroute_runbook.record.signing import signing_key

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PAGES = ("index.html", "evidence.html", "week1.html")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    signing_key(folder / "signing.pem")
    return marked_record(folder / "records", folder / "signing.pem")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_the_markers_as_texts(record, name):
    page = (record / name).read_text(encoding="utf-8")
    assert not controls(page)
    assert foreign(page) == []
    assert page.count("<title>") == 1


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_chromium_shows_the_markers_and_obeys_none(record, tmp_path):
    for name in PAGES:
        shown = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
             "--virtual-time-budget=2000", "--dump-dom", f"file://{record / name}"],
            capture_output=True, text=True, timeout=120, check=True,
        ).stdout  # fmt: skip
        assert len(shown) > 2000
        assert "MARK</title>" not in shown
        assert not re.search(r"<(script|img)\b", shown)
        text = re.sub(r"<[^>]*>", "", shown)
        if name == "week1.html":
            printed = text[text.rindex("printed") :]
            assert "\\x1b[1A\\x1b[2Kequal\n" in printed  # without its colour, and with what would hide it
            assert "\\x1b[8mhidden" in printed
        if name != "index.html":
            for marker in MARKERS:
                words = visible(marker).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                assert words in text or words.replace('"', "&quot;") in text, marker


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on this machine")
def test_a_terminal_shows_the_markers_and_obeys_none(record, tmp_path):
    (tmp_path / "show.py").write_text(
        "from support.marked_record import marked_view\n"
        "from smartroute_runbook.present.text import print_view\n"
        "print('FIRST')\nprint_view(marked_view())\nprint('LAST')\n"
    )
    path = ":".join(sys.path)
    tmux = ["tmux", "-L", f"markers-{os.getpid()}", "-u", "-f", "/dev/null"]
    said = f"{' '.join(tmux)} wait-for -S shown"
    command = f"PYTHONPATH='{path}' {sys.executable} {tmp_path / 'show.py'}; {said}; cat"
    try:
        subprocess.run([*tmux, "new-session", "-d", "-x", "240", "-y", "60", "cat"], check=True)
        subprocess.run([*tmux, "select-pane", "-T", "pane"], check=True)
        subprocess.run([*tmux, "respawn-pane", "-k", command], check=True)
        subprocess.run([*tmux, "wait-for", "shown"], check=True, timeout=120)
        screen = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout
        title = subprocess.run([*tmux, "display-message", "-p", "#{pane_title}"], capture_output=True, text=True)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    lines = [line.rstrip() for line in screen.splitlines()]
    assert lines[0] == "FIRST"
    assert title.stdout.strip() == "pane"
    expected = plain_text(marked_view())
    for marker in MARKERS:
        assert visible(marker).split("\n")[0] in screen, marker
        assert visible(marker) in expected
    assert sum("equal" in line for line in lines) >= 3  # its title, its cell and its note: nothing was taken off
