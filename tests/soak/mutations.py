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
from support.translate_entries import OTHERS
from support.translate_mutations import SCHEMA, caught, rules, tables, types

# What no query reaches, by table: what sqlglot's reading of Trino does not give today, the widest type's bound, nested
# columns (``test_supers.py``), and second locks behind a refusal that comes first, kept so that it stays one.
UNREACHED = {
    "type": {"DateTrunc", "Week", "SHA", "SHA1Digest", "SHA2", "at_timezone", "with_timezone", "truncate", "degrees",
             "radians", "is_nan"},
    "carried.NARROW": {"Week"}, "rules.dates.PARTS": {"Week"}, "rules.widths.REACH": {"Week"},
    "rules.codes.DIGESTS": {"SHA1Digest"}, "rules.formats.PYTHON": {"%T"},
    "rules.tries.PARSED": {"%Y-%m-%d %T"}, "rules.tries.BOUNDS": {"bigint"}, "rules.tries.SAFE": {"Var", "Dot"},
    "rules.arguments.SILENT": {"Window"}, "rules.base.SAME": {"Window", "Var", "All"},
    "rules.widths.WIDTHS": {"tinyint"}, "blank_ends.CHOICES": {"Greatest", "Least"},
    "rules.extremes.WIDTHS": {"timestamptz"}, "rules.running.OTHERS": {"group", "having", "laterals"},
    "constant_keys.ANYTHING": {"Star", "Anonymous", "Parameter", "Rollup", "Cube", "GroupingSets"},
    "rules.supers.SCALARS": {"integer", "smallint", "tinyint", "real", "boolean"},
    "statements.OTHERS": {"DEALLOCATE", "RESET"},
    "signatures._BY_NODE": {"DateTrunc", "Week", "SHA1Digest", "SHA2"},
    "signatures._BY_NAME": {"at_timezone", "with_timezone", "truncate", "degrees", "radians", "is_nan"},
}  # fmt: skip


def main() -> int:
    """Run it; 1 when something is not caught and not explained."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="tables whose name holds this")
    given = parser.parse_args()
    corpus, before, began = Corpus(SCHEMA), {}, time.monotonic()
    seen: dict[tuple[str, str], bool] = {}
    for mutation in (*rules(), *types(), *tables()):
        name = (mutation.table, mutation.name)
        if given.only in mutation.table and not seen.get(name):
            queries = [*corpus.about(mutation.words), *OTHERS.strip().splitlines()]
            seen[name] = caught(mutation, queries, before)
    missed = [(of, name) for (of, name), noticed in seen.items() if not noticed and name not in UNREACHED.get(of, ())]
    for table in dict.fromkeys(table for table, _ in seen):
        names = [name for of, name in seen if of == table]
        print(f"{table:40}{sum(seen[table, name] for name in names):6,} of {len(names):6,}")
    for table, name in missed:
        print(f"not caught: {table}  {name}")
    print(f"{sum(seen.values()):,} of {len(seen):,} are caught, {time.monotonic() - began:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
