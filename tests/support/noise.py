"""Ordinary days of a dashboard, simulated: what a watch must not mistake for a fault."""

from __future__ import annotations

from smartroute_runbook.operate.rules import Round, Seen

QUERIES = [f"q{n}" for n in range(6)]


def noisy(chance, hours=48.0, every=30.0):
    """Rounds of ordinary days: failures once in 200, a slow tail, an alarm that flickers, an hourly lag."""
    for n in range(int(hours * 3600 / every)):
        seen = []
        for name in QUERIES:
            failed = "503" if chance.random() < 0.005 else ""
            milliseconds = chance.lognormvariate(5.0, 0.7) + (3000 if chance.random() < 0.01 else 0)
            seen.append(Seen(name, milliseconds, failed, "" if n % 20 == 0 else None))
        yield Round(tuple(seen), float(n % 120) * 30 + 900, ("cpu",) if chance.random() < 0.001 else ())
