"""Examples of other people's documentation against the stand-ins; numbers only, their texts are not ours to keep.

``python -m witness.documents --trino FILE --redshift FILE --label NAME``. A file is text outside of this repository:
a statement a line; behind a Redshift one that prints something, a line ``-- a | b`` for each row, or ``-- ERROR``.
What Trino's examples give, Trino itself says (``--ask 435`` and ``--ask 483``, kept beside the file); what Redshift's
give, their page does.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from smartroute_runbook.standins.redshift.errors import SqlError
from witness.compare import verdict
from witness.postgres.standin import RedshiftStandIn
from witness.standin import StandIn
from witness.trino.answers import VERSIONS, Answer, Case, ask
from witness.trino.client import Client
from witness.trino.record import runner
from witness.trino.server import running

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "documents.jsonl"
ERROR = [["ERROR"]]
"""What stands for the rows of a statement that the guide says fails."""
Judged = Iterator[tuple[str, str, str]]


def main() -> None:
    """Asks, counts and adds the counts to what is kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--trino", type=Path, help="statements of Trino's documentation")
    options.add_argument("--redshift", type=Path, help="statements and printed rows of Redshift's developer guide")
    options.add_argument("--ask", choices=VERSIONS, action="append", help="ask real Trino first, and keep its answers")
    options.add_argument("--label", help="of this state, such as a commit: keep the counts under it")
    options.add_argument("--show", action="store_true", help="each that is not the same, with what was expected")
    given = options.parse_args()
    for version in given.ask or ():
        _ask_trino(given.trino, version)
    if given.ask:
        return
    for source, judged in (("Trino's documentation", given.trino and trino(given.trino)),
                           ("Redshift's developer guide", given.redshift and redshift(given.redshift))):  # fmt: skip
        counts: Counter[str] = Counter()
        for text, kind, told in judged or ():
            counts[kind] += 1
            if given.show and kind != "same":
                print(f"{kind}: {text}\n    {told}")
        if counts:
            print(source, dict(counts))
        if counts and given.label:
            with RESULTS.open("a", encoding="utf-8") as file:
                line = {"label": given.label, "source": source, "asked": counts.total(), "counts": dict(counts)}
                file.write(json.dumps(line) + "\n")


def _ask_trino(path: Path, version: str) -> None:
    with running(version) as url:
        run = runner(Client(url))
        answers = {text: next(ask(run, "query", [text])).written() for text in path.read_text("utf-8").splitlines()}
    path.with_suffix(f".{version}.json").write_text(json.dumps(answers), "utf-8")


def trino(path: Path) -> Judged:
    """Each statement that both versions answer alike, with the verdict on the stand-in."""
    older, newer = (json.loads(path.with_suffix(f".{version}.json").read_text("utf-8")) for version in VERSIONS)
    engine = StandIn()
    for text in path.read_text("utf-8").splitlines():
        real = Answer.read(older[text]).in_any_order()
        if real != Answer.read(newer[text]).in_any_order():
            yield text, "the versions differ", f"{older[text]} | {newer[text]}"
            continue
        answer = next(ask(engine.run, "query", [text]))
        kind = verdict(Case("query", text, (real, real)), answer)
        if real.error:
            kind = "refused by Trino too" if answer.error else "wrong"
        elif kind in {"value", "type"}:
            kind = "wrong"
        yield text, kind, f"{real.written()} | {answer.written()}"


def redshift(path: Path) -> Judged:
    """Each statement with printed rows or an error; the others make the next ones' tables, and count if they fail."""
    lines = path.read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        engine = RedshiftStandIn(Path(folder))
        place = 0
        while place < len(lines):
            text, place = lines[place], place + 1
            printed = []
            while place < len(lines) and lines[place].startswith("-- "):
                printed.append([cell.strip() for cell in lines[place][3:].split("|")])
                place += 1
            try:
                rows = [[_shown(value) for value in row] for row in engine.rows(text)]
            except SqlError as error:
                kind = "not rehearsable" if "not rehearsable" in str(error) else "refused"
                yield text, "same" if printed == ERROR else kind, f"{printed} | {error.state} {error}"
                continue
            if printed:
                alike = len(rows) == len(printed) and all(map(_same_row, printed, rows))
                yield text, "same" if alike else "wrong", f"{printed} | {rows}"


def _shown(value: Any) -> str | None:
    """A value as psql shows it."""
    if isinstance(value, datetime | time):
        shown = value.replace(tzinfo=None).isoformat(*([" "] if isinstance(value, datetime) else []))
        return (shown.rstrip("0") if "." in shown else shown) + ("+00" if value.tzinfo is not None else "")
    if isinstance(value, bytes):
        return value.hex()
    return None if value is None else str(value)


def _same_row(printed: list[str], given: list[str | None]) -> bool:
    return len(printed) == len(given) and all(map(_same_cell, printed, given))


def _same_cell(printed: str, given: str | None) -> bool:
    """A page prints numbers in any number of digits that its own number has, truth as t, true or 1, NULL as nothing."""
    given = "" if given is None else given.strip()
    if printed.lower() in {"", "null"} or given == "":
        return given == "" and printed.lower() in {"", "null"}
    if printed.lower() in {"t", "true"} or printed.lower() in {"f", "false"}:
        return given[:1].lower() == printed[:1].lower()
    try:
        mine, its = Decimal(printed), Decimal(given)
    except InvalidOperation:
        return re.sub(r"\s+", " ", printed) == re.sub(r"\s+", " ", given)
    return mine == its or round(its, -int(mine.as_tuple().exponent)) == mine  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
