"""Constructed query histories: quiet, the plan's light load, the plan's heavy load."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from smartroute_runbook.runs.query_history import SCHEMA, shape_of

MONDAY_MS = 1_789_344_000_000  # 2026-09-14T00:00Z
DAY_MS = 86_400_000
QUERIES = {
    "on_time": "SELECT route_id, avg(arrival_delay_seconds) FROM vehicles WHERE year = 2026 AND day = {n} GROUP BY 1",
    "crowded": "SELECT stop_id, sum(vehicle_count) FROM crowding_metrics GROUP BY 1 -- panel {n}",
}


def history(*, queries_day, megabytes, seconds, days=10, seed=1):
    """Executions spread over each day; sizes log-normal around ``megabytes``, times around ``seconds``."""
    draw = np.random.default_rng(seed)
    count = queries_day * days
    submitted = np.sort(draw.integers(MONDAY_MS, MONDAY_MS + days * DAY_MS, count))
    total = (draw.lognormal(np.log(seconds), 0.4, count) * 1000).astype(int)
    texts = [sql.format(n=n) for n in range(1, 29) for sql in QUERIES.values()]
    texts = (texts * (count // len(texts) + 1))[:count]
    shapes = {text: shape_of(text) for text in texts}
    return pa.table(
        {
            "id": [f"q{n}" for n in range(count)],
            "database": ["smartroute_analytics"] * count,
            "statement_type": ["DML"] * count,
            "state": ["SUCCEEDED"] * count,
            "reason": [""] * count,
            "shape": [shapes[text] for text in texts],
            "text_digest": texts,
            "text": texts,
            "submitted_ms": submitted,
            "completed_ms": submitted + total,
            "scanned_bytes": (draw.lognormal(np.log(megabytes), 0.3, count) * 1e6).astype(int),
            "total_ms": total,
            "queue_ms": total // 10,
            "planning_ms": total // 10,
            "engine_ms": total * 7 // 10,
            "service_ms": total // 10,
            "reused": [False] * count,
        },
        schema=SCHEMA,
    )


def quiet():
    return history(queries_day=2_500, megabytes=30, seconds=1.0)


def light():
    return history(queries_day=45_000, megabytes=100, seconds=1.6, days=8)


def heavy():
    return history(queries_day=300_000, megabytes=100, seconds=3.5, days=2)
