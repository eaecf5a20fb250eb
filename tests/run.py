"""Run each test file in a process of its own, two at a time: ``make unit``.

moto's state and the stand-ins are a process's own, so files that start them must not share one.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
LIMIT_SECONDS = 1200  # of one file; a machine that is busy with something else is no failure
SLOW_FIRST = (
    "load/test_load.py", "runs/test_gated_run.py", "load/test_lakes.py", "load/test_drift.py", "load/test_sync.py",
    "operate/test_tune.py", "translate/test_collection.py", "record/test_record.py", "prove/test_wire.py",
    "standins/test_redshift.py",
)  # fmt: skip
COUNT = re.compile(r"(\d+) (passed|failed|error|errors|skipped|xfailed)")


def run(path: Path) -> tuple[Path, int, str, float]:
    """One file; pytest's own exit code and output."""
    began = time.monotonic()
    # the folder that pytest shares among the runs of a user is swept by each process at its end, under the others' feet
    with tempfile.TemporaryDirectory(prefix="smartroute-tests-", ignore_cleanup_errors=True) as base:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:nbval", "-p", "no:anyio", f"--basetemp={base}/t"]
        try:
            done = subprocess.run(
                [*command, str(path), *sys.argv[2:]],
                capture_output=True, text=True, check=False, cwd=HERE.parent, timeout=LIMIT_SECONDS,
            )  # fmt: skip
            code, output = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired as late:
            code, output = 1, f"{late.stdout}\n{path.name} did not end within {LIMIT_SECONDS} s: 1 failed\n"
    return path, code, output, time.monotonic() - began


def main() -> int:
    files = sorted(HERE.rglob("test_*.py"), key=order)
    total: Counter[str] = Counter()
    bad = []
    with ThreadPoolExecutor(int(sys.argv[1]) if len(sys.argv) > 1 else 2) as pool:
        for path, code, output, seconds in pool.map(run, files):
            last = output.strip().splitlines()[-1] if output.strip() else "no output"
            for number, what in COUNT.findall(last):
                total[what.removesuffix("s")] += int(number)
            print(f"{path.relative_to(HERE).as_posix():40} {seconds:6.1f} s  {last.strip('= ')}", flush=True)
            if code not in (0, 5):
                bad.append(path)
                print(output, flush=True)
            else:
                skips = [line for line in output.splitlines() if line.startswith("SKIPPED")]
                print(*(f"    {line[:200]}" for line in skips[:5]), sep="\n", end="\n" if skips else "")
    failed = total["failed"] + total["error"] + (1 if bad and not total["failed"] + total["error"] else 0)
    for path in bad:
        print(f"FAILED {path}")
    print(f"{total['passed']} passed, {failed} failed, {total['skipped']} skipped")
    return 1 if bad else 0


def order(path: Path) -> tuple[int, str]:
    name = path.relative_to(HERE).as_posix()
    return (SLOW_FIRST.index(name) if name in SLOW_FIRST else len(SLOW_FIRST), name)


if __name__ == "__main__":
    raise SystemExit(main())
