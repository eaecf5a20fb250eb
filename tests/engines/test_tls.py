"""No password is sent before the server has shown the certificate of the cluster."""

from __future__ import annotations

import os
import ssl

import pytest
import trustme

from smartroute_runbook.engines import Redshift
from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.engines.quoting import identifier
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import Unreachable
from smartroute_runbook.standins.redshift.wire.server import RedshiftServer
from smartroute_runbook.standins.s3 import Objects

CLUSTER = "smartroute.abc123.us-east-1.redshift.amazonaws.com"


@pytest.fixture(scope="module")
def tunnel(tmp_path_factory):
    """A cluster whose certificate carries its own name, reached as ``localhost``; who asked for a password is kept."""
    folder = tmp_path_factory.mktemp("tunnel")
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(CLUSTER).configure_cert(tls)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    asked = []
    objects = Objects(folder / "objects")
    server = RedshiftServer(
        objects, database=folder / "d.duckdb", tls=tls, authenticate=lambda *who: asked.append(who) or True
    )
    server.start()
    server.asked, server.trusted = asked, folder / "ca.pem"
    yield server
    server.stop()
    objects.clear()


def connect(tunnel, **named):
    place = {"host": "localhost", "port": tunnel.port, "database": "smartroute", "schema": "public", "timeout": 20}
    return Redshift(**place, login=lambda: ("someone", "harmless"), **named)


def test_through_a_tunnel_the_cluster_s_own_name_is_checked(tunnel, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tunnel.trusted))
    with connect(tunnel, certificate_name=CLUSTER) as session:
        assert session.query("SELECT 1").scalar() == 1


@pytest.mark.parametrize("name", ["", "localhost", "other.abc123.us-east-1.redshift.amazonaws.com"])
def test_another_name_gets_no_password(tunnel, monkeypatch, name):
    monkeypatch.setenv("SSL_CERT_FILE", str(tunnel.trusted))
    before = list(tunnel.asked)
    with pytest.raises(Unreachable, match="ertificate"):
        connect(tunnel, certificate_name=name)
    assert tunnel.asked == before


def test_another_authority_gets_no_password(tunnel, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    before = list(tunnel.asked)
    with pytest.raises(Unreachable, match="does not show the certificate"):
        connect(tunnel, certificate_name=CLUSTER)
    assert tunnel.asked == before


def test_clients_ask_for_the_name_of_the_cluster(tunnel, monkeypatch):
    given = {
        "HOST": "localhost",
        "PORT": str(tunnel.port),
        "USER": "someone",
        "PASSWORD": "harmless",
        "TLS_NAME": CLUSTER,
    }
    for name, value in given.items():
        monkeypatch.setenv(f"SMARTROUTE_REDSHIFT_{name}", value)
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(tunnel.trusted))
    with Clients(Settings()).redshift() as session:
        assert session.query("SELECT 1").scalar() == 1


@pytest.mark.parametrize(("name", "quoted"), [("a", '"a"'), ('a"b', '"a""b"'), ("a; --", '"a; --"')])
def test_names_are_quoted_in_one_place(name, quoted):
    assert identifier(name) == quoted


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_no_engine_takes_is_no_name(name):
    with pytest.raises(ValueError, match="is not a name"):
        identifier(name)
