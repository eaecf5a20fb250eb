"""A second place that knows the journal's head when it was sealed: what is cut off or made anew is seen from there.

``record.anchor`` names it: a folder, ``s3://bucket/prefix`` (of another account, with Object Lock), the ARN of an SNS
topic, or ``command: ...``, which gets the attestation on its standard input. An anchor is only written to; each
attestation is a name of its own, so that putting it again does nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import ServiceError, UsageError, explained
from smartroute_runbook.runs.guarded import open_store
from smartroute_runbook.runs.store import AlreadyWritten, Store

from .reading import Unreadable, files_below, read_file

__all__ = ["Head", "anchored_heads", "parse_head", "put"]

_SUFFIX = ".attestation.json"
_MESSAGE_BYTES = 240_000
"""Of 256 KiB that a topic and a queue take, with room for the envelope in which a subscriber gets it.
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
_SECONDS = 60.0
"""How long a command may take."""


@dataclass(frozen=True)
class Head:
    """An entry that a run must contain."""

    run: str
    n: int
    digest: str

    @property
    def words(self) -> str:
        """As commands print it, shortened."""
        return f"{self.n}:{self.digest[:16]}"


def parse_head(text: str) -> Head:
    """A head as commands print it.

    Raises:
        UsageError: it is not ``N:DIGEST``.
    """
    match = re.fullmatch(r"\s*(\d{1,9}):([0-9a-f]{64})\s*", text)
    if not match:
        raise UsageError(f"'{text}' is not a journal head", expected="N:DIGEST, such as 128:3f9a... with 64 digits")
    return Head("", int(match[1]), match[2])


def put(anchor: str, run: str, n: int, data: bytes, client: Callable[[str], Any], base: Path) -> None:
    """Give an attestation to the anchor.

    Args:
        anchor: see the module.
        run: the run's id.
        n: the number of the sealed entry.
        data: the attestation.
        client: makes a boto3 client of a service.
        base: a relative folder is below it.

    Raises:
        ServiceError: the anchor did not take it.
    """
    name = f"{run}/{n:06d}{_SUFFIX}"
    try:
        if anchor.startswith("command:"):
            _command(anchor.removeprefix("command:"), name, data)
        elif anchor.startswith("arn:"):
            with explained(f"Anchoring at {anchor}"):
                client("sns").publish(TopicArn=anchor, Subject=f"Sealed: {run}"[:100], Message=_message(data))
        else:
            _new(open_store(anchor, lambda: client("s3"), base), name, data)
    except OSError as error:
        raise ServiceError(f"Anchoring at {anchor} failed: {error.strerror or error}") from error


def _new(store: Store, name: str, data: bytes) -> None:
    try:
        with explained(f"Anchoring at {store.where}"):
            store.put_new(name, data)
    except AlreadyWritten:
        if store.get(name) != data:
            raise ServiceError(
                f"{store.where}/{name} holds another attestation", hint="Keep both; verify --anchor tells"
            ) from None


def _message(data: bytes) -> str:
    """An attestation as a topic takes it: one over many files without their list, with its own SHA-256 and unsigned."""
    if len(data) <= _MESSAGE_BYTES:
        return data.decode()
    whole = json.loads(data)
    statement = json.loads(base64.b64decode(whole["payload"]))
    predicate = {key: statement["predicate"][key] for key in ("run", "journal")}
    short = {**statement, "predicate": {**predicate, "attestation_sha256": hashlib.sha256(data).hexdigest()}}
    payload = base64.b64encode(json.dumps(short).encode()).decode()
    return json.dumps({**whole, "payload": payload, "signatures": []})


def _command(line: str, name: str, data: bytes) -> None:
    environment = {**os.environ, "SMARTROUTE_ATTESTATION": name}
    try:
        done = subprocess.run(
            shlex.split(line), input=data, env=environment, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ServiceError(f"The anchor's command did not end within {_SECONDS:g} s") from None
    except ValueError as error:
        raise UsageError(f"record.anchor is not a command: {error}") from None
    if done.returncode:
        output = done.stderr.decode(errors="replace").strip().splitlines()
        raise ServiceError(f"The anchor's command ended with {done.returncode}: {output[-1] if output else 'no word'}")


def anchored_heads(where: str) -> Iterator[Head]:
    """The heads that an anchor knows: attestations below a folder or an S3 prefix, under whatever names.

    Raises:
        UsageError: there is none, or the place cannot be listed.
    """
    count = 0
    for data in _everything(where):
        try:
            payload = json.loads(base64.b64decode(json.loads(data)["payload"], validate=True))
            predicate = payload["predicate"]
            head = Head(str(predicate["run"]), int(predicate["journal"]["n"]), str(predicate["journal"]["digest"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # something else that is kept there
        count += 1
        yield head
    if not count:
        raise UsageError(
            f"No attestation in {where}", expected="what record.anchor got: a folder or s3://BUCKET/PREFIX"
        )


def _everything(where: str) -> Iterator[bytes]:
    if where.startswith("s3://"):
        from .fetch import s3_client

        with explained(f"Reading {where}"):
            store = open_store(where, s3_client, Path.cwd())
            for key in store.keys(""):
                yield store.get(key)
        return
    folder = Path(where).expanduser()
    if not folder.is_dir():
        raise UsageError(
            f"No folder {folder}", expected="where attestations were anchored, or what was saved of a topic"
        )
    for name in files_below(folder):
        try:
            yield read_file(folder, name, 2**24)
        except (Unreadable, FileNotFoundError):
            continue
