"""pytest fixtures: Athena, Redshift and the AWS control plane on this machine, empty for each test.

Installed with the package, so a test only has to name a fixture::

    def test_the_report(standins):
        standins.client("s3").create_bucket(Bucket="lake")
        with pyathena.connect(s3_staging_dir="s3://lake/results/", **standins.client_options) as athena: ...
        with standins.connect() as redshift: ...

Code that reads its endpoints from the environment is tested with ``standins_environ``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .stack import StandIns

__all__ = ["standins", "standins_environ", "standins_of_the_session"]


@pytest.fixture(scope="session")
def standins_of_the_session() -> Iterator[StandIns]:
    """The stand-ins that all tests of a session share; started by the first that asks for them."""
    try:
        from .stack import StandIns  # moto and DuckDB: two seconds that other tests do without
    except ImportError as missing:
        pytest.fail(f"The stand-ins need the extra 'rehearsal' (no module {missing.name})", pytrace=False)
    with StandIns() as running:
        yield running


@pytest.fixture
def standins(standins_of_the_session: StandIns) -> Iterator[StandIns]:
    """The stand-ins, empty: what a test makes in them is forgotten after it. The environment is not changed."""
    yield standins_of_the_session
    standins_of_the_session.reset()


@pytest.fixture
def standins_environ(standins: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """The same, with the environment of this process leading to them while the test runs."""
    for name, value in standins.environ.items():
        monkeypatch.setenv(name, value)
    return standins
