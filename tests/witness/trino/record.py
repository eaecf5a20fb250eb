"""Asks real Trino everything and keeps the answers: ``make witness-trino``."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from witness.trino import encoding, queries, signatures
from witness.trino.answers import VERSIONS, Answer, Case, Refusal, ask, save, truths
from witness.trino.client import Client, TrinoError
from witness.trino.generate import CASES, SEED, Generator
from witness.trino.server import CACHE, running

TOGETHER, CLIENTS = 12, 6
SHAPES = ("truth", "query", "value", "aggregate", "window")
ALONE = {"truth", "query"}


def main() -> None:
    """One version after the other: each takes most of a small machine."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=CASES)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--url", action="append", help="a Trino that already runs, in the order of the versions")
    options.add_argument("--kept", action="store_true", help="ask nothing: write what stopped recordings have kept")
    options.add_argument(
        "--version", choices=VERSIONS, action="append", help="ask this one only, and write nothing yet"
    )
    options.add_argument("--seconds", type=float, default=math.inf, help="stop after so long; a later call goes on")
    given = options.parse_args()
    cases = _cases(given)
    for version in () if given.kept else given.version or VERSIONS:
        _ask_version(version, given)
    if not given.version:
        kept = [_kept(CACHE / f"answers-{version}.jsonl") for version in VERSIONS]
        _save_encodings()
        save(Case(*case, (kept[0][case], kept[1][case])) for case in cases if case in kept[0] and case in kept[1])


def _ask_version(version: str, given: argparse.Namespace) -> None:
    if given.url:
        _asked(given.url[VERSIONS.index(version)], version, given)
        return
    with running(version) as url:
        _asked(url, version, given)


def _asked(url: str, version: str, given: argparse.Namespace) -> None:
    client, began = Client(url), time.monotonic()
    for statement in queries.creation():
        client.query(statement)
    encodings = encoding.ask(lambda sql: client.query(sql).rows)
    (CACHE / f"encoding-{version}.json").write_text(json.dumps(encodings), "utf-8")
    if version == VERSIONS[0]:
        signatures.FILE.write_text(signatures.written(client.query("SHOW FUNCTIONS").rows), "utf-8")
    cases = _cases(given)
    kept = CACHE / f"answers-{version}.jsonl"
    found = _kept(kept)
    todo = [n for n, case in enumerate(cases) if case not in found]
    # In order of the stream, so that what has been kept when the work is stopped is a sample like the whole.
    stretches = [todo[start : start + 480] for start in range(0, len(todo), 480)]
    others = [_kept(CACHE / f"answers-{other}.jsonl") for other in VERSIONS if other != version]
    failing = {case for other in others for case, answer in other.items() if answer.error}
    parts = [part for stretch in stretches for shape in SHAPES for part in _parts(cases, stretch, shape, failing)]

    with kept.open("a", encoding="utf-8") as file, ThreadPoolExecutor(CLIENTS) as pool:

        def work(part: list[int]) -> None:
            if time.monotonic() - began > given.seconds:
                return
            answers = ask(runner(Client(url)), cases[part[0]][0], [cases[n][1] for n in part])
            lines = [[*cases[n], answer.written()] for n, answer in zip(part, answers, strict=True)]
            file.write("".join(f"{json.dumps(line)}\n" for line in lines))
            file.flush()
            found.update({(shape, text): Answer.read(answer) for shape, text, answer in lines})
            print(f"\r{version}: {len(found)}, {time.monotonic() - began:.0f} s", end="", file=sys.stderr)

        list(pool.map(work, parts))
    kinds = Counter("refused" if answer.error else "answered" for answer in found.values())
    print(f"\n{version}: {dict(kinds)} in {time.monotonic() - began:.0f} s", file=sys.stderr)


def _kept(path: Path) -> dict[tuple[str, str], Answer]:
    """What an earlier recording that was stopped has asked already."""
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {(shape, text): Answer.read(answer) for shape, text, answer in lines}


def _save_encodings() -> None:
    files = {version: CACHE / f"encoding-{version}.json" for version in VERSIONS}
    if all(file.exists() for file in files.values()):
        encoding.save({version: json.loads(file.read_text("utf-8")) for version, file in files.items()})


def _cases(given: argparse.Namespace) -> list[tuple[str, str]]:
    fixed = [("truth", text) for text in truths()] + [("query", text) for text in queries.queries()]
    return fixed + list(Generator(given.seed).cases(given.cases))


def _parts(
    cases: list[tuple[str, str]], places: list[int], shape: str, failing: Container[tuple[str, str]]
) -> Iterable[list[int]]:
    """Places of a shape by the query: what failed in the other version is asked alone, as it would spoil the others."""
    mine = [n for n in places if cases[n][0] == shape]
    for alone in (True, False):
        asked = [n for n in mine if (shape in ALONE or cases[n] in failing) == alone]
        size = 1 if alone else TOGETHER
        yield from (asked[start : start + size] for start in range(0, len(asked), size))


def runner(client: Client) -> Any:
    def run(sql: str) -> tuple[Iterable[str], list[list[Any]]]:
        try:
            result = client.query(sql)
        except TrinoError as error:
            known = error.place is not None and error.name != "SYNTAX_ERROR"  # which may show lines after the culprit
            raise Refusal(error.name, error.place[0] - 2 if known else None) from error
        return result.types, result.rows

    return run


if __name__ == "__main__":
    main()
