"""Attestations: in-toto statements in DSSE envelopes, signed with an ed25519 key of this machine or a key of AWS KMS.

Formats: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and
https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import UsageError, VerificationFailed, explained
from smartroute_runbook.files import read_bytes

__all__ = ["PAYLOAD_TYPE", "PREDICATE_TYPE", "Key", "KmsKey", "key_id", "kms_key", "open_envelope", "open_key",
           "public_pem", "sign", "signing_key"]  # fmt: skip

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:x-smartroute-runbook:record:v1"


@dataclass(frozen=True)
class KmsKey:
    """An asymmetric key of AWS KMS (ECC_NIST_P256): it signs there, and nobody can copy it."""

    arn: str
    pem: bytes
    client: Any

    def sign(self, message: bytes) -> bytes:
        """Sign with ECDSA_SHA_256; a message of more than 4,096 bytes by its digest (KMS API reference, Sign)."""
        raw = len(message) <= 4096
        given = message if raw else hashlib.sha256(message).digest()
        with explained(f"Signing with {self.arn}"):
            signed: bytes = self.client.sign(
                KeyId=self.arn,
                Message=given,
                MessageType="RAW" if raw else "DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )["Signature"]
        return signed


Key = Ed25519PrivateKey | KmsKey


def open_key(where: str) -> Key:
    """The signing key of ``record.signing_key``: the ARN of a KMS key, or a file.

    Raises:
        UsageError: it cannot be used; see ``signing_key`` and ``kms_key``.
    """
    if not where.startswith("arn:"):
        return signing_key(Path(where))
    import boto3

    return kms_key(where, boto3.client("kms", region_name=where.split(":")[3]))


def kms_key(arn: str, client: Any) -> KmsKey:
    """A key of AWS KMS that signs.

    Raises:
        UsageError: it is no key for ECDSA_SHA_256.
        AccessDenied: it may not be used.
    """
    with explained(f"Reading the public key of {arn}"):
        found = client.get_public_key(KeyId=arn)
    if "ECDSA_SHA_256" not in found.get("SigningAlgorithms", ()):
        raise UsageError(f"{arn} cannot sign records", expected="an asymmetric KMS key, ECC_NIST_P256, SIGN_VERIFY")
    public = load_der_public_key(found["PublicKey"])
    return KmsKey(arn, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), client)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key at ``path``; made there on first use, readable by its owner alone.

    Raises:
        UsageError: the file is no unencrypted ed25519 key, or others may read it.
    """
    try:
        path = path.expanduser()
        if not path.exists():
            _make(path)
        return _read(path)
    except (OSError, RuntimeError) as error:  # expanduser: no home directory
        reason = getattr(error, "strerror", None) or error
        hint = "Set record.signing_key to a file that this user can write, or make the key there first"
        raise UsageError(f"The signing key {path} cannot be used: {reason}", hint=hint) from None


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        with contextlib.suppress(FileExistsError):  # somebody made it this moment: theirs is taken
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & 0o077:
        raise UsageError(f"Others may read the signing key {path}", expected="mode 0600", hint=f"chmod 600 {path}")
    try:
        key = load_pem_private_key(read_bytes(path, "The signing key"), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} is not a signing key", expected="an unencrypted ed25519 key in PEM")
    return key


def public_pem(key: Key) -> bytes:
    """The public half, as it is kept beside the records."""
    if isinstance(key, KmsKey):
        return key.pem
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(pem: bytes) -> str:
    """A key's name: SHA-256 of the very bytes of its PEM file, so that no byte of that file can change unseen."""
    return hashlib.sha256(pem).hexdigest()


def sign(key: Key, subjects: Mapping[str, str], predicate: Mapping[str, Any]) -> bytes:
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
    payload = canonical(statement)
    signature = key.sign(Envelope(payload, PAYLOAD_TYPE, {}).pae())
    signatures = [{"keyid": key_id(public_pem(key)), "sig": base64.b64encode(signature).decode()}]
    return canonical(_envelope(payload, signatures))


def _envelope(payload: bytes, signatures: list[dict[str, str]]) -> dict[str, Any]:
    return {"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}


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
        rebuilt = _envelope(payload, [{"keyid": key_id(pem), "sig": base64.b64encode(raw).decode()}])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VerificationFailed("It is not an attestation: changed or cut short") from None
    if signature.get("keyid") != key_id(pem):
        raise VerificationFailed(f"It is signed with another key ({str(signature.get('keyid'))[:12]})")
    if canonical(rebuilt) != data:
        raise VerificationFailed("Its bytes were changed")
    _verify(pem, raw, Envelope(payload, PAYLOAD_TYPE, {}).pae())
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise VerificationFailed("It says nothing about a runbook record")
    return statement


def _verify(pem: bytes, signature: bytes, message: bytes) -> None:
    try:
        public = load_pem_public_key(pem)
        if isinstance(public, Ed25519PublicKey):
            public.verify(signature, message)
        elif isinstance(public, EllipticCurvePublicKey):
            public.verify(signature, message, ECDSA(SHA256()))
        else:
            raise VerificationFailed("The public key is neither an ed25519 key nor one of ECC_NIST_P256")
    except InvalidSignature:
        raise VerificationFailed("Its signature does not hold") from None
    except (ValueError, UnsupportedAlgorithm):
        raise VerificationFailed("The public key cannot be read") from None
