"""Which signatures count in a run, and how many people they are of.

A signature names its run and the evidence, is made over the checklist as the plan has it, expires, and says who acted:
outside a rehearsal AWS's own word for the caller (STS GetCallerIdentity), or a key that the parameters name. An entry
that is not a signature, or does not count, says why; it never stops anybody from reading the others.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from smartroute_runbook.canonical import canonical
from smartroute_runbook.engines.clients import Caller, person_of
from smartroute_runbook.errors import RunbookError, UsageError
from smartroute_runbook.quantities import plural

from .journal import Entry
from .names import fold, readable_name

__all__ = ["AUTOMATIC", "GRACE", "NotCounted", "Signature", "Terms", "people", "prove", "public_key", "read_signature"]

AUTOMATIC = "rehearsal (automatic)"
GRACE = timedelta(minutes=2)
"""How far a signer's clock may be ahead of ours."""


@dataclass(frozen=True)
class Terms:
    """What a signature must be to count in a run.

    Attributes:
        run: the run that it must name.
        rehearsal: names alone tell people apart, and the rehearsal may sign by itself. Else callers do, or keys.
        valid_days: how long it counts.
        keys: PEM public keys (Ed25519) by the name of who signs; where there are any, nobody else signs.
        caller: asks AWS who acts; None where nobody can be asked.
        where: account and region, for the page.
        stand_ins: for the page too: the run is at work on stand-ins, whatever its environment is called.
    """

    run: str = ""
    rehearsal: bool = True
    valid_days: float = 90
    keys: Mapping[str, str] = field(default_factory=dict)
    caller: Callable[[], Caller] | None = None
    where: str = ""
    stand_ins: bool = False


@dataclass(frozen=True)
class Signature:
    """Who signed, when (UTC), in which journal entry, and as whom AWS or a key knows them."""

    signer: str
    at: str
    note: str
    entry: int
    evidence: Mapping[str, str]
    reasons: Mapping[str, str]
    caller: str
    identity: str


@dataclass(frozen=True)
class NotCounted:
    """A signature that does not count, and why."""

    signer: str
    entry: int
    why: str
    expired: bool = False


def read_signature(
    entry: Entry, terms: Terms, items: Sequence[str], against: Mapping[str, str], now: datetime | None = None
) -> Signature | NotCounted:
    """A journal entry as a signature by these terms."""
    body = entry.body
    signer = body.get("signer") if isinstance(body.get("signer"), str) else ""
    why = _not_a_signature(body) or _not_ours(body, terms, items, against)
    if why:
        return NotCounted(str(signer), entry.n, why)
    if late := _not_now(entry, terms, now or datetime.now(UTC)):
        return NotCounted(str(signer), entry.n, late, expired="expired" in late)
    caller = body.get("caller") or {}
    if terms.keys:
        identity = f"key {body['key']}"
    elif terms.rehearsal:
        identity = ""
    else:
        identity = person_of(Caller(**caller))
    note, reasons = str(body.get("note", "")), dict(body.get("reasons") or {})
    return Signature(str(signer), entry.at, note, entry.n, body["evidence"], reasons, caller.get("arn", ""), identity)


def _not_a_signature(body: Mapping[str, Any]) -> str:
    kinds: tuple[tuple[str, type], ...] = (("signer", str), ("evidence", dict), ("checked", list))
    for name, kind in kinds:
        if not isinstance(body.get(name), kind):
            return f"it is not a signature: '{name}' is missing or wrong"
    optional: tuple[tuple[str, type], ...] = (("caller", dict), ("reasons", dict), ("note", str), ("key", str))
    for name, kind in optional:
        if body.get(name) is not None and not isinstance(body[name], kind):
            return f"it is not a signature: '{name}' is wrong"
    return ""


def _not_ours(body: Mapping[str, Any], terms: Terms, items: Sequence[str], against: Mapping[str, str]) -> str:
    if "run" not in body:
        return "it does not name its run: made before signatures did; sign again"
    if body["run"] != terms.run:
        return f"it was made in run '{body['run']}'"
    try:
        readable_name(body["signer"])
    except UsageError as error:
        return error.what
    if not terms.rehearsal and fold(body["signer"]).startswith(fold(AUTOMATIC)):
        return "a rehearsal signed it"
    if missing := [item for item in items if item not in body["checked"]]:
        return f"{plural(len(missing), 'point of the checklist was', 'points of the checklist were')} not confirmed"
    if [item for item in against if not str((body.get("reasons") or {}).get(item, "")).strip()]:
        return "a point whose evidence is against it was confirmed without a reason"
    if terms.keys:
        return _not_proven(body, terms.keys)
    if not terms.rehearsal:
        names = ("account", "arn", "user_id")
        caller = body.get("caller") or {}
        if set(caller) != set(names) or not all(isinstance(caller[name], str) and caller[name] for name in names):
            return "it does not say as whom AWS knows the signer"
    return ""


def _not_now(entry: Entry, terms: Terms, now: datetime) -> str:
    """Dated by the journal and by the signature itself: an old one that is written anew is as old as it was."""
    try:
        made = [datetime.fromisoformat(text) for text in (entry.at, str(entry.body.get("at", entry.at)))]
        if any(at > now + GRACE for at in made):
            return f"it comes from the future ({max(made):%Y-%m-%d %H:%M} UTC)"
        if (now - min(made)).total_seconds() > 86400 * terms.valid_days:
            return f"it expired: made on {min(made):%Y-%m-%d}, valid for {plural(terms.valid_days, 'day')}"
    except (ValueError, TypeError, OverflowError):
        return "its time is not a time"
    return ""


def _not_proven(body: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    named = {fold(name): pem for name, pem in keys.items()}.get(fold(body["signer"]))
    if named is None:
        return "gates.signers names no such person"
    key = public_key(named)
    try:
        key.verify(base64.b64decode(str(body.get("proof", "")), validate=True), _signed(body))
    except (InvalidSignature, binascii.Error, ValueError):
        return "the signer's key did not sign it"
    return "" if body.get("key") == fingerprint(key) else "it names another key"


def prove(body: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The body with the key's fingerprint and its signature over all of it."""
    named = {**body, "key": fingerprint(key.public_key())}
    return {**named, "proof": base64.b64encode(key.sign(_signed(named))).decode()}


def _signed(body: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in body.items() if name != "proof"})


def public_key(pem: str) -> Ed25519PublicKey:
    """A PEM public key.

    Raises:
        UsageError: it is none of Ed25519.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError("gates.signers holds what is not an Ed25519 public key", expected="PEM, BEGIN PUBLIC KEY")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of SHA-256 over the key as DER."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def people(signatures: Sequence[Signature]) -> list[list[Signature]]:
    """Signatures by person: the same name, or the same caller or key, is the same person."""
    found: list[tuple[set[str], list[Signature]]] = []
    for one in signatures:
        marks = {f"name {fold(one.signer)}", *([one.identity] if one.identity else [])}
        same = [group for group in found if group[0] & marks]
        merged = (marks.union(*(group[0] for group in same)), [s for group in same for s in group[1]] + [one])
        found = [group for group in found if group not in same] + [merged]
    return [group for _, group in found]


def who_acts(terms: Terms) -> Caller | None:
    """As whom AWS knows who acts now; None in a rehearsal where nobody answers.

    Raises:
        RunbookError: outside a rehearsal AWS cannot be asked, and no keys are named.
    """
    if terms.caller is None:
        return None
    try:
        return terms.caller()
    except RunbookError:
        if terms.rehearsal or terms.keys:
            return None
        raise
