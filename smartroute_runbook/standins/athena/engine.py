"""Athena that executes: moto's API in front, Trino's SQL on DuckDB (or Trino) behind, over objects in moto's S3.

As ``ControlPlane.athena`` it answers every client over the wire. What it refuses and how it differs from DuckDB is in
``tests/truth/athena.yaml``.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
from moto.backends import get_backend

from smartroute_runbook.standins.account import ACCOUNT, REGION
from smartroute_runbook.standins.athena.sql.compilations import Compilations
from smartroute_runbook.standins.athena.sql.duckdb_setup import prepare
from smartroute_runbook.standins.athena.statements import dispatch
from smartroute_runbook.standins.athena.statements.query import Context
from smartroute_runbook.standins.athena.storage.catalog import Catalog
from smartroute_runbook.standins.athena.storage.scan import ParquetScanner
from smartroute_runbook.standins.athena.trino import statements as on_trino
from smartroute_runbook.standins.athena.trino.client import TrinoAnswer
from smartroute_runbook.standins.athena.trino.lake import TrinoLake
from smartroute_runbook.standins.s3 import Objects, split_uri

from .errors import QueryCancelled, QueryFailed, failure_of
from .execution import DONE, PastExecution, QueryExecution
from .executions import Executions
from .past_metrics import STATES
from .results import Output, csv_bytes, spilled

__all__ = ["AthenaStandIn", "PastExecution"]


class AthenaStandIn:
    """Runs queries and keeps their executions.

    Args:
        objects: moto's S3.
        region: the region whose Athena and Glue these are.
        account: the account.
        workers: queries that run at once; further ones wait as QUEUED.
        quota: queries of one type that may be queued or running; more are refused (TooManyRequestsException).
        threads: DuckDB's threads.
        trino: a real Trino that executes instead of DuckDB.

    Attributes:
        before_query: each is called with an execution before it runs, and may fail it.
    """

    def __init__(
        self,
        objects: Objects,
        region: str = REGION,
        account: str = ACCOUNT,
        *,
        workers: int = 8,
        quota: int = 200,
        threads: int | None = None,
        trino: TrinoLake | None = None,
    ) -> None:
        self.objects, self.region, self.account, self.quota = objects, region, account, quota
        self.trino = trino
        self.catalog = Catalog(objects, account, region)
        self.executions = Executions()
        self.before_query: list[Callable[[QueryExecution], None]] = []
        self._spill = tempfile.TemporaryDirectory(prefix="athena-results-")
        self._scanner = ParquetScanner(objects, self.catalog)
        self._compilations = Compilations()
        self._duckdb = duckdb.connect(":memory:", config={"threads": threads} if threads else {})
        prepare(self._duckdb)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="athena")

    def seed_history(self, executions: Iterable[PastExecution]) -> None:
        """Add past executions; those older than 45 days are stored but never returned."""
        self.executions.seed(executions)

    def classify(self, sql: str) -> tuple[str, str]:
        """StatementType and SubstatementType.

        Raises:
            QueryFailed: it does not parse.
        """
        return dispatch.classify(sql) if self.trino is None else on_trino.classify(sql, self.trino)

    def submit(self, execution: QueryExecution) -> None:
        """Queue an execution; it runs in a thread of its own."""
        self.executions.add(execution)
        self._pool.submit(self._work, execution)

    def stop(self, execution: QueryExecution) -> None:
        """Cancel an execution that is queued or running."""
        execution.stop.set()
        threading.Thread(target=_interrupt_until_done, args=(execution,), daemon=True).start()

    def close(self) -> None:
        """End the worker threads and DuckDB."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._duckdb.close()
        if self.trino is not None:
            self.trino.close()
        self._spill.cleanup()

    def _work(self, execution: QueryExecution) -> None:
        execution.started = time.time()
        state = "FAILED"
        try:
            _raise_if_cancelled(execution)
            execution.state = "RUNNING"
            output = self._reuse(execution) or self._execute(execution)
            execution.ran = time.time()
            self._deliver(execution, output)
            state = "SUCCEEDED"
        except QueryCancelled as cancelled:
            state, execution.reason = "CANCELLED", str(cancelled)
        except QueryFailed as failed:
            execution.reason, execution.category = str(failed), failed.category
            if execution.stop.is_set():
                state, execution.reason = "CANCELLED", "Query was cancelled by the user"
        except Exception as error:  # a defect of the stand-in must end the execution, not hang its client
            execution.reason = f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}"
            execution.category = 1
        execution.completed = time.time()
        execution.state = state
        if execution.publish_metrics:
            self._publish(execution)

    def _reuse(self, execution: QueryExecution) -> Output | None:
        earlier = self.executions.reusable(execution) if execution.reuse_minutes else None
        execution.reused = earlier is not None
        return earlier.result if earlier else None

    def _execute(self, execution: QueryExecution) -> Output:
        for hook in self.before_query:
            hook(execution)

        def prepared(name: str) -> str | None:
            backend = get_backend("athena")[self.account][self.region]
            statement = backend.get_prepared_statement(name, execution.workgroup)
            return statement.query_statement if statement else None

        def planned(size: int) -> None:
            execution.planned = time.time()
            execution.bytes_scanned = size
            if execution.scan_limit and size > execution.scan_limit:
                execution.bytes_scanned = execution.scan_limit
                raise QueryCancelled("Bytes scanned limit was exceeded")
            _raise_if_cancelled(execution)

        with self._duckdb.cursor() as connection:
            execution.interrupt = connection.interrupt if self.trino is None else None
            context = Context(
                connection,
                self.catalog,
                self._scanner,
                self.objects,
                execution.database,
                enforced=execution.enforced,
                output_folder=execution.output.rpartition("/")[0].removesuffix("/tables"),
                execution_id=execution.id,
                prepared=prepared,
                planned=planned,
                compilations=self._compilations,
            )
            try:
                if self.trino is not None:
                    return _on_trino(self.trino, execution, context)
                return dispatch.run(execution.sql, execution.parameters, context)
            except duckdb.InterruptException as error:
                raise QueryCancelled("Query was cancelled by the user") from error
            except duckdb.Error as error:  # of what a statement mounts, or reads while it writes, as UNLOAD does
                raise failure_of(error) from error
            finally:
                execution.interrupt = None
                context.release()

    def _deliver(self, execution: QueryExecution, output: Output) -> None:
        """Result file, metadata and manifest, as Athena leaves them in S3."""
        execution.result = spilled(output, Path(self._spill.name) / execution.id)
        bucket, key = split_uri(execution.output)
        try:
            if output.manifest is not None:
                stem = key.removesuffix(".csv").removesuffix(".txt")
                self.objects.put(
                    bucket, f"{stem}-manifest.csv", "".join(f"{uri}\n" for uri in output.manifest).encode()
                )
                self.objects.put(bucket, f"{stem}.metadata", b"")
                execution.manifest = f"s3://{bucket}/{stem}-manifest.csv"
                return
            body = b""
            if output.rows is not None:
                body = _lines(output) if output.utility else csv_bytes(output.columns, output.rows)
            self.objects.put(bucket, key, body)
            self.objects.put(bucket, f"{key}.metadata", b"")
        except FileNotFoundError as error:
            raise QueryFailed("PERMISSION_DENIED", f"Unable to write the result: {error}") from error

    def _publish(self, execution: QueryExecution) -> None:
        """Metrics of a workgroup that publishes them (Athena user guide, "Monitor query metrics with CloudWatch")."""
        figures = execution.describe()["Statistics"]
        dimensions = [
            {"Name": "QueryState", "Value": STATES[execution.state]},
            {"Name": "QueryType", "Value": execution.statement_type},
            {"Name": "WorkGroup", "Value": execution.workgroup},
        ]
        values = {
            "TotalExecutionTime": (figures["TotalExecutionTimeInMillis"], "Milliseconds"),
            "EngineExecutionTime": (figures["EngineExecutionTimeInMillis"], "Milliseconds"),
            "QueryQueueTime": (figures["QueryQueueTimeInMillis"], "Milliseconds"),
            "QueryPlanningTime": (figures["QueryPlanningTimeInMillis"], "Milliseconds"),
            "ServiceProcessingTime": (figures["ServiceProcessingTimeInMillis"], "Milliseconds"),
            "ProcessedBytes": (figures["DataScannedInBytes"], "Bytes"),
        }
        data = [
            {
                "MetricName": name,
                "Dimensions": dimensions,
                "Value": value,
                "Unit": unit,
                "Timestamp": execution.completed_at,
            }
            for name, (value, unit) in values.items()
        ]
        with contextlib.suppress(ImportError):  # moto's CloudWatch may not be installed: then no metrics are read
            get_backend("cloudwatch")[self.account][self.region].put_metric_data("AWS/Athena", data)


def _on_trino(lake: TrinoLake, execution: QueryExecution, context: Context) -> Output:
    def read(answer: TrinoAnswer) -> None:
        execution.bytes_scanned += answer.bytes_read
        execution.planned = execution.started + answer.planning_ms / 1000

    way = on_trino.TrinoRun(lake, context, execution.scan_limit, execution.stop.is_set, read)
    try:
        return way.run(execution.sql, execution.parameters)
    except QueryCancelled:
        if execution.scan_limit and not execution.stop.is_set():
            execution.bytes_scanned = execution.scan_limit
        raise


def _raise_if_cancelled(execution: QueryExecution) -> None:
    if execution.stop.is_set():
        raise QueryCancelled("Query was cancelled by the user")


def _interrupt_until_done(execution: QueryExecution) -> None:
    """Interrupts until the query has ended: DuckDB forgets an interrupt that comes between two statements."""
    while execution.state not in DONE:
        if (interrupt := execution.interrupt) is not None:
            with contextlib.suppress(duckdb.Error):  # its connection has just closed
                interrupt()
        time.sleep(0.02)


def _lines(output: Output) -> bytes:
    """The ``.txt`` result of SHOW and the like: tabs between values, no header."""
    rows = output.rows.to_pylist() if output.rows is not None else []
    return "".join("\t".join(v or "" for v in row.values()) + "\n" for row in rows).encode()
