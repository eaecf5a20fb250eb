"""The pairs of an epoch as one Parquet file of the store: written once, whole, under the epoch's own name.

A kill leaves either all of an epoch or nothing of it; what is missing is asked again. Two processes that take the same
epoch leave one of the two: whoever writes first. So every arrival is counted exactly once. A week goes by before its
samples are sealed, so each is read only as the journal has it (``kept``), and only where it holds what was registered.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.errors import Refused, VerificationFailed
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.store import AlreadyWritten, Store

from .kept import Place, folder_of, name_of, places, recorded
from .registration import Registration
from .rounds import Arrivals

__all__ = ["PROVEN", "SCHEMA", "append", "arrivals_key", "done", "measured_of", "read"]

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


def arrivals_key(run_id: str, registration: Registration) -> str:
    """Where a registration's arrivals are kept."""
    return f"{run_id}/experiment/arrivals-{registration.arrivals[:12]}.parquet"


def done(store: Store, run_id: str, registration: Registration) -> set[Place]:
    """The epochs that are kept: round and epoch.

    Raises:
        VerificationFailed: a file lies among them that no week writes.
    """
    return set(places(store, run_id, registration))


def append(
    store: Store, run_id: str, registration: Registration, epoch: Place, rows: list[dict[str, Any]], began: str
) -> str:
    """Keep an epoch: the SHA-256 of its file; '' where somebody else did first, whose pairs count."""
    key = folder_of(run_id, registration) + name_of(epoch)
    data = _parquet(rows, registration, epoch, began)
    try:
        store.put_new(key, data)
    except Refused:  # a row of an answer looks like a secret: the digests say enough
        for row in rows:
            row.update(dict.fromkeys(_ROWS_OF_ANSWERS))
        data = _parquet(rows, registration, epoch, began)
        store.put_new(key, data)
    except AlreadyWritten:
        return ""
    return hashlib.sha256(data).hexdigest()


def _parquet(rows: list[dict[str, Any]], registration: Registration, epoch: tuple[int, int], began: str) -> bytes:
    meta = {"registration": registration.id, "round": str(epoch[0]), "epoch": str(epoch[1]), "began": began}
    data = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA).replace_schema_metadata(meta), data, compression="zstd")
    return data.getvalue()


def read(store: Store, run_id: str, registration: Registration, journal: Journal | None = None) -> pa.Table:
    """Every kept pair in the order of time: ``SCHEMA`` with ``round``, ``epoch`` (as planned) and ``began``.

    Args:
        store: of the run.
        run_id: the run.
        registration: whose pairs.
        journal: of the run; read from the store by default.

    Raises:
        VerificationFailed: a file is of another registration, not what the registration planned, not as the journal
            has it, or, once the week is whole, not in the journal.
    """
    there = places(store, run_id, registration)
    empty = _placed(SCHEMA.empty_table(), 0, 0, "")
    if not there:
        return empty
    digests = recorded(journal or Journal(store, f"{run_id}/journal"), registration)
    planned = _arrivals(store, run_id, registration)
    with ThreadPoolExecutor(_READERS, "samples") as pool:
        files = list(zip(there.items(), pool.map(store.get, there.values()), strict=True))
    tables = [_checked(registration, planned, place, key, data, digests) for (place, key), data in files]
    found = pa.concat_tables([*tables, empty])
    unknown = [key for place, key in there.items() if name_of(place) not in digests]
    if unknown and found.num_rows == registration.pairs:
        raise VerificationFailed(
            f"{unknown[0]} is not in the journal, and the week is whole",
            expected="each epoch as it was kept", hint="smartroute-runbook experiment run notes what a kill left out",
        )  # fmt: skip
    return found.sort_by([("began", "ascending"), ("round", "ascending"), ("epoch", "ascending"), ("at", "ascending")])


def _arrivals(store: Store, run_id: str, registration: Registration) -> Arrivals:
    key = arrivals_key(run_id, registration)
    try:
        data = store.get(key)
    except KeyError:
        data = b""
    if hashlib.sha256(data).hexdigest() != registration.arrivals:
        raise VerificationFailed(
            f"{key} is not what was registered: the arrivals are gone or were changed", hint="Restore it from a backup"
        )
    return Arrivals.read(data)


def _checked(
    registration: Registration, planned: Arrivals, place: Place, key: str, data: bytes, digests: dict[str, str]
) -> pa.Table:
    known = digests.get(name_of(place))
    if known is not None and hashlib.sha256(data).hexdigest() != known:
        raise VerificationFailed(f"{key} was changed since it was kept", hint="Restore it from a backup")
    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError):
        table = pa.table({})
    meta = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    inside = (meta.get("registration"), meta.get("round"), meta.get("epoch"))
    named = inside == (registration.id, str(place[0]), str(place[1]))
    if not (named and _as_planned(registration, planned, place, table)):
        raise VerificationFailed(
            f"{key} is not an epoch of registration {registration.number}",
            hint="Check the record: smartroute-runbook verify",
        )
    return _placed(table.replace_schema_metadata(None), *place, meta.get("began", ""))


def _as_planned(registration: Registration, planned: Arrivals, place: Place, table: pa.Table) -> bool:
    """Whether the pairs are those that were registered, each once, in their order and of their queries."""
    wanted = planned.of(*place)
    if not table.num_rows or table.num_rows != len(wanted.at) or not table.schema.equals(SCHEMA):
        return False
    names = [registration.questions[question].query for question in wanted.question.tolist()]
    expected = {
        "arrival": list(range(table.num_rows)), "question": wanted.question.tolist(), "query": names,
        "at": wanted.at.tolist(), "first": wanted.first.tolist(),
    }  # fmt: skip
    return all(table[name].to_pylist() == values for name, values in expected.items())


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
