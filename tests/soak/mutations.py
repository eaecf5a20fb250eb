"""Every rule, type and table entry of the translator is switched off in turn: a query of the tests must notice it.

``make soak-mutations``, or ``PYTHONPATH=tests python -m soak.mutations [--only NAME]``. A mutation is *caught* when a
query of ``tests/translate`` gets another text, another answer or another word of warning than before. What is not
caught is printed; what need not be is in ``UNREACHED``. The guard's data has such a test of its own, ``test_uses.py``.
"""

from __future__ import annotations

import argparse
import sys
import time

from support.translate_corpus import Corpus
from support.translate_mutations import SCHEMA, Mutation, caught, rules, tables, types

# Signatures of classes and names that sqlglot's reading of Trino does not give today (``test_types.py`` has them too).
UNREACHED = frozenset({"DateTrunc", "Week", "SHA", "SHA1Digest", "SHA2", "at_timezone", "with_timezone", "truncate",
                       "degrees", "radians", "is_nan"})  # fmt: skip


def main() -> int:
    """Run it; 1 when something is not caught and not explained."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="tables whose name holds this")
    given = parser.parse_args()
    corpus, before, began = Corpus(SCHEMA), {}, time.monotonic()
    counts: dict[str, list[int]] = {}
    missed: list[Mutation] = []
    for mutation in (*rules(), *types(), *tables()):
        if given.only not in mutation.table:
            continue
        row = counts.setdefault(mutation.table, [0, 0])
        found = caught(mutation, corpus.about(mutation.words), before)
        row[0] += 1
        row[1] += found
        if not found and not (mutation.table == "type" and mutation.name in UNREACHED):
            missed.append(mutation)
            print(f"not caught: {mutation.table}  {mutation.name}", flush=True)
    for table, (number, found) in counts.items():
        print(f"{table:60}{found:6,} of {number:6,}")
    total = sum(number for number, _ in counts.values())
    print(f"{total - len(missed):,} of {total:,} mutations are caught, {time.monotonic() - began:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
