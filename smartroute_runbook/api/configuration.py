"""The API's settings as environment variables, which a Lambda function has.

=============================  =======================================================================
``SMARTROUTE_QUERIES``         ``s3://BUCKET/PREFIX``, where the queries are published
``SMARTROUTE_ENGINE``          the SSM parameter that names the engine
``SMARTROUTE_WORKGROUP``       Athena's workgroup
``SMARTROUTE_ATHENA_DATABASE`` the Glue database
``SMARTROUTE_CLUSTER``         the cluster, or ``SMARTROUTE_SERVERLESS``, the Serverless workgroup
``SMARTROUTE_DATABASE``        Redshift's database
``SMARTROUTE_DB_USER``         as whom a cluster is asked, unless ``SMARTROUTE_SECRET`` is a secret's ARN
``SMARTROUTE_CACHE_SECONDS``   how long the engine parameter and the texts are used; 5
``SMARTROUTE_MAX_AGE``         how long an answer may be given again; 0
``SMARTROUTE_ANSWER_SECONDS``  how long Redshift may take; 20
``SMARTROUTE_DEADLINE``        how long a request may take, whichever engines are asked; 28
=============================  =======================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .app import Api
from .athena import AthenaEngine
from .queries import PublishedQueries
from .redshift_data import RedshiftDataEngine
from .route import CachedRoute

__all__ = ["CACHE_SECONDS", "api_of", "client_of"]

CACHE_SECONDS = 5.0
"""How long the engine parameter is used where nothing else is said; `dashboard.cache_seconds` is no less."""
_PARAMETER = {"connect_timeout": 1, "read_timeout": 2, "retries": {"mode": "standard", "max_attempts": 2}}
"""A route that is not read keeps its last value; a user does not wait for it."""
_OTHERS = {"connect_timeout": 10, "read_timeout": 30, "retries": {"mode": "standard", "max_attempts": 3}}
"""Longer than users wait: the deadline ends a request, these only the thread that it leaves behind."""
_CONNECTIONS = 256  # a client's: the local server's users are as many; a Lambda function needs one


def client_of(service: str) -> Any:
    """A boto3 client of a service, with the API's patience."""
    import boto3
    from botocore.config import Config

    patience = _PARAMETER if service == "ssm" else _OTHERS
    return boto3.client(service, config=Config(max_pool_connections=_CONNECTIONS, **patience))


def api_of(env: Mapping[str, str], client: Callable[[str], Any]) -> Api:
    """The API of an environment.

    Args:
        env: its variables.
        client: makes a boto3 client of a service.

    Raises:
        ValueError: a variable is missing or not what it should be; says which.
    """
    where = re.fullmatch(r"s3://([a-z0-9.-]{3,63})/(.+?)/?", _text(env, "SMARTROUTE_QUERIES"))
    if where is None:
        raise ValueError("SMARTROUTE_QUERIES is not an S3 URI, expected s3://BUCKET/PREFIX")
    seconds = _number(env, "SMARTROUTE_CACHE_SECONDS", CACHE_SECONDS)
    return Api(
        PublishedQueries(client("s3"), where[1], where[2], seconds),
        CachedRoute(client("ssm"), _text(env, "SMARTROUTE_ENGINE"), seconds),
        AthenaEngine(
            client("athena"),
            _text(env, "SMARTROUTE_WORKGROUP"),
            _text(env, "SMARTROUTE_ATHENA_DATABASE"),
            int(_number(env, "SMARTROUTE_ATHENA_REUSE_SECONDS", 0)) // 60,
        ),
        RedshiftDataEngine(client("redshift-data"), _target(env)),
        candidate_seconds=_number(env, "SMARTROUTE_ANSWER_SECONDS", 20),
        deadline_seconds=_number(env, "SMARTROUTE_DEADLINE", 28),
        max_age=int(_number(env, "SMARTROUTE_MAX_AGE", 0)),
        shared=_number(env, "SMARTROUTE_SHARED_CACHE", 0) == 1,
    )


def _target(env: Mapping[str, str]) -> dict[str, str]:
    target = {"Database": _text(env, "SMARTROUTE_DATABASE")}
    if env.get("SMARTROUTE_SERVERLESS"):
        target["WorkgroupName"] = env["SMARTROUTE_SERVERLESS"]
    else:
        target["ClusterIdentifier"] = _text(env, "SMARTROUTE_CLUSTER")
    if env.get("SMARTROUTE_SECRET"):
        target["SecretArn"] = env["SMARTROUTE_SECRET"]
    elif "ClusterIdentifier" in target:
        target["DbUser"] = _text(env, "SMARTROUTE_DB_USER")
    return target


def _text(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise ValueError(f"{name} is not set")
    return value


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "").strip()
    try:
        value = float(text) if text else float(default)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 86_400:
        raise ValueError(f"{name} is not a number of seconds, expected 0 to 86,400")
    return value
