"""Gates: a checklist and one or two signatures over the digests of named evidence.

When the evidence changes, the signature is void. Evidence that itself says no (``blocks``) cannot be overruled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from smartroute_runbook.errors import GateBlocked, SignatureMissing, SignatureVoid, UsageError
from smartroute_runbook.views import Note, Table, View

from .journal import Journal, whoami
from .plan import gate_items, gate_title

__all__ = ["AUTOMATIC", "Gate", "GateStatus", "Signature", "last_gate"]

AUTOMATIC = "rehearsal (automatic)"
State = Literal["unsigned", "partly", "signed", "void", "blocked"]


@dataclass(frozen=True)
class Signature:
    """Who signed, when (UTC), in which journal entry."""

    signer: str
    at: str
    note: str
    entry: int


@dataclass(frozen=True)
class GateStatus:
    """Where a gate stands; ``reason`` says why when it is void or blocked."""

    state: State
    signatures: tuple[Signature, ...]
    needed: int
    reason: str = ""


class Gate:
    """A gate of one run.

    Args:
        name: such as ``week2.loaded``.
        evidence: digest by name; what a signature is bound to.
        blocks: reasons from the evidence itself why nobody may sign.
        needed: signatures by different people.
    """

    def __init__(
        self, name: str, journal: Journal, evidence: Mapping[str, str], *, blocks: Sequence[str] = (), needed: int = 1
    ) -> None:
        self.name, self.evidence, self.needed = name, dict(evidence), needed
        self.items = gate_items(name)
        self._journal, self._blocks = journal, tuple(blocks)

    def status(self) -> GateStatus:
        """Read the journal: which signatures hold over exactly this evidence."""
        valid: dict[str, Signature] = {}
        void: dict[str, int] = {}
        for entry in self._journal.of("signature", "revoked"):
            body = entry.body
            if body["gate"] != self.name:
                continue
            if entry.kind == "revoked":
                valid, void = {}, {}
            elif body["evidence"] == self.evidence:
                valid[body["signer"]] = Signature(body["signer"], entry.at, body.get("note", ""), entry.n)
            else:
                void[body["signer"]] = entry.n
        signatures = tuple(valid.values())
        if self._blocks:
            return GateStatus("blocked", signatures, self.needed, "; ".join(self._blocks))
        if len(signatures) >= self.needed:
            return GateStatus("signed", signatures, self.needed)
        if signatures:
            return GateStatus("partly", signatures, self.needed)
        if void:
            who = ", ".join(f"{signer} (journal {n})" for signer, n in void.items())
            return GateStatus("void", (), self.needed, f"the evidence changed after it was signed by {who}")
        return GateStatus("unsigned", (), self.needed)

    def sign(self, signer: str, note: str = "", checked: Sequence[str] | None = None) -> None:
        """Sign over the evidence as it is now.

        Raises:
            UsageError: no signer, or the checklist is not complete.
            GateBlocked: the evidence says no.
        """
        checked = self.items if checked is None else tuple(checked)
        missing = [item for item in self.items if item not in checked]
        if not signer.strip():
            raise UsageError(f"Gate '{self.name}' needs a signer", expected="a name")
        if missing:
            raise UsageError(f"Gate '{self.name}': {len(missing)} points are not confirmed", expected=missing[0])
        if self._blocks:
            raise GateBlocked(
                f"Gate '{self.name}' cannot be signed: {'; '.join(self._blocks)}", hint="Resolve this first"
            )
        body = {
            "gate": self.name,
            "signer": signer.strip(),
            "evidence": self.evidence,
            "checked": checked,
            "note": note,
        }
        self._journal.append("signature", body)

    def sign_automatically(self) -> None:
        """Sign as a rehearsal; ``Run`` allows it in headless rehearsals only."""
        if self.status().state in ("unsigned", "void", "partly"):
            for n in range(self.needed):
                self.sign(AUTOMATIC if n == 0 else f"{AUTOMATIC} {n + 1}", "signed by the rehearsal itself")

    def revoke(self, signer: str, note: str = "") -> None:
        """Take all signatures of this gate back."""
        self._journal.append("revoked", {"gate": self.name, "signer": signer or whoami(), "note": note})

    def require(self) -> Gate:
        """Let the run pass, or stop it.

        Raises:
            SignatureMissing: nobody, or not enough people, signed.
            SignatureVoid: the evidence changed after it was signed.
            GateBlocked: the evidence says no.
        """
        status = self.status()
        sign = f"sign it in JupyterLab or with 'smartroute-runbook sign {self.name}'"
        if status.state == "blocked":
            raise GateBlocked(f"Gate '{self.name}' is blocked: {status.reason}", hint="Resolve this, then run again")
        if status.state == "void":
            raise SignatureVoid(f"Gate '{self.name}': {status.reason}", hint=f"Read the new evidence, then {sign}")
        if status.state != "signed":
            have = f"{len(status.signatures)} of {status.needed} signatures"
            raise SignatureMissing(f"Gate '{self.name}' has {have}", hint=f"Read its evidence, then {sign}")
        return self

    def view(self) -> View:
        """The sign-off record as it stands."""
        status = self.status()
        tone: dict[State, Any] = {"signed": "good", "blocked": "bad", "void": "bad"}
        signed = status.state == "signed"
        parts = [
            Table(("", "point"), tuple(("☑" if signed else "☐", item) for item in self.items), gate_title(self.name))
        ]
        bound = Table(("evidence", "digest"), tuple((name, d[:12]) for name, d in sorted(self.evidence.items())))
        who = [
            f"**{s.signer}** at {s.at} (journal entry {s.entry}){': ' + s.note if s.note else ''}"
            for s in status.signatures
        ]
        said = "; ".join(who) or status.reason or f"needs {status.needed} signature{'s' if status.needed > 1 else ''}"
        word = status.state.upper()
        return View(f"Gate {self.name}: {word}", (*parts, bound, Note(said)), tone.get(status.state, "warn"))


def last_gate(journal: Journal, name: str) -> Gate | None:
    """A gate over the evidence that was shown last; None where the run has not reached it."""
    shown = [entry.body for entry in journal.of("gate") if entry.body.get("gate") == name]
    if not shown:
        return None
    last = shown[-1]
    return Gate(name, journal, last["evidence"], blocks=last["blocks"], needed=last["needed"])
