"""Lie in a real record with the right key: every digest, seal and shown journal head is fitted; ``verify`` must tell.

    PYTHONPATH=tests python -m soak.forged RECORD [--only WORD]

RECORD is the folder of one rehearsed run. ``support.lies`` tells lies over a made story of production; these need what
only a real run has: samples, requests, figures in two places, notebooks and pages. Prints a table; 1 when one passes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.forger import Forger
from support.lies_page import why

from smartroute_runbook.record import signing
from smartroute_runbook.record.verify import verify

Lie = Callable[[Forger], None]


def evidence(name: str, change: Callable[[Any], Any], *also: str) -> Lie:
    """Evidence that says something else, signed all the same."""
    return lambda f: f.rewrite(name, lambda value: change(value) and None, *also)


def of(kind: str, change: Callable[[dict[str, Any]], Any], **wanted: Any) -> Lie:
    """An entry that says something else."""
    return lambda f: change(f.body(kind, **wanted)) and None


def without(kind: str, **wanted: Any) -> Lie:
    return lambda f: f.remove(kind, **wanted)


def moved(kind: str, to: str, after: int = 0, of: dict[str, Any] | None = None, **wanted: Any) -> Lie:
    """An entry at another place in the story."""

    def lie(f: Forger) -> None:
        entry = f.entries.pop(f.at(kind, **wanted))
        place = f.at(to, **(of or {})) + after
        entry["at"] = f.entries[place - after]["at"]
        f.entries.insert(place, entry)

    return lie


def cells(name: str, change: Callable[[list[Any]], Any]) -> Lie:
    """A sealed notebook whose cells say something else; its page as it was."""
    return lambda f: f.notebook(name, lambda notebook: change(notebook["cells"]) and None)


def cell(found: list[Any], name: str) -> Any:
    return next(one for one in found if one["id"] == name)


def sources(f: Forger, name: str) -> None:
    """The seal says of the code and text what the changed notebook has."""
    from smartroute_runbook.record.runbook import code_digest, text_digest

    notebook = json.loads((f.run / f"{name}.ipynb").read_bytes())
    f.body("sealed", name=name)["source"] |= {"code": code_digest(notebook), "text": text_digest(notebook)}


def sourced(name: str, change: Callable[[list[Any]], Any]) -> Lie:
    """Another runbook, sealed as the one that was shipped."""

    def lie(f: Forger) -> None:
        cells(name, change)(f)
        sources(f, name)

    return lie


def page(name: str, change: Callable[[str], str]) -> Lie:
    def lie(f: Forger) -> None:
        path = f.run / f"{name}.html"
        path.write_text(change(path.read_text()))

    return lie


def swapped(one: str, other: str, *kinds: str) -> Lie:
    def lie(f: Forger) -> None:
        for kind in kinds:
            paths = [f.run / f"{name}.{kind}" for name in (one, other)]
            data = [path.read_bytes() for path in paths]
            paths[0].write_bytes(data[1])
            paths[1].write_bytes(data[0])

    return lie


def sample(change: Callable[[Any], Any], pattern: str = "watch/*.json") -> Lie:
    """What was kept of a round, or of a switch, says something else."""

    def lie(f: Forger) -> None:
        path = f.file(pattern)
        value = json.loads(path.read_bytes())
        change(value)
        path.write_text(json.dumps(value, separators=(",", ":")))

    return lie


def sample_gone(f: Forger, pattern: str = "watch/*.json") -> None:
    if not list(f.run.glob(pattern)):
        return
    path = f.file(pattern)
    path.unlink()
    for entry in f.entries:
        entry["body"].get("files", {}).pop(path.relative_to(f.run).as_posix(), None) if entry["kind"] == "sealed" else 0


def late(gate: str, week: str) -> Lie:
    """The gate's only signature comes after its week was finished."""
    return moved("signature", "week-finished", 1, {"week": week}, gate=gate)


def once_more(f: Forger) -> None:
    """A second signer, after the seal, attested."""
    entry = json.loads(json.dumps(f.entries[f.at("signature", gate="week4.switched")]))
    entry["body"]["signer"] = "Katherine Johnson"
    entry["body"]["at"] = entry["at"] = f.entries[-1]["at"]
    f.entries.insert(f.at("sealed", name="rollback"), entry)


def other_run(f: Forger) -> None:
    """The whole record as that of another run: the folder is renamed as well."""
    old = f.run.name
    new = "rehearsal-20990101T000000-1"
    f.entries = json.loads(json.dumps(f.entries).replace(old, new))
    f.run = f.run.rename(f.run.with_name(new))


def earlier_signature(f: Forger) -> None:
    for entry in f.entries[: f.at("signature", gate="week4.ready") + 1]:
        for key in ("at",):
            entry[key] = entry[key].replace("2026-11", "2026-10")
        if entry["kind"] == "signature":
            entry["body"]["at"] = entry["at"]


def proofs(value: Any) -> None:
    value["tables"][0][3] = value["tables"][0][4] = 999_999


def partition(value: Any) -> None:
    value["partitions"][3][2] += 1
    value["partitions"][3][3] += 1
    value["tables"][0][2] += 1
    value["tables"][0][3] += 1


def production(f: Forger) -> None:
    """Stand-ins told as production."""
    f.entries[0]["body"] |= {"environment": "production", "rehearsal": False}
    f.entries[0]["body"].pop("limits")
    for entry in f.entries:
        if entry["kind"] == "sealed":
            entry["body"] |= {"environment": "production", "rehearsal": False}
            entry["body"]["parameters"]["environment"] = "production"


def week_gone(week: str) -> Lie:
    def lie(f: Forger) -> None:
        del f.entries[f.at("week-started", week=week) : f.at("sealed", week=week) + 1]
        for path in f.run.glob(f"week{week}.*"):
            path.unlink()

    return lie


def stepped(change: Callable[[Any], Any]) -> Lie:
    """Week 2 as if it had been stepped through in JupyterLab: no times and no parameters of papermill."""

    def lie(f: Forger) -> None:
        def plain(notebook: Any) -> None:
            notebook["metadata"].pop("papermill", None)
            for one in notebook["cells"]:
                one["metadata"].pop("papermill", None)
            change(notebook["cells"])

        f.notebook("week2", plain)
        body = f.body("sealed", week="2")
        body |= {"started": None, "finished": None, "parameters": {"run_id": f.run.name}}
        sources(f, "week2")

    return lie


def another_head(found: list[Any]) -> None:
    """The last cell of another week 2: its head is of a run that never was."""
    for output in cell(found, "finish")["outputs"]:
        output["data"] = {"text/plain": "Journal head: entry 72. `72:" + "ab" * 32 + "`"}


LIES: dict[str, Lie] = {
    "a proof of other rows than were loaded": evidence("week2.loaded.proofs", proofs),
    "the reconciliation counts a row more, on both sides": evidence("week2.loaded.reconciliation", partition),
    "the reconciliation has a partition that differs": evidence(
        "week2.loaded.reconciliation", lambda v: v["partitions"][5].__setitem__(3, 7)
    ),
    "the load tells a row less": of("loaded", lambda b: b.update(rows=b["rows"] - 1)),
    "a partition was loaded with other rows": of(
        "loaded", lambda b: next(iter(b["partitions"].values())).__setitem__(1, 19) or b.update(rows=b["rows"] + 1)
    ),
    "the load read other rows than it found": evidence(
        "week2.load.verified", lambda v: v["partitions"][0].__setitem__(3, 1)
    ),
    "an aggregate answers otherwise": evidence("week3.compared.aggregates", lambda v: v["disagreeing"].append("x")),
    "the experiment found an answer that differs": evidence(
        "week3.compared.experiment", lambda v: v["differing"].append({"query": "hourly_trend"})
    ),
    "the answers are other ones than were compared": evidence(
        "week3.compared.answers", lambda v: v["queries"][0].__setitem__(1, "different")
    ),
    "a query without a translation": evidence(
        "week3.compared.dashboardqueries", lambda v: v["translations"][0].update(sql=None)
    ),
    "not ready, signed all the same": evidence("week4.ready.ready", lambda v: v["points"][1].update(holds=False)),
    "what is against signing is hidden": of("gate", lambda b: b.update(against={}), gate="week4.ready"),
    "what is against signing is hidden, in its evidence too": evidence(
        "week4.ready.ready", lambda v: v.update(alarms="") or v["points"].pop()
    ),
    "the watch found something": evidence(
        "week4.switched.watched", lambda v: v["findings"].append("slow"), "operate.watch"
    ),
    "the watch was short": evidence("week4.switched.watched", lambda v: v.update(wanted=48.0)),
    "the watch tells fewer failures than its samples": sample(lambda v: v["asked"][0].update(error="timed out")),
    "the watch tells fewer wrong answers": sample(lambda v: v["asked"][0].update(wrong="other rows")),
    "the watch tells a faster answer": sample(lambda v: [one.update(milliseconds=9_999) for one in v["asked"]]),
    "a sample of the watch is gone": sample_gone,
    "every sample of the watch is gone": lambda f: [sample_gone(f) for _ in list((f.run / "watch").iterdir())] and None,
    "the requests of the cut-over are gone": lambda f: (
        [sample_gone(f, f"switches/{f.body('switched', share=100, to='redshift')['attempt']}/*.json") for _ in range(9)]
        and None
    ),
    "the cut-over's requests failed": sample(
        lambda v: [row.__setitem__(5, "no answer") for row in v], "switches/*/000002.json"
    ),
    "requests of a switch are gone": lambda f: sample_gone(f, "switches/*/000003.json"),
    "a switch tells no failures of more": of("switched", lambda b: b.update(failed_requests=99)),
    "a switch tells fewer seconds": of("switched", lambda b: b.update(seconds=0.1)),
    "the signed switches are other ones": evidence("week4.switched.switches", lambda v: v["switches"].pop()),
    "a switch that was never begun": lambda f: f.entries.pop(f.at("switching")) and None,
    "the cut-over read another engine": evidence("week4.cut-over.verified", lambda v: v.update(to="athena")),
    "a query was still answered by Athena": evidence(
        "week4.cut-over.verified", lambda v: v["answers"][2].__setitem__(1, "athena")
    ),
    "the decision was to stay": evidence("week1.decision.decision", lambda v: v.update(verdict="stay")),
    "the gate says stay, and the weeks go on": of("gate", lambda b: b.update(stay="2030-01-01"), gate="week1.decision"),
    "week 1 ended with staying": of("week-finished", lambda b: b.update(stay="2030-01-01"), week="1"),
    "the audit found what blocks": evidence(
        "week1.decision.audit", lambda v: v["findings"][0].update(rating="blocking")
    ),
    "the history was another one": evidence("week1.decision.workload", lambda v: v.update(forged=True)),
    "every signature gone": without("signature"),
    "every gate gone": without("gate"),
    "week 2 is gone": week_gone("2"),
    "week 3 is gone": week_gone("3"),
    "the decision was signed after its week": late("week1.decision", "1"),
    "the load was signed after its week": late("week2.loaded", "2"),
    "the last gate was signed after its week": late("week4.switched", "4"),
    "the cluster was made before its gate": moved(
        "started", "gate", 0, {"gate": "week1.cluster"}, step="week1.cluster"
    ),
    "the cut-over came before its gate": moved("started", "gate", 0, {"gate": "week4.ready"}, step="week4.cut-over"),
    "signed a month before the cut-over": earlier_signature,
    "one signer more after the seal": once_more,
    "two asked for, one signed": of("gate", lambda b: b.update(needed=2), gate="week3.compared"),
    "opened with two signatures, signed by one": lambda f: f.entries[0]["body"]["settings"]["gates"].update(
        signatures=2
    ),
    "opened with settings of other limits": lambda f: f.entries[0]["body"]["settings"]["dashboard"].update(
        watch_hours=0
    ),
    "executed with other settings": of(
        "sealed", lambda b: b["parameters"]["settings"]["gates"].update(automatic=False), week="3"
    ),
    "a signer of another account": of(
        "signature", lambda b: b["caller"].update(account="999999999999"), gate="week2.loaded"
    ),
    "week 3 in another account": of("week-started", lambda b: b["where"].update(account="999999999999"), week="3"),
    "stand-ins told as production": production,
    "AWS told as a rehearsal": of(
        "opened", lambda b: b["where"]["endpoints"].update(ssm="https://ssm.us-east-1.amazonaws.com")
    ),
    "a step of somebody's own": of("started", lambda b: b.update(kind="__main__.CutOver"), step="week4.cut-over"),
    "a step under another gate": of("started", lambda b: b.update(needs="week1.decision"), step="week4.cut-over"),
    "a step that stopped": of("finished", lambda b: b.update(status="failed"), step="week2.load"),
    "the notebook of week 3 is week 2's": swapped("week2", "week3", "ipynb"),
    "weeks 2 and 3 are each other's": swapped("week2", "week3", "ipynb", "html"),
    "the pages are each other's": swapped("week2", "week3", "html"),
    "the page says that all is well": page("week2", lambda _: "<h1>all is well</h1>"),
    "the page has other figures": page("week2", lambda text: text.replace("398,312", "999,999")),
    "the proof's output is cut out": cells("week2", lambda c: cell(c, "proof").update(outputs=[])),
    "the proof's output says something else": cells(
        "week2",
        lambda c: [
            o["data"].update({"text/html": re.sub("398,312", "398,313", "".join(o["data"]["text/html"]))})
            for o in cell(c, "proof")["outputs"]
        ],
    ),
    "the gate's cell was never executed": cells("week2", lambda c: cell(c, "loaded-gate").update(execution_count=None)),
    "a cell shows an error": cells(
        "week2",
        lambda c: cell(c, "proof")["outputs"].append(
            {"output_type": "error", "ename": "ProofFailed", "evalue": "", "traceback": []}
        ),
    ),
    "a runbook without its gate, as shipped": sourced("week2", lambda c: c.remove(cell(c, "loaded-gate"))),
    "a runbook with another text, as shipped": sourced(
        "week3", lambda c: next(one for one in c if one["cell_type"] == "markdown").update(source="# A formality")
    ),
    "the notebook was executed yesterday": of(
        "sealed",
        lambda b: b.update(started="2026-01-01T00:00:00+00:00", finished="2026-01-01T00:01:00+00:00"),
        week="2",
    ),
    "the seal names another notebook's times": of("sealed", lambda b: b.update(started=b["finished"]), week="2"),
    "the seal's name is another week's": lambda f: (
        [path.rename(path.with_name(path.name.replace("week2", "week7"))) for path in f.run.glob("week2.*")]
        and f.body("sealed", week="2").update(name="week7")
    ),
    "the notebook does not say what a rehearsal cannot show": cells(
        "week2", lambda c: c.remove(cell(c, "stand-in-limits"))
    ),
    "the record of another run": other_run,
    "stepped through, the proof's output taken out": stepped(lambda c: cell(c, "proof").update(outputs=[])),
    "stepped through, without its gate": stepped(lambda c: c.remove(cell(c, "loaded-gate"))),
    "stepped through, in another run": stepped(another_head),
    "stepped through, the last cell never": stepped(lambda c: cell(c, "finish").update(outputs=[])),
    "the seal says failed": of("sealed", lambda b: b.update(status="failed", exit_code=1), week="2"),
    "the seal of week 4 is gone": lambda f: (
        f.remove("sealed", week="4") or ([path.unlink() for path in f.run.glob("week4.*")] and None)
    ),
}


def told(run: Path, name: str, lie: Lie, scratch: Path) -> tuple[bool, str]:
    """Whether ``verify`` tells a lie, and its first words."""
    copy = Path(shutil.copytree(run, scratch / run.name))
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    forger = Forger(copy, random.Random(1))
    lie(forger)
    forger.reseal(signing.signing_key(scratch / "key.pem"), heads="in another run" not in name)
    found = verify(forger.run)
    shutil.rmtree(forger.run)
    return found.exit_code == 5, why(found)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("record", type=Path)
    ask.add_argument("--only", default="")
    given = ask.parse_args()
    passed = []
    with tempfile.TemporaryDirectory() as scratch:
        honest, said = told(given.record.resolve(), "", lambda _: None, Path(scratch))
        assert not honest, f"sealed anew without a lie, it is told: {said}"
        print("| the lie | noticed | said of it |\n|---|---|---|")
        for name, lie in LIES.items():
            if given.only in name:
                noticed, said = told(given.record.resolve(), name, lie, Path(scratch))
                print(f"| {name} | {'yes' if noticed else 'NO'} | {said} |", flush=True)
                passed += [] if noticed else [name]
    print(f"{len(LIES)} lies, {len(passed)} passed: {passed}")
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
