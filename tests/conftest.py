"""What several tests share: one small rehearsal stack for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from smartroute_runbook.rehearsal.stack import Stack

# Not ours to mend: redshift_connector makes its SSL context without naming a protocol.
_THEIRS = r"ignore:ssl\.(SSLContext|PROTOCOL_TLS):DeprecationWarning"


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", _THEIRS)
    # A busy machine is no failure: what is tested here is never how long one case takes.
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stand-ins with a tiny lake; the process's environment leads to them while the session lasts.

    ``STACK_TRINO`` is the address of a real Trino that is to execute Athena's statements (``make trino``).
    """
    from smartroute_runbook.rehearsal.stack import Stack  # moto and DuckDB: two seconds that most files do without

    with Stack(trips_share=0.002, trino=os.environ.get("STACK_TRINO")) as running:
        yield running


@pytest.fixture(scope="session")
def client(stack):
    """Makes boto3 clients of the stack, each once."""
    return stack.client
