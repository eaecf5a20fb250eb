"""Gates: a checklist and one or two signatures over the digests of named evidence.

When the evidence changes, the signature is void. Evidence that itself says no (``blocks``) cannot be overruled; a point
of the checklist whose evidence is against it takes a written reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smartroute_runbook.errors import GateBlocked, SignatureMissing, SignatureVoid, UsageError
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import View

from .gate_question import GateQuestion, GateStatus, Revoked, State
from .gate_view import gate_view
from .journal import Entry, Journal, whoami
from .names import fold, readable_name
from .shown import last_shown
from .signatures import AUTOMATIC, NotCounted, Signature, Terms, people, prove, read_signature, who_acts

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["AUTOMATIC", "Gate", "GateStatus", "Revoked", "Signature", "Terms", "last_gate"]


class Gate(GateQuestion):
    """A gate of one run: its question, and what the journal holds of answers."""

    def status(self, *, aged: bool = False) -> GateStatus:
        """Read the journal: which signatures hold over exactly this evidence; ``aged`` takes expired ones too."""
        terms = replace(self.terms, valid_days=math.inf) if aged else self.terms
        valid: list[Signature] = []
        void: dict[str, int] = {}
        other: list[NotCounted] = []
        revoked: list[Revoked] = []
        for entry in self._journal.of("signature", "revoked"):
            if entry.body.get("gate") != self.name:
                continue
            if entry.kind == "revoked":
                revoked.append(_revoked(entry, [*(s.signer for s in valid), *void]))
                valid, void, other = [], {}, []
                continue
            signature = read_signature(entry, terms, self.items, self.against)
            if isinstance(signature, NotCounted):
                other.append(signature)
            elif signature.evidence == self.evidence:
                valid.append(signature)
            else:
                void[signature.signer] = entry.n
        return self._judged(valid, void, other, tuple(revoked))

    def _judged(
        self, valid: list[Signature], void: Mapping[str, int], other: list[NotCounted], revoked: tuple[Revoked, ...]
    ) -> GateStatus:
        groups = people(valid)
        same = [" and ".join(s.signer for s in group) for group in groups if len({fold(s.signer) for s in group}) > 1]
        reasons = [f"{names} are one account and count once" for names in same]
        reasons += [f"the signature in journal {one.entry} does not count: {one.why}" for one in other]
        state: State = "unsigned"
        if self.blocks:
            state, reasons = "blocked", [*self.blocks]
        elif len(groups) >= self.needed:
            state = "signed"
        elif groups:
            state = "partly"
        elif void:
            who = ", ".join(f"{signer} (journal {n})" for signer, n in void.items())
            state, reasons = "void", [f"the evidence changed after it was signed by {who}", *reasons]
        elif any(one.expired for one in other):
            state = "void"
        elif revoked:
            reasons = [revoked[-1].words, *reasons]
        return GateStatus(state, tuple(valid), self.needed, "; ".join(reasons), len(groups), revoked)

    def sign(
        self, signer: str, note: str = "", checked: Sequence[str] | None = None, *,
        reasons: Mapping[str, str] | None = None, key: Ed25519PrivateKey | None = None,
    ) -> None:  # fmt: skip
        """Sign over the evidence as it is now.

        Args:
            signer: the full name of who signs.
            note: kept with the signature.
            checked: the points that are confirmed; all of them by default.
            reasons: why a point is confirmed although its evidence is against it.
            key: the signer's own key, where the parameters name keys.

        Raises:
            UsageError: the name is none, the checklist is not complete, a reason or the key is missing.
            GateBlocked: the evidence says no.
        """
        name = readable_name(signer) if signer.strip() else ""
        if not name:
            raise UsageError(f"Gate '{self.name}' needs a signer", expected="a name")
        if fold(name).startswith(fold(AUTOMATIC)):
            raise UsageError(f"'{name}' is not a person", expected="the name of who signs")
        self._sign(name, note, self.items if checked is None else tuple(checked), reasons or {}, key)

    def _sign(
        self, signer: str, note: str, checked: Sequence[str], reasons: Mapping[str, str], key: Ed25519PrivateKey | None
    ) -> None:
        missing = [item for item in self.items if item not in checked]
        if missing:
            raise UsageError(
                f"Gate '{self.name}': {plural(len(missing), 'point is', 'points are')} not confirmed",
                expected=missing[0],
            )
        if self.blocks:
            raise GateBlocked(
                f"Gate '{self.name}' cannot be signed: {'; '.join(self.blocks)}", hint="Resolve this first"
            )
        if self._over() and self.status().state == "signed":
            raise UsageError(
                f"Gate '{self.name}' is signed, and its week is finished: another signature would say nothing",
                hint="Revoke it where it is doubted",
            )
        for item, reason in self.against.items():
            if not reasons.get(item, "").strip():
                raise UsageError(
                    f"Gate '{self.name}': the evidence is against '{item}' ({reason})",
                    expected="a written reason for confirming it", hint="Or leave it unsigned",
                )  # fmt: skip
        if self.terms.keys and key is None:
            raise UsageError(
                f"Gate '{self.name}' is signed with keys", expected="--key FILE, as gates.signers names it"
            )
        caller = who_acts(self.terms)
        moment = datetime.now(UTC)
        now = moment.isoformat(timespec="milliseconds")
        expires = (moment + timedelta(days=self.terms.valid_days)).isoformat(timespec="milliseconds")
        body = {
            "gate": self.name, "run": self.terms.run, "signer": signer, "evidence": self.evidence,
            "checked": list(checked), "reasons": {k: v.strip() for k, v in reasons.items() if k in self.against},
            "note": note, "at": now, "expires": expires, "caller": vars(caller) if caller else None,
        }  # fmt: skip
        entry = prove(body, key) if key is not None else body
        counted = read_signature(Entry(0, "", now, "", "signature", entry, ""), self.terms, self.items, self.against)
        if isinstance(counted, NotCounted):
            raise UsageError(f"Gate '{self.name}': this signature would not count: {counted.why}")
        self._journal.append("signature", entry)

    def sign_automatically(self) -> None:
        """Sign as a rehearsal; ``Run`` asks for it in headless rehearsals only.

        Raises:
            UsageError: this is no rehearsal: people sign.
        """
        if not self.terms.rehearsal:
            raise UsageError(f"Gate '{self.name}' is not signed automatically outside a rehearsal", hint="People sign")
        if self.status().state in ("unsigned", "void", "partly"):
            reasons = dict.fromkeys(self.against, "weighed by nobody: the rehearsal signs for itself")
            for n in range(self.needed):
                name = AUTOMATIC if n == 0 else f"{AUTOMATIC} {n + 1}"
                self._sign(name, "signed by the rehearsal itself", self.items, reasons, None)

    def revoke(self, signer: str, note: str = "") -> None:
        """Take all signatures of this gate back.

        Raises:
            UsageError: nobody says why.
        """
        self._take_back(signer, note, declined=False)

    def _over(self) -> bool:
        """Whether the gate's week was finished over what it shows."""
        shown = [entry.n for entry in self._journal.of("gate") if entry.body.get("gate") == self.name]
        ends = [e.n for e in self._journal.of("week-finished") if self.name.startswith(f"week{e.body.get('week')}.")]
        return bool(shown and ends) and ends[-1] > shown[-1]

    def decline(self, signer: str, note: str) -> None:
        """Not to sign is a decision too: kept with its reason, and it takes the signatures of others back.

        Raises:
            UsageError: nobody says who or why.
        """
        if not signer.strip():
            raise UsageError(f"Gate '{self.name}' is not declined by nobody", expected="a name")
        self._take_back(signer, note, declined=True)

    def _take_back(self, signer: str, note: str, *, declined: bool) -> None:
        if not note.strip():
            what = "declined" if declined else "revoked"
            raise UsageError(f"Gate '{self.name}' is not {what} without a reason", expected="a note that says why")
        status, caller = self.status(), None
        try:
            caller = who_acts(self.terms)
        finally:
            # What is doubted is stopped, whether or not AWS answers.
            had = [signature.signer for signature in status.signatures]
            body: dict[str, Any] = {"gate": self.name, "run": self.terms.run, "note": note.strip(), "had": had}
            body |= {"signer": readable_name(signer or whoami()), "caller": vars(caller) if caller else None}
            body |= {"declined": True} if declined else {}
            self._journal.append("revoked", body)

    def require(self) -> Gate:
        """Let the run pass, or stop it.

        Raises:
            SignatureMissing: nobody, or not enough people, signed.
            SignatureVoid: the evidence changed after it was signed, or the signature expired.
            GateBlocked: the evidence says no.
        """
        status = self.status()
        sign = f"sign it in JupyterLab or with 'smartroute-runbook sign {self.name}'"
        if status.state == "blocked":
            raise GateBlocked(f"Gate '{self.name}' is blocked: {status.reason}", hint="Resolve this, then run again")
        if status.state == "void":
            raise SignatureVoid(f"Gate '{self.name}': {status.reason}", hint=f"Read the new evidence, then {sign}")
        if status.state != "signed":
            have = f"{status.persons} of {plural(status.needed, 'signature')}"
            why = f" ({status.reason})" if status.reason else ""
            raise SignatureMissing(f"Gate '{self.name}' has {have}{why}", hint=f"Read its evidence, then {sign}")
        return self

    def view(self) -> View:
        """The sign-off record as it stands."""
        return gate_view(self, self.status())


def last_gate(journal: Journal, name: str, terms: Terms | None = None, needed: int = 1) -> Gate | None:
    """A gate over what it showed last, with at least as many signatures as the run was opened with."""
    shown = last_shown(journal, name)
    if shown is None:
        return None
    most = max(needed, shown.needed)
    return Gate(
        name, journal, shown.evidence, blocks=shown.blocks, against=shown.against, needed=most, stay=shown.stay,
        terms=terms, says=shown.says,
    )  # fmt: skip


def _revoked(entry: Entry, had: Sequence[str]) -> Revoked:
    signer, note = str(entry.body.get("signer") or entry.by), str(entry.body.get("note") or "no reason is kept")
    declined = entry.body.get("declined") is True
    return Revoked(signer, entry.at, note, entry.n, tuple(dict.fromkeys(had)), declined)
