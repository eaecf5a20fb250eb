"""Statements around a query: views, tables made of queries, inserts, plans and prepared statements.

The query inside is translated like any other; what stands around it is written for Redshift, or the statement is
refused for what it is. Athena runs all of them: none is an invalid source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlglot.tokens import Token, TokenType

from smartroute_runbook.engines.quoting import identifier
from smartroute_runbook.sqlfacts.redshift import reserved_words

from .model import Refusal
from .text import words

__all__ = ["Statement", "quoted_name", "read_statement"]

AWS: Final = "https://docs.aws.amazon.com/redshift/latest/dg/"
Kind = Literal["query", "view", "table", "insert", "explain", "prepare"]
PAGES: Final[dict[Kind, str]] = {
    "view": AWS + "r_CREATE_VIEW.html", "table": AWS + "r_CREATE_TABLE_AS.html", "insert": AWS + "r_INSERT_30.html",
    "explain": AWS + "r_EXPLAIN.html", "prepare": AWS + "r_PREPARE.html",
}  # fmt: skip
# Statements that have no query to translate, and what to do about each.
OTHERS: Final = {
    "UNLOAD": "Redshift's UNLOAD takes the query as text, a role and other options: write it by hand around the query",
    "EXECUTE": "call the prepared statement with its values in parentheses: EXECUTE name (value, ...)",
    "DEALLOCATE": "DEALLOCATE name",
    "SHOW": "ask SVV_TABLES, SVV_COLUMNS or SHOW TABLES", "DESCRIBE": "ask SVV_COLUMNS",
    "MSCK": "partitions are rows on Redshift: load them", "ALTER": "change the table on Redshift by hand",
    "DROP": "drop it on Redshift by hand", "CREATE": "tables are made by the load, from the audit",
    "DELETE": "delete on Redshift by hand, and load the table again", "UPDATE": "update on Redshift by hand",
    "MERGE": "write MERGE on Redshift by hand", "VACUUM": "Redshift vacuums by itself",
    "OPTIMIZE": "Redshift sorts and vacuums by itself",
    "USING": "Redshift calls a Lambda function by CREATE EXTERNAL FUNCTION", "ANALYZE": "Redshift analyses by itself",
    "GRANT": "grant on Redshift by hand", "REVOKE": "revoke on Redshift by hand",
    "CALL": "there is no such procedure on Redshift", "TRUNCATE": "truncate on Redshift by hand",
    "START": "BEGIN on Redshift", "COMMIT": "COMMIT on Redshift", "ROLLBACK": "ROLLBACK on Redshift",
    "SET": "SET on Redshift by hand", "RESET": "RESET on Redshift by hand", "USE": "SET search_path on Redshift",
}  # fmt: skip
STARTS: Final = ("SELECT", "WITH", "(", "VALUES", "TABLE")


@dataclass(frozen=True)
class Statement:
    """A query and what stands around it.

    Attributes:
        kind: what it is; `query` when nothing stands around it.
        query: the query's own text.
        before: what stands in front of it on Athena.
        after: what Redshift gets in its place.
        why: what differs; empty when nothing does.
        target: the table that is inserted into.
    """

    kind: Kind
    query: str
    before: str = ""
    after: str = ""
    why: str = ""
    target: str = ""

    @property
    def source(self) -> str:
        """The page of Redshift's statement."""
        return PAGES.get(self.kind, AWS)

    @property
    def keeps_types(self) -> bool:
        """Whether later queries read the result's columns, whose types must then be Athena's."""
        return self.kind in ("view", "table")


def read_statement(sql: str) -> Statement:
    """What a text is.

    Raises:
        Refusal: it is a statement without a query, or with a clause that Redshift has not.
        sqlglot.errors.TokenError: it cannot be cut into words.
    """
    tokens = words(sql)
    first = _word(tokens, 0)
    if not tokens or first in STARTS:
        return Statement("query", sql)
    reader = {"CREATE": _create, "INSERT": _insert, "EXPLAIN": _explain, "PREPARE": _prepare}.get(first)
    made = reader(sql, tokens) if reader is not None else None
    if made is None and first in OTHERS:
        raise Refusal("statement", f"{first} is a statement, no query", OTHERS[first])
    return made or Statement("query", sql)


def _word(tokens: Sequence[Token], place: int) -> str:
    if not 0 <= place < len(tokens) or tokens[place].token_type in (TokenType.IDENTIFIER, TokenType.STRING):
        return ""
    return tokens[place].text.upper()


def _words_at(tokens: Sequence[Token], place: int, *expected: str) -> bool:
    return tuple(_word(tokens, place + n) for n in range(len(expected))) == expected


def _name(tokens: Sequence[Token], place: int) -> tuple[str, int]:
    """A dotted name in Redshift's spelling, Athena's catalogue left out, and where it ends."""
    if place >= len(tokens):
        raise Refusal("statement", f"{_word(tokens, 0)} breaks off before a name", "complete the statement")
    parts = [tokens[place]]
    place += 1
    while _word(tokens, place) == "." and place + 1 < len(tokens):
        parts.append(tokens[place + 1])
        place += 2
    if len(parts) == 3 and parts[0].text.lower() == "awsdatacatalog":
        parts = parts[1:]
    if len(parts) > 2:
        raise Refusal("catalog", f"{'.'.join(p.text for p in parts)} is in another catalog", "name a table of this one")
    return ".".join(quoted_name(part.text) for part in parts), place


def quoted_name(name: str) -> str:
    """A name as Redshift takes it: between quotation marks where it must be."""
    plain = re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) and name.lower() not in reserved_words()
    return name if plain else identifier(name)


def _closing(tokens: Sequence[Token], place: int) -> int:
    """The place behind the parenthesis that opens here."""
    depth = 0
    for n in range(place, len(tokens)):
        depth += {"(": 1, ")": -1}.get(_word(tokens, n), 0)
        if depth == 0:
            return n + 1
    return len(tokens)


def _rest(sql: str, tokens: Sequence[Token], place: int) -> tuple[str, str]:
    """The text in front of a word, and from it on."""
    return sql[: tokens[place].start], sql[tokens[place].start :]


def _create(sql: str, tokens: Sequence[Token]) -> Statement | None:
    replace = _words_at(tokens, 1, "OR", "REPLACE")
    at = 3 if replace else 1
    kind = _word(tokens, at)
    if kind not in ("VIEW", "TABLE"):
        return None
    at += 1
    if _words_at(tokens, at, "IF", "NOT", "EXISTS"):
        raise Refusal("statement", f"CREATE {kind} IF NOT EXISTS AS a query", "Redshift has it for empty tables only")
    name, at = _name(tokens, at)
    columns = ""
    if _word(tokens, at) == "(":
        end = _closing(tokens, at)
        columns = " " + sql[tokens[at].start : tokens[end - 1].end + 1]
        at = end
    dropped = []
    while at < len(tokens) and _word(tokens, at) != "AS":
        if _word(tokens, at) == "(":
            at = _closing(tokens, at)
            continue
        dropped += [_word(tokens, at)] if _word(tokens, at) in ("WITH", "COMMENT", "SECURITY") else []
        at += 1
    if at + 1 >= len(tokens) or _word(tokens, at + 1) not in STARTS:
        return None
    before, query = _rest(sql, tokens, at + 1)
    if kind == "TABLE" and (replace or re.search(r"\bWITH\s+NO\s+DATA\s*;?\s*$", query, re.IGNORECASE)):
        raise Refusal("statement", "a table made without its data, or replaced", "DROP it, then CREATE TABLE AS")
    query = re.sub(r"\bWITH\s+DATA\s*(;?\s*)$", r"\1", query, flags=re.IGNORECASE)
    after = f"CREATE {'OR REPLACE ' if replace else ''}{kind} {name}{columns} AS\n"
    why = ""
    if "WITH" in dropped:
        why = "WITH (...) says how files lie in S3; a Redshift table has none: choose its keys by DISTKEY and SORTKEY"
    elif dropped:
        why = "Redshift's views have no comment and no security clause of their own"
    return Statement("view" if kind == "VIEW" else "table", query, before, after, why)


def _insert(sql: str, tokens: Sequence[Token]) -> Statement | None:
    if _word(tokens, 1) != "INTO":
        return None
    name, at = _name(tokens, 2)
    columns = ""
    if _word(tokens, at) == "(" and _word(tokens, at + 1) not in STARTS:
        end = _closing(tokens, at)
        columns = " " + sql[tokens[at].start : tokens[end - 1].end + 1]
        at = end
    if _word(tokens, at) not in STARTS:
        return None
    before, query = _rest(sql, tokens, at)
    return Statement("insert", query, before, f"INSERT INTO {name}{columns}\n", target="" if columns else name)


def _explain(sql: str, _: Sequence[Token]) -> Statement | None:
    place = _command(sql, r"EXPLAIN\s+(?=SELECT\b|WITH\b|\()")
    if place is None or re.match(r"\(\s*(TYPE|FORMAT)\b", sql[place:], re.IGNORECASE):
        raise Refusal("statement", "EXPLAIN with options", "write EXPLAIN and the query")
    why = "a plan is the engine's own: there is nothing to compare"
    return Statement("explain", sql[place:], sql[:place], "EXPLAIN\n", why)


def _prepare(sql: str, _: Sequence[Token]) -> Statement | None:
    place = _command(sql, r"PREPARE\s+\w+\s+FROM\s+")
    if place is None or re.match(r"(SELECT|WITH|\()", sql[place:], re.IGNORECASE) is None:
        raise Refusal("statement", "PREPARE of a statement that is not a query", "prepare it on Redshift by hand")
    if ":_p" in sql:
        raise Refusal("statement", "PREPARE with parameters", "PREPARE name (type, ...) AS ... $1: say the types")
    name = sql[:place].split()[-2]
    return Statement("prepare", sql[place:], sql[:place], f"PREPARE {quoted_name(name)} AS\n", "FROM is AS on Redshift")


def _command(sql: str, pattern: str) -> int | None:
    """Where the query begins behind a command, whose rest sqlglot takes for one word."""
    found = re.match(rf"(?:\s|--[^\n]*\n|/\*.*?\*/)*{pattern}", sql, re.IGNORECASE | re.DOTALL)
    return found.end() if found else None
