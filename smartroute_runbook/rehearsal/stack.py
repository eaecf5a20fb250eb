"""The whole stand-in in one process: control plane, Athena, Redshift, dashboard, and SmartRoute's world in them."""

from __future__ import annotations

import hmac
import json
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from moto.cloudwatch import cloudwatch_backends
from moto.iam import iam_backends
from moto.redshift import redshift_backends
from moto.sts import sts_backends

from smartroute_runbook.errors import UsageError
from smartroute_runbook.standins.api.gateway import Fault, Gateway, Server
from smartroute_runbook.standins.api.operations import ACCOUNT, REGION, ControlPlane, install
from smartroute_runbook.standins.faults.engines import arm
from smartroute_runbook.standins.process import authority, exported, logged_to
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.s3 import Objects
from smartroute_runbook.standins.services.cloudwatch.alarms import Alarms
from smartroute_runbook.standins.services.cloudwatch.publisher import Observer
from smartroute_runbook.standins.services.iam_policy import may_access
from smartroute_runbook.standins.services.redshift.clusters import managed_credentials

from . import smartroute_account as world

__all__ = ["CLUSTER", "Stack"]

CLUSTER, REDSHIFT_DATABASE = "smartroute-analytics", "smartroute"
BILLED_AT_LEAST = 10_000_000  # bytes
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_one_at_a_time = threading.Lock()


class Stack:
    """The stand-ins, as a context manager. One per process, as moto's state is the process's.

    While it runs, its environment (:meth:`environ`) is also the process's own; stopping restores what was there.

    Args:
        lake: a Parquet file or folder with rows of ``vehicles``; default: made from the timetable.
        days: days of the made lake.
        port: of the AWS endpoint; 0 for any free one.
        work_dir: for files and the log; default: a temporary folder, removed on stop.
        faults: asked before each AWS call, see ``faults``.
        profile: how busy the dashboard's query history is, see ``history.PROFILES``.
        lake_options: further options of ``lake.write_lake``.
    """

    def __init__(
        self,
        lake: Path | None = None,
        days: int = 1,
        port: int = 0,
        work_dir: Path | None = None,
        faults: Fault | None = None,
        profile: Literal["quiet", "light", "heavy"] = "light",
        **lake_options: Any,
    ) -> None:
        self._lake, self._days, self._port = lake, days, port
        self._faults, self._profile, self._lake_options = faults, profile, lake_options
        self._given_dir = work_dir
        self._open = ExitStack()
        self.name = secrets.token_hex(8)
        self._clients: dict[str, Any] = {}
        self.timings: dict[str, float] = {}
        self.user, self.password = "rehearsal", secrets.token_urlsafe(24)

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts everything; returns when it can be used.

        Raises:
            UsageError: another stack runs in this process, or the lake or port cannot be used.
        """
        if not _one_at_a_time.acquire(blocking=False):
            raise UsageError("A rehearsal already runs in this process", hint="Stop it first")
        self._open.callback(_one_at_a_time.release)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops everything and removes what was temporary."""
        self._open.close()

    def environ(self) -> dict[str, str]:
        """What a client needs in its environment."""
        return {
            "AWS_ENDPOINT_URL": self.server.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self._keys[0],
            "AWS_SECRET_ACCESS_KEY": self._keys[1],
            "SSL_CERT_FILE": str(self.work_dir / "ca.pem"),
            "SMARTROUTE_REDSHIFT_HOST": "localhost",
            "SMARTROUTE_REDSHIFT_PORT": str(self.plane.redshift_port),
            "SMARTROUTE_REDSHIFT_DATABASE": REDSHIFT_DATABASE,
            "SMARTROUTE_REDSHIFT_USER": self.user,
            "SMARTROUTE_REDSHIFT_PASSWORD": self.password,
        }

    def client(self, service: str) -> Any:
        """A boto3 client of the rehearsal, made once; closed when the stack stops."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
            self._open.callback(self._clients[service].close)
        return self._clients[service]

    # ---- parts, in the order in which they start -----------------------------------------------------------------

    def _start(self) -> None:
        self._timed("folder", self._make_folder)
        self._timed("control_plane", self._start_control_plane)
        self._timed("redshift", self._start_redshift)
        self._timed("athena", self._start_athena)
        arm(self.gateway, self.objects, self.athena, self.redshift)
        self._environment()
        self._timed("lake", self._write_lake)
        self._timed("world", self._build_world)
        self._timed("history", self._seed_history)
        self._timed("dashboard", self._start_dashboard)
        self._start_observer()

    def _timed(self, name: str, part: Callable[[], None]) -> None:
        began = time.perf_counter()
        part()
        self.timings[name] = round(time.perf_counter() - began, 3)

    def _make_folder(self) -> None:
        if self._given_dir is None:
            self.work_dir = Path(tempfile.mkdtemp(prefix="rehearsal-"))
            self._open.callback(shutil.rmtree, self.work_dir, ignore_errors=True)
        else:
            self.work_dir = self._given_dir.resolve()
            self.work_dir.mkdir(parents=True, exist_ok=True)
        self._open.enter_context(logged_to(self.work_dir / "rehearsal.log"))
        self.tls = authority(self.work_dir / "ca.pem")

    def _start_control_plane(self) -> None:
        from moto.moto_api._internal.models import moto_api_backend

        self.plane = ControlPlane(alarms=Alarms())
        install(self.plane)
        moto_api_backend.reset()
        self._open.callback(moto_api_backend.reset)
        self._keys = self._make_caller()
        self.objects = Objects(self.work_dir / "objects")
        self._open.callback(self.objects.clear)
        try:
            self.gateway = Gateway(self._faults, self.name, self._knows)
            self.server = Server(self.gateway, self._port)
        except (OSError, SystemExit):
            raise UsageError(f"Port {self._port} is in use", hint="Name another with --port, or none") from None
        self.server.start()
        self._open.callback(self.server.stop)

    def _make_caller(self) -> tuple[str, str]:
        """The IAM user whose keys the environment carries, so that every record names it."""
        held = iam_backends[ACCOUNT]["aws"]
        held.create_user(REGION, self.user)
        held.put_user_policy(self.user, "everything", json.dumps(_EVERYTHING))  # calls are not authorised here
        key = held.create_access_key(self.user, prefix="REHEARSAL")
        return str(key.access_key_id), str(key.secret_access_key)

    def _knows(self, key: str) -> bool:
        """Whether an access key was made here: of a user, or of a role that was assumed."""
        users, roles = iam_backends[ACCOUNT]["aws"], sts_backends[ACCOUNT]["aws"]
        return bool(key) and (
            users.get_user_from_access_key_id(key) is not None
            or roles.get_assumed_role_from_access_key(key) is not None
        )

    def _start_redshift(self) -> None:
        from smartroute_runbook.standins.redshift.data_api import DataApi
        from smartroute_runbook.standins.redshift.wire.server import RedshiftServer

        server = RedshiftServer(
            self.objects,
            database=self.work_dir / "redshift.duckdb",
            tls=self.tls,
            authenticate=self._may_enter,
            may_read=may_access("s3:GetObject", CLUSTER),
            may_write=may_access("s3:PutObject", CLUSTER),
            name=REDSHIFT_DATABASE,
            is_master=self._is_master,
        )
        server.start()
        self._open.callback(server.stop)
        self.redshift, self.plane.redshift_port = server, server.port
        self.plane.data_api, self.plane.disconnect = DataApi(server), server.disconnect
        self._open.callback(self.plane.data_api.close)

    def _may_enter(self, user: str, password: str, _database: str) -> bool:
        """The shell's own user always; master and temporary users while the cluster is there to be connected to."""
        self._require_awake()
        if user == self.user:
            return hmac.compare_digest(password, self.password)
        master = managed_credentials(ACCOUNT, REGION, CLUSTER)
        if master is None:
            return False
        known, expires = self.plane.temporary.get(user, ("", datetime.max.replace(tzinfo=UTC)))
        expected = master[1] if user == master[0] else known
        return bool(expected) and datetime.now(UTC) < expires and hmac.compare_digest(password, expected)

    def _is_master(self, user: str) -> bool:
        held = redshift_backends[ACCOUNT][REGION].clusters.get(CLUSTER)
        names = () if held is None else tuple(prefix + held.master_username for prefix in ("", "IAM:", "IAMA:"))
        return user in (self.user, *names)

    def _require_awake(self) -> None:
        cluster = redshift_backends[ACCOUNT][REGION].clusters.get(CLUSTER)
        if cluster is not None and cluster.status in ("creating", "paused", "pausing", "rebooting", "resuming"):
            raise SqlError("57P03", f"the cluster is {cluster.status}")

    def _start_athena(self) -> None:
        from smartroute_runbook.standins.athena import engine as athena

        self.athena = athena.install(self.objects)
        self._open.callback(self.athena.close)

    def _environment(self) -> None:
        self._open.enter_context(exported(self.environ()))
        import boto3

        self._session, self._clients = boto3.Session(), {}

    def _write_lake(self) -> None:
        from smartroute_runbook.rehearsal.lake.write import write_lake

        folder = self.work_dir / "lake"
        self._open.callback(shutil.rmtree, folder, ignore_errors=True)
        self.lake = write_lake(folder, days=self._days, lake_path=self._lake, **self._lake_options)

    def _build_world(self) -> None:
        self.world = world.build(self.client, self.objects, self.work_dir / "lake")

    def _seed_history(self) -> None:
        from smartroute_runbook.standins.athena.past_metrics import past_metrics

        from .query_history import past_executions

        now = datetime.now(UTC)
        self.plane.athena_days = self._athena_days
        past = list(past_executions(world.dashboard_queries(), until=now, profile=self._profile))
        self.athena.seed_history(past)
        published = past_metrics(past, now.date())
        cloudwatch_backends[ACCOUNT][REGION].put_metric_data("AWS/Athena", published)

    def _athena_days(self) -> dict[str, float]:
        """Bytes that Athena bills per day: 10 MB a query at least, failed queries and DDL free."""
        held, days = self.athena.executions, dict[str, float]()
        past = [(e.submitted.timestamp(), e) for e in tuple(held._past.values())]
        live = [(e.submitted, e) for e in tuple(held._live.values())]
        for moment, execution in past + live:
            if execution.statement_type == "DML" and execution.state in ("SUCCEEDED", "CANCELLED"):
                day = datetime.fromtimestamp(moment, UTC).date().isoformat()
                days[day] = days.get(day, 0.0) + max(execution.bytes_scanned, BILLED_AT_LEAST)
        return days

    def _start_observer(self) -> None:
        observer = Observer(self.redshift, CLUSTER, self.plane.alarms)
        observer.start()
        self._open.callback(observer.stop)

    def _start_dashboard(self) -> None:
        from .dashboard import Dashboard

        self.dashboard = Dashboard(self._session, self.client)
        self.dashboard.start()
        self._open.callback(self.dashboard.stop)
        self.client("ssm").put_parameter(Name=world.URL_PARAMETER, Value=self.dashboard.url, Type="String")
