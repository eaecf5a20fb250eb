"""The stand-ins in one process: control plane, S3, Athena and Redshift, reached by real clients over sockets.

::

    with StandIns({"lake": Path("lake/")}) as aws:
        boto3.client("athena", **aws.client_options)
        pyathena.connect(s3_staging_dir="s3://lake/results/", **aws.client_options)
        aws.connect()                                        # redshift_connector
        subprocess.run(command, env={**os.environ, **aws.environ})

Nothing of this process is changed: not its environment, not its credentials.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from moto.iam import iam_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.sts import sts_backends

from smartroute_runbook.errors import UsageError

from .account import ACCOUNT, REGION
from .api.gateway import Fault, Gateway
from .api.operations import ControlPlane, install
from .api.server import Server
from .athena.engine import AthenaStandIn
from .athena.trino.lake import TrinoLake
from .cluster_access import ClusterAccess
from .faults.engines import EngineFaults
from .limits import limits
from .process import authority, exported, logged_to
from .redshift.data_api import DataApi
from .redshift.wire.server import RedshiftServer
from .s3 import Objects
from .services.cloudwatch.alarms import AlarmEvaluator

__all__ = ["StandIns"]

_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_one_at_a_time = threading.Lock()


class StandIns:
    """The stand-ins, as a context manager. One per process, as moto's state is the process's.

    Args:
        buckets: S3 buckets to make: names, or names with the folder whose files they hold (None for an empty one).
        cluster: the identifier of the Redshift cluster that the database belongs to: who may connect, and which roles
            may COPY and UNLOAD, is then what the cluster of that name says, once it was created. Without one, the user
            of :attr:`connection` alone may connect, and every role may read and write.
        database: the Redshift database's name.
        user: the name of the IAM user and of the Redshift user whose credentials clients get.
        port: of the AWS endpoint; 0 for any free one.
        work_dir: for files and the log; default: a temporary folder, removed on stop.
        faults: called before each AWS call, see ``faults``.
        trino: address of a Trino that executes Athena's statements; without one DuckDB does.

    Attributes:
        objects: S3 as local files.
        athena: the engine of Athena, with its executions.
        redshift: the server of Redshift, with its engine.
        gateway: the HTTP front; its ``fault`` may be changed at any time.
        plane: what the API operations know of the rest.
        timings: seconds that each part took to start.
    """

    def __init__(
        self,
        buckets: Iterable[str] | Mapping[str, Path | None] = (),
        *,
        cluster: str | None = None,
        database: str = "dev",
        user: str = "standins",
        port: int = 0,
        work_dir: Path | None = None,
        faults: Fault | None = None,
        trino: str | None = None,
    ) -> None:
        self._buckets = dict(buckets) if isinstance(buckets, Mapping) else dict.fromkeys(buckets)
        self._cluster, self._database, self._port = cluster, database, port
        self._given_dir, self._faults, self._trino = work_dir, faults, trino
        self._open = ExitStack()
        self._clients: dict[str, Any] = {}
        self._session: Any = None
        self._making = threading.Lock()
        self.name, self.user, self.password = secrets.token_hex(8), user, secrets.token_urlsafe(24)
        self.timings: dict[str, float] = {}

    def __enter__(self) -> StandIns:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts everything; returns when it can be used.

        Raises:
            UsageError: other stand-ins run in this process, or the port cannot be used.
        """
        if not _one_at_a_time.acquire(blocking=False):
            raise UsageError("A set of stand-ins already runs in this process", hint="Stop them first")
        self._open.callback(_one_at_a_time.release)
        try:
            self._timed("folder", self._make_folder)
            self._timed("control_plane", self._start_control_plane)
            self._timed("redshift", self._start_redshift)
            self._timed("athena", self._start_athena)
            self._timed("buckets", self._make_buckets)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops everything and removes what was temporary."""
        self._open.close()

    def reset(self) -> None:
        """Forgets all that clients made: as after :meth:`start`, at the same addresses, with the same credentials."""
        key = self._keys
        moto_api_backend.reset()
        self._make_caller(key)
        self.objects.clear()
        self.athena.executions.clear()
        self.redshift.reset(self.work_dir / f"redshift-{secrets.token_hex(4)}.duckdb")
        self._engine_faults.install_redshift(self.redshift.engine)
        self.plane.data_api.close()
        self.plane.data_api = DataApi(self.redshift)
        self.plane.temporary.clear()
        self.gateway.fault = self._faults
        self._make_buckets()

    # ---- how clients reach them ----------------------------------------------------------------------------------

    @property
    def client_options(self) -> dict[str, str]:
        """Options of ``boto3.client`` and ``pyathena.connect``."""
        access, secret = self._keys
        return {
            "endpoint_url": self.server.url,
            "region_name": REGION,
            "aws_access_key_id": access,
            "aws_secret_access_key": secret,
        }

    @property
    def environ(self) -> dict[str, str]:
        """The same as environment variables, and whom to trust: for subprocesses and code that reads them."""
        return {
            "AWS_ENDPOINT_URL": self.server.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self._keys[0],
            "AWS_SECRET_ACCESS_KEY": self._keys[1],
            "SSL_CERT_FILE": str(self.work_dir / "ca.pem"),
        }

    @property
    def connection(self) -> dict[str, Any]:
        """Options of ``redshift_connector.connect``; the authority of the certificate is in ``SSL_CERT_FILE``."""
        return {
            "host": "localhost", "port": self.redshift.port, "database": self._database, "user": self.user,
            "password": self.password, "sslmode": "verify-full",
        }  # fmt: skip

    def client(self, service: str) -> Any:
        """A boto3 client, made once; closed when the stand-ins stop."""
        import boto3

        with self._making:  # one session reads what its clients share once, and makes one client at a time
            if service not in self._clients:
                self._session = self._session or boto3.session.Session()
                self._clients[service] = self._session.client(service, **self.client_options)
                self._open.callback(self._clients[service].close)
            return self._clients[service]

    def connect(self, **options: Any) -> Any:
        """A connection of ``redshift_connector``, which the caller closes; ``options`` replace those of connection."""
        import redshift_connector

        with exported({"SSL_CERT_FILE": self.environ["SSL_CERT_FILE"]}):  # read when it connects, and only then
            return redshift_connector.connect(**{**self.connection, **options})

    def put_folder(self, bucket: str, folder: Path, prefix: str = "") -> int:
        """Puts a folder's files into a bucket, by their relative paths; how many.

        Raises:
            FileNotFoundError: no such bucket.
        """
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in files:
            self.objects.put(bucket, prefix + path.relative_to(folder).as_posix(), path)
        return len(files)

    # ---- parts, in the order in which they start -----------------------------------------------------------------

    def _timed(self, name: str, part: Callable[[], None]) -> None:
        began = time.perf_counter()
        part()
        self.timings[name] = round(time.perf_counter() - began, 3)

    def _make_folder(self) -> None:
        if self._given_dir is None:
            self.work_dir = Path(tempfile.mkdtemp(prefix="standins-"))
            self._open.callback(shutil.rmtree, self.work_dir, ignore_errors=True)
        else:
            self.work_dir = self._given_dir.resolve()
            self.work_dir.mkdir(parents=True, exist_ok=True)
        self._open.enter_context(logged_to(self.work_dir / "standins.log"))
        self._tls = authority(self.work_dir / "ca.pem")

    def _start_control_plane(self) -> None:
        self.plane = ControlPlane(alarms=AlarmEvaluator())
        install(self.plane)
        moto_api_backend.reset()
        self._open.callback(moto_api_backend.reset)
        self._make_caller()
        self.objects = Objects(self.work_dir / "objects")
        self._open.callback(self.objects.clear)
        self.gateway = Gateway(self._faults, self.name, self._knows)
        try:
            self.server = Server(self.gateway, self._port)
        except (OSError, SystemExit):
            raise UsageError(f"Port {self._port} is in use", hint="Name another port, or none") from None
        self.server.start()
        self._open.callback(self.server.stop)

    def _make_caller(self, keys: tuple[str, str] | None = None) -> None:
        """The IAM user whose keys clients get, so that every record names it; with the same keys after a reset."""
        iam = iam_backends[ACCOUNT]["aws"]
        iam.create_user(REGION, self.user)
        iam.put_user_policy(self.user, "everything", json.dumps(_EVERYTHING))  # calls are not authorised here
        key = iam.create_access_key(self.user, prefix="REHEARSAL")
        if keys is not None:
            del iam.access_keys[key.access_key_id]
            key.access_key_id, key.secret_access_key = keys
            iam.access_keys[key.access_key_id] = key
        self._keys = str(key.access_key_id), str(key.secret_access_key)

    def _knows(self, key: str) -> bool:
        """Whether an access key was made here: of a user, or of a role that was assumed."""
        users, roles = iam_backends[ACCOUNT]["aws"], sts_backends[ACCOUNT]["aws"]
        return bool(key) and (
            users.get_user_from_access_key_id(key) is not None
            or roles.get_assumed_role_from_access_key(key) is not None
        )

    def _start_redshift(self) -> None:
        access = ClusterAccess(self.plane, self._cluster, self.user, self.password)
        self.redshift = RedshiftServer(
            self.objects,
            database=self.work_dir / "redshift.duckdb",
            tls=self._tls,
            authenticate=access.authenticate,
            may_read=access.s3_check("s3:GetObject"),
            may_write=access.s3_check("s3:PutObject"),
            name=self._database,
            is_master=access.is_master,
            wlm=access.wlm,
        )
        self.redshift.start()
        self._open.callback(self.redshift.stop)
        self.plane.redshift_port = self.redshift.port
        self.plane.data_api, self.plane.disconnect = DataApi(self.redshift), self.redshift.disconnect
        self._open.callback(self._close_data_api)

    def _close_data_api(self) -> None:
        self.plane.data_api.close()  # the one of now: a reset makes another

    def _start_athena(self) -> None:
        lake = TrinoLake(self._trino, self.client_options) if self._trino else None
        self.athena = self.plane.athena = AthenaStandIn(self.objects, trino=lake)
        self.gateway.limits = limits(trino=lake.version if lake else "")
        self._open.callback(self.athena.close)
        self.plane.athena_days = self.athena.executions.billed_bytes
        self._engine_faults = EngineFaults(self.gateway, self.objects)
        self._engine_faults.install(self.athena)
        self._engine_faults.install_redshift(self.redshift.engine)

    def _make_buckets(self) -> None:
        for bucket, folder in self._buckets.items():
            self.client("s3").create_bucket(Bucket=bucket)
            if folder is not None:
                self.put_folder(bucket, folder)
