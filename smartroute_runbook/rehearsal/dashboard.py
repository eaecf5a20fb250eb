"""SmartRoute's dashboard: the package's API on a free port of this machine, with the cluster's managed password."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from smartroute_runbook.api.app import Api, Response
from smartroute_runbook.api.athena import AthenaEngine
from smartroute_runbook.api.queries import PublishedQueries
from smartroute_runbook.api.redshift_driver import RedshiftDriverEngine
from smartroute_runbook.api.request_metrics import metric_line
from smartroute_runbook.api.route import CachedRoute
from smartroute_runbook.api.server import ApiServer
from smartroute_runbook.standins.services.cloudwatch.embedded import take_line

from . import smartroute_account as world

__all__ = ["Dashboard"]

_CLUSTER, _REDSHIFT_DATABASE = "smartroute-analytics", "smartroute"
_CLIENTS = 128


class Dashboard(ApiServer):
    """The API of the rehearsal.

    Args:
        session: a boto3 session; endpoints and credentials come from the environment.
        client: gives boto3 clients, which may be shared and are closed by their owner.
        parameter_seconds: how long a value of the engine parameter is used before it is read again.
        candidate_seconds: an answer of Redshift that takes longer is none.
    """

    def __init__(
        self,
        session: Any,
        client: Callable[[str], Any],
        parameter_seconds: float = 1.0,
        candidate_seconds: float = 20.0,
    ) -> None:
        from botocore.config import Config

        athena = session.client("athena", config=Config(max_pool_connections=_CLIENTS))
        api = Api(
            PublishedQueries(client("s3"), world.LAKE, "dashboard/queries"),
            CachedRoute(client("ssm"), world.ENGINE_PARAMETER, parameter_seconds),
            AthenaEngine(athena, world.WORKGROUP, world.DATABASE),
            RedshiftDriverEngine(lambda: _connect(client), _CLIENTS),
            candidate_seconds=candidate_seconds,
        )
        super().__init__(api, answered=_published)


def _published(response: Response, milliseconds: float) -> None:
    """What a Lambda function prints, as CloudWatch takes it."""
    if line := metric_line(world.ENGINE_PARAMETER, response, milliseconds):
        take_line(line)


def _connect(client: Callable[[str], Any]) -> Any:
    import redshift_connector

    cluster = client("redshift").describe_clusters(ClusterIdentifier=_CLUSTER)["Clusters"][0]
    endpoint = cluster.get("Endpoint")
    if not endpoint or cluster["ClusterStatus"] != "available":
        raise ConnectionError(f"cluster {_CLUSTER} is {cluster['ClusterStatus']}")
    response = client("secretsmanager").get_secret_value(SecretId=cluster["MasterPasswordSecretArn"])
    secret = json.loads(response["SecretString"])
    connection = redshift_connector.connect(
        host=endpoint["Address"],
        port=int(endpoint["Port"]),
        database=cluster.get("DBName", _REDSHIFT_DATABASE),
        user=secret["username"],
        password=secret["password"],
        sslmode="verify-full",
        timeout=30,
        application_name="dashboard",
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET query_group TO dashboard")  # the queue that week 1 has made for it
    return connection
