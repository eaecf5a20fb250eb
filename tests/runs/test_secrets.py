"""No secret is kept, in whatever form it is written; and what only looks like one costs nobody a week's work.

Secrets are put together here from harmless parts, so that no scanner of sources stumbles over this file.
"""

from __future__ import annotations

import base64
import html
import io
import json
import textwrap
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import secret_contexts, secret_texts

from smartroute_runbook.errors import Refused
from smartroute_runbook.record.scan import scan
from smartroute_runbook.runs.guarded import GuardedStore
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.opening import _store_of_the_way_back
from smartroute_runbook.runs.query_history import History, row_of, shape_of
from smartroute_runbook.runs.secrets.known import known_secrets
from smartroute_runbook.runs.secrets.scanning import Scanner, without_secrets
from smartroute_runbook.runs.secrets.texts import masked
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

ON, OFF = "\x1b[32m", "\x1b[0m"
DRESSED = {
    "colour inside a name": f"pass{ON}word{OFF}={WORD}",
    "colour inside a value": f"password={WORD[:4]}{ON}{WORD[4:]}{OFF}",
    "colour around a value": f"password: {ON}{WORD}{OFF}",
    "colour around the equals": f"password{ON}={OFF}{ON}'{WORD}'{OFF}",
    "key id with colour": "AKIA" + ON + "QWERTYUI" + OFF + "OPASDFGH",
    "key id over a line end": "AKIAQWERTY\nUIOPASDFGH",
    "github over colour": "ghp_" + ON + "aB3dE6" * 6 + OFF,
    "password in tags": f"<b>password</b>=<i>{WORD}</i>",
    "password spans": f"<span>password</span><span>: </span><span>{WORD}</span>",
    "sql in json": json.dumps({"sql": f"CREATE USER ada PASSWORD '{WORD}'"}),
    "sql double space": f"CREATE USER ada   PASSWORD\n   '{WORD}'",
    "sql lower identified by": f"create user ada identified by '{WORD}'",
    "sql alter url escaped": quote(f"ALTER USER ada PASSWORD '{WORD}'"),
    "sql html escaped": html.escape(f"ALTER USER ada PASSWORD '{WORD}'"),
    "sql doubled quotes": f"EXECUTE 'CREATE USER ada PASSWORD ''{WORD}'''",
    "sql dollar quotes": f"CREATE USER ada PASSWORD $${WORD}$$",
    "sql E string": f"CREATE USER ada PASSWORD E'{WORD}'",
    "sql comment between": f"CREATE USER ada PASSWORD /* x */ '{WORD}'",
    "copy access keys": f"COPY t FROM 's3://x' ACCESS_KEY_ID 'x' SECRET_ACCESS_KEY '{'aB3/' * 10}'",
    "copy session token": "COPY t ... SESSION_TOKEN '" + LONG * 2 + "'",
    "traceback": f"Traceback (most recent call last):\n    connect(password='{WORD}')\nOperationalError: no",
    "traceback dsn": f"sqlalchemy.exc.OperationalError: could not connect to postgresql://ada:{WORD}@h:5439/db",
    "repr of dict": repr({"user": "ada", "password": WORD}),
    "dict with spaces": "{ 'password' : '" + WORD + "' }",
    "dataclass repr": f"Settings(user='ada', password='{WORD}')",
    "pydantic secret": f"password=SecretStr('{WORD}')",
    "env export": f"export REDSHIFT_PASSWORD={WORD}",
    "env export quoted": f'export PGPASSWORD="{WORD}"',
    "docker -e": f"docker run -e DB_PASSWORD={WORD} x",
    "dotenv": f"DB_PASSWORD={WORD}\nX=1",
    "cli flag": f"psql --password={WORD} -h h",
    "cli flag with a space": f"tool --password {WORD} -h h",
    "ini": f"[redshift]\npassword = {WORD}\n",
    "toml": f'password = "{WORD}"',
    "aws credentials file": "[default]\naws_access_key_id = AKIAQWERTYUIOPASDFGH\naws_secret_access_key = "
    + "aB3/" * 10,
    "pgpass": f"host:5439:dev:ada:{WORD}",
    "jdbc": f"jdbc:redshift://h:5439/dev?user=ada&password={WORD}",
    "jdbc semicolons": f"jdbc:redshift://h:5439/dev;UID=ada;PWD={WORD}",
    "curl -u": f"curl -u ada:{WORD} https://h/",
    "basic in a header list": repr([("Authorization", "Basic " + b64(f"ada:{WORD}"))]),
    "basic dict repr": repr({"Authorization": "Basic " + b64(f"ada:{WORD}")}),
    "cookie": "Set-Cookie: session_token=" + LONG,
    "xml": f"<password>{WORD}</password>",
    "xml attribute": f'<user name="ada" password="{WORD}"/>',
    "yaml list": f"- name: password\n  value: {WORD}",
    "json name value": json.dumps({"name": "DB_PASSWORD", "value": WORD}),
    "json key value env": json.dumps([{"Key": "password", "Value": WORD}]),
    "html table rows": f"<table><tr><td>user</td><td>password</td></tr><tr><td>ada</td><td>{WORD}</td></tr></table>",
    "text table columns": f"| user | password |\n|---|---|\n| ada | {WORD} |",
    "box table columns": f"user   password\n-----  --------\nada    {WORD}",
    "pandas repr": f"  user      password\n0  ada  {WORD}",
    "csv": f"user,password\nada,{WORD}\n",
    "tsv": f"user\tpassword\nada\t{WORD}\n",
    "psql expanded": f"-[ RECORD 1 ]\nuser     | ada\npassword | {WORD}",
    "base64 of password assign": b64(f"password={WORD}"),
    "base64 multi-line of a PEM": "\n".join(
        textwrap.wrap(base64.b64encode(("-----BEGIN " + "PRIVATE KEY-----\nMII" + LONG * 4).encode()).decode(), 64)
    ),
    "base64 key in yaml": "data:\n  password: " + b64(WORD),
    "kubernetes secret": "kind: Secret\ndata:\n  db-password: " + base64.b64encode(WORD.encode()).decode(),
    "url escaped dsn": quote(f"redshift://admin:{WORD}@host:5439/db", safe=""),
    "double url": quote(quote(f"password={WORD}")),
    "unicode escapes": "password=\\u0043orr3ct-H0rse",
    "html entities numeric": "password=&#67;orr3ct-H0rse",
    "json escaped quotes in html": html.escape(json.dumps({"password": WORD})),
    "split lines": f"password='{WORD[:5]}'\n  '{WORD[5:]}'",
    "split with backslash": f"password={WORD[:6]}\\\n{WORD[6:]}",
    "key split in quotes": "'AKIAQWERTY' 'UIOPASDFGH'",
    "jwt in url": "https://h/?access_token="
    + ".".join(("eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiIxMjM0In0", "s5l" * 9)),
    "sas": "SharedAccessSignature sr=x&sig=" + "aB3dE6" * 6 + "%3D&se=1",
    "azure key": "AccountKey=" + "aB3dE6" * 14 + "==;",
    "slack app": "xapp-1-A0-" + "aB3dE6" * 6,
    "sendgrid": "SG." + "aB3dE6x_" * 3 + "." + "aB3dE6x-" * 5,
    "hf token": "hf_" + "aBcdEf" * 6,
    "anthropic": "sk-ant-api03-" + "aB3dE6" * 8,
    "openai": "sk-proj-" + "aB3dE6" * 8,
    "databricks": "dapi" + "0a" * 16,
    "vault": "hvs." + "aB3dE6" * 5,
    "digitalocean": "dop_v1_" + "0a" * 32,
    "twilio": "TWILIO_AUTH_TOKEN=" + "0a" * 16,
    "age key": "AGE-SECRET-KEY-1" + "QPZRY9X8GF" * 6,
    "putty": "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 4",
}
"""The same and others as they are shown, sent, escaped, coloured, broken over lines, or set in tables."""
DRESSED |= secret_texts.SECRETS | secret_contexts.SECRETS

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
    "| table | token | rows |\n|---|---|---|\n| vehicles | managed | 398312 |",
    "name,secret,value\nregion,none,us-east-1",
    "gate, password, state\nweek1.cluster, managed by AWS, signed 2026",
    "user  password  since\nada   managed   2026-11-28",
    "--password-file /run/secrets/pw1", "--token-file=/run/x1", "smartroute-runbook sign GATE --token",
    "curl -u ada https://h/",
    "host:5439:dev:ada", "2026-11-28T12:00:00:abc", "<password/>", "<secret>managed</secret>",
    "name: password\nvalue: managed",
    '{"name": "secret", "value": null}', '{"key": "next_token", "value": "AQ9x"}', "sk-learn is no key",
    "dapi is a word",
    base64.b64encode(b"nothing to hide in these thirty signs").decode(), "hf_short", "SG.1.2",
    "'vehicles' 'delay_metrics'", "a -- password: see the vault", "digest\n" + "ab" * 32 + "\n" + "cd" * 32,
    "s3://bucket/secret/2026-11-28/part-0001.parquet", "2026-11-28T12:00:00.000+00:00 token refreshed",
    "secret=arn:aws:kms:us-east-1:123456789012:key/x", "trip_id 8812_secret_service; route 55",
]  # fmt: skip
HARMLESS += secret_texts.HARMLESS + secret_contexts.HARMLESS


def found(text, environment=None):
    return list(Scanner(environment or {}).value(text, "x"))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_seen_as_text_as_json_and_in_a_notebook(name):
    assert found(FORMS[name])
    assert found({"deep": [{"text": FORMS[name]}]})
    assert list(Scanner({}).data(json.dumps({"sql": FORMS[name]}).encode(), "x"))
    cell = {"cell_type": "code", "id": "c", "source": "", "outputs": [{"output_type": "stream", "text": [FORMS[name]]}]}
    assert scan({"cells": [cell], "metadata": {}}, {})


@pytest.mark.parametrize("name", DRESSED)
def test_a_form_is_seen_however_it_is_dressed(name):
    text = DRESSED[name]
    assert found(text)
    assert list(Scanner({}).data(json.dumps({"sql": text}).encode(), "x"))
    error = {"output_type": "error", "ename": "E", "evalue": text, "traceback": [text]}
    assert scan({"cells": [{"cell_type": "code", "id": "c", "source": "", "outputs": [error]}], "metadata": {}}, {})


PLACES = {
    "source": lambda text: {"cells": [{"id": "c", "source": [text]}]},
    "markdown": lambda text: {"cells": [{"id": "c", "cell_type": "markdown", "source": text}]},
    "a cell's metadata": lambda text: {"cells": [{"id": "c", "source": "", "metadata": {"note": {"deep": [text]}}}]},
    "an attachment": lambda text: {"cells": [{"id": "c", "source": "", "attachments": {"a": {"text/plain": text}}}]},
    "a cell's name": lambda text: {"cells": [{"id": text, "source": ""}]},
    "HTML": lambda text: {
        "cells": [{"id": "c", "source": "", "outputs": [{"data": {"text/html": [html.escape(text)]}}]}]
    },
    "JSON": lambda text: {
        "cells": [{"id": "c", "source": "", "outputs": [{"data": {"application/json": {"x": text}}}]}]
    },
    "a figure": lambda text: {
        "cells": [
            {
                "id": "c",
                "source": "",
                "outputs": [{"data": {"application/vnd.plotly.v1+json": {"data": [{"text": [text]}]}}}],
            }
        ]
    },
    "metadata": lambda text: {"cells": [], "metadata": {"papermill": {"parameters": {"x": text}}}},
    "a widget's state": lambda text: {
        "cells": [],
        "metadata": {
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"m": {"state": {"value": text}}}}}
        },
    },
    "a traceback": lambda text: {
        "cells": [
            {
                "id": "c",
                "source": "",
                "outputs": [{"output_type": "error", "evalue": "x", "traceback": [f"{ON}{text}{OFF}"]}],
            }
        ]
    },
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", [FORMS["access key id"], FORMS["password, single quotes"], FORMS["address"]])
def test_each_place_of_a_notebook_is_looked_at(place, text):
    assert scan(PLACES[place](text), {}), place


def test_there_are_enough_of_each():
    assert len(FORMS) + len(DRESSED) + len(KNOWN) + len(NAMES) >= 120
    assert len(HARMLESS) >= 50
    assert not set(FORMS) & set(DRESSED)


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
    assert masked(text) == text


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


def test_a_pair_of_name_and_value_is_seen():
    assert found({"Name": "DB_PASSWORD", "Value": WORD})
    assert found([{"key": "api_key", "value": LONG}])
    assert not found([{"name": "region", "value": WORD}, {"name": "next_token", "value": LONG}])


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
    with pytest.raises(Refused, match="its name"):
        guarded.put_new(f"r/watch/{text}.json", b"{}")
    for table in (pa.table({text: [1]}), pa.table({"a": [1]}).replace_schema_metadata({"note": text})):
        told = io.BytesIO()
        pq.write_table(table, told)
        with pytest.raises(Refused, match=r"column names|metadata"):
            guarded.put_new("r/history/b.parquet", told.getvalue())
    data = io.BytesIO()
    pq.write_table(pa.table({"text": [None, "SELECT 1", text]}), data, compression="zstd")
    with pytest.raises(Refused, match="column text"):
        guarded.put_new("history/w/1.parquet", data.getvalue())
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["000001.json"]
    journal.append("opened", {"run": "nothing is lost"})


def test_columns_of_parquet_are_looked_at_by_name_and_inside_lists_and_pairs(guarded):
    for column, value in {
        "a": ["x", f"password={WORD}"],
        "b": {"note": f"password={WORD}"},
        "db_password": WORD,
    }.items():
        data = io.BytesIO()
        pq.write_table(pa.table({column: [None, value]}), data)
        with pytest.raises(Refused, match=column):
            guarded.put_new(f"r/history/{column}.parquet", data.getvalue())


@pytest.mark.parametrize("text", [b64(f"password={WORD}"), f"COPY t CREDENTIALS 'x;password={WORD}'"])
def test_a_query_of_the_history_that_shows_a_secret_is_kept_without_it(guarded, text):
    """Nobody can take it out of Athena, and the triggers need its figures."""
    moment = datetime.now(UTC)
    status = {"State": "FAILED", "SubmissionDateTime": moment, "StateChangeReason": f"no: {text}"}
    execution = {"QueryExecutionId": "q-1", "Query": f"SELECT '{text}'", "Status": status}
    History(guarded, "h/001").add("walk", [row_of(execution)], [], "")
    (row,) = History.open(guarded, "h").table().to_pylist()
    assert row["shape"] == shape_of(f"SELECT '{text}'")
    assert found(row) == []


def test_the_folder_of_the_way_back_takes_no_secret_either():
    store, _ = _store_of_the_way_back("s3://b", OSError("gone"))
    with pytest.raises(Refused):
        Journal(store, "r/journal").append("note", {"text": f"password={WORD}"})


@pytest.mark.parametrize("kind", ["switched", "switch-failed"])
def test_an_attempt_to_switch_is_kept_without_the_secret(guarded, kind):
    entry = Journal(guarded, "r/journal").append(kind, {"to": "redshift", "why": f"no: {FORMS['address']}"})
    assert WORD not in str(entry.body)


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


@pytest.mark.parametrize("name", FORMS | DRESSED)
def test_what_somebody_else_wrote_is_kept_without_the_secret(name):
    text = (FORMS | DRESSED)[name]
    assert found(without_secrets(text)) == []
    assert without_secrets(text) != text
