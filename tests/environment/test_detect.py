"""Where a run's clients lead is asked of the clients, one by one: what a variable looks like says nothing."""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from smartroute_runbook.engines.clients import SERVICES, Clients
from smartroute_runbook.environment.detect import where_clients_lead
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import Unreachable, UsageError

AWS = {"redshift": "https://redshift.us-east-1.amazonaws.com", "s3": "https://s3.amazonaws.com"}


class Answer(BaseHTTPRequestHandler):
    """Answers as the stand-ins do when they are asked for their limits."""

    def do_GET(self):
        found = self.server.says if self.path == "/_rehearsal/limits" else None
        self.send_response(200 if found is not None else 404)
        self.end_headers()
        self.wfile.write(json.dumps(found or []).encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def servers():
    """A stand-in's port, and the port of something else."""
    made = []
    for says in ([{"area": "S3", "what": "nothing", "so": "nothing"}], None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        server.says = says
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.append(server)
    yield tuple(server.server_address[1] for server in made)
    for server in made:
        server.shutdown()
        server.server_close()


@pytest.fixture
def stand_in(servers):
    return servers[0]


@pytest.fixture
def clean(monkeypatch):
    """A shell that nobody has pointed anywhere."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "SMARTROUTE_", "SSL_CERT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def of_clients(settings=None):
    return Clients(parse_settings(settings or {})).endpoints()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "0.0.0.0", "localhost."])
def test_spellings_of_this_machine_are_a_rehearsal(stand_in, host):
    where = where_clients_lead({"s3": f"http://{host}:{stand_in}", "sts": f"HTTP://{host}:{stand_in}/"})
    assert where.rehearsal
    assert where.limits


@pytest.mark.parametrize(
    "url",
    ["https://127.example.com", "http://localhost.example.com", "https://127.0.0.1.example.com", "https://example.com"],
)
def test_names_that_only_look_local_are_not(url):
    with pytest.raises(UsageError, match="do not lead to one place") as error:
        where_clients_lead({**AWS, "sts": url})
    assert "sts" in str(error.value)
    with pytest.raises(UsageError):
        where_clients_lead({"sts": url})


def test_a_stand_in_for_one_service_alone_is_refused_with_the_list(stand_in):
    with pytest.raises(UsageError, match="do not lead to one place") as error:
        where_clients_lead({**AWS, "ssm": f"http://127.0.0.1:{stand_in}"})
    for service in ("redshift", "s3", "ssm"):
        assert service in str(error.value)


def test_what_does_not_answer_as_a_stand_in_is_none(servers):
    with pytest.raises(Unreachable, match="No stand-ins answer"):
        where_clients_lead({"s3": f"http://127.0.0.1:{servers[1]}"})
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        where_clients_lead({"s3": "http://127.0.0.1:9"})


def test_the_clients_of_an_untouched_shell_lead_to_aws(clean):
    found = of_clients()
    assert set(found) == set(SERVICES)
    assert not where_clients_lead(found).rehearsal


def test_a_variable_that_is_ignored_leads_nowhere(clean, stand_in):
    clean.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{stand_in}")
    assert where_clients_lead(of_clients()).rehearsal
    clean.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert not where_clients_lead(of_clients()).rehearsal


@pytest.mark.parametrize("service", ["REDSHIFT", "SSM", "S3", "STS", "SECRETS_MANAGER", "REDSHIFT_DATA"])
def test_one_service_that_leads_elsewhere_is_seen(clean, stand_in, service):
    clean.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{stand_in}")
    clean.setenv(f"AWS_ENDPOINT_URL_{service}", "https://sts.us-east-1.amazonaws.com")
    with pytest.raises(UsageError, match="do not lead to one place"):
        where_clients_lead(of_clients())
    clean.delenv("AWS_ENDPOINT_URL")
    clean.setenv(f"AWS_ENDPOINT_URL_{service}", f"http://127.0.0.1:{stand_in}")
    with pytest.raises(UsageError, match="do not lead to one place"):
        where_clients_lead(of_clients())


def test_a_service_set_in_the_profile_is_seen(clean, stand_in, tmp_path):
    config = tmp_path / "config"
    config.write_text(
        f"[default]\nservices = mine\n[services mine]\nssm =\n  endpoint_url = http://127.0.0.1:{stand_in}\n"
    )
    clean.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(UsageError, match="ssm"):
        where_clients_lead(of_clients())


def test_the_driver_s_host_is_one_of_them(clean, stand_in):
    clean.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{stand_in}")
    clean.setenv("SMARTROUTE_REDSHIFT_HOST", "127.0.0.1")
    assert where_clients_lead(of_clients()).rehearsal
    clean.setenv("SMARTROUTE_REDSHIFT_HOST", "cluster.abc.us-east-1.redshift.amazonaws.com")
    with pytest.raises(UsageError, match="redshift-driver"):
        where_clients_lead(of_clients())
    assert where_clients_lead(of_clients({"redshift": {"transport": "data-api"}})).rehearsal


def test_a_tunnel_names_the_certificate_behind_it(clean):
    clean.setenv("SMARTROUTE_REDSHIFT_HOST", "127.0.0.1")
    with pytest.raises(UsageError, match="redshift-driver"):
        where_clients_lead(of_clients())
    clean.setenv("SMARTROUTE_REDSHIFT_TLS_NAME", "cluster.abc.us-east-1.redshift.amazonaws.com")
    assert not where_clients_lead(of_clients()).rehearsal
