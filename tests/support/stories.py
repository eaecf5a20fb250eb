"""Records that tell a whole story, made without executing anything; and lies told with the right key.

A story is a list of parts that a test may change; ``write`` gives it fitting digests and seals it with one key. The
notebooks are the shipped runbooks with the outputs that say of which run they are.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.record import signing
from smartroute_runbook.record.layout import MEASURED, gates_of
from smartroute_runbook.record.runbook import code_digest, shipped_digests, text_digest
from smartroute_runbook.runs.journal import GENESIS, Entry
from smartroute_runbook.runs.plan import gate_evidence, gate_items, plan_digest, step_rule, week_of

ROOT = Path(__file__).resolve().parents[2]
RUN = "production-20260901T080000"
ACCOUNT = "210987654321"
PROOFS = {"covered": "all", "differences": [], "tables": [["vehicles", "equal", 24, 900, 900]]}
ANSWERS = {"covered": "all", "disagreeing": [], "queries": [["busiest_stops", "equal", 20, 20, "alike"]]}
WATCHED = {"engine": "redshift", "findings": [], "gaps": [], "hours": 48.0, "queries": [], "strays": 0, "wanted": 48.0}
STEPS = {
    "1": ("week1.subnet-group", "week1.security-group", "week1.copy-role", "week1.cluster", "week1.backups"),
    "2": ("week2.create-tables", "week2.load"),
    "3": ("week3.materialize",),
    "4": (
        "week4.catch-up",
        "week4.publish-queries",
        "week4.alarms",
        "week4.snapshot",
        "week4.rehearse-way-back",
        "week4.cut-over",
    ),
}


@dataclass
class Part:
    """An entry to be: its kind, its body, minutes after the part before, who wrote it."""

    kind: str
    body: dict[str, Any]
    minutes: float = 1.0
    by: str = "ada@laptop"
    at: str | None = None


@dataclass
class Story:
    """Parts in order, evidence by digest, notebooks by week and what these say (``said``) of run and journal."""

    parts: list[Part] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    notebooks: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, bytes] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    start: datetime = datetime(2026, 9, 1, 8, tzinfo=UTC)

    def add(self, kind: str, **body: Any) -> Part:
        """One more part."""
        self.parts.append(Part(kind, body))
        return self.parts[-1]

    def keep(self, name: str, value: Any) -> str:
        """A piece of evidence; its digest."""
        found = digest(value)
        self.values[found] = value
        self.add("evidence", name=name, digest=found, file=f"evidence/{name}-{found[:12]}.json")
        return found

    def measured(self, name: str, value: Any) -> str:
        """A measurement that is kept."""
        found = self.keep(name, value)
        self.add("measured", name=name, arguments="0" * 64, file=f"evidence/{name}-{found[:12]}.json")
        return found

    def find(self, kind: str, **wanted: Any) -> int:
        """Where the first part of a kind with these words is."""
        return next(
            at
            for at, part in enumerate(self.parts)
            if part.kind == kind and all(part.body.get(key) == value for key, value in wanted.items())
        )

    def body(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """The body of the first part of a kind with these words."""
        return self.parts[self.find(kind, **wanted)].body

    def drop(self, kind: str, **wanted: Any) -> None:
        """Take out every part of a kind with these words."""
        self.parts = [
            part
            for part in self.parts
            if part.kind != kind or any(part.body.get(key) != value for key, value in wanted.items())
        ]


def honest(*, signatures: int = 2, rehearsal: bool = False) -> Story:
    """Four weeks of a production run, each gate signed by as many people as it asks for."""
    story = Story()
    story.add(
        "opened", run=RUN, environment="production", rehearsal=rehearsal,
        settings={"gates": {"signatures": signatures}}, plan=plan_digest(),
        where={"account": ACCOUNT, "region": "us-east-1", "caller": caller("Ada Lovelace")["arn"], "endpoints": {}},
    )  # fmt: skip
    for week in "1234":
        _week(story, week, signatures)
    return story


def caller(name: str) -> dict[str, str]:
    """As whom AWS knows somebody."""
    user = name.split()[0].lower()
    return {"account": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}", "user_id": f"AIDA{user.upper():X<16}"}


def _week(story: Story, week: str, signatures: int) -> None:
    story.add("week-started", week=week)
    proposals = {step: story.keep(f"{step}.proposal", {"step": step, "changes": [1]}) for step in STEPS[week]}
    started: set[str] = set()
    for gate in gates_of(week):
        if week in "24" and gate != gates_of(week)[0]:
            _steps(story, week, started, proposals)
        evidence = {
            name: story.measured(source, _value(name)) for name, source in MEASURED.items() if name.startswith(gate)
        }
        for name, found in list(evidence.items()):
            assert story.keep(name, _value(name)) == found
        if gate == "week2.loaded":
            evidence["week2.loaded.proofs"] = story.keep("week2.loaded.proofs", PROOFS)
        held = [step for step in proposals if (rule := step_rule(step)) and rule.signed and rule.needs == gate]
        evidence |= {f"{step}.proposal": proposals[step] for step in held}
        for name in gate_evidence(gate):
            if name not in evidence:
                evidence[name] = story.keep(name, {"of": name})
        if week == "4":
            _steps(story, week, started, proposals, but=gate)
        story.add("gate", gate=gate, evidence=evidence, blocks=[], against={}, stay="", needed=signatures)
        for signer in ("Ada Lovelace", "Grace Hopper")[:signatures]:
            story.add(
                "signature", gate=gate, run=RUN, signer=signer, evidence=evidence, checked=list(gate_items(gate)),
                note="", reasons={}, caller=caller(signer),
            )  # fmt: skip
    _steps(story, week, started, proposals)
    story.add("week-finished", week=week)
    story.add("sealed", week=week)
    story.notebooks[week] = notebook(week)


def _value(name: str) -> Any:
    values = {"week3.compared.answers": ANSWERS, "week4.switched.watched": WATCHED}
    return values.get(name, {"of": MEASURED[name]})


def _steps(story: Story, week: str, started: set[str], proposals: dict[str, str], but: str = "") -> None:
    for step in STEPS[week]:
        rule = step_rule(step)
        if step in started or (but and rule and rule.needs == but):
            continue
        started.add(step)
        story.add("started", step=step, proposal=proposals[step])
        if step == "week2.load":
            story.add("loaded", table="vehicles", day="2026-08-30", rows=900, partitions={"day=30": ["ab" * 32, 900]})
        switches = {
            "week4.rehearse-way-back": (("redshift", 1), ("athena", 100)),
            "week4.cut-over": (("redshift", 100),),
        }
        for to, share in switches.get(step, ()):
            story.add("switching", to=to, share=share)
            story.add("switched", to=to, share=share, seconds=1.5, requests=40, failed_requests=0)
        read = {"to": "redshift", "answers": [["busiest_stops", "redshift", ""]]}
        kept = story.keep(f"{step}.verified", read if step == "week4.cut-over" else {"step": step, "right": True})
        story.add("finished", step=step, status="applied", proposal=proposals[step], evidence=kept)


def notebook(week: str) -> Any:
    """The shipped runbook of a week, as it looks when it was executed."""
    found = json.loads((ROOT / "runbooks" / week_of(week)["notebook"]).read_text())
    for number, cell in enumerate((c for c in found["cells"] if c["cell_type"] == "code"), 1):
        cell["execution_count"] = number
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"week {week}, cell {number}\n"]}]
    return found


def write(story: Story, store: Path, key_file: Path, run: str = RUN, folder: str | None = None) -> Path:
    """The record of a story, sealed with the key in a file; the folder of the run."""
    key = signing.signing_key(key_file)
    pem = signing.public_pem(key)
    target = store / (folder or run)
    (target / "journal").mkdir(parents=True)
    (target / "evidence").mkdir()
    (target / "keys").mkdir()
    (target / "keys" / f"{signing.key_id(pem)[:16]}.pem").write_bytes(pem)
    for name, data in story.extra.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    prev, at, used = GENESIS, story.start, set[str]()
    ends: dict[str, str] = {}
    for n, part in enumerate(story.parts, 1):
        at += timedelta(minutes=part.minutes)
        body = dict(part.body)
        if part.kind == "signature" and body.get("run") == RUN:
            body["run"] = run
        if part.kind == "evidence" and str(body.get("digest")) in story.values:
            (target / body["file"]).write_bytes(canonical(story.values[body["digest"]]))
        if part.kind == "sealed":
            head = {"n": n - 1, "digest": prev}
            body = _seal(story, target, body, at, head, signing.key_id(pem), used, ends.get(str(body.get("week")), ""))
        fields = {"n": n, "prev": prev, "at": part.at or at.isoformat(timespec="milliseconds"), "by": part.by}
        fields |= {"kind": part.kind, "body": body}
        entry = Entry(**fields, digest=digest(fields))
        (target / "journal" / f"{n:06d}.json").write_bytes(canonical(entry))
        prev = entry.digest
        if part.kind == "week-finished":
            ends[str(body.get("week"))] = f"Journal head: entry {n}. `{n}:{prev}`.\n"
        if part.kind == "sealed":
            name = body["name"]
            subjects = {f"{name}.ipynb": body["notebook"], f"{name}.html": body["html"]}
            predicate = {"run": run, "journal": {"n": n, "digest": prev}, "sealed": body}
            (target / f"{name}.attestation.json").write_bytes(signing.sign(key, subjects, predicate))
    return target


def _seal(
    story: Story, target: Path, given: dict[str, Any], at: datetime, head: dict[str, Any], key: str, used: set[str],
    end: str,
) -> dict[str, Any]:  # fmt: skip
    """Write what is sealed; ``end`` is what the last cell says of the journal."""
    week, opened = given["week"], story.parts[0].body
    name = next(n for n in (f"week{week}", *(f"week{week}-{i}" for i in range(2, 9))) if n not in used)
    used.add(name)
    found = copy.deepcopy(story.notebooks[given.get("notebook_of", week)])
    outputs = [cell["outputs"] for cell in found["cells"] if cell["cell_type"] == "code" and cell["outputs"]]
    for place, said in ((0, story.said.get("run", f"run {target.name}\n")), (-1, story.said.get(week, end))):
        outputs[place].append({"output_type": "stream", "name": "stdout", "text": [said]})
    data, html = json.dumps(found).encode(), f"<h1>{name}</h1>".encode()
    (target / f"{name}.ipynb").write_bytes(data)
    (target / f"{name}.html").write_bytes(html)
    source = {"name": week_of(week)["notebook"], "sha256": "0" * 64, "as_shipped": True, "text_as_shipped": True}
    source |= {"code": code_digest(found), "text": text_digest(found), "shipped": shipped_digests(source["name"])}
    body = {
        "week": week, "name": name, "status": "finished", "exit_code": 0, "failure": None, "source": source,
        "notebook": hashlib.sha256(data).hexdigest(), "html": hashlib.sha256(html).hexdigest(), "files": {},
        "parameters": {"run_id": opened.get("run"), "environment": opened.get("environment")},
        "environment": opened.get("environment"), "rehearsal": opened.get("rehearsal"), "journal": head, "key": key,
        "started": (at - timedelta(minutes=30)).isoformat(), "finished": at.isoformat(), "versions": {},
    }  # fmt: skip
    return body | {key: value for key, value in given.items() if key != "notebook_of"}
