"""The stand-ins with a cluster and published queries, and the API in a process of its own beside them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smartroute_runbook.api.redshift_data import RedshiftDataEngine
from smartroute_runbook.rehearsal import smartroute_account as account
from smartroute_runbook.standins.faults.schedule import Faults

from .queries import TEXTS

CLUSTER, DATABASE = "smartroute-analytics", "smartroute"
SETTINGS = {
    "SMARTROUTE_QUERIES": f"s3://{account.LAKE}/dashboard/queries",
    "SMARTROUTE_ENGINE": account.ENGINE_PARAMETER,
    "SMARTROUTE_WORKGROUP": account.WORKGROUP,
    "SMARTROUTE_ATHENA_DATABASE": account.DATABASE,
    "SMARTROUTE_CLUSTER": CLUSTER,
    "SMARTROUTE_DATABASE": DATABASE,
    "SMARTROUTE_DB_USER": "dashboard",
    "SMARTROUTE_CACHE_SECONDS": "1",
}


class World:
    """What the benchmark does to the API's world."""

    def __init__(self, stack: Any) -> None:
        self.stack, self.faults = stack, Faults()
        stack.gateway.fault = self.faults
        stack.client("redshift").create_cluster(
            ClusterIdentifier=CLUSTER, NodeType="ra3.large", MasterUsername="smartroute_admin",
            ManageMasterPassword=True, DBName=DATABASE, ClusterType="single-node",
        )  # fmt: skip
        self.wait_until("available")
        target = {"ClusterIdentifier": CLUSTER, "Database": DATABASE, "DbUser": "smartroute_admin"}
        RedshiftDataEngine(stack.client("redshift-data"), target).query("CREATE USER dashboard PASSWORD DISABLE", 20)
        for engine, texts in TEXTS.items():
            for name, sql in texts.items():
                key = f"dashboard/queries/{engine}/{name}.sql"
                stack.client("s3").put_object(Bucket=account.LAKE, Key=key, Body=sql.encode())
        self.switch("athena")

    def switch(self, value: str) -> None:
        """Set the engine parameter."""
        self.stack.client("ssm").put_parameter(Name=account.ENGINE_PARAMETER, Value=value, Overwrite=True)

    def wait_until(self, status: str) -> None:
        """Wait for the cluster."""
        while self.stack.client("redshift").describe_clusters()["Clusters"][0]["ClusterStatus"] != status:
            time.sleep(0.1)

    def pause(self, *, asleep: bool) -> None:
        """Pause the cluster, or let it go on."""
        redshift = self.stack.client("redshift")
        if (redshift.describe_clusters()["Clusters"][0]["ClusterStatus"] == "paused") == asleep:
            return
        (redshift.pause_cluster if asleep else redshift.resume_cluster)(ClusterIdentifier=CLUSTER)
        self.wait_until("paused" if asleep else "available")

    @contextmanager
    def serving(self, **settings: str) -> Iterator[str]:
        """The API as ``python -m smartroute_runbook.api`` serves it; yields its URL."""
        port = _free_port()
        environment = {**os.environ, **SETTINGS, **settings}
        with subprocess.Popen([sys.executable, "-m", "smartroute_runbook.api", str(port)], env=environment) as process:
            url = f"http://127.0.0.1:{port}"
            try:
                _wait_for(url)
                yield url
            finally:
                process.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")
