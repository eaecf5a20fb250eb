"""What several tests share: one small rehearsal stack for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smartroute_runbook.rehearsal.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stand-ins with a tiny lake; the process's environment leads to them while the session lasts."""
    with Stack(trips_share=0.002) as running:
        yield running


@pytest.fixture(scope="session")
def client(stack):
    """Makes boto3 clients of the stack, each once."""
    session, made = stack.session(), {}

    def make(service):
        if service not in made:
            made[service] = session.client(service)
        return made[service]

    return make
