"""Lies with the right key and fitting digests: each changes an honest story, and what notices it.

``SEEN`` are noticed in the record alone. ``OUTSIDE`` are whole stories that only somebody who wrote a head down, an
anchor, or a key from elsewhere can tell from the truth.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

from smartroute_runbook.canonical import digest
from smartroute_runbook.record.runbook import code_digest, text_digest

from .stories import ACCOUNT, PROOFS, WATCHED, Part, Story, caller

Lie = Callable[[Story], None]


def _gates_gone(s: Story) -> None:
    s.drop("gate")
    s.drop("signature")


def _week_gone(week: str) -> Lie:
    def lie(s: Story) -> None:
        begin, end = s.find("week-started", week=week), s.find("sealed", week=week)
        s.parts = s.parts[:begin] + s.parts[end + 1 :]

    return lie


def _one_signature(gate: str) -> Lie:
    def lie(s: Story) -> None:
        s.parts.pop(s.find("signature", gate=gate))

    return lie


def _step_before_gate(step: str, gate: str) -> Lie:
    def lie(s: Story) -> None:
        part = s.parts.pop(s.find("started", step=step))
        s.parts.insert(s.find("gate", gate=gate), part)

    return lie


def _signed_after_end(gate: str, week: str) -> Lie:
    def lie(s: Story) -> None:
        signed = [part for part in s.parts if part.kind == "signature" and part.body["gate"] == gate]
        s.drop("signature", gate=gate)
        at = s.find("week-finished", week=week) + 1
        s.parts[at:at] = signed

    return lie


def _revoked(gate: str, *, before: str = "", after: str = "") -> Lie:
    def lie(s: Story) -> None:
        at = s.find("week-finished", week=before) if before else s.find("sealed", week=after)
        s.parts.insert(at, Part("revoked", {"gate": gate, "signer": "Ada Lovelace", "note": "wrong"}))

    return lie


def _blocked(s: Story) -> None:
    s.body("gate", gate="week2.loaded")["blocks"] = ["vehicles differ"]


def _evidence(name: str, value: object, gate: str, step: str = "") -> Lie:
    """Evidence of a gate (or of a step's end) with another value, signed all the same."""

    def lie(s: Story) -> None:
        found = digest(value)
        s.values[found] = value
        body = s.body("evidence", name=name)
        body |= {"digest": found, "file": f"evidence/{name}-{found[:12]}.json"}
        for part in s.parts:
            if step:
                part.body |= {"evidence": found} if part.kind == "finished" and part.body["step"] == step else {}
            elif part.kind in ("gate", "signature") and part.body["gate"] == gate and name in part.body["evidence"]:
                part.body["evidence"] = {**part.body["evidence"], name: found}

    return lie


def _rows(*rows: list[object]) -> dict[str, object]:
    return {**PROOFS, "tables": list(rows)}


def _sealed(week: str, **body: object) -> Lie:
    return lambda s: s.body("sealed", week=week).update(body)


def _at(text: str, kind: str, **wanted: str) -> Lie:
    def lie(s: Story) -> None:
        s.parts[s.find(kind, **wanted)].at = text

    return lie


def _checked(points: list[str], gate: str) -> Lie:
    return lambda s: s.body("signature", gate=gate).update(checked=points)


def _loaded_twice(s: Story) -> None:
    at = s.find("loaded")
    s.parts.insert(at + 1, copy.deepcopy(s.parts[at]))


def _signer(name: str, gate: str = "week2.loaded") -> Lie:
    return lambda s: s.body("signature", gate=gate, signer="Grace Hopper").update(signer=name)


def _error_in_notebook(s: Story) -> None:
    s.notebooks["2"]["cells"][-1] = {
        "cell_type": "code", "id": "finish", "metadata": {}, "execution_count": 9, "source": "run.finish(week=2)",
        "outputs": [{"output_type": "error", "ename": "Refused", "evalue": "no", "traceback": []}],
    }  # fmt: skip


def _gate_cell_gone(s: Story) -> None:
    """The seal keeps the digest of the whole runbook; the notebook lacks its gate."""
    whole = s.notebooks["2"]
    s.body("sealed", week="2")["source"] = {
        "name": "week2_load.ipynb", "sha256": "0" * 64, "as_shipped": True, "text_as_shipped": True,
        "code": code_digest(whole), "text": text_digest(whole),
    }  # fmt: skip
    cut = copy.deepcopy(whole)
    cut["cells"] = [cell for cell in cut["cells"] if "gate" not in cell["id"]]
    s.notebooks["2"] = cut


def _text_rewritten(s: Story) -> None:
    whole = copy.deepcopy(s.notebooks["3"])
    s.body("sealed", week="3")["source"] = {
        "name": "week3_rewrite_and_compare.ipynb", "sha256": "0" * 64, "as_shipped": True, "text_as_shipped": True,
        "code": code_digest(whole), "text": text_digest(whole),
    }  # fmt: skip
    next(cell for cell in s.notebooks["3"]["cells"] if cell["cell_type"] == "markdown")["source"] = ["A formality."]


def _unmeasured(s: Story) -> None:
    s.drop("measured", name="decide.harvest")


def _measured_other(s: Story) -> None:
    value = {"of": "decide.harvest", "queries": 200_000}
    _evidence("week1.decision.workload", value, "week1.decision")(s)


def _put(kind: str, body: dict[str, object], before: tuple[str, str]) -> Lie:
    return lambda s: s.parts.insert(s.find(before[0], week=before[1]), Part(kind, body))


def _switch_again(s: Story) -> None:
    """Over the signatures from before it went back."""
    at = 1 + max(n for n, part in enumerate(s.parts) if part.kind == "switched" and part.body["to"] == "redshift")
    ends = [Part("switched", {"to": to, "seconds": 1, "requests": 9}) for to in ("athena", "redshift")]
    s.parts[at:at] = [one for end in ends for one in (Part("switching", {"to": end.body["to"]}), end)]


def _switch_in_week_2(s: Story) -> None:
    switches = [
        Part("switching", {"to": "redshift"}),
        Part("switched", {"to": "redshift", "seconds": 1, "requests": 9}),
    ]
    at = s.find("week-finished", week="2")
    s.parts[at:at] = switches


def _appended(kind: str, **body: object) -> Lie:
    def lie(s: Story) -> None:
        s.add(kind, **body)

    return lie


def _swap_weeks(s: Story) -> None:
    s.notebooks["4"] = s.notebooks["1"]


def _no_seal(week: str) -> Lie:
    return lambda s: s.drop("sealed", week=week)


def _needed(number: int, gate: str) -> Lie:
    def lie(s: Story) -> None:
        s.body("gate", gate=gate)["needed"] = number
        s.parts.pop(s.find("signature", gate=gate))

    return lie


def _opened_late(s: Story) -> None:
    s.parts.insert(1, s.parts.pop(0))


def _started_twice_out_of_order(s: Story) -> None:
    part = s.parts.pop(s.find("week-started", week="3"))
    s.parts.insert(s.find("week-finished", week="2"), part)


def _other_order(s: Story) -> None:
    """Week 3 before week 2."""
    second = slice(s.find("week-started", week="2"), s.find("sealed", week="2") + 1)
    third = slice(s.find("week-started", week="3"), s.find("sealed", week="3") + 1)
    s.parts = s.parts[: second.start] + s.parts[third] + s.parts[second] + s.parts[third.stop :]


def _expired(s: Story) -> None:
    s.body("signature", gate="week3.compared")["at"] = "2026-01-01T08:00:00+00:00"


def _other_run(s: Story) -> None:
    s.body("signature", gate="week3.compared")["run"] = "another-run"


def _same_caller(s: Story) -> None:
    for part in s.parts:
        if part.kind == "signature" and part.body["gate"] == "week3.compared":
            part.body["caller"] = caller("Ada Lovelace")


def _reopened(s: Story) -> None:
    s.parts.insert(40, copy.deepcopy(s.parts[0]))


def _malformed(kind: str, body: dict[str, object]) -> Lie:
    return lambda s: s.parts.insert(30, Part(kind, body))


def _other_evidence_signed(s: Story) -> None:
    for part in s.parts:
        if part.kind == "signature" and part.body["gate"] == "week1.cluster":
            part.body["evidence"] = dict(list(part.body["evidence"].items())[:1])


def _gate_shown_again(s: Story) -> None:
    body = copy.deepcopy(s.body("gate", gate="week2.tables"))
    body["evidence"] = {"week2.load.proposal": s.body("evidence", name="week2.load.proposal")["digest"]}
    s.parts.insert(s.find("started", step="week2.create-tables"), Part("gate", body))


def _time_back(s: Story) -> None:
    for part in s.parts[s.find("week-started", week="2") :]:
        part.minutes = -60.0 * 24 * 400 if part.kind == "week-started" and part.body["week"] == "2" else part.minutes


def _unproven(s: Story) -> None:
    for part in s.parts:
        if part.body.get("gate") == "week2.loaded":
            part.body["evidence"] = {
                "week2.loaded.reconciliation": part.body["evidence"]["week2.loaded.reconciliation"]
            }


def _outputs_of_older_run(s: Story) -> None:
    _sealed("3", started="2025-01-01T00:00:00+00:00", finished="2025-01-01T00:10:00+00:00")(s)


SEEN: dict[str, Lie] = {
    "all gates and signatures gone": _gates_gone,
    "week 2 missing between 1 and 3": _week_gone("2"),
    "week 1 missing": _week_gone("1"),
    "week 3 missing": _week_gone("3"),
    "one of two signatures missing, week 1": _one_signature("week1.decision"),
    "one of two signatures missing, week 4": _one_signature("week4.switched"),
    "cluster made before its gate": _step_before_gate("week1.cluster", "week1.cluster"),
    "tables made before their gate": _step_before_gate("week2.create-tables", "week2.tables"),
    "loaded before its gate": _step_before_gate("week2.load", "week2.tables"),
    "cut over before the comparison was signed": _step_before_gate("week4.cut-over", "week3.compared"),
    "gate signed after its week was finished": _signed_after_end("week2.loaded", "2"),
    "last gate signed after the end": _signed_after_end("week4.switched", "4"),
    "revoked before the week was finished": _revoked("week2.loaded", before="2"),
    "decision revoked before the week was finished": _revoked("week1.decision", before="1"),
    "revoked after the week was finished": _revoked("week3.compared", after="4"),
    "blocked evidence signed": _blocked,
    "proof says different": _evidence(
        "week2.loaded.proofs", _rows(["vehicles", "different", 24, 9, 8]), "week2.loaded"
    ),
    "proof says equal with other counts": _evidence(
        "week2.loaded.proofs", _rows(["vehicles", "equal", 24, 900, 899]), "week2.loaded"
    ),
    "proof of no table": _evidence("week2.loaded.proofs", _rows(), "week2.loaded"),
    "proof of another form": _evidence("week2.loaded.proofs", "all is well", "week2.loaded"),
    "answers disagree": _evidence(
        "week3.compared.answers", {"disagreeing": ["a"], "queries": [["a", "different", 1, 2, ""]]}, "week3.compared"
    ),
    "seal says failed, journal finished": _sealed("2", status="failed", exit_code=1),
    "seal says interrupted, journal finished": _sealed("3", status="interrupted"),
    "seal says finished and tells a failure": _sealed("2", failure={"name": "Refused", "message": "no"}),
    "not opened": lambda s: s.drop("opened"),
    "opened after the week began": _opened_late,
    "opened twice": _reopened,
    "production in the journal, rehearsal in a seal": _sealed("2", rehearsal=True),
    "another environment in a seal": _sealed("3", environment="rehearsal"),
    "notebook of another run's parameters": _sealed("2", parameters={"run_id": "another", "environment": "production"}),
    "time jumps back by a year": _time_back,
    "last entry in the year 2999": _at("2999-01-01T00:00:00.000+00:00", "sealed", week="4"),
    "a time that is none": _at("yesterday", "gate", gate="week2.loaded"),
    "other points ticked": _checked(["I looked at it"], "week1.decision"),
    "one point fewer ticked": _checked([], "week4.switched"),
    "a day loaded twice": _loaded_twice,
    "week 4's notebook is week 1's": _swap_weeks,
    "week 2's seal over week 3's notebook": _sealed("2", notebook_of="3"),
    "the notebook shows an error": _error_in_notebook,
    "a gate's cell cut out of the notebook": _gate_cell_gone,
    "explaining text rewritten": _text_rewritten,
    "never measured": _unmeasured,
    "signed over other figures than measured": _measured_other,
    "needed lowered to one": _needed(1, "week2.loaded"),
    "needed lowered to none": _needed(0, "week3.compared"),
    "one person in two spellings": _signer("ada  lovelace"),
    "one person with a zero-width space": _signer("Ada\u200bLovelace"),
    "one person in full-width letters": _signer("\uff21da Lovelace"),
    "signed by the rehearsal in production": _signer("rehearsal (automatic)"),
    "two names of one caller": _same_caller,
    "dashboard on Redshift in week 2": _switch_in_week_2,
    "dashboard on Redshift again after it went back": _switch_again,
    "week 2 never sealed": _no_seal("2"),
    "week 4 never sealed": _no_seal("4"),
    "week 3 began before week 2 ended": _started_twice_out_of_order,
    "week 3 before week 2": _other_order,
    "an expired signature": _expired,
    "a signature of another run": _other_run,
    "a signature without words": _malformed("signature", {}),
    "a gate without evidence": _malformed("gate", {"gate": "week1.decision", "evidence": "all", "needed": 1}),
    "signed over a part of the evidence": _other_evidence_signed,
    "shown other evidence after it was signed": _gate_shown_again,
    "another proposal applied than signed": lambda s: s.body("finished", step="week1.cluster").update(
        proposal="0" * 64
    ),
    "a signer whom AWS does not know": lambda s: s.body("signature", gate="week2.loaded").pop("caller"),
    "a gate shown without its proof": lambda s: s.body("gate", gate="week2.loaded")["evidence"].pop(
        "week2.loaded.proofs"
    ),
    "a look-alike of one person": _signer("\u0410da Lovelace"),
    "an older execution sealed": _outputs_of_older_run,
    "a switch appended after the last seal": _appended(
        "switched", to="redshift", seconds=1, requests=1_000_000, failed_requests=0
    ),
    "a signature appended after the last seal": _appended(
        "signature", gate="week4.switched", signer="Katherine Johnson", evidence={}, checked=[], note=""
    ),
    "a week finished after the last seal": _appended("week-finished", week="rollback"),
}


def _step_gone(*steps: str) -> Lie:
    """A step that was never carried out, in a week that says finished."""

    def lie(s: Story) -> None:
        for step in steps:
            s.drop("started", step=step)
            s.drop("finished", step=step)

    return lie


def _never_cut_over(s: Story) -> None:
    s.drop("switching", to="redshift", share=100)
    s.drop("switched", to="redshift", share=100)


def _way_back_told(s: Story) -> None:
    """The step that rehearses the way back says applied, and nothing went back."""
    s.drop("switching", to="athena")
    s.drop("switched", to="athena")


def _before(kind: str, body: dict[str, object], week: str) -> Lie:
    return lambda s: s.parts.insert(s.find("week-finished", week=week), Part(kind, body))


def _stopped(s: Story) -> None:
    s.parts[s.find("finished", step="week2.load")] = Part("stopped", {"step": "week2.load", "error": "disk full"})


def _gate_without(evidence: str, gate: str) -> Lie:
    def lie(s: Story) -> None:
        for part in s.parts:
            if part.body.get("gate") == gate:
                part.body["evidence"] = {k: v for k, v in part.body["evidence"].items() if k != evidence}

    return lie


def _signed_before_shown(s: Story) -> None:
    signature = s.parts.pop(s.find("signature", gate="week3.compared"))
    s.parts.insert(s.find("gate", gate="week3.compared"), signature)


def _sealed_again(s: Story) -> None:
    s.parts.insert(s.find("sealed", week="2") + 1, Part("sealed", {"week": "2", "notebook_of": "3"}))


def _sample_beside(s: Story) -> None:
    s.extra["watch/sample-1.json"] = b'{"failed":0}'


def _other_proposal_begun(s: Story) -> None:
    s.body("started", step="week4.alarms")["proposal"] = "0" * 64


def _other_verified(s: Story) -> None:
    s.body("finished", step="week1.cluster")["evidence"] = s.body("finished", step="week1.backups")["evidence"]


def _stays(s: Story) -> None:
    for part in s.parts:
        if part.kind == "gate" and part.body["gate"] == "week1.decision":
            part.body["stay"] = "it is dearer"


def _other_account(s: Story) -> None:
    body = s.body("signature", gate="week2.loaded")["caller"]
    body |= {"account": "999999999999", "arn": body["arn"].replace(ACCOUNT, "999999999999")}


def _one_more(s: Story) -> None:
    """A third person signs when week 4 is over, and the seal of a rollback attests it."""
    body = copy.deepcopy(s.body("signature", gate="week4.switched"))
    body |= {"signer": "Katherine Johnson", "caller": caller("Katherine Johnson")}
    s.parts.insert(s.find("sealed", week="4"), Part("signature", body))


def _waited(s: Story) -> None:
    s.parts[s.find("started", step="week4.cut-over")].minutes = 3 * 24 * 60


def _watch(**said: object) -> Lie:
    def lie(s: Story) -> None:
        value = {**WATCHED, **said}
        _evidence("operate.watch", value, "week4.switched")(s)
        _evidence("week4.switched.watched", value, "week4.switched")(s)
        body = s.body("measured", name="operate.watch")
        body["file"] = s.body("evidence", name="operate.watch")["file"]

    return lie


def _ready(*, holds: bool) -> Lie:
    names = ("answers", "results", "rows", "freshness", "snapshot", "way back")
    points = [{"name": name, "holds": True, "says": name} for name in names]
    points[1]["holds"] = holds
    return _evidence("week4.ready.ready", {"points": points}, "week4.ready")


def _source_named(week: str, name: str) -> Lie:
    def lie(s: Story) -> None:
        whole = s.notebooks[week]
        source = {"name": name, "as_shipped": True, "text_as_shipped": True}
        _sealed(week, source=source | {"code": code_digest(whole), "text": text_digest(whole)})(s)

    return lie


def _silenced(s: Story) -> None:
    next(cell for cell in s.notebooks["2"]["cells"] if "gate" in cell["id"])["outputs"] = []


def _of_another_run(s: Story) -> None:
    s.said["run"] = "run another\n"


def _other_head(s: Story) -> None:
    s.said["2"] = f"Journal head: entry 70. `70:{'ab' * 32}`.\n"


def _rehearsal_throughout(s: Story) -> None:
    s.body("opened")["rehearsal"] = True


SEEN |= {
    "the dashboard was never cut over": _never_cut_over,
    "the way back was never rehearsed": _step_gone("week4.rehearse-way-back"),
    "the way back was rehearsed, and nothing went back": _way_back_told,
    "the cluster was never made": _step_gone("week1.cluster"),
    "the tables were never created": _step_gone("week2.create-tables"),
    "nothing was loaded": _step_gone("week2.load"),
    "the load is told, and no rows of it": lambda s: s.drop("loaded"),
    "the load tells more rows than its partitions": lambda s: s.body("loaded").update(rows=9_000_000),
    "no view was materialized": _step_gone("week3.materialize"),
    "alarms were never set": _step_gone("week4.alarms"),
    "no snapshot was taken": _step_gone("week4.snapshot"),
    "queries were never published": _step_gone("week4.publish-queries"),
    "the cut-over's step is hidden": _step_gone("week4.cut-over"),
    "a step that began and never ended": lambda s: s.drop("finished", step="week4.alarms"),
    "a step that ended and never began": lambda s: s.drop("started", step="week4.alarms"),
    "a step that began with another proposal": _other_proposal_begun,
    "a step that stopped in a finished week": _stopped,
    "a step whose world was never read again": lambda s: s.drop("evidence", name="week1.cluster.verified"),
    "a step that names another step's verification": _other_verified,
    "a step that names no verification": lambda s: s.body("finished", step="week1.cluster").pop("evidence"),
    "a step that the plan does not know": _before("started", {"step": "week2.drop-everything"}, "2"),
    "a gate that the plan does not know": _before("gate", {"gate": "week9.all", "evidence": {}, "needed": 1}, "1"),
    "the dashboard had gone back before week 4 was finished": _before("switched", {"to": "athena", "share": 100}, "4"),
    "the last switch failed": _before("switch-failed", {"to": "redshift", "why": "late"}, "4"),
    "a day removed after its proof": _before("removed", {"table": "vehicles", "partition": "day=30"}, "2"),
    "a day loaded after the proof": _before(
        "loaded", {"table": "vehicles", "partitions": {"day=31": ["cd" * 32, 1]}}, "2"
    ),
    "a proof that lists differences": _evidence(
        "week2.loaded.proofs", {**PROOFS, "differences": [["vehicles", 7]]}, "week2.loaded"
    ),
    "nobody watched": lambda s: s.drop("measured", name="operate.watch"),
    "the watch is not shown to its gate": _gate_without("week4.switched.watched", "week4.switched"),
    "a rollback that was begun, its end hidden": _appended("week-started", week="rollback"),
    "a gate signed before it was shown": _signed_before_shown,
    "a caller that is not of its account": lambda s: s.body("signature", gate="week2.loaded")["caller"].update(
        account="999999999999"
    ),
    "a signature by nobody": lambda s: s.body("signature", gate="week2.loaded").update(signer=""),
    "a revocation by nobody, the week goes on": _before("revoked", {"gate": "week3.compared", "signer": ""}, "3"),
    "week 2 finished again after its seal": lambda s: s.parts.insert(
        s.find("sealed", week="2") + 1, Part("week-finished", {"week": "2"})
    ),
    "week 2 sealed again, over week 3's notebook": _sealed_again,
    "a seal of an exit code that is none of success": _sealed("3", exit_code=4),
    "a fifth week": _appended("week-started", week="5"),
    "opened without its settings": lambda s: s.body("opened").update(settings={}),
    "opened without account and caller": lambda s: s.body("opened").pop("where"),
    "the decision was to stay": _stays,
    "evidence under another name than signed": lambda s: s.body("evidence", name="week2.loaded.proofs").update(
        name="week2.other"
    ),
    "a sample that no seal covers": _sample_beside,
    "a production run that says rehearsal throughout": _rehearsal_throughout,
    "a signer of another account": _other_account,
    "a week begun in another account": lambda s: s.body("week-started", week="3").update(
        where={"account": "999999999999", "endpoints": {}}
    ),
    "stand-ins told as production": lambda s: s.body("opened")["where"].update(
        endpoints={"ssm": "http://127.0.0.1:4566"}
    ),
    "one signer more after the end": _one_more,
    "the cut-over three days after it was signed for": _waited,
    "a step by code of one's own": lambda s: s.body("started", step="week4.cut-over").update(kind="__main__.CutOver"),
    "a step under another gate": lambda s: s.body("started", step="week4.cut-over").update(needs="week1.decision"),
    "a step that ended as failed": lambda s: s.body("finished", step="week2.load").update(status="failed"),
    "a switch that was never begun": lambda s: s.drop("switching", to="redshift", share=100),
    "more failures than requests": lambda s: s.body("switched").update(failed_requests=99),
    "the watch found something": _watch(findings=["slow"]),
    "the watch was short": _watch(hours=1.0),
    "not ready, signed all the same": _ready(holds=False),
    "what is against signing is hidden": lambda s: s.body("evidence", name="week4.ready.ready").update(
        against={"The alarms reach somebody": "nobody"}
    ),
    "what blocks is hidden": lambda s: s.body("evidence", name="week2.loaded.proofs").update(blocks=["they differ"]),
    "more rows proven than reconciled": _evidence(
        "week2.loaded.reconciliation", {"partitions": [["vehicles", "day=30", 899, 899]]}, "week2.loaded"
    ),
    "more rows loaded than reconciled": _evidence(
        "week2.loaded.reconciliation",
        {"partitions": [["vehicles", "day=30", 1, 1], ["vehicles", "day=31", 899, 899]]},
        "week2.loaded",
    ),
    "a partition that differs": _evidence(
        "week2.loaded.reconciliation", {"partitions": [["vehicles", "day=30", 900, 899]]}, "week2.loaded"
    ),
    "the decision's evidence says stay": _evidence("week1.decision.decision", {"verdict": "stay"}, "week1.decision"),
    "week 1 ended with staying": lambda s: s.body("week-finished", week="1").update(stay="2030-01-01"),
    "the cut-over read another engine": _evidence(
        "week4.cut-over.verified", {"to": "athena", "answers": []}, "week4.ready", step="week4.cut-over"
    ),
    "a seal named as another week's": _sealed("2", name="week7"),
    "a runbook of another week, as shipped": _source_named("2", "week3_rewrite_and_compare.ipynb"),
    "an output taken out of the notebook": _silenced,
    "the notebook of another run": _of_another_run,
    "the notebook ends at another journal entry": _other_head,
    "opened with signatures that are no number": lambda s: s.body("opened").update(
        settings={"gates": {"signatures": "two"}}
    ),
}


def _failed_attempt_gone(s: Story) -> None:
    s.parts.insert(1, Part("stopped", {"step": "week1.cluster", "error": "it was another day"}))


def _other_note(s: Story) -> None:
    s.body("signature", gate="week1.decision")["note"] = "with all my heart"


def _other_person(s: Story) -> None:
    for part in s.parts:
        if part.body.get("signer") == "Grace Hopper":
            part.body |= {"signer": "Katherine Johnson", "caller": caller("Katherine Johnson")}


def _other_failures(s: Story) -> None:
    s.body("switched")["failed_requests"] = 17


def _later(s: Story) -> None:
    s.parts[1].minutes = 600


def _fewer_weeks(s: Story) -> None:
    s.parts = s.parts[: s.find("sealed", week="3") + 1]


def _other_rows(s: Story) -> None:
    _evidence("week2.loaded.proofs", _rows(["vehicles", "equal", 24, 950, 950]), "week2.loaded")(s)


def _other_author(s: Story) -> None:
    for part in s.parts:
        part.by = "mallory@host"


def _one_signature_throughout(s: Story) -> None:
    for part in list(s.parts):
        if part.kind == "gate":
            part.body["needed"] = 1
        if part.body.get("signer") == "Grace Hopper":
            s.parts.remove(part)
    s.body("opened")["settings"] = {"gates": {"signatures": 1}}


def _proof_of_a_part(s: Story) -> None:
    _evidence("week2.loaded.proofs", {**PROOFS, "covered": "one day"}, "week2.loaded")(s)


def _revocation_gone(s: Story) -> None:
    """Once revoked and signed anew; the story lacks it."""
    s.body("signature", gate="week3.compared")["note"] = "signed the first time"


OUTSIDE: dict[str, Lie] = {
    "cut back to the seal of week 3": _fewer_weeks,
    "a failed attempt was never there": _failed_attempt_gone,
    "a note rewritten": _other_note,
    "another second signer": _other_person,
    "other figures of a switch": _other_failures,
    "everything ten hours later": _later,
    "a proof with other equal counts": _other_rows,
    "another author": _other_author,
    "opened with one signature instead of two": _one_signature_throughout,
    "a proof of another scope": _proof_of_a_part,
    "a revocation that was signed over": _revocation_gone,
}
