"""Each stand-in against the recorded answers of the real engine, counted by source: ``benchmarks/results/witness.md``.

``python -m witness.table --label NAME`` judges now and adds its counts to ``witness.jsonl``; the table shows the first
label and the last beside each other.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from witness.compare import verdict
from witness.postgres import answers as of_postgres
from witness.postgres import test_postgres
from witness.postgres.standin import RedshiftStandIn
from witness.standin import StandIn
from witness.test_trino import WRONG, rule_of
from witness.trino.answers import ask, load

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
SOURCES = {
    "truth": "documented behaviours (tests/truth)", "query": "the translator's queries, attacks and random cases",
    "value": "generated expressions", "aggregate": "generated aggregates", "window": "generated windows",
}  # fmt: skip
COLUMNS = ("same", "both fail, otherwise named", "difference with its reason", "wrong", "refused", "not rehearsable")
HEAD = """# The stand-ins against real engines

Athena's stand-in against what Trino 435 and 483 answered alike, Redshift's against PostgreSQL 15 in what Redshift
inherits from it; the answers are data in `tests/witness`. Written by `PYTHONPATH=tests python -m witness.table`; each
cell is *before → now* (`{before}` → `{now}`), over {share}.

"Accepted" counts what the real engine answers with a value: refused and not rehearsable are of those.

"""


def main() -> None:
    """Judges, keeps the counts, and writes the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--label", required=True, help="of this state, such as a commit")
    options.add_argument("--share", type=int, default=5, help="every so many of the recorded cases")
    options.add_argument("--results", type=Path, default=RESULTS)
    given = options.parse_args()
    kept = given.results / "witness.jsonl"
    with kept.open("a", encoding="utf-8") as file:
        for engine, source, counted, accepted in (*trino(given.share), *postgres()):
            line = {"label": given.label, "share": given.share, "engine": engine, "source": source}
            file.write(json.dumps(line | {"accepted": accepted, "counts": dict(counted)}) + "\n")
    text = written(kept.read_text("utf-8").splitlines())
    text += documents((given.results / "documents.jsonl").read_text("utf-8").splitlines())
    (given.results / "witness.md").write_text(text, "utf-8")


def trino(share: int) -> Iterator[tuple[str, str, Counter[str], int]]:
    """Counts by source; the table of behaviours whole, of the others every so many."""
    engine = StandIn()
    counted: dict[str, Counter[str]] = {}
    accepted: Counter[str] = Counter()
    for case in load():
        if case.answers[0] != case.answers[1] or (case.shape != "truth" and zlib.crc32(case.text.encode()) % share):
            continue
        kind = verdict(case, next(ask(engine.run, case.shape, [case.text])))
        if kind in WRONG:
            kind = "wrong" if rule_of(case.text, kind) is None else "difference with its reason"
        counted.setdefault(case.shape, Counter())["both fail, otherwise named" if kind == "error" else kind] += 1
        accepted[case.shape] += not case.answers[0].error
    for shape, counts in counted.items():
        yield "Trino 435 = 483", SOURCES[shape], counts, accepted[shape]


def postgres() -> Iterator[tuple[str, str, Counter[str], int]]:
    """Counts of all expressions."""
    counts: Counter[str] = Counter()
    answers = of_postgres.load()
    with tempfile.TemporaryDirectory() as folder:
        engine = RedshiftStandIn(Path(folder))
        for text, real in answers.items():
            kind = test_postgres.verdict(real, engine.ask(text))
            if kind in {"value", "accepted"}:
                kind = "wrong" if test_postgres.reason(text) is None else "difference with its reason"
            counts[kind] += 1
    yield "PostgreSQL 15", "what Redshift inherits", counts, sum(not error for _, error in answers.values())


def written(lines: list[str]) -> str:
    """The table of the first label and the last."""
    found = [json.loads(line) for line in lines]
    before, now = found[0]["label"], found[-1]["label"]
    by_label = {
        label: {(one["engine"], one["source"]): one for one in found if one["label"] == label}
        for label in (before, now)
    }
    share = found[-1]["share"]
    text = HEAD.format(before=before, now=now, share="all cases" if share == 1 else f"every {share}th recorded case")
    text += f"| engine | source | asked | accepted | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 4)}\n"
    totals: dict[str, Counter[str]] = {label: Counter() for label in by_label}
    for place, last in by_label[now].items():
        first = by_label[before].get(place, last)
        cells = [_moved(first["counts"].get(name, 0), last["counts"].get(name, 0)) for name in COLUMNS]
        asked = sum(last["counts"].values())
        text += f"| {place[0]} | {place[1]} | {asked:,} | {last['accepted']:,} | {' | '.join(cells)} |\n"
        for label, one in ((before, first), (now, last)):
            if one["engine"].startswith("Trino"):
                totals[label] += Counter(one["counts"]) + Counter(accepted=one["accepted"])
    shares = [(one["refused"] + one["not rehearsable"]) / one["accepted"] for one in (totals[before], totals[now])]
    return (
        text
        + f"\nOf what both versions of Trino accept, refused or not rehearsable: {shares[0]:.1%} → {shares[1]:.1%}.\n"
    )


DOCUMENTS = """
Examples that documents print, asked again by `witness.documents` (their texts stay where they are; other lists each
time, so the counts are not a share of the same ones). What Trino's pages print Trino itself was asked, both versions;
what Redshift's print is what they print, of the pages whose examples need no sample database.

"""


def documents(lines: list[str]) -> str:
    """The table of the documents' examples: each source as it was first counted, and last."""
    counted: dict[str, list[dict[str, Any]]] = {}
    for line in map(json.loads, lines):
        counted.setdefault(line["source"], []).append(line)
    names = ("same", "wrong", "refused", "not rehearsable", "refused by Trino too", "the versions differ")
    text = DOCUMENTS + f"| source | state | asked | {' | '.join(names)} |\n|{'---|' * (len(names) + 3)}\n"
    for source, found in counted.items():
        for one in (found[0], found[-1]):
            cells = " | ".join(str(one["counts"].get(name, 0)) for name in names)
            text += f"| {source} | `{one['label']}` | {one['asked']} | {cells} |\n"
    return text


def _moved(before: int, now: int) -> str:
    return f"{now:,}" if before == now else f"{before:,} → {now:,}"


if __name__ == "__main__":
    main()
