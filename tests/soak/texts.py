"""Random harmless texts at every entrance: no traceback, no control character, no element, no file outside.

``python tests/soak/texts.py --cases 10000 --seed 1`` (``make soak-texts``); a few hundred a kind run in
``tests/present/test_entrances.py``. A case of ``kept`` is a whole record with some 40 texts in it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from support.entrances import CHECKS, kept, plain_elements

from smartroute_runbook.record.signing import signing_key

TEXTS_A_RECORD = 40


def wrong(name: str, cases: int, seed: int) -> Counter[str]:
    """What went wrong at one entrance, counted by its words, with the seed of its case."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="texts-") as folder:
        inside = Path(folder) / "home"
        inside.mkdir()
        key = Path(folder) / "signing.pem"
        signing_key(key)
        plain = plain_elements(Path(folder), key) if name == "kept" else {}
        for number in range(-(-cases // TEXTS_A_RECORD) if name == "kept" else cases):
            source = random.Random(f"{seed} {name} {number}")
            try:
                if name == "kept":
                    found.update(f"{one} [{number}]" for one in kept(source, inside, key, plain))
                else:
                    found.update(f"{one} [{number}]" for one in CHECKS[name](source, inside))
            except Exception:  # anything that is no error of ours would be a traceback
                found[f"{traceback.format_exc().strip().splitlines()[-1]} [{number}]"] += 1
        found.update(f"{path.name} was written outside" for path in Path(folder).iterdir()
                     if path.name not in ("home", "signing.pem", "plain"))  # fmt: skip
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=(*CHECKS, "kept"))
    given = options.parse_args()
    bad = 0
    for name in [given.only] if given.only else (*CHECKS, "kept"):
        began = time.monotonic()
        found = wrong(name, given.cases, given.seed)
        bad += sum(found.values())
        print(f"{name:13} {given.cases:7,} texts  {sum(found.values()):5,} wrong  {time.monotonic() - began:7.1f} s")
        for words, _ in found.most_common(8):
            print(f"    {words[:300]}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
