"""Check a records folder, offline and without trusting anything in it but (optionally) public keys from elsewhere.

Three questions, one after the other:

* Were bytes changed? (``check``) The journal's numbers, digests and links; every file against the digest that was
  journaled; every executed notebook and page against its seal; every attestation's signature.
* Does the story hold? (``story``) Each week begun, signed, finished and sealed as the plan says.
* Is it all there? Entries cut off after the last attestation, a run that was taken away, or a folder rewritten by
  somebody who owns the key cannot be seen in the folder itself. Against that: ``heads`` written down when a command
  printed them, an ``anchor``, and ``keys`` from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from smartroute_runbook.errors import UsageError
from smartroute_runbook.files import read_bytes
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.plan import plan_digest
from smartroute_runbook.runs.secrets.scanning import Scanner

from . import signing
from .anchors import Head, anchored_heads, parse_head
from .chain import read_journal
from .check import Check
from .layout import SINCE_0_2
from .reading import Unreadable, files_below, read_file, run_folders
from .scan import scan
from .story.order import order_rules
from .story.place import place_rules
from .story.story import Story, moment_of, run_rules
from .story.weeks import claims_of
from .verification import Problem, RunVerdict, Verification

_AT_ONCE = timedelta(minutes=1)
"""Runs that are opened at one moment do not know of each other."""

__all__ = ["Problem", "Verification", "read_journal", "run_folders", "verify"]


def verify(
    directory: Path,
    key: Path | Sequence[Path] | None = None,
    *,
    heads: Sequence[str] = (),
    anchor: str | None = None,
    under_way: bool = False,
    secrets: bool = False,
) -> Verification:
    """Check the folder of one run, or a folder of runs.

    Args:
        directory: holds ``journal/``, or folders that do.
        key: public (or private) keys, in PEM, one of which must have made each seal; else the keys kept in the folder
            are used.
        heads: ``N:DIGEST`` as commands print them: the entries that a run here must contain.
        anchor: the second place that got each seal's attestation (``record.anchor``).
        under_way: runs may still be open: what is not finished or not sealed yet is no fault.
        secrets: look for secrets in every file too.

    Raises:
        UsageError: there is no such folder, a key is no ed25519 key, or a head is not formed as one.
    """
    if not directory.is_dir():
        raise UsageError(f"No folder {directory}", expected="a records folder, or the folder of one run")
    given = [key] if isinstance(key, Path) else list(key or ())
    trusted = [_trusted(path) for path in given]
    wanted = [parse_head(head) for head in heads]
    folders = run_folders(directory)
    checks = [Check(folder, directory, trusted, under_way=under_way) for folder in folders]
    problems = [problem for check in checks for problem in check.problems]
    if not checks:
        problems.append(Problem(".", _no_run(directory)))
    runs = tuple(_verdict(check, problems, trusted=bool(trusted)) for check in checks)
    held = {check.folder.resolve().name: {e.n: e.digest for e in check.entries} for check in checks}
    anchored = list(anchored_heads(anchor)) if anchor else []
    alone = folders == [directory]
    problems += _missing_heads(wanted, anchored, held, alone=alone)
    problems += _holes(checks, held, alone=alone)
    counts = _counts(checks, given=bool(given), heads=len(wanted) + len(anchored))
    rests_on = _rests_on(checks, trusted=bool(trusted), outside=len(wanted) + len(anchored))
    shown = tuple(_secrets(directory)) if secrets else ()
    return Verification(not problems, counts, tuple(problems), runs, rests_on, under_way, shown)


def _no_run(directory: Path) -> str:
    """A working folder holds its records one level deeper."""
    where = ". A working folder has them in 'records'" if (directory / "records").is_dir() else ""
    return f"there is no run here: no folder 'journal' in it or one level below{where}"


def _secrets(directory: Path) -> Iterator[Problem]:
    """What secrets any file shows, once a file and a kind."""
    scanner = Scanner({})
    for name in files_below(directory):
        if name.endswith(".attestation.json"):
            continue
        try:
            data = read_file(directory, name)
            findings = scan(json.loads(data), {}) if name.endswith(".ipynb") else scanner.data(data, "")
            yield from dict.fromkeys(Problem(name, one.rule) for one in findings)
        except (FileNotFoundError, Unreadable, ValueError, AttributeError, RecursionError):
            continue  # what cannot be read is told by the check of bytes


def _trusted(path: Path) -> bytes:
    try:
        data = read_bytes(path, "The key")
        if b"PRIVATE KEY" in data:
            return signing.public_pem(signing.signing_key(path))
        return load_pem_public_key(data).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{path} is not a key", expected="an ed25519 public key in PEM") from None


def _verdict(check: Check, problems: list[Problem], *, trusted: bool) -> RunVerdict:
    """What a run's record can say; what breaks its story as a whole is a problem of the folder."""
    name = check.folder.resolve().name
    story = Story(check.entries, name, check.evidence, check.notebook, check.page, check.kept)
    inside = check.folder.relative_to(check.base).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    whole = len(check.entries) == check.count["entries"]  # of a journal with holes, only the holes are told
    if whole:
        reasons = (*run_rules(story), *place_rules(story), *order_rules(story))
        problems += [Problem(f"{prefix}journal/{reason.entry:06d}.json", reason.what) for reason in reasons]
    if len(check.keys) > 1 and not trusted:
        named = ", ".join(sorted(key[:16] for key in check.keys))
        what = (
            f"sealed with {plural(len(check.keys), 'key')} ({named}): say with --key, once for each, that they "
            "are right"
        )
        problems.append(Problem(f"{prefix}keys", what))
    last = check.entries[-1] if check.entries else None
    head = (last.n, last.digest) if last else (0, "")
    unattested = tuple(entry.n for entry in check.entries if entry.n > check.attested)
    notes = tuple(_notes(story))
    return RunVerdict(name, head, unattested, tuple(check.unattested_files()), claims_of(story) if whole else (), notes)


def _notes(story: Story) -> list[str]:
    """What an older record cannot show."""
    notes, opened = [], story.opened
    if "where" not in opened:
        notes.append(
            "Which AWS account it was, and who called, is not recorded: the record was made by an older version."
        )
    if story.of("week-started", week="4") and story.made_before_0_2("4"):
        lacking = ", ".join(sorted(SINCE_0_2))
        notes.append(f"It is held against the plan of version 0.1, which made it. Nobody asked then for {lacking}.")
    if opened.get("plan") not in (None, plan_digest()):
        notes.append("It was made with another plan than this installation's; it is held against this one.")
    return notes


def _missing_heads(
    wanted: Sequence[Head], anchored: Sequence[Head], held: dict[str, dict[int, str]], *, alone: bool
) -> list[Problem]:
    """Heads that are known elsewhere and not here: the end was cut off, or what is here was made anew."""
    problems = [
        Problem(".", f"no run here has entry {head.words}: cut off, or made anew")
        for head in wanted
        if not any(entries.get(head.n) == head.digest for entries in held.values())
    ]
    for head in anchored:
        if head.run in held and held[head.run].get(head.n) != head.digest:
            what = f"it was anchored at entry {head.words}, which it does not have: cut off, or made anew"
            problems.append(Problem(head.run, what))
        elif head.run not in held and not alone:
            problems.append(Problem(".", f"run '{head.run}' was anchored at entry {head.words}, and is not here"))
    return problems


def _holes(checks: Sequence[Check], held: dict[str, dict[int, str]], *, alone: bool) -> list[Problem]:
    """Runs that a later one names as its predecessor in the store, and that are gone or were made anew."""
    problems = [] if alone else _unchained(checks)
    for check in checks:
        previous = check.entries[0].body.get("previous") if check.entries else None
        if alone or not isinstance(previous, dict):
            continue
        previous = previous.get("previous", previous)  # written twice over until November 2026
        if not isinstance(previous, dict):
            continue
        run, n, digest = (previous.get(key) for key in ("run", "n", "digest"))
        name = check.folder.resolve().name
        if run not in held:
            problems.append(Problem(name, f"run '{run}' was in this store when it was opened, and is not here"))
        elif isinstance(n, int) and n > 0 and held[run].get(n) != digest:
            problems.append(
                Problem(str(run), f"run '{name}' names its entry {n} with another digest: cut, or made anew")
            )
    return problems


def _unchained(checks: Sequence[Check]) -> list[Problem]:
    """Runs that name no predecessor, though one of their environment was opened well before them in this folder."""
    problems, first = [], dict[str, tuple[datetime, str]]()
    opened = [(at, check) for check in checks if check.entries and (at := moment_of(check.entries[0].at))]
    for at, check in sorted(opened, key=lambda one: one[0]):
        body, name = check.entries[0].body, check.folder.resolve().name
        before = first.setdefault(str(body.get("environment")), (at, name))
        if "where" in body and not body.get("previous") and at - before[0] > _AT_ONCE:
            what = f"it names no run before it, and run '{before[1]}' was opened before it: of another store, or cut"
            problems.append(Problem(name, what))
    return problems


def _counts(checks: Sequence[Check], *, given: bool, heads: int) -> dict[str, Any]:
    names = ("entries", "evidence", "signatures", "notebooks", "pages", "attestations", "shared", "shared_not_here")
    counts: dict[str, Any] = {"runs": len(checks)}
    counts |= {name: sum(check.count[name] for check in checks) for name in names}
    counts["attested_entries"] = sum(check.attested for check in checks)
    counts["keys"] = sorted({key for check in checks for key in check.keys})
    counts["key_given"] = given
    counts["outside_heads"] = heads
    counts["not_covered"] = sorted(file for check in checks for file in check.not_covered())
    return counts


def _rests_on(checks: Sequence[Check], *, trusted: bool, outside: int) -> str:
    """What "valid" rests on, plainly."""
    if not checks:
        return "Nothing was checked: there is no run."
    keys = ", ".join(sorted({key[:16] for check in checks for key in check.keys})) or "none"
    if trusted:
        note = f"It was sealed with the key that was given ({keys})."
    else:
        note = (
            f"Who sealed it is not checked: the key ({keys}) was found in the record itself, and whoever can write the "
            "record can make one. Give --key with a public key from elsewhere."
        )
    if outside:
        return (
            f"{note} It contains the {plural(outside, 'journal head that is', 'journal heads that are')} known "
            "from outside."
        )
    return f"{note} That its end was not cut off only --head or --anchor can say."
