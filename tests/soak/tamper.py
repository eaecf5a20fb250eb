"""Change a record without its key, one bit or one thing at a time, and see that ``verify`` notices each.

    PYTHONPATH=tests python -m soak.tamper [RECORD] [--flips 2000] [--edits 300] [--seed 1]

RECORD is the folder of one run (the query history beside it is changed too); without it a whole story of four weeks is
made. Prints a table; 1 when a change to what
the record says goes unnoticed. What only an outside head or key can tell is tried with it.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from support.forger import Forger
from support.stories import honest, write

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.record import signing
from smartroute_runbook.record.verify import verify

PAGES = ("index.html", "evidence.html")  # made anew by ``report``: no evidence


def files_of(run: Path) -> list[Path]:
    return sorted(
        p for p in run.rglob("*") if p.is_file() and p.name not in PAGES and {"lease", "anchored"}.isdisjoint(p.parts)
    )


def named(path: Path, run: Path) -> str:
    """As ``verify`` names a file: what lies beside the run too."""
    return path.relative_to(run).as_posix() if path.is_relative_to(run) else f"../{path.relative_to(run.parent)}"


def flip(run: Path, count: int, chance: random.Random) -> list[str]:
    """Flip single bits, each put back; those that went unnoticed or whose file was not named."""
    missed, files = [], files_of(run) + files_of(run.parent / "history")
    for number in range(count):
        path = chance.choice(files)
        original = path.read_bytes()
        at, bit = chance.randrange(len(original)), chance.randrange(8)
        path.chmod(0o644)
        path.write_bytes(original[:at] + bytes([original[at] ^ 1 << bit]) + original[at + 1 :])
        found = verify(run)
        path.write_bytes(original)
        name = named(path, run)
        if found.valid or name not in {problem.file for problem in found.problems}:
            missed.append(f"{name}: byte {at}, bit {bit}")
        if number % 200 == 199:
            print(f"{number + 1} bits flipped, {len(missed)} missed", flush=True)
    return missed


# ---- edits of what is said, each with the digests that anybody can fit ---------------------------------------------


def _swap(f: Forger) -> None:
    at = f.chance.randrange(len(f.entries) - 1)
    f.entries[at], f.entries[at + 1] = f.entries[at + 1], f.entries[at]
    f.write(at)


def _again(f: Forger) -> None:
    at = f.any()
    f.entries.insert(at, json.loads(json.dumps(f.entries[at])))
    f.write(at)


def _evidence(f: Forger) -> None:
    """Other figures under fitting digests, all through the journal."""
    at = f.any("evidence")
    body = f.entries[at]["body"]
    value = {"forged": f.chance.random()}
    found, old = digest(value), body["digest"]
    text = json.dumps(f.entries).replace(old, found)
    f.entries = json.loads(text)
    f.entries[at]["body"]["file"] = f"evidence/{body['name']}-{found[:12]}.json"
    (f.run / f.entries[at]["body"]["file"]).write_bytes(canonical(value))
    f.write()


def _reformatted(f: Forger) -> None:
    path = f.file("journal/*.json")
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=1))


def _swapped_files(f: Forger) -> None:
    one, other = f.file("week*.ipynb"), f.file("week*.html")
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)


def _cut(f: Forger) -> None:
    """Back to an older seal, with its files."""
    seals = [i for i, e in enumerate(f.entries) if e["kind"] == "sealed"]
    keep = f.chance.choice(seals[:-1])
    for entry in f.entries[keep + 1 :]:
        if entry["kind"] == "sealed":
            for path in f.run.glob(f"{entry['body']['name']}.*"):
                path.unlink()
    f.entries = f.entries[: keep + 1]
    f.write(len(f.entries))


def _resealed(f: Forger) -> None:
    """Everything changed at will and sealed again, with a key of one's own."""
    f.entries[0]["by"] = "mallory@host"
    f.reseal(signing.signing_key(f.run.parent / "forged.pem"))


EDITS: dict[str, Callable[[Forger], None]] = {
    "an entry dropped": lambda f: f.drop(f.any()),
    "a gate or signature dropped": lambda f: f.drop(f.any("gate", "signature")),
    "two entries swapped": _swap,
    "an entry told twice": _again,
    "another signer": lambda f: f.change(f.any("signature"), signer="Mallory"),
    "another note": lambda f: f.change(f.any("signature"), note="with pleasure"),
    "fewer failed requests": lambda f: f.change(f.any("switched"), failed_requests=f.chance.randint(1, 99)),
    "another proposal": lambda f: f.change(f.any("started", "finished"), proposal="ab" * 32),
    "another seal's status": lambda f: f.change(f.any("sealed"), status="failed"),
    "a signature appended": lambda f: f.append("signature", gate="week4.switched", signer="Mallory", evidence={}),
    "a switch appended": lambda f: f.append("switched", to="athena", seconds=1.0, requests=9, failed_requests=0),
    "a week appended": lambda f: f.append("week-finished", week="rollback"),
    "a revocation appended": lambda f: f.append("revoked", gate="week3.compared", signer="Mallory"),
    "evidence forged throughout": _evidence,
    "an entry written otherwise": _reformatted,
    "notebook and page swapped": _swapped_files,
    "a file emptied": lambda f: f.file("*.ipynb").write_bytes(b""),
    "a page rewritten": lambda f: f.file("week*.html").write_text("<h1>all is well</h1>"),
    "a file removed": lambda f: f.chance.choice(files_of(f.run)).unlink(),
    "an attestation removed": lambda f: f.file("*.attestation.json").unlink(),
    "an attestation of another week": lambda f: (f.run / "week1.attestation.json").write_bytes(
        (f.run / "week2.attestation.json").read_bytes()
    ),
    "the folder renamed": lambda f: f.run.rename(f.run.with_name("another-run")) and None,
}
OUTSIDE: dict[str, Callable[[Forger], None]] = {
    "cut back to an older seal": _cut,
    "sealed again by another key": _resealed,
}


def edit(run: Path, count: int, chance: random.Random, table: Counter[tuple[str, str]]) -> list[str]:
    head = verify(run).runs[0].head
    missed = []
    kinds = list((EDITS | OUTSIDE).items())
    for number in range(count):
        name, change = kinds[number % len(kinds)]
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(shutil.copytree(run, Path(scratch) / run.name))
            for path in copy.rglob("*"):
                path.chmod(0o755 if path.is_dir() else 0o644)
            change(Forger(copy, chance))
            (folder,) = [p for p in Path(scratch).iterdir() if p.is_dir()]
            if verify(folder).exit_code == 5:
                table[name, "alone"] += 1
            elif verify(folder, heads=[f"{head[0]}:{head[1]}"]).exit_code == 5:
                table[name, "outside"] += 1
                if name not in OUTSIDE:
                    missed.append(f"{name}: only by its head")
            else:
                missed.append(name)
    return missed


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("record", nargs="?", type=Path)
    ask.add_argument("--flips", type=int, default=2_000)
    ask.add_argument("--edits", type=int, default=300)
    ask.add_argument("--seed", type=int, default=1)
    given = ask.parse_args()
    chance, table = random.Random(given.seed), Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as scratch:
        if given.record:
            run = Path(shutil.copytree(given.record, Path(scratch) / given.record.resolve().name))
            if (history := given.record.resolve().parent / "history").is_dir():
                shutil.copytree(history, Path(scratch) / "history")
        else:
            signing.signing_key(Path(scratch) / "key.pem")
            run = write(honest(), Path(scratch), Path(scratch) / "key.pem")
        assert verify(run).exit_code == 0, verify(run).problems
        bits = flip(run, given.flips, chance)
        things = edit(run, given.edits, chance, table)
    print("| change | tried | noticed in the record | with a head | missed |\n|---|---|---|---|---|")
    print(f"| a bit flipped, its file named | {given.flips} | {given.flips - len(bits)} | | {len(bits)} |")
    for name in EDITS | OUTSIDE:
        alone, outside, miss = table[name, "alone"], table[name, "outside"], sum(m.startswith(name) for m in things)
        print(f"| {name} | {alone + outside + sum(m == name for m in things)} | {alone} | {outside} | {miss} |")
    print(*bits[:20], *things[:20], sep="\n")
    return 1 if bits or things else 0


if __name__ == "__main__":
    sys.exit(main())
