"""Any set of .sql files: read, translated, written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from smartroute_runbook.errors import UsageError

from .model import Problem, Translation
from .rewrite import translate
from .schema import Schema

__all__ = ["translate_files", "write_files"]


def translate_files(
    paths: Iterable[Path], schema: Schema, *, improve: frozenset[str] = frozenset()
) -> list[Translation]:
    """Translates files and the .sql files of folders, one query each, in the order given.

    A file that is no text is a query that Athena cannot read; the others are translated all the same.

    Raises:
        UsageError: a file is missing, or a folder holds no .sql file.
    """
    results = []
    for path in _files(paths):
        try:
            sql = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise UsageError(f"the query file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            why = f"the file {path.name} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}"
            problem = Problem("encoding", why, "save it as UTF-8")
            results.append(Translation(path.stem, "invalid-source", None, "", problems=(problem,)))
            continue
        results.append(translate(sql, schema, name=path.stem, improve=improve))
    return results


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.rglob("*.sql"))
        if not found:
            raise UsageError(f"the folder {path} holds no .sql file", expected="one query a file, NAME.sql")
        yield from found


def write_files(translations: Sequence[Translation], folder: Path) -> list[Path]:
    """Writes each query that has a translation as NAME.sql; existing files of that name are replaced.

    Raises:
        UsageError: two queries have one name, or the folder cannot be written.
    """
    names = [one.name for one in translations]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"two queries are called {twice[0]}", hint="Give the files different names, or translate them apart"
        )
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in translations:
            if one.sql is not None:
                written.append(folder / f"{one.name}.sql")
                written[-1].write_text(one.sql.rstrip() + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be written: {error.strerror}") from error
    return written
