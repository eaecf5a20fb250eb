"""What psql, asyncpg, psycopg, JDBC and SQLAlchemy ask of the Redshift stand-in, message by message.

The clients themselves run in ``make witness-clients``.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.standins.redshift.wire import binary

ENGINE = ("DuckDB", "duckdb", "Binder", "Catalog Error", "Parser Error", "sqlglot", "Traceback", "LINE 1")


class Wire:
    """A client of the protocol without a driver: what is sent and what comes back, as messages."""

    def __init__(self, standins, **startup):
        given = standins.connection
        self.socket = _tls(standins)
        self.stream = self.socket.makefile("rb")
        options = {"user": given["user"], "database": given["database"], **startup}
        words = "".join(f"{name}\0{value}\0" for name, value in options.items()) + "\0"
        start = struct.pack("!I", 196608) + words.encode()
        self.socket.sendall(struct.pack("!I", len(start) + 4) + start)
        assert self.message()[0] == b"R"
        self.send(b"p", given["password"].encode() + b"\0")
        self.greeting = self.until(b"Z", b"E")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.send(b"X", b"")
        self.stream.close()
        self.socket.close()

    def send(self, code, body):
        self.socket.sendall(code + struct.pack("!I", len(body) + 4) + body)

    def message(self):
        code, length = struct.unpack("!cI", self.stream.read(5))
        return code, self.stream.read(length - 4)

    def until(self, *last):
        found = [self.message()]
        while found[-1][0] not in last:
            found.append(self.message())
        return found

    def query(self, sql):
        """The rows of a text in the simple protocol; the fields of an error."""
        self.send(b"Q", sql.encode() + b"\0")
        messages = self.until(b"Z")
        errors = [fields(body) for code, body in messages if code == b"E"]
        return errors[0] if errors else [row(body) for code, body in messages if code == b"D"]

    def parse(self, sql, *oids, name=b""):
        self.send(b"P", name + b"\0" + sql.encode() + b"\0" + struct.pack(f"!H{len(oids)}I", len(oids), *oids))

    def bind(self, *values, form=0, portal=b"", name=b""):
        cells = b"".join(struct.pack("!i", len(value)) + value for value in values)
        head = portal + b"\0" + name + b"\0" + struct.pack("!HHH", 1, form, len(values))
        self.send(b"B", head + cells + struct.pack("!HH", 1, form))

    def execute(self, limit=0, portal=b""):
        self.send(b"E", portal + b"\0" + struct.pack("!I", limit))

    def sync(self):
        self.send(b"S", b"")
        return self.until(b"Z")


def _tls(standins):
    plain = socket.create_connection(("localhost", standins.connection["port"]))
    plain.sendall(struct.pack("!II", 8, 80877103))
    assert plain.recv(1) == b"S"
    trust = ssl.create_default_context(cafile=standins.environ["SSL_CERT_FILE"])
    return trust.wrap_socket(plain, server_hostname="localhost")


def fields(body):
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def row(body):
    (width,) = struct.unpack_from("!H", body)
    cells, at = [], 2
    for _ in range(width):
        (length,) = struct.unpack_from("!i", body, at)
        cells.append(None if length < 0 else body[at + 4 : at + 4 + length])
        at += 4 + max(length, 0)
    return cells


def texts(rows):
    assert isinstance(rows, list), rows
    return [[None if cell is None else cell.decode() for cell in each] for each in rows]


def statuses(messages):
    pairs = [body.decode().split("\0") for code, body in messages if code == b"S"]
    return {name: value for name, value, _ in pairs}


ORDERS = (
    "CREATE TABLE orders (id integer NOT NULL PRIMARY KEY, name varchar(40) DEFAULT 'x', price decimal(10,2), "
    "day date, at timestamp, ok boolean) DISTKEY (id) SORTKEY (at); "
    "CREATE VIEW cheap AS SELECT id, price FROM orders WHERE price < 5; "
    "INSERT INTO orders (id, price) VALUES (1, 1.5), (2, 7), (3, 9), (4, 9), (5, 9)"
)


@pytest.fixture(scope="module")
def standins(standins_of_the_session):
    """The same for all tests here, each of which works in a schema of its own."""
    yield standins_of_the_session
    standins_of_the_session.reset()


@pytest.fixture
def wire(standins):
    with Wire(standins) as client:
        client.query("DROP SCHEMA IF EXISTS work CASCADE")
        client.query("CREATE SCHEMA work")
        client.query("SET search_path TO work")
        yield client


@pytest.fixture
def shop(wire):
    assert wire.query(ORDERS) == []
    return wire


@pytest.fixture(scope="module")
def refusing(standins):
    """The shop once, for statements that change nothing."""
    with Wire(standins) as client:
        client.query("CREATE SCHEMA refusing")
        client.query("SET search_path TO refusing")
        assert client.query(ORDERS) == []
        yield client


# ---- entering ----------------------------------------------------------------------------------------------------


def test_a_client_is_told_what_redshift_tells(standins):
    with Wire(standins) as plain:
        answers = statuses(plain.greeting)
    assert answers["client_encoding"] == "UNICODE"  # psycopg's issue 122
    assert {"padb_version", "padb_revision"} <= answers.keys()  # by which asyncpg and pq know Redshift
    assert "standard_conforming_strings" not in answers  # SQLAlchemy's issue 9494
    with Wire(standins, client_encoding="'utf-8'", options="-c search_path=other -c statement_timeout=7") as given:
        assert statuses(given.greeting)["client_encoding"] == "UTF8"
        assert texts(given.query("SHOW search_path")) == [["other"]]
        assert texts(given.query("SHOW statement_timeout")) == [["7"]]


@pytest.mark.parametrize(
    ("startup", "state", "words"),
    [
        ({"options": "-c standard_conforming_strings=off"}, "42704", "unrecognized configuration parameter"),
        ({"client_encoding": "LATIN1"}, "0A000", "not rehearsable: client_encoding LATIN1"),
        ({"TimeZone": "Nowhere/Land"}, "22023", "unrecognized time zone name"),
    ],
)
def test_a_setting_that_is_refused_at_the_door(standins, startup, state, words):
    with Wire(standins, **startup) as client:
        code, body = client.greeting[-1]
    assert code == b"E"
    refused = fields(body)
    assert (refused["S"], refused["C"], words in refused["M"]) == ("FATAL", state, True), refused


def test_a_changed_setting_is_reported(wire):
    wire.send(b"Q", b"SET TimeZone TO 'America/New_York'\0")
    assert statuses(wire.until(b"Z")) == {"TimeZone": "America/New_York"}
    wire.send(b"Q", b"SELECT 1\0")
    assert statuses(wire.until(b"Z")) == {}


def test_a_cancel_request_ends_in_order(standins):
    canceller = _tls(standins)
    canceller.sendall(struct.pack("!IIII", 16, 80877102, 1, 1))
    assert canceller.recv(1) == b""  # libpq reads until the end, and takes a broken one for a failure
    canceller.close()


# ---- parameters and values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "oids"),
    [
        ("SELECT id FROM orders WHERE id = $1 AND price < $2", [23, 1700]),
        ("SELECT id FROM orders WHERE $1 > day OR at BETWEEN $2 AND $3", [1082, 1114, 1114]),
        ("SELECT id FROM orders WHERE id IN ($1, $2) AND name LIKE $3 LIMIT $4", [23, 23, 1043, 20]),
        ("INSERT INTO orders VALUES ($1, $2, $3, $4, $5, $6)", [23, 1043, 1700, 1082, 1114, 16]),
        ("INSERT INTO orders (day, id) VALUES ($1, $2)", [1082, 23]),
        ("UPDATE orders SET price = $1, name = $2 WHERE id = $3", [1700, 1043, 23]),
        ("DELETE FROM orders WHERE ok = $1", [16]),
        ("SELECT $1::bigint, CAST($2 AS date), $3::numeric(10,2), id + $4 FROM orders", [20, 1082, 1700, 23]),
        ("SELECT o.id FROM (SELECT id FROM orders) o WHERE o.id = (SELECT max(id) FROM orders WHERE ok = $1)", [16]),
        ("SELECT dateadd(day, $1, day) FROM orders WHERE coalesce(price, $2) > 0", [23, 1700]),
        ("SELECT count(*) FROM orders WHERE CASE WHEN ok THEN $1 ELSE id END = 3", [23]),
        ("SELECT left(name, $1) FROM orders", [705]),
        ("DECLARE c CURSOR FOR SELECT id FROM orders WHERE id > $1", [23]),
    ],
)  # fmt: skip
def test_the_server_finds_the_types_of_parameters(refusing, sql, oids):
    refusing.parse(sql)
    refusing.send(b"D", b"S\0")
    answers = dict(refusing.sync())
    assert b"E" not in answers, answers
    count, *found = struct.unpack(f"!H{len(oids)}I", answers[b"t"])
    assert (count, found) == (len(oids), oids)


def test_a_type_that_the_client_names_stays(refusing):
    refusing.parse("SELECT id FROM orders WHERE id = $1 AND price = $2", 20, 0)
    refusing.send(b"D", b"S\0")
    answers = dict(refusing.sync())
    assert struct.unpack("!H2I", answers[b"t"]) == (2, 20, 1700)


@pytest.mark.parametrize(
    ("sql", "oid"),
    [
        ("SELECT 'a' || $1", 1043), ("SELECT $1::varchar(9) || name FROM orders", 1043),
        ("SELECT round($1::numeric(5,2), 1)", 1700), ("SELECT upper($1::varchar(3))", 1043),
        ("SELECT $1::bigint + 1", 20), ("SELECT dateadd(day, $1::int, day) FROM orders", 1114),
        ("SELECT sum($1::int)", 20), ("SELECT id FROM orders LIMIT $1", 23), ("SELECT length($1::varchar)", 23),
        ("SELECT coalesce($1, price) FROM orders", 1700), ("SELECT $1 = id FROM orders", 16),
    ],
)  # fmt: skip
def test_a_call_of_a_parameter_has_its_type(refusing, sql, oid):
    refusing.parse(sql)
    refusing.send(b"D", b"S\0")
    described = dict(refusing.sync())[b"T"]
    assert struct.unpack_from("!ihihih", described, described.index(b"\0", 2) + 1)[2] == oid


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6))
def test_numerics_go_in_and_out_of_postgresql_s_form(value):
    assert binary.read_numeric(binary.numeric(value)) == value
    assert binary.read_numeric(binary.numeric(value)).as_tuple().exponent == value.as_tuple().exponent


@pytest.mark.parametrize(
    ("text", "raw"),
    [  # as PostgreSQL 15 sends them
        ("12.50", "0002 0000 0000 0002 000c 1388"),
        ("-0.01", "0001 ffff 4000 0002 0064"),
        ("0.00", "0000 0000 0000 0002"),
        ("100000000", "0001 0002 0000 0000 0001"),
        ("12345678.9", "0003 0001 0000 0001 04d2 162e 2328"),
    ],
)
def test_numerics_as_postgresql_sends_them(text, raw):
    assert binary.numeric(Decimal(text)) == bytes.fromhex(raw)
    assert str(binary.read_numeric(bytes.fromhex(raw))) == text


def test_values_in_binary(wire):
    wire.parse(
        "SELECT 1.50::numeric(10,2), date '2000-01-02', interval '1 day 2 hours', time '00:00:01', null::numeric(9,1)"
    )
    wire.bind(form=1)
    wire.execute()
    (cells,) = [row(body) for code, body in wire.sync() if code == b"D"]
    assert cells == [
        binary.numeric(Decimal("1.50")), struct.pack("!i", 1), struct.pack("!qii", 7_200_000_000, 1, 0),
        struct.pack("!q", 1_000_000), None,
    ]  # fmt: skip


def test_times_with_a_zone_are_utc(wire):
    assert texts(wire.query("SELECT timetz '03:04:05.5+02', timetz '23:00:00-07', null::timetz")) == [
        ["01:04:05.500000+00", "06:00:00+00", None]
    ]
    wire.parse("SELECT timetz '03:04:05+02'")
    wire.bind(form=1)
    wire.execute()
    (cells,) = [row(body) for code, body in wire.sync() if code == b"D"]
    assert cells == [struct.pack("!qi", 3_845_000_000, 0)]


def test_a_session_that_is_read_only(shop):
    shop.query("SET readonly=1")
    assert shop.query("DELETE FROM orders")["C"] == "25006"
    assert texts(shop.query("SELECT count(*) FROM orders")) == [["5"]]
    shop.query("SET readonly=0")
    assert shop.query("DELETE FROM orders") == []


def test_parameters_in_binary(shop):
    shop.parse("UPDATE orders SET price = $1, day = $2, at = $3 WHERE id = 1")
    microseconds = int((dt.datetime(2024, 1, 2, 3) - dt.datetime(2000, 1, 1)).total_seconds() * 1e6)  # noqa: DTZ001
    shop.bind(binary.numeric(Decimal("-2.25")), struct.pack("!i", -1), struct.pack("!q", microseconds), form=1)
    shop.execute()
    assert b"E" not in dict(shop.sync())
    found = texts(shop.query("SELECT price, day, at FROM orders WHERE id = 1"))
    assert found == [["-2.25", "1999-12-31", "2024-01-02 03:00:00"]]


@pytest.mark.parametrize(
    ("oid", "raw", "state"),
    [
        (1700, "0000 0000 c000 0000", "22003"),  # NaN
        (1114, "7fffffffffffffff", "22008"),  # infinity
        (1082, "7fffffff", "22008"),
        (600, "00", "22P03"),  # a point
    ],
)
def test_a_value_that_redshift_has_not(wire, oid, raw, state):
    wire.parse("SELECT $1", oid)
    wire.bind(bytes.fromhex(raw), form=1)
    answers = dict(wire.sync())
    assert fields(answers[b"E"])["C"] == state


def test_lengths_are_told_with_columns_and_casts(refusing):
    refusing.parse("SELECT name, 'a'::varchar(3), name || 'a' FROM orders")
    refusing.send(b"D", b"S\0")
    described = dict(refusing.sync())[b"T"]
    modifiers, at = [], 2
    for _ in range(3):
        at = described.index(b"\0", at) + 1
        modifiers.append(struct.unpack_from("!ihihih", described, at)[4])
        at += 18
    assert modifiers == [44, 7, -1]


# ---- portals, cursors, prepared statements -----------------------------------------------------------------------


def test_a_portal_is_read_in_parts_with_a_query_between(shop):
    shop.query("BEGIN")
    shop.parse("SELECT id FROM orders ORDER BY id", name=b"s")
    shop.bind(portal=b"p", name=b"s")
    shop.execute(2, portal=b"p")
    first = shop.sync()
    assert [row(body) for code, body in first if code == b"D"] == [[b"1"], [b"2"]]
    assert [code for code, _ in first][-2:] == [b"s", b"Z"]
    assert texts(shop.query("SELECT count(*) FROM orders")) == [["5"]]
    shop.execute(2, portal=b"p")
    assert [row(body) for code, body in shop.sync() if code == b"D"] == [[b"3"], [b"4"]]
    shop.execute(2, portal=b"p")
    last = shop.sync()
    assert [code for code, _ in last] == [b"D", b"C", b"Z"]
    shop.query("COMMIT")
    shop.execute(2, portal=b"p")
    assert fields(dict(shop.sync())[b"E"])["C"] == "34000"  # it ended with its transaction


def test_a_cursor_with_a_parameter_is_described_by_its_name(shop):
    shop.query("BEGIN")
    shop.parse(
        'DECLARE "mine" NO SCROLL CURSOR WITHOUT HOLD FOR SELECT id, price FROM orders WHERE id > $1 ORDER BY id'
    )
    shop.bind(b"2")
    shop.execute()
    shop.send(b"D", b"Pmine\0")
    answers = dict(shop.sync())
    assert b"E" not in answers, answers
    assert b"price\0" in answers[b"T"]
    assert texts(shop.query("FETCH FORWARD 2 FROM mine")) == [["3", "9.00"], ["4", "9.00"]]
    assert texts(shop.query("FETCH FORWARD ALL FROM mine")) == [["5", "9.00"]]
    assert texts(shop.query("FETCH FROM mine")) == []
    second = shop.query("DECLARE other CURSOR FOR SELECT 1")
    assert (second["C"], second["M"]) == ("0A000", "only one cursor at a time can be open per session")
    shop.query("ROLLBACK")
    shop.query("BEGIN")
    assert shop.query("DECLARE other CURSOR FOR SELECT 1") == []
    assert shop.query("CLOSE other") == []
    assert shop.query("DECLARE next CURSOR FOR SELECT 1") == []


@pytest.mark.parametrize("options", ["SCROLL", "BINARY", "INSENSITIVE"])
def test_cursors_that_redshift_does_not_document(wire, options):
    wire.query("BEGIN")
    refused = wire.query(f"DECLARE c {options} CURSOR FOR SELECT 1")
    assert (refused["C"], refused["M"]) == ("0A000", f"not rehearsable: DECLARE {options} CURSOR")


def test_statements_of_one_text_are_one_transaction(shop):
    refused = shop.query("DELETE FROM orders; INSERT INTO orders (id) VALUES (7); SELECT 1/0; SELECT 2")
    assert refused["C"] == "22012"
    assert texts(shop.query("SELECT count(*) FROM orders")) == [["5"]]
    assert shop.query("DELETE FROM orders WHERE id > 3; INSERT INTO orders (id) VALUES (7)") == []
    assert texts(shop.query("SELECT count(*) FROM orders")) == [["4"]]
    assert shop.query("BEGIN; DELETE FROM orders; COMMIT; SELECT 1/0")["C"] == "22012"
    assert texts(shop.query("SELECT count(*) FROM orders; SELECT 5")) == [["0"], ["5"]]
    assert shop.query("VACUUM orders; SELECT 1")["C"] == "25001"


@pytest.mark.parametrize(("values", "row"), [
    ("SELECT 1", ["1", None]),
    ("(SELECT 1, 'ab')", ["1", "ab"]),
    ("WITH q AS (SELECT 1 AS i) SELECT i, 12 FROM q", ["1", "12"]),
    ("VALUES (1, 12)", ["1", "12"]),
    ("VALUES (1)", ["1", None]),
    ("SELECT 1 UNION ALL SELECT 1", ["1", None]),
    ("SELECT 1, 'abcd'", "22001"),
    ("VALUES (1, 1234)", "22001"),
    ("SELECT 1, 'a', 2", "42601"),
    ("VALUES (1), (1, 'a')", "42601"),
    ("(i, v) SELECT 1", "42601"),
    ("(i, v) VALUES (1)", "42601"),
    ("(i, i) VALUES (1, 1)", "42701"),
])  # fmt: skip
def test_rows_of_fewer_values_than_columns_are_for_the_first_ones(shop, values, row):
    shop.query("CREATE TEMP TABLE narrow (i int, v varchar(3))")
    answer = shop.query(f"INSERT INTO narrow {values}")
    if isinstance(row, str):
        assert answer["C"] == row
    else:
        assert answer == []
        assert texts(shop.query("SELECT * FROM narrow"))[0] == row


def test_prepare_execute_deallocate(shop):
    assert shop.query("PREPARE p(int, varchar(3)) AS SELECT id + $1, $2 FROM orders WHERE id = $1") == []
    answer = shop.query("EXECUTE p(1 + 1, 'abc' || 'd')")
    assert texts(answer) == [["4", "abcd"]]  # a parameter's type has no length (PostgreSQL 15, asked; r_PREPARE)
    assert shop.query("EXECUTE p(1)")["C"] == "42601"
    assert shop.query("PREPARE p AS SELECT 1")["C"] == "42P05"
    assert shop.query("PREPARE w(int, numeric(9,2)) AS INSERT INTO orders (id, price) VALUES ($1, $2)") == []
    assert shop.query("EXECUTE w(9, 1.256)") == []
    assert texts(shop.query("SELECT price FROM orders WHERE id = 9")) == [["1.26"]]
    assert shop.query("PREPARE u AS SELECT name FROM orders WHERE id = $1 -- $9") == []
    assert texts(shop.query("EXECUTE u(2)")) == [["x"]]
    assert [shop.query(f"EXECUTE u{given}")["C"] for given in ("", "(2, 3)")] == ["42601", "42601"]
    assert shop.query("DEALLOCATE PREPARE p") == []
    assert shop.query("EXECUTE p(1, 'a')")["C"] == "26000"
    assert shop.query("DEALLOCATE ALL") == []
    assert shop.query("EXECUTE u(2)")["C"] == "26000"
    assert shop.query("PREPARE v AS VACUUM")["C"] == "42601"


def test_an_empty_text_in_the_extended_protocol(wire):
    wire.parse("")
    wire.send(b"D", b"S\0")
    wire.bind()
    wire.execute()
    assert [code for code, _ in wire.sync()] == [b"1", b"t", b"n", b"2", b"I", b"Z"]


def test_data_of_a_copy_that_was_refused_is_ignored(wire):
    wire.send(b"Q", b"COPY t FROM STDIN\0")
    wire.send(b"d", b"1\t2\n")
    wire.send(b"f", b"no\0")
    assert [code for code, _ in wire.until(b"Z")] == [b"E", b"Z"]
    assert texts(wire.query("SELECT 1")) == [["1"]]


# ---- the catalog -------------------------------------------------------------------------------------------------

RELATIONS = """SELECT n.nspname as "Schema", c.relname as "Name",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'i' THEN 'index' END as "Type",
  pg_catalog.pg_get_userbyid(c.relowner) as "Owner"
FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast'
  AND n.nspname <> 'information_schema' AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY 1,2"""
NAMED = """SELECT c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname OPERATOR(pg_catalog.~) '^(orders)$' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1"""
COLUMNS = """SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
  (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d
   WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef), a.attnotnull, a.attisdistkey, a.attsortkeyord
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON a.attrelid = c.oid
WHERE c.oid = 'work.orders'::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
KEYS = """SELECT t.conname, t.conkey[1], a.attname, pg_catalog.pg_get_constraintdef(t.oid, true)::varchar(512)
FROM pg_catalog.pg_constraint t JOIN pg_catalog.pg_class c ON t.conrelid = c.oid
JOIN pg_catalog.pg_attribute a ON t.conrelid = a.attrelid AND a.attnum = ANY(t.conkey)
WHERE c.relname = 'orders' AND pg_table_is_visible(c.oid)"""
TYPES = """SELECT typinput = 'pg_catalog.array_in'::regproc as is_array, typname FROM pg_catalog.pg_type
LEFT JOIN (select ns.oid as nspoid, ns.nspname, r.r from pg_namespace as ns
  join (select s.r, (current_schemas(true))[s.r] as nspname
        from pg_catalog.generate_series(1, array_upper(current_schemas(true), 1)) as s(r)) as r using (nspname)) as sp
ON sp.nspoid = typnamespace WHERE pg_type.oid = 1700 AND sp.r = 1"""


def test_what_psql_sqlalchemy_and_jdbc_read(shop, standins):
    me = standins.connection["user"]
    assert texts(shop.query(RELATIONS)) == [["work", "cheap", "view", me], ["work", "orders", "table", me]]
    assert texts(shop.query(NAMED)) == [["orders"]]
    assert texts(shop.query(COLUMNS)) == [
        ["id", "integer", None, "t", "t", "0"],
        ["name", "character varying(40)", "'x'", "f", "f", "0"],
        ["price", "numeric(10,2)", None, "f", "f", "0"],
        ["day", "date", None, "f", "f", "0"],
        ["at", "timestamp without time zone", None, "f", "f", "1"],
        ["ok", "boolean", None, "f", "f", "0"],
    ]
    assert texts(shop.query(KEYS)) == [["orders_pkey", "1", "id", "PRIMARY KEY (id)"]]
    assert texts(shop.query(TYPES)) == [["f", "numeric"]]
    assert texts(shop.query("SELECT c.oid::regclass, 'orders'::regclass::oid = c.oid FROM pg_class c WHERE relname = "
                            "'orders' AND pg_table_is_visible(oid)")) == [["orders", "t"]]  # fmt: skip
    assert texts(shop.query("SELECT attname, format_encoding(attencodingtype::integer) FROM pg_attribute "
                            "WHERE attname = 'name' LIMIT 1")) == [["name", "lzo"]]  # fmt: skip
    assert texts(shop.query("SELECT * FROM generate_series(1, 5, 2) AS s(n)")) == [["1"], ["3"], ["5"]]
    assert texts(shop.query("SELECT setting FROM pg_settings WHERE name = 'max_index_keys'")) == [["32"]]
    assert texts(shop.query("SHOW TRANSACTION ISOLATION LEVEL")) == [["snapshot isolation"]]
    assert texts(shop.query("SELECT usename, usesysid FROM pg_user WHERE usesuper ORDER BY usesysid DESC"))[0] == [
        me,
        "100",
    ]


def test_comments_are_shown(shop):
    for statement in (
        "COMMENT ON TABLE orders IS 'it''s ordered'",
        "COMMENT ON COLUMN work.orders.price IS $dbt$in $ and 'more'$dbt$",
        "COMMENT ON SCHEMA work IS 'ours'",
        "COMMENT ON VIEW cheap IS 'x'",
        "COMMENT ON VIEW cheap IS NULL",
    ):
        assert shop.query(statement) == []
    described = (
        "SELECT c.relname, d.objsubid, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid "
        "AND d.classoid = 'pg_class'::regclass WHERE pg_table_is_visible(c.oid) ORDER BY 2"
    )
    assert texts(shop.query(described)) == [["orders", "0", "it's ordered"], ["orders", "3", "in $ and 'more'"]]
    called = (
        "SELECT obj_description(oid, 'pg_class'), col_description(oid, 3) FROM pg_class c WHERE relname = 'orders' "
    )
    assert texts(shop.query(called + "AND pg_table_is_visible(oid)")) == [["it's ordered", "in $ and 'more'"]]
    of_schema = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'work'"
    assert texts(shop.query(of_schema)) == [["ours"]]
    remarks = "SELECT remarks FROM svv_tables WHERE table_name = 'orders' AND table_schema = 'work'"
    assert texts(shop.query(remarks)) == [["it's ordered"]]
    shop.query("ALTER TABLE orders RENAME COLUMN ok TO fine")
    shop.query("COMMENT ON COLUMN orders.fine IS 'f'")
    shop.query("ALTER TABLE orders RENAME COLUMN fine TO good")
    assert texts(shop.query("SELECT remarks FROM svv_columns WHERE column_name = 'good'")) == [["f"]]
    assert shop.query("DROP TABLE orders CASCADE") == []
    assert texts(shop.query(described)) == []
    assert shop.query("COMMENT ON TABLE gone IS 'x'")["C"] == "42P01"
    shop.query("CREATE TABLE t (a int)")
    assert shop.query("COMMENT ON COLUMN t.b IS 'x'")["C"] == "42703"


OLDER_PSQL = (  # what \\d orders, \\du and \\l of psql 8 to 14 ask after the table's id
    (("SELECT relchecks, relkind, relhasindex, relhasrules, reltriggers <> 0, relhasoids, reltablespace FROM "
     "pg_catalog.pg_class WHERE oid = 'work.orders'::pg_catalog.regclass"), [["0", "r", "t", "f", "f", "f", "0"]]),
    (("SELECT a.attname, ''::pg_catalog.char AS attidentity FROM pg_catalog.pg_attribute a WHERE a.attrelid = "
     "'work.orders'::regclass AND a.attnum = 1"), [["id", ""]]),
    (("SELECT c2.relname, i.indisprimary, pg_catalog.pg_get_indexdef(i.indexrelid, 0, true) FROM pg_catalog.pg_class "
     "c, pg_catalog.pg_class c2, pg_catalog.pg_index i WHERE c.oid = 'work.orders'::regclass AND c.oid = i.indrelid "
     "AND i.indexrelid = c2.oid"),
     [["orders_pkey", "t", "CREATE UNIQUE INDEX orders_pkey ON work.orders USING btree (id)"]]),
    ("SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c, pg_catalog.pg_inherits i WHERE c.oid = i.inhparent",
     []),
    (("SELECT r.rulename, trim(trailing ';' from pg_catalog.pg_get_ruledef(r.oid, true)) FROM pg_catalog.pg_rewrite r "
     "WHERE r.rulename != '_RETURN' AND r.ev_type != '1'"), []),
    ("SELECT pg_catalog.pg_get_viewdef('work.cheap'::regclass::oid, true)",
     [["SELECT id, price FROM orders WHERE price < 5"]]),
    (("SELECT t.conkey, i.indkey FROM pg_constraint t JOIN pg_index i ON t.conrelid = i.indrelid AND i.indrelid = "
     "'work.orders'::regclass"), [["{1}", "{1}"]]),
    (("SELECT d.datname, pg_catalog.pg_encoding_to_char(d.encoding), pg_catalog.array_to_string(d.datacl, '\\n') "
     "FROM pg_catalog.pg_database d"), [["dev", "UNICODE", None]]),
)  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), OLDER_PSQL)
def test_what_older_psql_reads(shop, sql, rows):
    assert texts(shop.query(sql)) == rows


def test_arrays_of_the_catalog(wire):
    for statement in ("CREATE GROUP crew", "CREATE USER bea PASSWORD 'Correct1horse' IN GROUP crew"):
        wire.query(statement)
    members = (
        "SELECT ARRAY(SELECT g.groname FROM pg_group g WHERE u.usesysid = ANY(g.grolist)) FROM pg_user u "
        "WHERE usename = 'bea'"
    )
    assert texts(wire.query(members)) == [["{crew}"]]
    wire.parse(members)
    wire.bind(form=1)
    wire.execute()
    (cells,) = [row(body) for code, body in wire.sync() if code == b"D"]
    assert cells == [struct.pack("!iiIiii", 1, 0, 25, 1, 1, 4) + b"crew"]  # as array_send writes it
    assert binary.array(23, [7, None]) == struct.pack("!iiIiiiii", 1, 1, 23, 2, 1, 4, 7, -1)
    assert binary.array(25, []) == struct.pack("!iiI", 0, 0, 25)


def test_owners_have_names(standins, wire):
    wire.query("CREATE USER ada PASSWORD 'Correct1horse'")
    wire.query("GRANT ALL ON SCHEMA work TO ada")
    wire.query("SET SESSION AUTHORIZATION ada")
    wire.query("CREATE TABLE hers (a int)")
    wire.query("SET SESSION AUTHORIZATION DEFAULT")
    wire.query("CREATE TABLE mine (a int)")
    found = texts(
        wire.query("SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE pg_table_is_visible(oid) ORDER BY 1")
    )
    assert found == [["hers", "ada"], ["mine", standins.connection["user"]]]


@pytest.mark.parametrize(
    ("sql", "state", "words"),
    [
        ("SELECT c.relhastriggers FROM pg_catalog.pg_class c", "42703", "column c.relhastriggers does not exist"),
        ("SELECT 1 FROM pg_type t WHERE NOT EXISTS (SELECT 1 FROM pg_type el WHERE el.typarray = t.oid)", "42703",
         "column el.typarray does not exist"),
        ("SELECT d.datcollate FROM pg_catalog.pg_database d", "42703", "column d.datcollate does not exist"),
        ("SELECT pg_catalog.pg_get_function_result(1)", "42883", "function pg_get_function_result() does not exist"),
        ("SELECT rolname FROM pg_catalog.pg_roles r", "42P01", 'relation "pg_catalog.pg_roles" does not exist'),
        ("SELECT * FROM pg_catalog.pg_made_up", "42P01", 'relation "pg_catalog.pg_made_up" does not exist'),
        ("SELECT * FROM pg_stat_activity", "0A000", "not rehearsable: relation pg_stat_activity"),
        ("SELECT * FROM pg_catalog.pg_proc", "0A000", "not rehearsable: relation pg_catalog.pg_proc"),
        ("SELECT * FROM svl_query_report", "0A000", "not rehearsable: relation svl_query_report"),
        ("SELECT * FROM information_schema.routines", "0A000", "not rehearsable: relation information_schema.routines"),
        ("SELECT 'gone'::regclass", "42P01", 'relation "gone" does not exist'),
        ("SELECT current_catalog", "42703", 'column "current_catalog" does not exist'),
        ("SELECT E'a'", "42704", 'type "e" does not exist'),
        ("SELECT 1 WHERE 1 = ANY(ARRAY[1])", "0A000", "op ANY/ALL (array) not supported"),
        ("SELECT id FROM orders WHERE id = ANY('{1,2}')", "0A000", "op ANY/ALL (array) not supported"),
        ("SELECT generate_series(1, 3)", "0A000", "not rehearsable: function GENERATE_SERIES outside of FROM"),
        ("SHOW standard_conforming_strings", "42704", "unrecognized configuration parameter"),
        ("SAVEPOINT a", "0A000", 'SQL command "SAVEPOINT a" not supported.'),
        ("ROLLBACK TO a", "0A000", 'SQL command "ROLLBACK TO a" not supported.'),
        ("UNLISTEN *", "0A000", 'SQL command "UNLISTEN *" not supported.'),
        ("CREATE TRIGGER t BEFORE UPDATE ON orders EXECUTE PROCEDURE f()", "0A000", 'SQL command "CREATE TRIGGER t'),
        ("DISCARD ALL", "42601", 'syntax error at or near "DISCARD"'),
        ("CLOSE ALL", "42601", 'syntax error at or near "ALL"'),
        ("COPY orders FROM STDIN", "42601", 'syntax error at or near "STDIN"'),
        ("COPY orders (id) FROM STDIN", "42601", 'syntax error at or near "STDIN"'),
        ("COPY orders TO STDOUT", "42601", 'syntax error at or near "STDOUT"'),
        ("COPY (SELECT 1) TO STDOUT", "42601", 'syntax error at or near "("'),
    ],
)  # fmt: skip
def test_what_redshift_has_not_is_refused_by_name(refusing, sql, state, words):
    refused = refusing.query(sql)
    assert isinstance(refused, dict), refused
    assert (refused["C"], words in refused["M"]) == (state, True), refused


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("SELECT nope", "42703"), ("SELECT nope FROM orders", "42703"), ("SELECT o.nope FROM orders o", "42703"),
        ("SELECT Nope AS x FROM orders GROUP BY x", "42703"), ("SELECT * FROM nope", "42P01"),
        ("SELECT * FROM nope.nope", "3F000"), ("SELECT id FROM orders a, orders b", "42702"),
        ("SELECT id, count(*) FROM orders", "42803"), ("SELECT CAST('x' AS integer)", "22P02"),
        ("SELECT CAST('x' AS numeric(5,2))", "22P02"), ("SELECT CAST('2024-13-45' AS date)", None),
        ("SELECT 9223372036854775807 + id FROM orders", "22003"), ("SELECT (SELECT id FROM orders)", "21000"),
        ("SELECT sum(name) FROM orders", None), ("SELECT id FROM orders WHERE name", None),
        ("SELECT id FROM orders UNION SELECT id, price FROM orders", None), ("SELECT max(max(id)) FROM orders", None),
        ("SELECT id FROM orders WHERE count(*) > 1", None), ("SELECT id + name FROM orders", None),
        ("SELECT id FROM orders ORDER BY 7", None), ("SELECT rank() FROM orders", None),
        ("INSERT INTO orders (id) SELECT name FROM orders", None), ("INSERT INTO orders (id) VALUES ('x')", "22P02"),
        ("UPDATE orders SET id = 'x'", "22P02"), ("SELECT", None), ("SELECT 1 FROM", None), ("SELECT 'open", None),
    ],
)  # fmt: skip
def test_errors_are_redshift_s(refusing, sql, state):
    refused = refusing.query(sql)
    assert isinstance(refused, dict), refused
    assert refused["C"] != "XX000", refused
    assert state in (None, refused["C"]), refused
    assert not any(word in " ".join(refused.values()) for word in ENGINE), refused
