"""Every way by which a text of others comes in: each gives one random text and looks at what comes out.

A check yields what is wrong, in words; nothing is right. An exception that is no error of ours is wrong too: the caller
tells it.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from click.testing import CliRunner
from rich.console import Console

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.cli import cli
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import RunbookError, ServiceError, UsageError
from smartroute_runbook.present.charts import figure
from smartroute_runbook.present.markup import view_html
from smartroute_runbook.present.text import plain_text, print_view
from smartroute_runbook.record.queries import write_report
from smartroute_runbook.record.report import report
from smartroute_runbook.record.verify import verify
from smartroute_runbook.runs.journal import GENESIS
from smartroute_runbook.runs.known_runs import checked_id
from smartroute_runbook.runs.names import readable_name
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.translate.files import translate_files, write_files
from smartroute_runbook.translate.materialize import propose_views
from smartroute_runbook.translate.schema import Schema
from smartroute_runbook.views import Bars, Note, Series, Table, View

from .hostile import controls, elements, foreign, text
from .stories import Story, honest, write

Check = Callable[[random.Random, Path], Iterator[str]]
SCHEMA = Schema.of({"lake.trips": {"id": "bigint", "name": "string", "day": "int"}})
EXPECTED = elements(view_html(View("t", (Note("n", "warn"), Table(("c", "d"), (("v", 1),), title="h", note="f")))))
MARKS = re.compile(r"(b|code|br|ul|li|div|span)( style)?")
SECTIONS = {name: sorted(part.model_dump()) for name, part in Settings()}


def _seen(where: str, shown: str) -> Iterator[str]:
    if found := controls(shown):
        yield f"{where} holds {sorted(map(ascii, found))}: {shown!a}"


def shown(source: random.Random, _folder: Path) -> Iterator[str]:
    """A value, a name, a note and a title in a terminal, a record's text and a page."""
    given = text(source)
    view = View(given, (Note(given, "warn"), Table((given, "d"), ((given, 1),), title=given, note=given)))
    terminal = io.StringIO()
    print_view(view, Console(file=terminal, width=120, force_terminal=False, color_system=None))
    page = view_html(view)
    yield from _seen("the terminal", terminal.getvalue())
    yield from _seen("the record's text", plain_text(view))
    yield from _seen("the page", page)
    # A note may hold **bold**, `code` and a list: what is meant as a mark is one. Signs of mathematics are kept apart.
    if more := [name for name in elements(page) - EXPECTED if not MARKS.fullmatch(name)]:
        yield f"the page holds {more} of {given!a}"


def charted(source: random.Random, _folder: Path) -> Iterator[str]:
    """A chart's labels: Plotly reads a few tags."""
    given = text(source)
    drawn = json.dumps(figure(Bars(given, given, given, (Series(given, (given,), (1.0,)),), marks=((given, 1.0),))))
    if "<" in drawn.replace("<br>", ""):
        yield f"the chart holds a tag: {given!a}"


def told(source: random.Random, _folder: Path) -> Iterator[str]:
    """A message of somebody else in one of ours."""
    given = text(source)
    for kind in (UsageError, ServiceError):
        yield from _seen("the message", str(kind(given, expected=given, hint=given)))


def named(source: random.Random, folder: Path) -> Iterator[str]:
    """A run's id and a signer's name: taken only where they are names."""
    given = text(source, 3)
    for check in (checked_id, readable_name):
        try:
            kept = check(given)
        except UsageError as error:
            yield from _seen("the refusal", str(error))
            continue
        yield from _seen("the name", kept)
        if check is checked_id:
            FolderStore(folder / "store").put_new(f"{kept}/journal/000001-{source.random()}.json", b"{}")
    yield from _outside(folder)


def _outside(folder: Path) -> Iterator[str]:
    """Files beside the folders that an entrance may write to."""
    for path in folder.iterdir():
        if path.name not in ("store", "queries", "out", "parameters", "records"):
            yield f"{path.name!a} was written outside"


def queried(source: random.Random, folder: Path) -> Iterator[str]:
    """The name and the text of a query's file: translated, proposed as a view, written, reported."""
    inside, out = folder / "queries", folder / "out"
    inside.mkdir(exist_ok=True)
    for old in (*inside.iterdir(), *(out.iterdir() if out.is_dir() else ())):
        old.unlink()
    given = text(source, 3).replace("/", "").replace("\0", "").encode("utf-8", "replace").decode()[:60] or "q"
    written = text(source).replace("'", "''").replace("\\", "").encode("utf-8", "replace").decode()
    sql = f"SELECT day, count(*) AS n FROM lake.trips WHERE name = '{written}' GROUP BY day"
    (inside / f"{given}.sql").write_text(sql, encoding="utf-8")
    made = translate_files([inside / f"{given}.sql"], SCHEMA)
    for view in propose_views(made).views:
        if not set(view.name) <= set('abcdefghijklmnopqrstuvwxyz0123456789_."'):
            yield f"the view is called {view.name!a}"
    try:
        write_files(made, out, [inside])
    except UsageError as error:
        yield from _seen("the refusal", str(error))
    out.mkdir(exist_ok=True)
    write_report(made, out / "report.html")
    page = (out / "report.html").read_text(encoding="utf-8")
    yield from _seen("the report", page)
    if found := foreign(page):
        yield f"the report holds {found} of {given!a} or {written!a}"
    yield from _outside(folder)


def parametrised(source: random.Random, folder: Path) -> Iterator[str]:
    """A parameter's value, and a file with a random text in it."""
    where = folder / "parameters"
    where.mkdir(exist_ok=True)
    section = source.choice(sorted(SECTIONS))
    given = text(source, 3)
    settings = {section: {source.choice(SECTIONS[section]): given}}
    body = yaml.safe_dump({"environment": "fuzz", "settings": settings})
    if source.random() < 0.4:  # the text raw, wherever it falls
        at = source.randrange(len(body))
        body = body[:at] + given + body[at:]
    (where / "fuzz.yaml").write_bytes(body.encode("utf-8", "replace"))
    try:
        load_parameters("fuzz", folder)
    except UsageError as error:
        yield from _seen("the refusal", str(error))


def commanded(source: random.Random, folder: Path) -> Iterator[str]:
    """An argument of a command: no system passes a NUL; bytes that are no UTF-8 arrive as lone surrogates."""
    given = text(source, 3).replace("\0", "").replace("\ud800", "\udcff") or "x"
    command = source.choice(
        (["verify", given], ["report", given], ["translate", given, "--schema", given], ["status", "--run-id", given],
         ["seal", given, given], ["switch", given], ["sign", given], [given])
    )  # fmt: skip
    home = {"SMARTROUTE_HOME": str(folder), "NO_COLOR": "1"}
    done = CliRunner(env=home).invoke(cli, command, standalone_mode=False)
    error = done.exception
    if error is not None and not isinstance(error, (RunbookError, SystemExit)):
        kind = type(error).__module__.partition(".")[0]
        if kind != "click" and not isinstance(error, OSError):
            raise error
    elif error is not None:
        yield from _seen("the refusal", str(error))
    yield from _seen("the output", done.output)
    yield from _outside(folder)


def kept(source: random.Random, folder: Path, key: Path, plain: dict[str, int]) -> Iterator[str]:
    """Texts all over a journal, its evidence and a notebook's output: verified, and its pages made."""
    where = write(honest(), folder / "records" / f"{source.random()}", key)
    prev = GENESIS
    for file in sorted((where / "journal").iterdir()):
        entry = json.loads(file.read_bytes())
        entry |= {"body": _with_texts(source, entry["body"]), "by": _with_texts(source, entry["by"]), "prev": prev}
        prev = entry["digest"] = digest({name: value for name, value in entry.items() if name != "digest"})
        file.write_bytes(canonical(entry))
    for file in (where / "evidence").iterdir():
        file.write_bytes(canonical(_with_texts(source, json.loads(file.read_bytes()))))
    yield from _seen("what verify says", plain_text(verify(where).view()))
    report(where)
    for name in ("index.html", "evidence.html"):
        page = (where / name).read_text(encoding="utf-8")
        yield from _seen(name, page)
        if found := [one for one in foreign(page) if one not in plain]:
            yield f"{name} holds {found}"


def _with_texts(source: random.Random, value: object) -> object:
    """The value with about one text in twelve replaced, keys and digests included."""
    if isinstance(value, dict):
        return {key: _with_texts(source, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_texts(source, each) for each in value]
    if isinstance(value, str) and source.random() < 1 / 12:
        return text(source).encode("utf-8", "replace").decode()
    return value


def plain_elements(folder: Path, key: Path) -> dict[str, int]:
    """The elements of the pages of a record that holds nothing odd."""
    story: Story = honest()
    where = write(story, folder / "plain", key)
    report(where)
    found = elements((where / "index.html").read_text()) + elements((where / "evidence.html").read_text())
    return dict(found)


CHECKS: dict[str, Check] = {
    "shown": shown, "charted": charted, "told": told, "named": named, "queried": queried,
    "parametrised": parametrised, "commanded": commanded,
}  # fmt: skip
