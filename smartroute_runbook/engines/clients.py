"""The one place that makes clients: boto3, PyAthena, redshift_connector.

Endpoints come from the environment alone (``AWS_ENDPOINT_URL``, ``SSL_CERT_FILE``, credentials), so stand-ins are
reached without a word here. ``SMARTROUTE_REDSHIFT_HOST``, ``_PORT``, ``_DATABASE``, ``_USER`` and ``_PASSWORD``
override where and as whom the driver connects (a tunnel, a scheduler's own user); else the cluster's endpoint and
managed secret are used. The certificate must carry the cluster's own name, through a tunnel too, or the one in
``SMARTROUTE_REDSHIFT_TLS_NAME`` (an alias of a custom domain).
"""

from __future__ import annotations

import json
import os
from typing import Any

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import RunbookError, Unreachable, UsageError, explained

from . import USER_AGENT, Athena, Redshift, RedshiftDataApi

__all__ = ["Clients", "explained"]


class Clients:
    """Clients of one set of parameters; boto3 clients are made once and shared (they are thread-safe)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = None
        self._boto: dict[str, Any] = {}
        self._name: str | None = None
        self._idle: list[str] = []  # sessions of the Data API

    @property
    def session(self) -> Any:
        """The boto3 session."""
        import boto3
        from botocore.exceptions import ProfileNotFound

        if self._session is None:
            aws = self._settings.aws
            try:
                self._session = boto3.Session(profile_name=aws.profile, region_name=aws.region)
            except ProfileNotFound as error:
                raise UsageError(str(error), hint="Correct aws.profile in the parameters") from None
        return self._session

    def boto(self, service: str) -> Any:
        """A boto3 client with adaptive retries and time-outs; its failures become ServiceError by ``explained``."""
        aws = self._settings.aws
        return self._client(service, service, {"mode": "adaptive", "max_attempts": aws.attempts}, aws.timeout_seconds)

    def at_once(self, service: str) -> Any:
        """A boto3 client that asks once: for whoever asks again by a deadline of its own.

        Adaptive retries slow all calls down after a throttled one, for longer than going back may take.
        """
        retries = {"mode": "standard", "total_max_attempts": 1}
        return self._client(f"{service} at once", service, retries, min(10, self._settings.aws.timeout_seconds))

    def _client(self, key: str, service: str, retries: dict[str, Any], timeout: float) -> Any:
        from botocore.config import Config

        if key not in self._boto:
            config = Config(
                retries=retries,
                connect_timeout=min(10, timeout),
                read_timeout=timeout,
                max_pool_connections=32,
                user_agent_extra=USER_AGENT,
            )
            self._boto[key] = self.session.client(service, config=config)
        return self._boto[key]

    def athena(self, workgroup: str | None = None, output: str | None = None) -> Athena:
        """Athena in a workgroup (the dashboards' own by default)."""
        settings = self._settings
        return Athena(
            self.session,
            region=settings.aws.region,
            workgroup=workgroup or settings.athena.workgroup,
            database=settings.athena.database,
            output=output,
        )

    def redshift(self) -> Redshift | RedshiftDataApi:
        """A new Redshift session by the transport of the parameters.

        Raises:
            Unreachable: the cluster is not there, not available, or cannot be reached from here.
            AccessDenied: the user or its secret is refused.
        """
        settings = self._settings
        given = {
            name: os.environ.get(f"SMARTROUTE_REDSHIFT_{name}")
            for name in ("HOST", "PORT", "DATABASE", "USER", "PASSWORD")
        }
        database = given["DATABASE"] or settings.redshift.database
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
        user, password = given["USER"], given["PASSWORD"]
        if not (user and password):
            held = json.loads(self._secret(self._cluster()["MasterPasswordSecretArn"]))
            user, password = held["username"], held["password"]
        endpoint = {"Address": given["HOST"], "Port": given["PORT"]} if given["HOST"] else self._cluster()["Endpoint"]
        name = os.environ.get("SMARTROUTE_REDSHIFT_TLS_NAME") or self._certificate_name(given["HOST"])
        return Redshift(
            host=str(endpoint["Address"]),
            port=int(endpoint["Port"] or settings.redshift.port),
            database=database,
            user=str(user),
            password=str(password),
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

    def _secret(self, arn: str) -> str:
        with explained("Reading the cluster's secret"):
            return str(self.boto("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
