"""Every example of redshift_connector's README, as printed, against the stand-in.

The examples are read from the installed package and run unmodified; what they print is compared with what the README
says they print. The test stands for what an example leaves to its reader: names that lead to a cluster, a cluster of
that name, profile files, tables. What is not run has its reason here, and in docs/rehearsal.md.
"""

from __future__ import annotations

import importlib.metadata
import re
import socket
import ssl
import textwrap

import pytest
import trustme

from smartroute_runbook.standins.redshift.wire.server import RedshiftServer

HOST = "examplecluster.abc123xyz789.us-west-1.redshift.amazonaws.com"
README = importlib.metadata.distribution("redshift_connector").read_text("METADATA") or ""
BLOCKS = [
    textwrap.dedent(found[1])
    for found in re.finditer(r"^\.\. code-block:: py\w+\n\n((?:[ \t]+.*\n|\n)+)", README, re.MULTILINE)
]
NOT_RUN = {
    "with redshift_connector.connect() as conn1:": "is not Python as printed: one line too deep, and no cluster named",
    "credentials_provider='IdpTokenAuthPlugin'": "needs IAM Identity Center, which does not exist here",
}


def why_not(block):
    return next((reason for mark, reason in NOT_RUN.items() if mark in block), None)


def code_of(block):
    """An example without what it says it prints, and that."""
    lines = block.splitlines()
    printed = [line.strip()[2:].strip() for line in lines if line.strip().startswith(">>")]
    return "\n".join(line for line in lines if not line.strip().startswith(">>")), printed


def the(*marks):
    (found,) = (block for block in BLOCKS if all(mark in block for mark in marks))
    return found


def squeezed(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def dev(stack, tmp_path_factory):
    """A cluster's endpoint with the README's host name, database, user and password."""
    folder = tmp_path_factory.mktemp("dev")
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "localhost").configure_cert(tls)
    authority.cert_pem.write_to_path(folder / "ca.pem")

    def authenticate(user, password, _database):
        temporary = stack.plane.temporary.get(user, (None,))[0]
        return password == ("my_password" if user == "awsuser" else temporary)

    server = RedshiftServer(
        stack.objects,
        database=folder / "dev.duckdb",
        tls=tls,
        authenticate=authenticate,
        name="dev",
        is_master=lambda user: user in ("awsuser", "IAM:awsuser"),
    )
    server.start()
    server.trusted = folder / "ca.pem"
    yield server
    server.stop()


@pytest.fixture
def reachable(dev, monkeypatch):
    """The README's host name leads to that endpoint, whatever the port, and its certificate is trusted."""
    asked = socket.getaddrinfo

    def lookup(host, port, *args, **named):
        return asked(*(("127.0.0.1", dev.port) if host == HOST else (host, port)), *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setenv("SSL_CERT_FILE", str(dev.trusted))


@pytest.fixture
def names(reachable):
    """What the later examples take for given: a connection and a cursor, made by the first example."""
    found = {}
    exec(code_of(the("# Connects to Redshift cluster using AWS credentials"))[0], found)
    yield found
    found["conn"].close()


def test_every_example_is_run_or_has_its_reason():
    assert len(BLOCKS) == 13  # a new release may bring more: look at them
    for block in BLOCKS:
        if why_not(block) is None:
            compile(code_of(block)[0], "README", "exec")
    with pytest.raises(IndentationError):
        compile(code_of(the("connect() as conn1"))[0], "README", "exec")
    assert sum(why_not(block) is not None for block in BLOCKS) == 4


def test_basic_example(reachable, capsys):
    code, printed = code_of(the("# Connects to Redshift cluster using AWS credentials"))
    found = {}
    exec(code, found)
    found["conn"].close()
    assert capsys.readouterr().out.splitlines() == printed


def test_enabling_autocommit(names):
    exec(code_of(the("conn.autocommit = True"))[0], names)
    assert names["conn"].autocommit is False


def test_configuring_paramstyle(names):
    names["cursor"].execute("create temp table foo(bar int, jar varchar)")
    exec(code_of(the("# qmark", "# pyformat"))[0], names)
    names["cursor"].execute("select bar, jar, count(*) from foo group by 1, 2")
    assert names["cursor"].fetchall() == ([1, "hello world", 5],)


@pytest.mark.parametrize(("how", "region"), [("profile='default'", "us-west-2"), ("region=", "us-east-2")])
def test_iam_credentials(stack, dev, names, tmp_path, monkeypatch, how, region):
    import boto3

    files = {"AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_CONFIG_FILE": "config"}
    for variable, name in files.items():
        (said,) = re.findall(rf"    # ~/\.aws/{name}\n((?:    .+\n)+)", README)
        (tmp_path / name).write_text(textwrap.dedent(said))
        monkeypatch.setenv(variable, str(tmp_path / name))
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable)
    monkeypatch.setattr(stack.plane, "redshift_port", dev.port)
    monkeypatch.setattr(stack.gateway, "known", bool)  # any key: the examples name their own
    keys = {"aws_access_key_id": "my_aws_access_key_id", "aws_secret_access_key": "my_aws_secret_access_key"}
    redshift = boto3.Session(region_name=region, **keys).client("redshift")
    if how.startswith("profile"):
        # The README's config says region=, which neither the AWS tools nor boto3 read: the variable is what is left.
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    redshift.create_cluster(
        ClusterIdentifier="examplecluster", NodeType="ra3.large", NumberOfNodes=2, DBName="dev",
        MasterUsername="awsuser", MasterUserPassword="My_password1",
    )  # fmt: skip
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier="examplecluster", WaiterConfig={"Delay": 1})
    found = {}
    exec(code_of(the("iam=True", how))[0], found)
    cursor = found["conn"].cursor()
    cursor.execute("select current_user, current_database()")
    assert cursor.fetchall() == (["awsuser", "dev"],)
    found["conn"].close()
    redshift.delete_cluster(ClusterIdentifier="examplecluster", SkipFinalClusterSnapshot=True)


def test_integration_with_pandas_and_numpy(names, capsys):
    code, printed = code_of(the("fetch_dataframe"))
    names["cursor"].execute("drop table book")  # the basic example's
    exec(code, names)
    assert squeezed(capsys.readouterr().out) == squeezed(" ".join(printed))
    code, printed = code_of(the("fetch_numpy_array"))
    exec(code, names)
    assert squeezed(capsys.readouterr().out) == squeezed(" ".join(printed))


def test_write_dataframe(names):
    """The example's column name ends in an invisible mark, U+200E; the driver inserts by position and never sees it."""
    exec(code_of(the("write_dataframe"))[0], names)
    rows = {tuple(row) for row in names["result"]}
    assert rows == {("One Hundred Years of Solitude", "Gabriel García Márquez"),
                    ("A Brief History of Time", "Stephen Hawking")}  # fmt: skip


def test_query_using_functions(names, capsys):
    exec(code_of(the("SELECT CURRENT_TIMESTAMP"))[0], names)
    assert re.match(r"\[datetime\.datetime\(20.*tzinfo=datetime\.timezone\.utc\)\]", capsys.readouterr().out)
