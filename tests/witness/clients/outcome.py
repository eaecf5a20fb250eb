"""What a client was seen to do. Standard library alone: the clients' own environments run this too."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

PASSED, REFUSED, FAILED, SKIPPED = "passed", "refused by name", "failed", "skipped"
OURS = ("DuckDB", "duckdb", "Binder Error", "Catalog Error", "Parser Error", "Traceback", "sqlglot", "XX000")
"""What must never show through to a client."""


@dataclass(frozen=True)
class Outcome:
    """One thing that a client did."""

    client: str
    version: str
    what: str
    result: str
    said: str = ""


class Checks:
    """Runs one thing after another and prints each outcome as a line of JSON.

    Args:
        client: its name.
        version: its version.
        state_of: the SQLSTATE in an error of this client.
        after_error: brings the connection back into order.
    """

    def __init__(
        self, client: str, version: str, state_of: Callable[[Exception], str],
        after_error: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self.client, self.version, self.state_of, self.after_error = client, version, state_of, after_error

    def passes(self, what: str, run: Callable[[], Any], expected: Any) -> None:
        """It gives the expected value, of the expected type."""
        try:
            seen = run()
        except Exception as error:
            self.tell(what, FAILED, f"{self.state_of(error)} {error}")
            self.after_error()
            return
        same = seen == expected and types(seen) == types(expected)
        self.tell(what, PASSED if same else FAILED, "" if same else f"{seen!r}, expected {expected!r}")

    def refuses(self, what: str, run: Callable[[], Any], state: str, words: str) -> None:
        """It is refused with this SQLSTATE, in these words."""
        try:
            seen = run()
        except Exception as error:
            said, found = str(error), self.state_of(error)
            named = found == state and words in said and not any(word in said for word in OURS)
            wrong = f"{found} {said}, expected {state} {words}"
            self.tell(what, REFUSED if named else FAILED, f"{state} {words}" if named else wrong)
            self.after_error()
            return
        self.tell(what, FAILED, f"not refused: {seen!r}")

    def tell(self, what: str, result: str, said: str = "") -> None:
        """Prints an outcome."""
        line = " ".join(said.split())[:400]
        print(json.dumps(asdict(Outcome(self.client, self.version, what, result, line))), flush=True)


def types(value: Any) -> Any:
    """The types of a value and of what it holds: True is not 1, a list of rows is one of tuples."""
    if isinstance(value, (list, tuple)):
        return [types(each) for each in value]
    return type(value).__name__


def fail_late(main: Callable[[], None]) -> None:
    """Runs a script; what it did not expect ends it with an error that the runner shows."""
    try:
        main()
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
