"""The truth tables: documented behaviours of both engines, as data, run over the wire against both stand-ins.

``<engine>.yaml`` holds ``sources`` (a key, what it is, where) and ``rows``. A row has a ``sql`` expression, or a
``script``: statements of which the last gives the value; then ``is`` (the value's text, null for NULL) or ``fails``
(a part of the error), optionally ``type`` (the engine's own name) and ``workgroup``/``as`` (where the engine's module
knows them), and ``from``, its source; ``velox`` is what Velox gives
instead, for a reason told in ``why``. ``{scratch}`` in a statement is an S3 folder of the row's own, ``{id}`` a name of
its own.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

import pytest
from truth.truth_answer import Answer


class TruthEngine(Protocol):
    def run(self, statements: list[str], row: dict[str, Any]) -> Answer: ...


@pytest.fixture(scope="session")
def truth_engines(stack):
    """Engines by the name of their table; each made on first use."""
    from truth.truth_athena import AthenaTruth

    makers: dict[str, Any] = {"athena": AthenaTruth}
    try:
        from truth.truth_redshift import RedshiftTruth
    except ImportError:
        pass
    else:
        makers["redshift"] = RedshiftTruth
    made: dict[str, TruthEngine] = {}

    def engine(name: str) -> TruthEngine:
        if name not in made:
            made[name] = makers[name](stack)
        return made[name]

    yield engine
    for one in made.values():
        if hasattr(one, "close"):
            one.close()


def pytest_terminal_summary(terminalreporter) -> None:
    """How many behaviours hold, per engine and per source."""
    held: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            truth = dict(getattr(report, "user_properties", ())).get("truth")
            if truth and report.when == "call":
                total[tuple(truth)] += 1
                held[tuple(truth)] += outcome == "passed"
    if not total:
        return
    terminalreporter.section("truth tables")
    for engine in sorted({key[0] for key in total}):
        mine = {key: n for key, n in total.items() if key[0] == engine}
        good = sum(held[key] for key in mine)
        terminalreporter.write_line(f"{engine}: {good} of {sum(mine.values())} behaviours hold")
        for key, n in sorted(mine.items()):
            terminalreporter.write_line(f"  {held[key]:>4} of {n:<4} {key[1]}")
