"""``smartroute-runbook rehearse`` of this version and of another checkout, in turns: seconds by week, processor time.

    python benchmarks/rehearse.py --than /path/to/checkout [--rounds 2]

Both run with this environment's Python and packages, in folders of their own that are deleted again, and both keep
their bytecode (PYTHONDONTWRITEBYTECODE is taken out): a second rehearsal is what is measured. The processor time
of a process is what it had used when it was last seen, a quarter of a second before its end at most. A row is printed
for each rehearsal; ``benchmarks/results/rehearse.md`` has those of one sitting.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parents[1]
CALL = (
    "import sys; sys.argv = ['smartroute-runbook', 'rehearse', '--records', sys.argv[1]]; "
    "from smartroute_runbook.cli import main; sys.exit(main())"
)
WEEK = re.compile(r"^(Week \d|Rollback): finished in ([\d.]+) s", re.MULTILINE)
LOOKED = 0.25  # seconds between two looks at the processes


def kind_of(command: str) -> str:
    """Whose process it is."""
    if "rehearsal.daemon" in command:
        return "stand-ins"
    return "kernels" if "ipykernel" in command else "runner"


def rehearsed(checkout: Path) -> tuple[dict[str, float], dict[str, float], float]:
    """Seconds by week, processor seconds by kind of process, seconds in all."""
    used: dict[int, tuple[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["PYTHONPATH"] = str(checkout)
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", CALL, f"{folder}/records"],
            cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        first = psutil.Process(process.pid)
        while process.poll() is None:
            for one in (first, *first.children(recursive=True)):
                try:
                    times = one.cpu_times()
                    used[one.pid] = (kind_of(" ".join(one.cmdline())), times.user + times.system)
                except psutil.Error:  # it ended while we looked
                    continue
            time.sleep(LOOKED)
        elapsed = time.monotonic() - began
        shown = process.stdout.read() if process.stdout else ""
    if process.returncode or "The record is valid" not in shown:
        raise SystemExit(f"{checkout}: the rehearsal did not end as it should\n{shown}")
    processor: dict[str, float] = defaultdict(float)
    for kind, seconds in used.values():
        processor[kind] += seconds
    return {week: float(seconds) for week, seconds in WEEK.findall(shown)}, processor, elapsed


def main() -> None:
    """Print a row for each rehearsal as it ends."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--than", type=Path, help="another checkout")
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args()
    heads = ("version", "load", "seconds", "by week", "processor", "stand-ins", "kernels", "runner")
    checkouts = [checkout.resolve() for checkout in ((HERE, given.than) if given.than else (HERE,))]
    for checkout in checkouts:
        compileall.compile_dir(checkout / "smartroute_runbook", quiet=1)
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for _ in range(given.rounds):
        for checkout in checkouts:
            load = os.getloadavg()[0]
            weeks, processor, elapsed = rehearsed(checkout)
            by_week = ", ".join(f"{seconds:.0f}" for seconds in weeks.values())
            kinds = " | ".join(f"{processor[kind]:.0f}" for kind in ("stand-ins", "kernels", "runner"))
            row = f"{checkout.name} | {load:.1f} | {elapsed:.0f} | {by_week} | {sum(processor.values()):.0f} | {kinds}"
            print(f"| {row} |", flush=True)


if __name__ == "__main__":
    main()
