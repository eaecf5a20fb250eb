"""How long 1,000 queries take to translate on one core: the collection of ``tests/translate``, over and over."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from smartroute_runbook.translate import Schema, translate

CASES = Path(__file__).resolve().parents[1] / "tests" / "translate"
QUERIES = 1_000


def main() -> None:
    """Print one table: process seconds, so that what else the machine does is left out."""
    schema = Schema.load(CASES / "schema.yaml")
    texts = [path.read_text(encoding="utf-8") for path in sorted((CASES / "queries").glob("*.sql"))]
    times = []
    for n in range(QUERIES):
        began = time.process_time()
        translate(texts[n % len(texts)], schema)
        times.append(time.process_time() - began)
    per = sorted(1000 * one for one in times)
    print(f"{'queries':>8} {'texts':>6} {'seconds':>8} {'median ms':>10} {'p95 ms':>7} {'longest ms':>11}")
    at = (statistics.median(per), per[int(len(per) * 0.95)], per[-1])
    print(f"{QUERIES:8,} {len(texts):6} {sum(times):8.1f} {at[0]:10.1f} {at[1]:7.1f} {at[2]:11.1f}")


if __name__ == "__main__":
    main()
