"""Secrets to plant: sentences, statements and commands around values that are drawn anew, in the forms of texts."""

from __future__ import annotations

import base64
import html
import json
import random
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

WORDS = (
    "otter", "granite", "lantern", "pebble", "violet", "hammer", "saddle", "copper", "meadow", "anchor", "puzzle",
    "walnut",
)  # fmt: skip
SIGNS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Planted:
    """A text, and the secret in it."""

    text: str
    secret: str


def _word(chance: random.Random) -> str:
    """A password of a person: letters, digits and a special character inside."""
    while True:
        found = "".join(chance.choices(SIGNS + "!#$*?^~", k=12))
        inside = any(sign in "!#$*?^~" for sign in found[1:-1]) and any(map(str.isdigit, found))
        if inside and found[0].isalpha() and found[-1].isalnum():
            return found


def _values(chance: random.Random) -> dict[str, str]:
    return {
        "drawn": base64.urlsafe_b64encode(chance.randbytes(32)).decode().rstrip("="),
        "letters": "".join(chance.choices(SIGNS, k=22)),
        "digits": chance.randbytes(16).hex(),
        "base64": base64.b64encode(chance.randbytes(32)).decode(),
        "forty": base64.b64encode(chance.randbytes(30)).decode(),
        "word": _word(chance),
        "words": " ".join(chance.sample(WORDS, 5)),
        "more": " ".join(chance.sample(WORDS, 7)),
    }


def planted(template: str, seed: int) -> Planted:
    """A template with values of its own."""
    values = _values(random.Random(f"{seed} {template}"))
    first = re.findall(r"(?<!\{)\{(\w+)\}", template)[0]
    return Planted(template.format(**values), values[first])


def _inside(one: Planted, what: str) -> str:
    at = one.text.index(one.secret) + len(one.secret) // 2
    return one.text[:at] + what + one.text[at:]


FORMS: dict[str, Callable[[Planted], str]] = {
    "plain": lambda one: one.text,
    "base64": lambda one: base64.b64encode(one.text.encode()).decode(),
    "URL": lambda one: quote(one.text, safe=""),
    "JSON": lambda one: json.dumps({"note": one.text}),
    "HTML": lambda one: f"<p>{html.escape(one.text)}</p>",
    "over two lines": lambda one: _inside(one, "\\\n    "),
    "colour inside": lambda one: _inside(one, "\x1b[31m") + "\x1b[0m",
    "colour around": lambda one: one.text.replace(one.secret, f"\x1b[1;32m{one.secret}\x1b[0m"),
}

TEMPLATES = [
    "https://login.example.com/cb?state=1&code={drawn}",
    "curl -d 'grant_type=authorization_code&code={letters}' https://idp/token",
    "Received auth code {drawn} from the IdP",
    '{{"device_code":"{drawn}"}}',
    "refresh token: {drawn}",
    "id_token={drawn}{drawn}",
    "the code verifier was {drawn}",
    "https://h/confirm?verification_token={digits}",
    "session id: sessionid={digits}",
    "API-Key: {letters}",
    "apikey {digits}",
    "our api key is {letters}",
    "X-API-KEY={digits}",
    "DATADOG_API_KEY={digits}",
    "encryption_key = '{digits}{digits}'",
    "AES-256 key: {digits}{digits}",
    "hmac_key: {base64}",
    "HMAC key = {digits}",
    "jwt key is {base64}",
    "license_key={letters}",
    "storage key {base64}",
    "subscription-key: {digits}",
    "shared_key={base64}",
    "the webhook key {digits}",
    "secret_key: {drawn}",
    "SECRET_KEY_BASE={digits}{digits}",
    "APP_KEY=base64:{base64}",
    "master key {digits}{digits}",
    "access key {forty}",
    "AWS secret {forty}",
    "use {forty} please",
    "aws configure set aws_secret_access_key {forty}",
    "login bob {word}",
    "Login: bob / {word}",
    "log in as bob, password {word}",
    "creds: bob:{word}",
    "credentials bob/{word}",
    "user bob pw {word}",
    "username=bob&pass={word}",
    "bob:{word}@db.example.net:5432/x",
    "connected as bob with {word}",
    "auth=('bob','{word}')",
    'HTTPBasicAuth("bob", "{word}")',
    "psycopg2.connect('h', 'd', 'bob', '{word}')",
    "sqlcmd -S h -U bob -P {word}",
    "mysql -h h -u bob -p{word}",
    "mongosh -u bob -p {word}",
    "snowsql -a x -u bob --password {word}",
    "docker login -u bob -p {word} r.io",
    "ldapsearch -D cn=bob -w {word}",
    "curl --user bob:{word} https://h",
    "kinit bob <<< {word}",
    "echo '{word}' | sudo -S ls",
    "openssl enc -aes-256-cbc -k {word}",
    "openssl enc -aes-256-cbc -pass pass:{word}",
    "zip -P {word} x.zip y",
    "gpg --passphrase {word} -d x",
    "redis-cli -a {word}",
    "rclone obscure {word}",
    "sqlplus bob/{word}@db1",
    "sqlplus -S bob/{letters}@//h:1521/p",
    "jdbc:oracle:thin:bob/{letters}@h:1521:x",
    "exp bob/{word}@x full=y",
    "CONNECT bob/{word}@prod",
    "bob/{word}@prod failed",
    "tnsping; bob/{letters}@orcl",
    ".logon h/bob,{letters}",
    "bteq: .LOGON bob,{word}",
    "password = '{words}'",
    '{{"passphrase": "{words}"}}',
    "passphrase: {words}",
    "password: {words}",
    "the password is '{words}'",
    'password: "Tr0y {word} horse"',
    "Pwd={words};Uid=bob;",
    "CREATE USER bob PASSWORD '{words}'",
    "| bob | password | {words} |",
    "<password>{words}</password>",
    "--passphrase '{words}'",
    "seed phrase: {words} {more}",
    "INSERT INTO staff (id, email, password) VALUES (1, 'b@x.org', '{word}')",
    "insert into app_user(login,pwd) values('bob','{letters}');",
    "INSERT INTO secrets VALUES (DEFAULT, 'db', '{word}')",
    "INSERT INTO cfg (k, v) VALUES ('db_password', '{word}')",
    "INSERT INTO config VALUES ('api_key', '{letters}')",
    "INSERT INTO t (a, api_token) VALUES (1, '{digits}'), (2, '{digits}')",
    "INSERT INTO users SET name='bob', password='{word}'",
    "INSERT OVERWRITE TABLE users SELECT 1, 'bob', '{word}' AS pwd",
    "UPDATE cfg SET v = '{word}' WHERE k = 'password'",
    "SELECT '{word}' password",
    "SELECT CAST('{letters}' AS VARCHAR(40)) AS secret",
    "WHERE u.password = '{word}'",
    "WHERE passwd in ('{word}')",
    "WHERE '{word}' = u.password",
    "WHERE api_key LIKE '{letters}'",
    "SELECT * FROM dblink('host=h user=bob password={word}', 'SELECT 1')",
    "SELECT aes_decrypt(x, '{letters}')",
    "SELECT hmac('x', '{letters}', 'sha1')",
    "SELECT encrypt(x, '{word}', 'aes')",
    "SET SESSION app.password = '{word}'",
    "set pw='{word}'",
    "EXEC login @user='bob', @password='{word}'",
    "CALL set_password('bob', '{word}')",
    "SELECT set_password('{word}')",
    "ALTER ROLE bob WITH LOGIN PASSWORD '{word}'",
    "CREATE LOGIN bob WITH PASSWORD = N'{word}'",
    "CREATE USER bob IDENTIFIED BY {letters}",
    'CREATE USER bob IDENTIFIED BY "{word}"',
    "GRANT ALL ON *.* TO bob IDENTIFIED BY '{word}'",
    "VALUES ('bob', '{word}') AS u(name, password)",
    "-- pw={word}",
    "/* login: bob {word} */",
    "COMMENT ON TABLE t IS 'password {word}'",
    "WITH c AS (SELECT '{letters}' AS token) SELECT 1",
    "CREATE SECRET (TYPE S3, KEY_ID 'x', SECRET '{forty}')",
    "SELECT * FROM read_csv('https://bob:{word}@h/x.csv')",
    "COPY t FROM 's3://b' CREDENTIALS 'aws_access_key_id=x;aws_secret_access_key={forty}'",
    "password\n{word}",
    "Password:\n  {word}",
    "Enter password: {word}",
    "Passwort lautet {word}",
    "mot de passe : {word}",
    "PIN: password {word}",
    "pass phrase {word}",
    "pwd is {word}",
    "pw {word}",
    "psw={word}",
    "password ({word})",
    "password [{word}]",
    "password=<{word}>",
    "password “{word}”",
    "password:={word}",
    "(user, password) = ('bob', '{word}')",
    "user='bob' passwd='{word}'",
    "new password {word}",
    "old_password={word}",
    "temporary password: {word}",
    "initial password is {word}",
    "db.password={word}",
    "spring.datasource.password={word}",
    "DB_PASSWORD_PROD={word}",
    "PROD_DB_PASSWORD={word}",
    "passwordProd: {word}",
    "redshiftPassword: {word}",
    "adminPwd={word}",
    "rootpw={word}",
    "rootPassword={word}",
    "SNOWSQL_PWD={word}",
    "password2={word}",
    "token {drawn}",
    "Token: {drawn}",
    "TOKEN={digits}",
    "auth token {digits}",
    "GITHUB_TOKEN={letters}",
    "bot token {drawn}",
    "vault token: s.{letters}",
    "sas token: {drawn}",
    "secret {drawn}",
    "secret: {digits}",
    "client secret {drawn}",
    "the secret is {drawn}",
    "webhook secret {digits}",
]
