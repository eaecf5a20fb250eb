"""psql against the Redshift stand-in: its backslash commands, prepared statements, transactions, errors, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping

from .outcome import FAILED, OURS, PASSED, REFUSED, Outcome

SETUP = """
CREATE TABLE ps_orders (id integer NOT NULL PRIMARY KEY, name varchar(40), price decimal(10,2)) DISTKEY (id);
CREATE VIEW ps_cheap AS SELECT id FROM ps_orders WHERE price < 5;
INSERT INTO ps_orders VALUES (1, 'one', 1.5), (2, NULL, 7);
"""
WORKS = (  # what is typed, what is then seen (a regular expression)
    (r"\d", r"public\|ps_cheap\|view\|standins\n(.*\n)*public\|ps_orders\|table\|standins"),
    (r"\dt", r"^public\|ps_orders\|table\|standins$"),
    (r"\dt public.ps_*", r"^public\|ps_orders\|table\|standins$"),
    (r"\dv", r"^public\|ps_cheap\|view\|standins$"),
    (r"\di", r"^public\|ps_orders_pkey\|index\|standins\|ps_orders$"),
    (r"\ds", r"^$|Did not find"),
    (r"\dn", r"^public\|standins$"),
    (r"\d nowhere", r"^$"),
    (r"\conninfo", r"SSL connection"),
    (r"\encoding", r"UTF8"),
    (r"SELECT id, name, price FROM ps_orders ORDER BY id", r"^1\|one\|1\.50\n2\|\|7\.00$"),
    ("\\x on\nSELECT id FROM ps_orders ORDER BY id LIMIT 1", r"^id\|1$"),
    ("\\set n 2\nSELECT :n + 1", r"^3$"),
    ("SELECT 4 AS four \\gset\n\\echo :four", r"^4$"),
    ("SELECT 'SELECT 5;' \\gexec", r"^5$"),
    ("PREPARE ps_p(int, varchar(2)) AS SELECT $1 + 1, $2;\nEXECUTE ps_p(4, 'abc');\nDEALLOCATE ps_p", r"^5\|ab$"),
    ("BEGIN;\nDELETE FROM ps_orders;\nROLLBACK;\nSELECT count(*) FROM ps_orders", r"^2$"),
    ("BEGIN;\nINSERT INTO ps_orders VALUES (3, 'x', 3);\nCOMMIT;\nSELECT count(*) FROM ps_orders", r"^3$"),
    ("BEGIN;\nDECLARE ps_c CURSOR FOR SELECT id FROM ps_orders ORDER BY id;\nFETCH 2 FROM ps_c;\nCLOSE ps_c;\nCOMMIT",
     r"^1\n2$"),
    ("SELECT 'a\\'b', 'c\\\\d'", r"^a'b\|c\\d$"),
)  # fmt: skip
REFUSALS = (  # what is typed, SQLSTATE, words
    (r"\d ps_orders", "42703", "column c.relhastriggers does not exist"),
    (r"\d ps_cheap", "42703", "column c.relhastriggers does not exist"),
    (r"\df", "42883", "function pg_get_function_result() does not exist"),
    (r"\du", "42P01", 'relation "pg_catalog.pg_roles" does not exist'),
    (r"\dg", "42P01", 'relation "pg_catalog.pg_roles" does not exist'),
    (r"\l", "42703", "column d.datcollate does not exist"),
    (r"\dp", "42704", 'type "e" does not exist'),
    (r"\dn+", "42704", 'type "e" does not exist'),
    (r"\dT", "42703", "column el.typarray does not exist"),
    (r"\dx", "42P01", 'relation "pg_catalog.pg_extension" does not exist'),
    (r"\db", "0A000", "not rehearsable: relation pg_catalog.pg_tablespace"),
    (r"\copy ps_orders from /dev/null", "42601", 'syntax error at or near "STDIN"'),
    (r"\copy ps_orders to /dev/null", "42601", 'syntax error at or near "STDOUT"'),
    (r"\copy (SELECT 1) to /dev/null", "42601", 'syntax error at or near "("'),
    (r"SELECT 'x' \gdesc", "42601", 'syntax error at or near "VALUES"'),
    ("SELECT nope FROM ps_orders", "42703", 'column "nope" does not exist'),
    ("SELECT 1/0", "22012", "Divide by zero"),
    ("BEGIN;\nSELECT 1/0;\nSELECT 1", "25P02", "current transaction is aborted"),
    ("EXECUTE ps_nothing", "26000", 'prepared statement "ps_nothing" does not exist'),
    ("SAVEPOINT a", "0A000", 'SQL command "SAVEPOINT a" not supported.'),
    ("SELECT * FROM pg_stat_activity", "0A000", "not rehearsable: relation pg_stat_activity"),
    ("SELECT E'a'", "42704", 'type "e" does not exist'),
)  # fmt: skip
SLOW = "SELECT count(*) FROM ps_many a, ps_many b, ps_many c, ps_many d, ps_many e"


def outcomes(environ: Mapping[str, str]) -> Iterator[Outcome]:
    """Everything that psql does, one after the other."""
    version = re.search(r"[\d.]+", subprocess.run(["psql", "--version"], capture_output=True, text=True).stdout)[0]
    _typed(environ, SETUP)
    for typed, seen in WORKS:
        done = _typed(environ, typed)
        output = done.stdout.strip() + done.stderr.strip()
        right = re.search(seen, output, re.MULTILINE) and "ERROR" not in output
        yield Outcome("psql", version, typed, PASSED if right else FAILED, "" if right else output[:400])
    for typed, state, words in REFUSALS:
        output = _typed(environ, typed).stderr.strip()
        right = f"{state}: {words}" in output and not any(word in output for word in OURS)
        yield Outcome(
            "psql", version, typed, REFUSED if right else FAILED, f"{state} {words}" if right else output[:400]
        )
    yield _interrupted(environ, version)


def _typed(environ: Mapping[str, str], typed: str) -> subprocess.CompletedProcess[str]:
    """psql with this on its standard input, as somebody types it; errors with their SQLSTATE."""
    command = ["psql", "-X", "-At", "-q", "-v", "VERBOSITY=verbose"]
    by_itself = typed.startswith("\\") and "\n" not in typed  # a backslash command needs no semicolon
    last = typed.splitlines()[-1]
    ended = typed if by_itself or "\\g" in last or "\\echo" in last or last.endswith(";") else typed + ";"
    return subprocess.run(
        command, input=ended + "\n", capture_output=True, text=True, env={**os.environ, **environ}, timeout=60
    )


def _interrupted(environ: Mapping[str, str], version: str) -> Outcome:
    """Ctrl-C cancels the statement; the connection goes on."""
    many = "CREATE TABLE ps_many (n int); INSERT INTO ps_many VALUES " + ", ".join(f"({n})" for n in range(100)) + ";"
    _typed(environ, many)
    command = ["psql", "-X", "-At", "-q", "-v", "VERBOSITY=verbose"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environ},
    )  # fmt: skip
    process.stdin.write(f"{SLOW};\n")
    process.stdin.flush()
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, output = process.communicate("SELECT 'alive';\n", timeout=60)
    right = "57014: Query cancelled on user's request" in output
    words = "57014 Query cancelled on user's request" if right else (out + output)[:400]
    return Outcome("psql", version, "Ctrl-C", REFUSED if right else FAILED, words)
