"""No secret is kept, in whatever form it is written; and what only looks like one costs nobody a week's work.

Secrets are put together here from harmless parts, so that no scanner of sources stumbles over this file.
"""

from __future__ import annotations

import base64
import html
import io
import json
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartroute_runbook.errors import Refused
from smartroute_runbook.record.scan import scan
from smartroute_runbook.runs.guarded import GuardedStore
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.known_secrets import known_secrets
from smartroute_runbook.runs.scanning import Scanner
from smartroute_runbook.runs.secrets import masked
from smartroute_runbook.runs.store import FolderStore

WORD = "Corr3ct" + "-H0rse"
CANARY = "q7!Zt&<v" + '9/+k W%2"x'
LETTERS = "hors" + "ebattery"
LONG = "Ab3" * 14


def b64(text: str, before: str = "") -> str:
    return base64.b64encode((before + text + "!").encode()).decode()


FORMS = {
    "access key id": "AKIA" + "QWERTYUIOPASDFGH",
    "temporary key id": "id ASIA" + "QWERTYUIOPASDFGH.",
    "secret access key": "aws_secret_access_key = " + "wJalrXUtnFEMI" * 3 + "a",
    "secret access key in JSON": '{"SecretAccessKey": "' + "wJalrXUtnFEMI" * 3 + 'a"}',
    "COPY with credentials": "COPY t FROM 's3://b' CREDENTIALS 'aws_access_key_id=x;aws_secret_access_key="
    + "wJalrXUtnFEMI" * 3
    + "a'",
    "COPY with a secret key": "SECRET_ACCESS_KEY '" + "wJalrXUtnFEMI" * 3 + "a'",
    "session token": 'session_token: "' + LONG * 2 + '"',
    "security token header": "X-Amz-Security-Token: " + LONG * 2,
    "security token in an address": "https://b/?X-Amz-Security-Token=" + LONG * 2,
    "private key": "-----BEGIN " + "PRIVATE KEY-----",
    "RSA key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "EC key": "-----BEGIN EC " + "PRIVATE KEY-----",
    "encrypted key": "-----BEGIN ENCRYPTED " + "PRIVATE KEY-----",
    "OpenSSH key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
    "PGP key": "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----",
    "PGP message": "-----BEGIN PGP " + "MESSAGE-----",
    "address": "redshift://admin:" + WORD + "@host:5439/db",
    "address with letters": "postgresql://ada:" + LETTERS + "@h/d",
    "signed v4": "https://b.s3/k?X-Amz-" + "Signature=" + "0a" * 32,
    "signed v2": "https://b.s3/k?AWSAccessKeyId=x&Expires=1&" + "Signature=" + "aB3%2F" * 6,
    "signed of Azure": "https://b/k?sv=1&" + "sig=" + "aB3" * 12,
    "web token": ".".join(("eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiIxMjM0In0", "s5l" * 9)),
    "basic authorization": "Authorization: " + "Basic " + b64(f"ada:{WORD}"),
    "bearer authorization": '"authorization": "' + "Bearer " + LONG + '"',
    "GitHub": "ghp" + "_" + "aB3dE6" * 6,
    "GitHub fine": "github" + "_pat_" + "aB3dE6" * 6,
    "GitLab": "glpat" + "-" + "aB3dE6" * 4,
    "Slack": "xoxb" + "-" + "12345678901-abcdef",
    "Slack webhook": "https://hooks.slack" + ".com/services/" + "T000AAA/B000BBB/" + "aB3dE6" * 4,
    "Stripe": "sk" + "_live_" + "aB3dE6" * 4,
    "Google": "AI" + "za" + "aB3dE" * 7,
    "npm": "npm" + "_" + "aB3dE6" * 6,
    "password, single quotes": f"password='{WORD}'",
    "password, double quotes": f'password = "{WORD}"',
    "password of letters in quotes": f"password='{LETTERS}'",
    "password without quotes": f"password={WORD}",
    "password with a colon": f"password: {WORD}",
    "passwd": f"passwd={WORD}",
    "passphrase": f"passphrase: {WORD}",
    "db_password": f"db_password={WORD}",
    "ODBC": f"UID=ada;Pwd={LETTERS};Server=x",
    "ODBC at the end": f"Pwd={WORD}",
    "CREATE USER": f"CREATE USER ada PASSWORD '{WORD}'",
    "CREATE USER of letters": f"create user ada with password '{LETTERS}' createdb",
    "ALTER USER": f"ALTER USER ada PASSWORD '{WORD}' VALID UNTIL '2027-01-01'",
    "MD5 of a password": "CREATE USER ada PASSWORD 'md5" + "0f" * 16 + "'",
    "JSON": json.dumps({"password": WORD}),
    "JSON in JSON": json.dumps(json.dumps({"password": WORD})),
    "JSON in JSON in JSON": json.dumps(json.dumps(json.dumps({"password": WORD}))),
    "YAML": f"redshift:\n  password: {WORD}\n",
    "URL parameter": f"https://h/?user=ada&password={WORD}&x=1",
    "URL-escaped": quote(f"password='{WORD}'"),
    "HTML-escaped": html.escape(f'password="{WORD}"'),
    "table in HTML": f"<tr><th>password</th><td>{WORD}</td></tr>",
    "table in text": f"│ password │ {WORD} │",
    "table in Markdown": f"| password | {WORD} |",
    "api key": f"api_key: {WORD}",
    "client secret": f'"client_secret": "{WORD}"',
    "refresh token": f'refresh_token="{LONG}"',
    "token": f'"token": "{LONG}"',
}
"""Forms that no value of the environment gives away."""

KNOWN = {
    "plain": CANARY,
    "in a sentence": f"it is {CANARY}, keep it",
    "URL": quote(CANARY),
    "URL, all": quote(CANARY, safe=""),
    "URL, plus": quote_plus(CANARY),
    "JSON": json.dumps(CANARY),
    "JSON in JSON": json.dumps(json.dumps(CANARY)),
    "HTML": html.escape(CANARY),
    "HTML, numbers": html.escape(CANARY).replace("&quot;", "&#34;"),
    "repr": repr(CANARY),
    "base64": b64(CANARY),
    "base64, shifted by one": b64(CANARY, "a"),
    "base64, shifted by two": b64(CANARY, "ab"),
    "base64 of JSON": b64("", json.dumps({"x": CANARY.replace('"', "")}))[:0] + b64(CANARY, '{"user":"ada","p":"'),
    "base64url": base64.urlsafe_b64encode(CANARY.encode()).decode(),
    "hexadecimal": CANARY.encode().hex(),
    "broken by a line end": CANARY[:7] + "\n" + CANARY[7:],
    "broken by an escaped line end": CANARY[:7] + "\\n" + CANARY[7:],
    "broken by colour codes": CANARY[:7] + "\x1b[31m" + CANARY[7:] + "\x1b[0m",
    "broken by escaped colour codes": CANARY[:7] + "\\u001b[1;31m" + CANARY[7:],
    "broken by tags": f"<tspan>{html.escape(CANARY)[:7]}</tspan><tspan>{html.escape(CANARY)[7:]}</tspan>",
    "broken over lines of base64": "\n".join((b64(CANARY)[:10], b64(CANARY)[10:])),
}

NAMES = {
    "REDSHIFT_PASSWORD": WORD,
    "DB_PW": "s3v3n!x",
    "SERVICE_TOKEN": LETTERS,
    "ROOT_SECRET": "/not/a/path/" + WORD,
    "HOME_SECRET": "~" + WORD,
    "DATABASE_URL": f"postgresql://ada:{WORD}x@host/db",
    "THE_PASSPHRASE": "four words of it",
    "PIN_SECRET": "8" * 4 + "1234",
}

HARMLESS = [
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:redshift!smartroute-analytics-AbC123",
    '{"MasterPasswordSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbC123"}',
    "managed password, encrypted; password: managed by Secrets Manager",
    "password: managed", "password: required", "password=None", 'password="..."', 'password="********"',
    "password: ${DB_PASSWORD}", "password: <yours>", 'password = "{{resolve:secretsmanager:x:SecretString:password}}"',
    "password = getpass.getpass()", 'password=os.environ["DB_PASSWORD"]', "password=self._password", '"password": null',
    '"password": ""', "PASSWORD DISABLE", "CREATE USER ada PASSWORD DISABLE", "ALTER USER ada PASSWORD NULL",
    "the password is 16 signs long", "a password's length: 16", "password_encryption=scram-sha-256",
    "SMARTROUTE_REDSHIFT_PASSWORD is not set", "export SMARTROUTE_REDSHIFT_PASSWORD=$(pass show redshift)",
    "secret: redshift!smartroute-analytics-smartroute_admin", '"secret_arn": "arn:aws:secretsmanager:x:1:secret:y"',
    "the secret of success is patience", "Keep the token bucket at 5 per second", "next_token: AQAB" + "x9" * 20,
    '"NextToken": "' + "AQ9x" * 12 + '"', '"ClientRequestToken": "5f0c3f5e-1111-4222-8333-944455556666"',
    "token: 5f0c3f5e-1111-4222-8333-944455556666", "https://docs.aws.amazon.com/redshift/latest/mgmt/x.html",
    "postgresql://host:5439/db", "redshift://admin@host:5439/db", "https://ada@example.org/", "git@github.com:a/b.git",
    "jdbc:redshift://host:5439/db;UID=admin;ssl=true", "postgresql://ada:***@host/db", "postgresql://ada:${PW}@host/db",
    "digest " + "ab" * 32, "SHA256:" + "aB3dE6" * 7, "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----",
    "X-Amz-Date=20261128T000000Z&X-Amz-SignedHeaders=host", "pwd=/home/ada/work", "/etc/passwd", "cd $PWD; pwd",
    "COPY t FROM 's3://b/k' IAM_ROLE 'arn:aws:iam::123456789012:role/smartroute-redshift-copy'",
    "AKIAX is a stop's name", "query 5f0c3f5e-1111-4222-8333-944455556666 scanned 10 MB",
    "| password | managed |", "<tr><th>password</th><td>managed</td></tr>", "signature=valid&n=3",
    "SELECT token, secret FROM words WHERE pwd = 1", "authorization: IAM",
    "Authorization: Basic credentials are refused",
    "password policy: 8 to 64 signs", "secret access key: none is used", "api_key: str",
    "ManageMasterUserPassword=true",
    "s3://bucket/secret/2026-11-28/part-0001.parquet", "2026-11-28T12:00:00.000+00:00 token refreshed",
    "secret=arn:aws:kms:us-east-1:123456789012:key/x", "trip_id 8812_secret_service; route 55",
]  # fmt: skip


def found(text, environment=None):
    return list(Scanner(environment or {}).value(text, "x"))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_seen_as_text_as_json_and_in_a_notebook(name):
    assert found(FORMS[name])
    assert found({"deep": [{"text": FORMS[name]}]})
    assert list(Scanner({}).data(json.dumps({"sql": FORMS[name]}).encode(), "x"))
    cell = {"cell_type": "code", "id": "c", "source": "", "outputs": [{"output_type": "stream", "text": [FORMS[name]]}]}
    assert scan({"cells": [cell], "metadata": {}}, {})


@pytest.mark.parametrize("name", KNOWN)
def test_a_value_of_the_environment_is_seen_in_every_form(name):
    environment = {"REDSHIFT_PASSWORD": CANARY}
    assert found(KNOWN[name], environment)
    assert list(Scanner(environment).data(json.dumps({"x": [KNOWN[name]]}).encode(), "x"))
    assert name == "hexadecimal" or not found(KNOWN[name].swapcase(), environment)


@pytest.mark.parametrize("name", NAMES)
def test_each_variable_that_is_named_so_is_known(name):
    environment = {name: NAMES[name]}
    (secret,) = known_secrets(environment).values()
    assert found(f"the value is {secret} here", environment)
    assert found(b64(secret), environment)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_secret_is_left_alone(text):
    environment = {
        "AWS_SECRET_ACCESS_KEY": "rehearsal", "TOKEN_FILE": "/run/secrets/token1", "PWD": "/home/ada/work",
        "SECRET_BACKEND": "patience", "API_KEY_ENABLED": "true", "TOKEN_TTL": "123456789012", "OLDPWD": "/home/ada",
        "DOCS_URL": "https://docs.aws.amazon.com/", "SECRET_ARN": "arn:aws:secretsmanager:x:1:secret:y",
        "SECRET_HOME": "/etc", "CI_TOKEN": "finished",
    }  # fmt: skip
    assert found(text, environment) == []
    assert found({"text": text, "rows": [[text, 1]]}, environment) == []


@pytest.mark.parametrize(
    "value",
    [
        {"password": WORD},
        {"redshift": {"master_user_password": WORD}},
        {"rows": [["user", "ada"], ["password", WORD]]},
        {"columns": ["user", "password"], "rows": [["ada", WORD]]},
        {"settings": {"api_key": LONG}},
    ],
)
def test_a_value_beside_a_secrets_name_is_seen_whatever_it_looks_like(value):
    assert found(value)


def test_the_place_is_named_and_the_secret_is_not():
    (one,) = {f.place for f in found({"settings": {"redshift": {"note": f"password={WORD}"}}})}
    assert one == "x.settings.redshift.note"
    assert WORD not in repr(found({"password": WORD}))


def test_two_outputs_that_hold_one_secret_between_them(monkeypatch):
    outputs = [{"output_type": "stream", "text": CANARY[:8]}, {"output_type": "stream", "text": CANARY[8:]}]
    cell = {"cell_type": "code", "id": "c", "source": "", "outputs": outputs}
    assert scan({"cells": [cell]}, {"X_PASSWORD": CANARY})
    svg = {"output_type": "display_data", "data": {"image/svg+xml": f"<svg><text>{html.escape(CANARY)}</text></svg>"}}
    assert scan({"cells": [{**cell, "outputs": [svg]}]}, {"X_PASSWORD": CANARY})


@pytest.fixture
def guarded(tmp_path, monkeypatch):
    monkeypatch.setenv("REDSHIFT_PASSWORD", CANARY)
    return GuardedStore(FolderStore(tmp_path))


@pytest.mark.parametrize("text", [CANARY, f"CREATE USER a PASSWORD '{WORD}'"])
def test_neither_journal_nor_evidence_nor_history_takes_it(guarded, tmp_path, text):
    journal = Journal(guarded, "r/journal")
    journal.append("opened", {"run": "r"})
    with pytest.raises(Refused, match=r"body\.settings\.note") as refused:
        journal.append("signature", {"settings": {"note": text}})
    assert text not in str(refused.value)
    with pytest.raises(Refused, match=r"evidence/x-1\.json"):
        guarded.put_new("r/evidence/x-1.json", json.dumps({"rows": [[text]]}).encode())
    data = io.BytesIO()
    pq.write_table(pa.table({"text": [None, "SELECT 1", text]}), data, compression="zstd")
    with pytest.raises(Refused, match="column text"):
        guarded.put_new("history/w/1.parquet", data.getvalue())
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["000001.json"]
    journal.append("opened", {"run": "nothing is lost"})


def test_a_message_of_a_stopped_step_is_kept_without_the_secret(guarded):
    journal = Journal(guarded, "r/journal")
    entry = journal.append("stopped", {"step": "week2.load", "error": f"refused: password={WORD} and {CANARY}"})
    assert WORD not in str(entry.body)
    assert CANARY not in str(entry.body)
    assert entry.body["error"].startswith("refused: password=[a password]")


def test_a_token_that_is_the_runs_id_refuses_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("CI_JOB_TOKEN", "production-20261128T080000")
    store = GuardedStore(FolderStore(tmp_path))
    Journal(store, "production-20261128T080000/journal").append("opened", {"run": "production-20261128T080000"})


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=7, max_size=40)


@settings(max_examples=150, deadline=None)
@given(PRINTABLE.filter(lambda text: not text.isalnum()))
def test_any_value_is_seen_plain_and_encoded(value):
    environment = {"X_PASSWORD": value}
    for secret in known_secrets(environment).values():
        encoded = (b64(secret), b64(secret, "a"), b64(secret, "ab"))
        for text in (secret, json.dumps(secret), html.escape(secret), quote(secret, safe=""), *encoded):
            assert found(f"a {text} b", environment), text


def test_a_message_is_masked():
    assert masked(f"FATAL: {FORMS['address']}") == "FATAL: redshift://admin:[a password in an address]@host:5439/db"
    assert masked("nothing here") == "nothing here"
