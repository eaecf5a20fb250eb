"""An interrupted cell shows one line that says where it stands."""

from __future__ import annotations

import contextlib
import sys
from types import FunctionType, SimpleNamespace

import pytest

from smartroute_runbook.environment.working_folder import STARTUP
from smartroute_runbook.present import Progress, interrupted


def test_an_interruption_says_where_it_stands_and_what_to_do():
    with contextlib.suppress(KeyboardInterrupt), Progress("Loading", 72, "partitions") as line:
        line.update(12)
        raise KeyboardInterrupt
    assert "12 of 72 partitions" in interrupted.message().text
    assert "run the cell again" in interrupted.message().text
    with Progress("Loading", 72, "partitions"):
        pass
    assert "partitions" not in interrupted.message().text


def test_an_interruption_is_told_once(monkeypatch):
    """The progress line goes: the message says where it stands."""
    sink = []
    shown = SimpleNamespace(put=lambda note, final: sink.append((note.text, final)), clear=lambda: sink.append("gone"))
    monkeypatch.setattr(interrupted.At, "installed", True)
    line = Progress("Loading", 72, "partitions")
    with contextlib.suppress(KeyboardInterrupt), line:
        line._sink = shown
        raise KeyboardInterrupt
    assert sink == ["gone"]
    with contextlib.suppress(ValueError), line:
        line._sink = shown
        raise ValueError
    assert sink[-1][1] is True  # a failure keeps its line


def test_what_is_measured_in_seconds_tells_them_once():
    line = Progress("Cluster", unit="s")
    with line:
        line.update(1)
    assert line.line(final=True).count(" s") == 1


def test_in_a_kernel_the_frames_are_not_shown(monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell, display=None))
    interrupted.install()
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
        result = shell.run_cell("raise KeyboardInterrupt", store_history=False)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)  # Run All stops here
    assert len(shown) == 1
    assert "Interrupted" in shown[0]["text/plain"]
    assert "Traceback" not in shown[0]["text/html"]


@pytest.fixture
def shell(monkeypatch):
    """A shell as a kernel has it, with what it displays in `shell.seen`."""
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell()
    made.seen = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: made.seen.append(data["text/plain"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: made))
        exec(STARTUP, made.user_ns)
    return made


def test_a_cell_below_the_first_in_a_new_kernel_says_how_to_go_on(shell, capsys):
    result = shell.run_cell("gate = run.gate('week1.decision')", store_history=False)
    assert isinstance(result.error_in_exec, NameError)  # Run All stops here
    assert len(shell.seen) == 1
    assert "run is not known in this kernel" in shell.seen[0]
    assert "Run All Above Selected Cell" in shell.seen[0]
    assert "Traceback" not in capsys.readouterr().out
    assert "install" not in shell.user_ns


def test_a_fault_within_a_function_keeps_its_traceback(shell, capsys):
    shell.user_ns["faulty"] = FunctionType(compile("nowhere", "package.py", "eval"), {})
    shell.run_cell("faulty()", store_history=False)
    assert not shell.seen
    assert "NameError" in capsys.readouterr().out
