"""Attestations: in-toto statements in DSSE envelopes, signed with an ed25519 key of this machine.

Formats: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and
https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import UsageError, VerificationFailed

__all__ = ["PAYLOAD_TYPE", "PREDICATE_TYPE", "key_id", "open_envelope", "public_pem", "sign", "signing_key"]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:x-smartroute-runbook:record:v1"


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key at ``path``; made there on first use, readable by its owner alone.

    Raises:
        UsageError: the file is no unencrypted ed25519 key, or others may read it.
    """
    path = path.expanduser()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # somebody made it this moment
            return signing_key(path)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
    if path.stat().st_mode & 0o077:
        raise UsageError(f"Others may read the signing key {path}", expected="mode 0600", hint=f"chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} is no signing key", expected="an unencrypted ed25519 key in PEM")
    return key


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half, as it is kept beside the records."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(pem: bytes) -> str:
    """A key's name: SHA-256 of the very bytes of its PEM file, so that no byte of that file can change unseen."""
    return hashlib.sha256(pem).hexdigest()


def sign(key: Ed25519PrivateKey, subjects: Mapping[str, str], predicate: Mapping[str, Any]) -> bytes:
    """A signed statement over files, as the canonical JSON of its envelope.

    Args:
        key: who vouches.
        subjects: SHA-256 by file name.
        predicate: what is said about them.
    """
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(subjects.items())],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    envelope = Envelope(canonical(statement), PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key))
    signed = envelope.to_dict()
    for signature in signed["signatures"]:
        signature["keyid"] = key_id(public_pem(key))
    return canonical(signed)


def open_envelope(data: bytes, pem: bytes) -> dict[str, Any]:
    """Check an envelope with a public key and return its statement.

    Every byte counts: an envelope that says the same in other bytes is refused as well.

    Raises:
        VerificationFailed: says what does not hold.
    """
    try:
        fields = json.loads(data)
        payload = base64.b64decode(fields["payload"], validate=True)
        (signature,) = fields["signatures"]
        raw = base64.b64decode(signature["sig"], validate=True)
        statement: dict[str, Any] = json.loads(payload)
        rebuilt = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": key_id(pem), "sig": base64.b64encode(raw).decode()}],
        }
    except (ValueError, KeyError, TypeError):
        raise VerificationFailed("It is no attestation: changed or cut short") from None
    if signature.get("keyid") != key_id(pem):
        raise VerificationFailed(f"It is signed with another key ({str(signature.get('keyid'))[:12]})")
    if canonical(rebuilt) != data:
        raise VerificationFailed("Its bytes were changed")
    public = load_pem_public_key(pem)
    if not isinstance(public, Ed25519PublicKey):
        raise VerificationFailed("The public key is not an ed25519 key")
    try:
        public.verify(raw, Envelope(payload, PAYLOAD_TYPE, {}).pae())
    except InvalidSignature:
        raise VerificationFailed("Its signature does not hold") from None
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise VerificationFailed("It says nothing about a runbook record")
    return statement
