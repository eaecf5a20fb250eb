"""Commands that sign gates and take signatures back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartroute_runbook.errors import Refused, UsageError
from smartroute_runbook.files import read_bytes
from smartroute_runbook.quantities import plural

from .options import as_json_option, environment_options, read_run, records_option, show, show_result

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from smartroute_runbook.runs.gate import Gate
    from smartroute_runbook.runs.run import Run

_LEAST = 12
signer_option = click.option("--signer", default="", help="Who acts; default: SMARTROUTE_OPERATOR or user@host.")


@click.command()
@click.argument("gate")
@environment_options
@records_option
@signer_option
@click.option("--note", default="", help="Kept with the signature.")
@click.option("--evidence", default="", metavar="DIGEST", help="The evidence that was read, as 'status' names it.")
@click.option("--confirm-all", is_flag=True, help="Confirm every point of the checklist; takes --evidence.")
@click.option(
    "--reason", "reasons", multiple=True, nargs=2, metavar="N TEXT", type=(int, str),
    help="Why point N is confirmed although its evidence is against it; repeatable.",
)  # fmt: skip
@click.option("--key", type=click.Path(path_type=Path), help="Your own private key, where gates.signers names keys.")
@click.option("--decline", default="", metavar="WHY", help="Do not sign, and keep the reason as a decision.")
@as_json_option
def sign(
    gate: str, environment: str, run_id: str, records: str | None, signer: str, note: str, evidence: str,
    confirm_all: bool, reasons: tuple[tuple[int, str], ...], key: Path | None, decline: str, as_json: bool,
) -> None:  # fmt: skip
    """Sign GATE over the evidence that the run has shown.

    On a terminal the evidence and the checklist are shown and each point is asked for. Elsewhere --evidence names the
    digest that was read, and is refused when the evidence has moved since; with --json nobody is asked.
    """
    from smartroute_runbook.runs.journal import whoami
    from smartroute_runbook.runs.status import gate_of

    opened = read_run(environment, run_id, records)
    opened_gate = gate_of(opened, gate)
    if decline:
        opened_gate.decline(signer or whoami(), decline)
        _show_gate(opened, opened_gate, as_json=as_json)
        return
    private = _private_key(key) if key else None
    given_reasons = _reasons(opened_gate, reasons)
    if confirm_all or evidence or as_json:
        _require_read(opened_gate, evidence)
        checked = opened_gate.items
    else:
        show(opened_gate)
        checked, given_reasons = _ask(opened_gate, given_reasons)
    opened_gate.sign(signer or whoami(), note, checked, reasons=given_reasons, key=private)
    _show_gate(opened, opened_gate, as_json=as_json)


def _show_gate(run: Run, gate: Gate, *, as_json: bool) -> None:
    """The gate as it stands now."""
    from smartroute_runbook.canonical import plain
    from smartroute_runbook.runs.status import gate_state

    show_result(run, gate, plain(gate_state(gate.name, gate)), as_json=as_json)


def _require_read(gate: Gate, evidence: str) -> None:
    """The digest is the one of the evidence as it is now."""
    how = f"smartroute-runbook sign {gate.name} --evidence {gate.digest[:_LEAST]}"
    if not evidence:
        raise UsageError(
            "Who signs without being asked names the digest of what was read",
            expected="--evidence DIGEST", hint=f"Read it, then: {how}",
        )  # fmt: skip
    if len(evidence) < _LEAST:
        raise UsageError(f"'{evidence}' is too short", expected=f"at least {_LEAST} digits of the digest")
    if not gate.digest.startswith(evidence.lower()):
        raise Refused(f"Gate '{gate.name}' shows other evidence than {evidence}", hint=f"Read it again, then: {how}")


def _ask(gate: Gate, reasons: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Each point, asked of a person at a terminal."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"Nobody is here to confirm the {plural(len(gate.items), 'point')} of gate '{gate.name}'",
            expected="--evidence with the digest that was read",
            hint=f"smartroute-runbook sign {gate.name} --evidence {gate.digest[:_LEAST]}",
        )
    checked = []
    for item in gate.items:
        if item in gate.against:
            click.echo(f"The evidence is against this: {gate.against[item]}")
        if click.confirm(f"{item}?", default=False):
            checked.append(item)
            if item in gate.against and not reasons.get(item):
                reasons = {**reasons, item: click.prompt("Why is it confirmed all the same")}
    return tuple(checked), reasons


def _reasons(gate: Gate, numbered: tuple[tuple[int, str], ...]) -> dict[str, str]:
    for number, _ in numbered:
        if not 1 <= number <= len(gate.items):
            raise UsageError(f"There is no point {number}", expected=f"1 to {len(gate.items)}")
    return {gate.items[number - 1]: text for number, text in numbered}


def _private_key(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(read_bytes(path, "The key"), None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{path} cannot be read as a private key: {error}", expected="PEM without a password"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} is not an Ed25519 key", hint="Make one: openssl genpkey -algorithm ed25519")
    return key


@click.command()
@click.argument("gate")
@environment_options
@records_option
@signer_option
@click.option("--note", required=True, help="Why; kept, and shown wherever the gate is.")
@as_json_option
def revoke(
    gate: str, environment: str, run_id: str, records: str | None, signer: str, note: str, as_json: bool
) -> None:
    """Take the signatures of GATE back. Nothing goes on over it until it is signed again."""
    from smartroute_runbook.runs.journal import whoami
    from smartroute_runbook.runs.status import gate_of

    opened = read_run(environment, run_id, records)
    opened_gate = gate_of(opened, gate)
    opened_gate.revoke(signer or whoami(), note)
    _show_gate(opened, opened_gate, as_json=as_json)


COMMANDS = (sign, revoke)
