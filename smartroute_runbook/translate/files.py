"""Any set of .sql files: read, translated, written."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from smartroute_runbook.errors import UsageError
from smartroute_runbook.files import Unreadable, make_folder, read_regular, read_text, replace
from smartroute_runbook.query_parameters import Unbindable

from .exports import SUFFIXES, exported_queries
from .model import Problem, Status
from .query_template import translated
from .rewrite import translate
from .schema import Schema
from .translation import Translation

__all__ = ["check_targets", "remember_made", "translate_files", "write_files"]


def translate_files(
    paths: Iterable[Path], schema: Schema, *, improve: frozenset[str] = frozenset()
) -> list[Translation]:
    """Translates files and the .sql files of folders, one query each, in the order given; exports hold many.

    What cannot be read as text (a folder called x.sql, a pipe, a link to itself, another encoding) is a query that is
    told so; the others are translated all the same.

    Raises:
        UsageError: a path does not exist, or a folder holds no .sql file.
    """
    results = []
    for path in _files(paths):
        if path.suffix in SUFFIXES and path.is_file():
            results += _of_export(path, schema, improve)
        else:
            results.append(_of_file(path, schema, improve))
    return results


def _of_export(path: Path, schema: Schema, improve: frozenset[str]) -> list[Translation]:
    try:
        named = exported_queries(path)
    except UsageError as error:
        return [_unread(path, error.what.removeprefix(f"the export {path} "), error.expected or "mend it")]
    return [
        translate(sql, schema, name=name, improve=improve) if sql else _without_text(path, name) for name, sql in named
    ]


def _without_text(path: Path, name: str) -> Translation:
    hint = "compile the model (dbt compile), turn the question into SQL (Metabase), or give its query"
    return dataclasses.replace(_unread(path, f"holds no SQL text of {name}", hint), name=name)


def _of_file(path: Path, schema: Schema, improve: frozenset[str]) -> Translation:
    try:
        sql = read_regular(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}"
        return _unread(path, why, "save it as UTF-8", rule="encoding", status="invalid-source")
    except FileNotFoundError as error:
        if path.is_symlink():
            return _unread(path, "is a link to nothing", "remove it, or mend the link")
        raise UsageError(f"the query file {path} cannot be read: {error.strerror}") from error
    except Unreadable as why:
        return _unread(path, str(why).removeprefix("it "), "give regular files with one query each")
    try:
        made, template = translated(path.stem, sql, schema, improve=improve)
    except Unbindable as error:
        return _unread(path, str(error), "docs/dashboard-api.md has the forms of a declaration", rule="parameter")
    return made if template is None else dataclasses.replace(made, source=sql, sql=template)


def _unread(path: Path, why: str, hint: str, *, rule: str = "file", status: Status = "refused") -> Translation:
    problem = Problem(rule, f"the file {path.name} {why}", hint)
    return Translation(path.stem, status, None, "", problems=(problem,))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            folder = path.is_dir() and not path.is_symlink() and path.suffix != ".sql"
        except OSError:
            folder = False
        if not folder and not path.is_dir():
            yield path
            continue
        found = sorted(path.rglob("*.sql"))
        if not found:
            raise UsageError(f"the folder {path} holds no .sql file", expected="one query a file, NAME.sql")
        yield from found


LARGEST: Final = 4 * 2**20  # bytes of one query; Athena takes 262,144
REPORT: Final = "report.html"
MADE: Final = re.compile(r"<!-- translated (\{.*\}) -->\s*$")  # what the report remembers: only that may be replaced


def check_targets(names: Iterable[str], folder: Path, sources: Iterable[Path] = ()) -> None:
    """Makes sure that writing files into a folder takes nothing from anybody.

    Raises:
        UsageError: a file is one of the sources, a link, or was not written by translate.
    """
    if folder.is_symlink():
        raise UsageError(f"the folder {folder} is a link", hint="Name the folder itself")
    read = {source.resolve() for source in sources if source.exists()}
    made = _made(folder)
    for name in names:
        path = folder / name
        if path.is_symlink():
            raise UsageError(f"{path} is a link", hint="Remove it, or write to another folder")
        if not path.exists():
            continue
        if path.resolve() in read:
            raise UsageError(f"{path} is one of the queries that are read", hint="Write to another folder: --out DIR")
        if not path.is_file() or (made is None if name == REPORT else (made or {}).get(name) != _digest(path)):
            hint = "Move it away, or write to another folder"
            raise UsageError(f"{path} exists and was not written by translate, or was changed since", hint=hint)


def _made(folder: Path) -> dict[str, str] | None:
    """Digests of what translate wrote into a folder, as its report remembers them; None without such a report."""
    try:
        found = MADE.search((folder / REPORT).read_text(encoding="utf-8"))
        read = json.loads(found[1]) if found else None
    except (OSError, ValueError):
        return None
    return read if isinstance(read, dict) else None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def remember_made(written: Iterable[Path], folder: Path) -> None:
    """Has the report in a folder remember what was written beside it, so that the next run may replace it."""
    digests = json.dumps({path.name: _digest(path) for path in written}, sort_keys=True)
    report = folder / REPORT
    replace(report, f"{read_text(report, 'the report')}\n<!-- translated {digests} -->\n")


def write_files(translations: Sequence[Translation], folder: Path, sources: Iterable[Path] = ()) -> list[Path]:
    """Writes each query that has a translation as NAME.sql; only what translate wrote before is replaced.

    Raises:
        UsageError: two queries have one name, the folder cannot be written, or a file there is somebody else's.
    """
    names = [one.name for one in translations]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"two queries are called {twice[0]}", hint="Give the files different names, or translate them apart"
        )
    ready = {f"{one.name}.sql": one.sql for one in translations if one.sql is not None}
    try:
        check_targets(ready, folder, _files(sources))
        make_folder(folder)
        for name, sql in ready.items():
            replace(folder / name, sql.rstrip() + "\n")
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be written: {error.strerror}") from error
    return [folder / name for name in ready]
