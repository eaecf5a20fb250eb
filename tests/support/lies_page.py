"""The page of what ``verify`` notices: each lie, written with the right key, and what told it.

PYTHONPATH=tests python -m support.lies_page > docs/verify.md
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from smartroute_runbook.record.signing import signing_key
from smartroute_runbook.record.verification import Verification
from smartroute_runbook.record.verify import verify

from .lies import OUTSIDE, SEEN, Lie
from .lies_of_insiders import INSIDERS
from .stories import RUN, honest, write

_HEAD = """# What `verify` notices

A record is checked three times over: its bytes against their digests and seals, its story against the plan, and its end
against what is known elsewhere (`--head`, `--anchor`, `--key`). The table holds records that lie although each digest
fits and the right key sealed them: somebody who holds the key wrote a story that never was.

- **in the record**: `smartroute-runbook verify FOLDER` ends with 5 by itself.
- **with an anchor**: the story is whole, so that only who wrote a journal head down (`--head N:DIGEST`), or the
  second place that got each seal (`--anchor WHERE`), can tell it from the truth. `verify` says so each time: "That its
  end was not cut off only --head or --anchor can say."

Without the key nobody gets as far: a flipped bit, an entry changed, removed, added or moved is noticed by its digest.
`make soak-record` flips 2,000 bits of a rehearsed record, edits it 300 times, and tells 78 lies in it that need what a
run really leaves: samples, requests, notebooks, pages. A notebook prints the head of the journal and the digests that
were signed, so that whoever rewrites the one must rewrite the other, and its page.
"""


def verdicts(folder: Path) -> Iterator[tuple[str, bool, Verification]]:
    """Each lie's name, whether the record alone tells it, and what is said of it."""
    key = folder / "key.pem"
    signing_key(key)
    truth = write(honest(), folder / "truth", key)
    anchor = folder / "anchor" / RUN
    anchor.mkdir(parents=True)
    for path in truth.glob("*.attestation.json"):
        shutil.copy(path, anchor)
    for number, (name, lie) in enumerate((SEEN | INSIDERS | OUTSIDE).items()):
        record = _told(lie, folder / str(number), key)
        alone = verify(record)
        yield name, alone.exit_code == 5, alone if alone.exit_code else verify(record, anchor=str(anchor.parent))
        shutil.rmtree(folder / str(number))


def _told(lie: Lie, store: Path, key: Path) -> Path:
    story = honest()
    lie(story)
    return write(story, store, key)


def why(found: Verification) -> str:
    """The first thing that is said of it."""
    for problem in found.problems:
        return re.sub(r"(?<=entry \d\d):[0-9a-f]{16}|(?<=entry \d\d\d):[0-9a-f]{16}", "", problem.what)
    for run in found.runs:
        reasons = [reason.what for claim in run.claims for reason in claim.reasons]
        if reasons:
            return reasons[0]
        if run.unattested_files:
            return f"{run.unattested_files[0]} came after the last seal: nobody attested it"
        if run.unattested:
            return f"entry {run.unattested[0]} came after the last seal: nobody attested it"
    return ""


def page(rows: list[tuple[str, bool, str]]) -> str:
    """The page, from name, whether the record alone tells it, and why."""
    inside = sum(alone for _, alone, _ in rows)
    lines = [_HEAD, f"{len(rows)} lies: {inside} noticed in the record, {len(rows) - inside} with an anchor.", ""]
    lines += ["| the lie | noticed | said of it |", "|---|---|---|"]
    for name, alone, said in rows:
        lines.append(f"| {name} | {'in the record' if alone else 'with an anchor'} | {said.replace('|', ' ')} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.stdout.write(page([(name, alone, why(found)) for name, alone, found in verdicts(Path(scratch))]))
