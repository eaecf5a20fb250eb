"""What Trino answered, kept as data: ``answers.jsonl.gz``, one case a line.

A line is ``[shape, text, answer]``, or ``[shape, text, answer of the older, answer of the newer]`` where the two
versions differ (not where only their rows stand in another order). An answer is ``[type, value]`` with the value as
Trino's protocol writes it (doubles as their digits), for a window the list of its values by row, or ``[error name]``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .generate import source

TRUTH = Path(__file__).parents[2] / "truth" / "athena.yaml"

FILE = Path(__file__).with_name("answers.jsonl.gz")
VERSIONS = ("435", "483")


@dataclass(frozen=True)
class Answer:
    """A type and a value, or the name of an error."""

    type: str = ""
    value: Any = None
    error: str = ""

    @classmethod
    def read(cls, parts: list[Any]) -> Answer:
        return cls(error=parts[0]) if len(parts) == 1 else cls(parts[0], parts[1])

    def written(self) -> list[Any]:
        return [self.error] if self.error else [self.type, self.value]

    def in_any_order(self) -> Answer:
        """A query's rows sorted: without ORDER BY, and among ties, each run may give another order."""
        if self.error or not self.type.startswith("row("):
            return self
        return Answer(self.type, sorted(self.value, key=json.dumps))


@dataclass(frozen=True)
class Case:
    """A question and the answers of both versions, the older first."""

    shape: str
    text: str
    answers: tuple[Answer, Answer]

    @property
    def agreed(self) -> bool:
        """Whether both versions accept it and give the same."""
        return self.answers[0] == self.answers[1] and not self.answers[0].error


class Refusal(Exception):
    """An engine refused a query; ``at`` is the place of the culprit among its texts, where that is known."""

    def __init__(self, name: str, at: int | None = None) -> None:
        super().__init__(name)
        self.name, self.at = name, at


def query(shape: str, texts: list[str]) -> str:
    """One query for cases of a shape, each on a line of its own, the first on line 2."""
    if shape == "query":
        return texts[0]
    if shape == "truth":
        return f"SELECT\n{texts[0]}"
    items = ",\n".join(f"{text} AS c{n}" for n, text in enumerate(texts))
    order = " ORDER BY id" if shape == "window" else ""
    return f"SELECT\n{items}\nFROM {source(shape, texts)}{order}"


def ask(run: Callable[[str], tuple[Iterable[str], list[list[Any]]]], shape: str, texts: list[str]) -> Iterator[Answer]:
    """Answers in the order of the texts: asked together, and apart where one spoils the rest.

    Args:
        run: gives types and rows of a query, or raises Refusal.
        shape: the shape of all texts.
        texts: expressions.
    """
    if not texts:
        return
    try:
        types, rows = run(query(shape, texts))
    except Refusal as refusal:
        if len(texts) == 1:
            yield Answer(error=refusal.name)
        elif refusal.at in range(len(texts)):
            others = list(ask(run, shape, [*texts[: refusal.at], *texts[refusal.at + 1 :]]))
            yield from (*others[: refusal.at], Answer(error=refusal.name), *others[refusal.at :])
        else:
            middle = len(texts) // 2
            yield from ask(run, shape, texts[:middle])
            yield from ask(run, shape, texts[middle:])
        return
    if shape == "query":
        yield Answer(f"row({', '.join(types)})", rows)
        return
    for n, kind in enumerate(types):
        values = [row[n] for row in rows]
        yield Answer(kind, values if shape == "window" else values[0] if values else "(no rows)")
        if shape == "truth":  # a row of a truth table may give more columns; its answer is the first
            return


def truths() -> list[str]:
    """The expressions of Athena's truth table."""
    return [row["sql"] for row in yaml.safe_load(TRUTH.read_text("utf-8"))["rows"] if "sql" in row]


def load() -> list[Case]:
    """Every recorded case, in the order in which they were asked."""
    cases = []
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            shape, text, *answers = json.loads(line)
            first, *second = map(Answer.read, answers)
            cases.append(Case(shape, text, (first, second[0] if second else first)))
    return cases


def save(cases: Iterable[Case]) -> None:
    """Writes the file; the same cases give the same bytes."""
    with FILE.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as packed:
        for case in cases:
            whole = case.answers if case.shape != "query" else tuple(one.in_any_order() for one in case.answers)
            kept = case.answers[:1] if whole[0] == whole[1] else case.answers
            answers = [answer.written() for answer in kept]
            line = json.dumps([case.shape, case.text, *answers], ensure_ascii=False, separators=(",", ":"))
            packed.write(f"{line}\n".encode())
