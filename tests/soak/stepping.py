"""A person who steps through a notebook: cell by cell in one kernel, saved after each, gates signed.

The kernel is a bare one that knows its notebook as JupyterLab's kernels do, or one of a real JupyterLab, started with
``smartroute-runbook lab`` and worked with as the browser does: its REST API for sessions and files, a websocket for the
kernel's messages.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import nbformat

SIGN = """\
if gate.status().state != "signed":
    gate.sign("Ada Lovelace", "read", gate.items, reasons=dict.fromkeys(gate.against, "rehearsed"))
"""
STARTS = 120.0
"""Seconds that JupyterLab may take to start on a busy machine."""
Execute = Callable[[Any], None]
Save = Callable[[], None]


class Stopped(Exception):
    """A cell failed, or the kernel or its server is gone."""


def step(path: Path, run_id: str, way: Literal["stepped", "lab"], begun: Path) -> int:
    """Step through a notebook; 1 where it stops.

    Args:
        path: the notebook, in a working folder's ``runbooks``.
        run_id: put into its parameters, as a person would.
        way: in a kernel of ours, or in JupyterLab.
        begun: is made as soon as the kernel answers.
    """
    book = nbformat.read(path, 4)
    parameters = next(cell for cell in book.cells if "parameters" in cell.metadata.get("tags", ()))
    parameters.source = parameters.source.replace('run_id: str = ""', f'run_id: str = "{run_id}"')
    with contextlib.suppress(Stopped), (in_lab if way == "lab" else in_kernel)(path, book) as (execute, save):
        begun.touch()
        for cell in [cell for cell in book.cells if cell.cell_type == "code"]:
            try:
                execute(cell)
                if "run.gate(" in cell.source:
                    execute(nbformat.v4.new_code_cell(SIGN))
            finally:
                save()
        return 0
    return 1


# ---- a bare kernel ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def in_kernel(path: Path, book: Any) -> Iterator[tuple[Execute, Save]]:
    """A kernel without a server."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    client = NotebookClient(book, timeout=None, kernel_name="python3")

    def execute(cell: Any) -> None:
        at = next((at for at, one in enumerate(book.cells) if one is cell), -1)
        if at < 0:  # not one of the notebook's: the person's own
            book.cells.append(cell)
        try:
            client.execute_cell(cell, at % len(book.cells), store_history=at >= 0)
        except (CellExecutionError, DeadKernelError) as error:
            print(error, file=sys.stderr)
            raise Stopped from None
        finally:
            if at < 0:
                book.cells.pop()

    def save() -> None:
        written = path.with_name(f".{path.name}.saving")
        nbformat.write(book, written)
        written.replace(path)

    with client.setup_kernel(env={**os.environ, "JPY_SESSION_NAME": str(path)}, cwd=str(path.parent)):
        yield execute, save


# ---- JupyterLab ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def in_lab(path: Path, book: Any) -> Iterator[tuple[Execute, Save]]:
    """JupyterLab of its own, the notebook opened in it, its kernel started."""
    import requests

    process, url, token = lab(path.parent.parent)
    http, where = requests.Session(), f"runbooks/{path.name}"
    http.headers["Authorization"] = f"token {token}"

    def ask(method: str, what: str, **body: Any) -> Any:
        try:
            answer = http.request(method, url + what, json=body, timeout=60)
            answer.raise_for_status()
        except requests.RequestException as error:
            print(error, file=sys.stderr)
            raise Stopped from None
        return answer.json() if answer.content else None

    try:
        ask("GET", f"api/contents/{quote(where)}")  # the tab is opened
        opened = {"path": where, "type": "notebook", "name": path.name, "kernel": {"name": "python3"}}
        kernel = ask("POST", "api/sessions", **opened)["kernel"]["id"]
        messages = Messages(f"ws{url.removeprefix('http')}api/kernels/{kernel}/channels?token={token}")
        content: dict[str, Any] = {"type": "notebook", "format": "json", "content": book}
        yield messages.execute, lambda: ask("PUT", f"api/contents/{quote(where)}", **content)
        ask("POST", "api/shutdown")
        process.wait(60)
    finally:
        process.kill()
        process.wait()


def lab(base: Path) -> tuple[subprocess.Popen[bytes], str, str]:
    """JupyterLab on a working folder: its process, address and token.

    Raises:
        Stopped: it did not start.
    """
    runtime = base / ".jupyter"
    environ = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(runtime / "config")}
    command = [sys.executable, "-m", "smartroute_runbook", "lab", "--no-browser", "--allow-root", "--port=0"]
    with (base / "lab.log").open("ab") as log:  # no pipe: a kernel that outlives its server holds it open
        process = subprocess.Popen(command, cwd=base, env=environ, stdout=log, stderr=log)
    written, end = runtime / f"jpserver-{process.pid}.json", time.monotonic() + STARTS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            server = json.loads(written.read_text())
            return process, server["url"], server["token"]
        time.sleep(0.1)
    process.kill()
    print("JupyterLab did not start", file=sys.stderr)
    raise Stopped


class Messages:
    """The messages of a kernel, over the server's websocket (jupyter_client's protocol 5, as JSON)."""

    def __init__(self, address: str) -> None:
        import websocket

        self._gone = (websocket.WebSocketException, OSError)
        try:
            self._socket = websocket.create_connection(address, timeout=None, suppress_origin=True)
        except self._gone as error:
            print(error, file=sys.stderr)
            raise Stopped from None
        self._count = 0
        self._displays: dict[str, Any] = {}

    def execute(self, cell: Any) -> None:
        """Execute a cell and keep what it shows.

        Raises:
            Stopped: it failed, the kernel died, or the server is gone.
        """
        self._count += 1
        header = {"msg_id": f"execute-{self._count}", "msg_type": "execute_request", "session": "person"}
        header |= {"username": "ada", "version": "5.3", "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        content = {"code": cell.source, "silent": False, "store_history": True, "stop_on_error": True}
        message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
        cell.outputs = []
        try:
            self._socket.send(json.dumps({**message, "buffers": []}))
            while not self._shown(cell, self._next(), header["msg_id"]):
                pass
        except self._gone as error:
            print(error, file=sys.stderr)
            raise Stopped from None
        if any(output.output_type == "error" for output in cell.outputs):
            print(cell.outputs[-1].get("evalue"), file=sys.stderr)
            raise Stopped

    def _next(self) -> dict[str, Any]:
        while True:
            received = self._socket.recv()
            if received == "":
                raise OSError("the server has closed the websocket")
            if isinstance(received, str):  # buffers of widgets come in bytes
                return json.loads(received)  # type: ignore[no-any-return]

    def _shown(self, cell: Any, message: dict[str, Any], asked: str) -> bool:
        """Take one message; whether the cell is through."""
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] in ("restarting", "autorestarting", "dead"):
            print("the kernel died", file=sys.stderr)
            raise Stopped
        if message.get("parent_header", {}).get("msg_id") != asked:
            return False
        if kind == "execute_input":
            cell.execution_count = content["execution_count"]
        elif kind == "stream" and cell.outputs and cell.outputs[-1].get("name") == content["name"]:
            cell.outputs[-1].text += content["text"]
        elif kind == "update_display_data":
            self._displays[content["transient"]["display_id"]].data = nbformat.from_dict(content["data"])
        elif kind in ("stream", "display_data", "execute_result", "error"):
            cell.outputs.append(nbformat.v4.output_from_msg(message))
            if shown := content.get("transient", {}).get("display_id"):
                self._displays[shown] = cell.outputs[-1]
        return kind == "status" and bool(content["execution_state"] == "idle")
