"""The pairs of an epoch as one Parquet file of the store: written once, whole, under the epoch's own name.

A kill leaves either all of an epoch or nothing of it; what is missing is asked again. Two processes that take the same
epoch leave one of the two: whoever writes first. So every arrival is counted exactly once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.errors import Refused, VerificationFailed
from smartroute_runbook.runs.store import AlreadyWritten, Store

from .registration import Registration

__all__ = ["PROVEN", "SCHEMA", "append", "done", "measured_of", "read"]

_READERS = 16  # S3 answers one at a time
_ROWS_OF_ANSWERS = ("control_rows", "candidate_rows")

_OF_A_SIDE = {
    "ms": pa.float64(),  # latency from the scheduled start; of a late one what was waited
    "service_ms": pa.float64(),  # from the actual start; null without an answer
    "own_lag_ms": pa.float64(),
    "outcome": pa.string(),  # see outcomes.Outcome
    "error": pa.string(),
    "tries": pa.int32(),  # that failed before
    "bytes": pa.int64(),
    "queue_ms": pa.float64(),  # these four as the engine says; null where it does not
    "planning_ms": pa.float64(),
    "compile_ms": pa.float64(),
    "execution_ms": pa.float64(),
    "cached": pa.bool_(),
    "digest": pa.string(),  # of the answer, where the pair differs
    "rows": pa.string(),  # its first differing rows, likewise
}
SCHEMA = pa.schema([
    ("arrival", pa.int32()),  # its place in its epoch
    ("question", pa.int32()),
    ("query", pa.string()),
    ("at", pa.float64()),  # seconds after the epoch's begin
    ("first", pa.int8()),
    ("void", pa.bool_()),  # the generator was late, or a result cache answered that was to be off
    ("answers", pa.string()),  # equal, within, tie, ..., different; null where they were not compared
    ("why", pa.string()),
    *((f"{side}_{name}", kind) for side in ("control", "candidate") for name, kind in _OF_A_SIDE.items()),
])  # fmt: skip
"""One row a pair."""


def _prefix(run_id: str, registration: Registration) -> str:
    return f"{run_id}/experiment/{registration.id[:12]}/"


def done(store: Store, run_id: str, registration: Registration) -> set[tuple[int, int]]:
    """The epochs that are kept: round and epoch."""
    names = (key.rpartition("/")[2] for key in store.keys(_prefix(run_id, registration)))
    return {
        (int(round_), int(epoch)) for round_, _, epoch in (n.removesuffix(".parquet").partition("-") for n in names)
    }


def append(
    store: Store,
    run_id: str,
    registration: Registration,
    epoch: tuple[int, int],
    rows: list[dict[str, Any]],
    began: str,
) -> bool:
    """Keep an epoch; False where somebody else did first, whose pairs count."""
    key = f"{_prefix(run_id, registration)}{epoch[0]:04d}-{epoch[1]:03d}.parquet"
    try:
        store.put_new(key, _parquet(rows, registration, epoch, began))
    except Refused:  # a row of an answer looks like a secret: the digests say enough
        for row in rows:
            row.update(dict.fromkeys(_ROWS_OF_ANSWERS))
        store.put_new(key, _parquet(rows, registration, epoch, began))
    except AlreadyWritten:
        return False
    return True


def _parquet(rows: list[dict[str, Any]], registration: Registration, epoch: tuple[int, int], began: str) -> bytes:
    meta = {"registration": registration.id, "round": str(epoch[0]), "epoch": str(epoch[1]), "began": began}
    data = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA).replace_schema_metadata(meta), data, compression="zstd")
    return data.getvalue()


def read(store: Store, run_id: str, registration: Registration) -> pa.Table:
    """Every kept pair in the order of time: ``SCHEMA`` with ``round``, ``epoch`` (as planned) and ``began``.

    Raises:
        VerificationFailed: a file is of another registration, or not what the registration planned.
    """
    planned = {(r, e): size for r, one in enumerate(registration.rounds) for e, size in enumerate(one.epochs)}
    keys = store.keys(_prefix(run_id, registration))
    with ThreadPoolExecutor(_READERS, "samples") as pool:
        tables = [
            _checked(registration, planned, key, data)
            for key, data in zip(keys, pool.map(store.get, keys), strict=True)
        ]
    empty = SCHEMA.empty_table()
    whole = [*tables, _placed(empty, 0, 0, "")]
    found = pa.concat_tables(whole)
    return found.sort_by([("began", "ascending"), ("round", "ascending"), ("epoch", "ascending"), ("at", "ascending")])


def _checked(registration: Registration, planned: dict[tuple[int, int], int], key: str, data: bytes) -> pa.Table:
    table = pq.read_table(io.BytesIO(data))
    meta = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    place = (int(meta.get("round", -1)), int(meta.get("epoch", -1)))
    if meta.get("registration") != registration.id or planned.get(place) != table.num_rows:
        raise VerificationFailed(
            f"{key} is not an epoch of registration {registration.number}",
            hint="Check the record: smartroute-runbook verify",
        )
    return _placed(table.replace_schema_metadata(None), *place, meta.get("began", ""))


def _placed(table: pa.Table, round_: int, epoch: int, began: str) -> pa.Table:
    columns: Iterable[tuple[str, Any, pa.DataType]] = (
        ("round", round_, pa.int32()), ("epoch", epoch, pa.int32()), ("began", began, pa.string()),
    )  # fmt: skip
    for name, value, kind in columns:
        table = table.append_column(name, pa.array([value] * table.num_rows, kind))
    return table


PROVEN = ("equal", "within")
"""Of ``prove.result_proof.Verdict``: rows were held against each other, and are the same."""


def measured_of(table: pa.Table, failed: Callable[[Sequence[str]], Any], answer_seconds: float) -> dict[str, Any]:
    """The arrays of ``verdict.Measured`` from a table of pairs."""
    places = table["round"].to_numpy().astype(np.int64) * 1000 + table["epoch"].to_numpy()
    starts = np.concatenate([[True], places[1:] != places[:-1]]) if len(places) else np.empty(0, np.bool_)
    answers = table["answers"].to_pylist()
    sides = {
        name: (_seconds(table, side, answer_seconds), failed(table[f"{side}_outcome"].to_pylist()))
        for name, side in (("control", "control"), ("candidate", "candidate"))
    }
    return {
        "epoch": np.cumsum(starts).astype(np.int64),
        "query": np.array(table["query"].to_pylist(), dtype=np.str_),
        "control": sides["control"][0],
        "candidate": sides["candidate"][0],
        "control_failed": sides["control"][1],
        "candidate_failed": sides["candidate"][1],
        "void": np.array(table["void"].to_pylist(), np.bool_),
        "different": np.array([value == "different" for value in answers], np.bool_),
        "compared": np.array([value is not None for value in answers], np.bool_),
        "proven": np.array([value in PROVEN for value in answers], np.bool_),
    }


def _seconds(table: pa.Table, side: str, answer_seconds: float) -> Any:
    """Latencies; NaN for what failed at once: it made nobody wait.

    Who was refused only after ``answer_seconds`` did wait: the Data API does not tell a time-out from a refusal.
    """
    values = table[f"{side}_ms"].to_numpy(zero_copy_only=False).astype(np.float64) / 1000
    waited = np.array([value in ("answered", "late") for value in table[f"{side}_outcome"].to_pylist()], np.bool_)
    return np.where(waited | (values >= answer_seconds), np.maximum(values, 1e-9), np.nan)
