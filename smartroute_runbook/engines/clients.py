"""The one place that makes clients: boto3, PyAthena, redshift_connector.

Endpoints come from the environment alone (``AWS_ENDPOINT_URL``, ``SSL_CERT_FILE``, credentials), so stand-ins are
reached without a word here. ``SMARTROUTE_REDSHIFT_HOST``, ``_PORT``, ``_USER`` and ``_PASSWORD``
override where and as whom the driver connects (a tunnel, a scheduler's own user). Else the cluster's endpoint is used,
with credentials that Redshift makes for one connection and that end after a quarter of an hour (GetClusterCredentials):
the master's password stays in its secret. The certificate must carry the cluster's own name, through a tunnel too, or
the one in ``SMARTROUTE_REDSHIFT_TLS_NAME`` (an alias of a custom domain).
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import RunbookError, Unreachable, UsageError, did_you_mean, explained
from smartroute_runbook.given_secrets import tell

from . import USER_AGENT, Athena, Redshift, RedshiftDataApi
from .moments import moment
from .session_settings import require_usual_session

__all__ = ["SERVICES", "Caller", "Clients", "explained", "person_of"]

#: Every service that the product calls; ``redshift-driver`` is the database itself.
SERVICES = (
    "athena", "ce", "cloudwatch", "ec2", "glue", "iam", "kms", "pricing", "redshift", "redshift-data", "s3",
    "scheduler", "secretsmanager", "service-quotas", "sns", "ssm", "sts",
)  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """As whom AWS knows who acts (STS GetCallerIdentity)."""

    account: str
    arn: str
    user_id: str


def person_of(caller: Caller) -> str:
    """What two callers must differ in to be two people.

    An IAM user is one by its unique id. Who assumes a role chooses the session's name (STS AssumeRole,
    RoleSessionName), so that all sessions of a role are one, except those of IAM Identity Center: there the directory
    names the session (IAM Identity Center user guide, "AWSReservedSSO" roles). All federated users of an account are
    one, too: the caller of GetFederationToken names them.
    """
    kind, _, rest = caller.arn.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        role = rest.partition("/")[0]
        return f"{caller.account} {kind}/{rest if role.startswith('AWSReservedSSO_') else role}"
    if kind == "federated-user":
        return f"{caller.account} {kind}"
    return f"{caller.account} {caller.user_id if caller.user_id.startswith('AIDA') else kind + '/' + rest}"


@cache
def _models() -> Any:
    """The service models, read once a process: reading them is most of what a client costs."""
    from botocore.loaders import create_loader

    return create_loader()


class Clients:
    """Clients of one set of parameters; boto3 clients are made once and shared (they are thread-safe)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = None
        self._boto: dict[str, Any] = {}
        self._making = threading.RLock()  # a session makes one client at a time (boto3 guide, "Session")
        self._name: str | None = None
        self._idle: list[str] = []  # sessions of the Data API
        self._usual = False  # whether a session of Redshift was seen to be set as usual

    @property
    def session(self) -> Any:
        """The boto3 session."""
        import boto3
        import botocore.session

        if self._session is None:
            aws = self._settings.aws
            core = botocore.session.get_session()
            known = core.available_profiles
            for named, profile in (("aws.profile in the parameters", aws.profile), ("AWS_PROFILE", core.profile)):
                # botocore would say so only when a client is made, without a name to correct.
                if profile and profile not in known and not (named == "AWS_PROFILE" and aws.profile):
                    hint = did_you_mean(profile, known) if known else "No profile is configured: 'aws configure sso'"
                    raise UsageError(f"There is no profile '{profile}' ({named})", hint=hint)
            core.register_component("data_loader", _models())
            core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
            self._session = boto3.Session(botocore_session=core, profile_name=aws.profile, region_name=aws.region)
        return self._session

    def boto(self, service: str) -> Any:
        """A boto3 client with adaptive retries and time-outs; its failures become ServiceError by ``explained``."""
        aws = self._settings.aws
        return self._client(service, service, {"mode": "adaptive", "max_attempts": aws.attempts}, aws.timeout_seconds)

    def at_once(self, service: str) -> Any:
        """A boto3 client without retries, for callers that retry until a deadline of their own.

        Adaptive retries slow all calls down after a throttled one, for longer than going back may take.
        """
        retries = {"mode": "standard", "total_max_attempts": 1}
        return self._client(f"{service} at once", service, retries, min(10, self._settings.aws.timeout_seconds))

    def _client(self, key: str, service: str, retries: dict[str, Any], timeout: float) -> Any:
        from botocore.config import Config

        with self._making:
            if key not in self._boto:
                config = Config(
                    retries=retries,
                    connect_timeout=min(10, timeout),
                    read_timeout=timeout,
                    max_pool_connections=32,
                    user_agent_extra=USER_AGENT,
                )
                client = self.session.client(service, config=config)
                client.meta.events.register("request-created", self._sent)
                self._boto[key] = client
        return self._boto[key]

    def _sent(self, **_: Any) -> None:
        """A request is made: whatever signs it is known, wherever it came from."""
        keys = self.session.get_credentials()
        tell("an AWS secret access key", keys and keys.secret_key)
        tell("an AWS session token", keys and keys.token)

    def endpoints(self) -> dict[str, str]:
        """Where each client leads: its URL by service, as the client itself has it; ``tcp://host:port`` for the driver.

        Through a tunnel the driver's host is this machine: SMARTROUTE_REDSHIFT_TLS_NAME then says whose certificate
        must answer there, and stands for it here.
        """
        urls = {service: str(self.boto(service).meta.endpoint_url) for service in SERVICES}
        host = os.environ.get("SMARTROUTE_REDSHIFT_TLS_NAME") or os.environ.get("SMARTROUTE_REDSHIFT_HOST")
        if host and self._settings.redshift.transport == "driver":
            port = os.environ.get("SMARTROUTE_REDSHIFT_PORT") or self._settings.redshift.port
            urls["redshift-driver"] = f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"
        return urls

    def caller(self) -> Caller:
        """As whom AWS knows us now.

        Raises:
            ServiceError: AWS does not answer.
        """
        with explained("Asking AWS who acts"):
            identity = self.boto("sts").get_caller_identity()
        return Caller(str(identity["Account"]), str(identity["Arn"]), str(identity["UserId"]))

    def athena(self, workgroup: str | None = None, output: str | None = None, connections: int = 10) -> Athena:
        """Athena in a workgroup (the dashboards' own by default), for so many threads at once."""
        settings = self._settings
        with self._making:
            return Athena(
                self.session,
                region=settings.aws.region,
                workgroup=workgroup or settings.athena.workgroup,
                database=settings.athena.database,
                output=output,
                connections=connections,
            )

    def redshift(self) -> Redshift | RedshiftDataApi:
        """A new Redshift session by the transport of the parameters.

        Raises:
            Unreachable: the cluster is not there, not available, or cannot be reached from here.
            AccessDenied: the user or its secret is refused.
            UsageError: its sessions are not set as SQL was translated for; or the environment names another database
                than the parameters.
        """
        session = self._connected()
        if not self._usual:  # asked of the first one: all are of one user and one database
            try:
                require_usual_session(session)
            except BaseException:
                session.close()
                raise
            self._usual = True
        return session

    def _connected(self) -> Redshift | RedshiftDataApi:
        settings = self._settings
        overrides = {name: os.environ.get(f"SMARTROUTE_REDSHIFT_{name}") for name in ("HOST", "PORT", "DATABASE")}
        database = settings.redshift.database
        if overrides["DATABASE"] not in (None, "", database):
            # A run's journal knows its parameters: tables of another database would pass for those it proved.
            raise UsageError(
                f"SMARTROUTE_REDSHIFT_DATABASE is '{overrides['DATABASE']}', and redshift.database '{database}'",
                expected="the same database", hint="Unset the variable, or correct the parameter",
            )  # fmt: skip
        if settings.redshift.transport == "data-api":
            secret = self._cluster()["MasterPasswordSecretArn"]
            with explained("Opening a session of the Data API"):
                return RedshiftDataApi(
                    self.boto("redshift-data"),
                    self._idle,
                    cluster=settings.redshift.cluster,
                    database=database,
                    secret_arn=secret,
                    schema=settings.redshift.schema_name,
                    timeout=settings.redshift.timeout_seconds,
                )
        endpoint = (
            {"Address": overrides["HOST"], "Port": overrides["PORT"]}
            if overrides["HOST"]
            else self._cluster()["Endpoint"]
        )
        name = os.environ.get("SMARTROUTE_REDSHIFT_TLS_NAME") or self._certificate_name(overrides["HOST"])
        return Redshift(
            host=str(endpoint["Address"]),
            port=int(endpoint["Port"] or settings.redshift.port),
            database=database,
            login=lambda: self._login(database),
            schema=settings.redshift.schema_name,
            timeout=settings.redshift.timeout_seconds,
            certificate_name=name,
        )

    def _certificate_name(self, host: str | None) -> str:
        """The name that the certificate behind a tunnel must carry: the cluster's own; else the host's."""
        if host and self._name is None:
            try:
                self._name = str(self._cluster()["Endpoint"]["Address"])
            except RunbookError:  # no cluster, or not allowed to read it: the host's own name is asked for
                self._name = host
        return self._name or ""

    def _cluster(self) -> dict[str, Any]:
        name = self._settings.redshift.cluster
        redshift = self.boto("redshift")
        with explained("Reading the cluster"):
            try:
                cluster: dict[str, Any] = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]
            except redshift.exceptions.ClusterNotFoundFault:
                raise Unreachable(f"There is no cluster '{name}'", hint="Week 1 creates it") from None
        if "Endpoint" not in cluster or not cluster["Endpoint"].get("Address"):
            raise Unreachable(
                f"Cluster '{name}' is {cluster['ClusterStatus']}, not yet available", hint="Wait and try again"
            )
        if not cluster.get("MasterPasswordSecretArn"):
            raise UsageError(f"Cluster '{name}' has no managed password", hint="Week 1 creates clusters with one")
        return cluster

    def _login(self, database: str) -> tuple[str, str]:
        """User and password for one connection: the environment's, else made by Redshift.

        A connection outlives them (Redshift management guide, "Using IAM authentication to generate database user
        credentials").
        """
        user, password = (os.environ.get(f"SMARTROUTE_REDSHIFT_{name}") for name in ("USER", "PASSWORD"))
        if user and password:
            return user, password
        settings = self._settings.redshift
        with explained("Asking for the cluster's credentials"):
            credentials = self.boto("redshift").get_cluster_credentials(
                DbUser=settings.master_user,
                DbName=database,
                ClusterIdentifier=settings.cluster,
                DurationSeconds=900,
                AutoCreate=False,
            )
        tell("a password of the cluster", credentials["DbPassword"])
        return str(credentials["DbUser"]), str(credentials["DbPassword"])
