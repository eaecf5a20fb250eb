"""More lies with the right key: what somebody would change who knows the plan and wants one thing to look otherwise."""

from __future__ import annotations

import copy
from datetime import timedelta

from .lies import Lie, _evidence
from .stories import ACCOUNT, Part, Story


def _swapped_evidence(one: str, other: str) -> Lie:
    """What stands under two names is each other's, in gates and signatures too."""

    def lie(s: Story) -> None:
        first, second = s.body("evidence", name=one), s.body("evidence", name=other)
        digests = first["digest"], second["digest"]
        for body, found, name in ((first, digests[1], one), (second, digests[0], other)):
            body |= {"digest": found, "file": f"evidence/{name}-{found[:12]}.json"}
        for part in s.parts:
            given = part.body.get("evidence")
            if isinstance(given, dict):
                new = {name: {one: digests[1], other: digests[0]}.get(name, value) for name, value in given.items()}
                part.body["evidence"] = new

    return lie


def _roles(kind: str) -> Lie:
    """Two signers, two names, two sessions of one role (or two federated users): AWS knows one of them."""

    def lie(s: Story) -> None:
        for part in s.parts:
            if part.kind == "signature":
                name = part.body["signer"].split()[0].lower()
                arn = f"arn:aws:sts::{ACCOUNT}:{kind}{name}"
                part.body["caller"] = {"account": ACCOUNT, "arn": arn, "user_id": f"AROAX:{name}"}

    return lie


def _evidence_of_an_earlier_week(name: str, week: str) -> Lie:
    def lie(s: Story) -> None:
        found = [part for part in s.parts if part.kind == "evidence" and part.body["name"] == name]
        for part in found:
            s.parts.remove(part)
        s.parts.insert(s.find("week-started", week=week) + 1, found[0])

    return lie


def _again(week: str, *kinds: str, after: str) -> Lie:
    """A week that is gone through once more when another has ended, without its gates."""

    def lie(s: Story) -> None:
        begin, end = s.find("week-started", week=week), s.find("sealed", week=week)
        again = [copy.deepcopy(part) for part in s.parts[begin : end + 1] if part.kind in kinds]
        at = s.find("sealed", week=after) + 1
        s.parts[at:at] = again

    return lie


def _renamed(old: str, new: str) -> Lie:
    """Evidence under another name everywhere, its file too."""

    def lie(s: Story) -> None:
        for part in s.parts:
            if part.kind == "evidence" and part.body["name"] == old:
                part.body |= {"name": new, "file": part.body["file"].replace(old, new)}
            given = part.body.get("evidence")
            if isinstance(given, dict):
                part.body["evidence"] = {new if name == old else name: value for name, value in given.items()}

    return lie


def _file_of_other(s: Story) -> None:
    """The entry names its digest, and the file of another piece of evidence."""
    s.body("evidence", name="week2.loaded.proofs")["file"] = s.body("evidence", name="week2.load.proposal")["file"]


def _withdrawn(kind: str) -> Lie:
    """A signature is taken back before the week ends; the entry is told as something else."""

    def lie(s: Story) -> None:
        at = s.find("week-finished", week="2")
        s.parts.insert(at, Part(kind, {"gate": "week2.loaded", "signer": "Grace Hopper", "note": "I was wrong"}))

    return lie


def _resigned_by_one(s: Story) -> None:
    """Taken back, then signed anew by one of two."""
    at = s.find("week-finished", week="2")
    again = copy.deepcopy(s.parts[s.find("signature", gate="week2.loaded")])
    s.parts[at:at] = [Part("revoked", {"gate": "week2.loaded", "signer": "Ada Lovelace", "note": "wrong"}), again]


def _signature(gate: str, **said: object) -> Lie:
    return lambda s: s.body("signature", gate=gate).update(said)


def _signed_at(gate: str, hours: float) -> Lie:
    """The signature says another hour than its entry."""

    def lie(s: Story) -> None:
        at, minutes = s.start, 0.0
        for part in s.parts:
            minutes += part.minutes
            if part.kind == "signature" and part.body["gate"] == gate:
                moment = at + timedelta(minutes=minutes, hours=hours)
                part.body["at"] = moment.isoformat(timespec="milliseconds")

    return lie


def _expires(s: Story) -> None:
    """The cut-over three days late, and its signatures good for a year."""
    s.parts[s.find("started", step="week4.cut-over")].minutes = 3 * 24 * 60
    for part in s.parts:
        if part.kind == "signature" and part.body["gate"] == "week4.ready":
            part.body |= {"at": "2026-09-01T12:00:00.000+00:00", "expires": "2027-09-01T12:00:00.000+00:00"}


def _signed_anew_over_old(s: Story) -> None:
    """Shown three days before the cut-over, and signed on its day."""
    first = s.find("signature", gate="week4.ready")
    s.parts[first].minutes = 3 * 24 * 60


def _back_and_signed_again(s: Story) -> None:
    """The dashboard went back after the cut-over, people signed what was shown before, and it was cut over again."""
    at = s.find("gate", gate="week4.switched")
    back, there = ({"to": to, "share": 100, "seconds": 1, "requests": 9, "failed_requests": 0} for to in BOTH)
    again = [copy.deepcopy(part) for part in s.parts if part.kind == "signature" and part.body["gate"] == "week4.ready"]
    away = [Part("switching", back), Part("switched", {**back, "before": "redshift", "left": "athena"})]
    s.parts[at:at] = [*away, *again, Part("switching", there), Part("switched", {**there, "left": "redshift"})]


def _moved_unproven(*blocks: str) -> Lie:
    """What the newest proof said before users were moved; where that was nothing, what it read was loaded again."""

    def lie(s: Story) -> None:
        at = s.find("switching", to="redshift", share=100)
        again = [] if blocks else [copy.deepcopy(s.parts[s.find("loaded")])]
        s.parts[at:at] = [Part("proven", {"covered": "all days", "since": at, "blocks": [*blocks]}), *again]

    return lie


def _samples_of_the_week(s: Story) -> None:
    """The A/B week's epoch is not the one that was kept."""
    at, name = s.find("gate", gate="week3.compared"), "0000-000.parquet"
    body = {"registration": "ab" * 32, "files": {name: "0" * 64}}
    s.parts.insert(at, Part("experiment-kept", body))
    s.extra[f"experiment/{'ab' * 6}/{name}"] = b"faster"


def _experiment(**said: object) -> Lie:
    """Week 3 was signed over an experiment that says this."""

    def lie(s: Story) -> None:
        name, value = "week3.compared.experiment", {**EXPERIMENT, **said}
        _evidence("measure.compare_engines", value, "week3.compared")(s)
        _evidence(name, value, "week3.compared")(s)
        s.body("measured", name="measure.compare_engines")["file"] = s.body("evidence", name="measure.compare_engines")[
            "file"
        ]

    return lie


EXPERIMENT = {"pairs": 90, "planned": 90, "different": 0, "verdict_blocks": True, "verdict": {"kind": "pass"}}
BOTH = ("athena", "redshift")


def _cluster_changed(s: Story) -> None:
    """Week 2 loaded another cluster than week 1 made."""
    _settings(s, "2", {"redshift": {"cluster": "another"}}, ["redshift.cluster"])


def _lake_changed(s: Story) -> None:
    """Week 2 loaded another lake than week 1 audited."""
    _settings(s, "2", {"athena": {"database": "another"}}, ["athena.database"])


def _settings(s: Story, week: str, settings: dict[str, object], changed: list[str]) -> None:
    at = s.find("week-started", week=week) + 1
    s.parts.insert(at, Part("settings-changed", {"changed": changed, "settings": settings}))


def _fewer_asked_later(s: Story) -> None:
    """Parameters ask for one signature from week 3 on, and one is given."""
    _settings(s, "3", {"gates": {"signatures": 1}}, ["gates.signatures"])
    for gate in ("week3.compared", "week4.ready", "week4.switched"):
        s.body("gate", gate=gate)["needed"] = 1
        s.parts.pop(s.find("signature", gate=gate, signer="Grace Hopper"))


def _region(s: Story) -> None:
    s.body("week-started", week="4")["where"] = {"account": ACCOUNT, "region": "eu-west-1", "endpoints": {}}


def _stay_removed(s: Story) -> None:
    """Two signed that they stay; a second gate over the same evidence says nothing of it, signed by nobody anew."""
    at = s.find("gate", gate="week1.decision")
    shown = copy.deepcopy(s.parts[at])
    shown.body["stay"] = "2030-01-01"
    s.parts.insert(at, shown)
    signatures = [part for part in s.parts if part.kind == "signature" and part.body["gate"] == "week1.decision"]
    for part in signatures:
        s.parts.remove(part)
    s.parts[at + 1 : at + 1] = signatures


def _undone(s: Story) -> None:
    """A step is carried out, undone, and its week ends as if it stood."""
    at = s.find("week-finished", week="2")
    body = {"step": "week2.load", "proposal": "0" * 64}
    s.parts[at:at] = [Part("undoing", body), Part("undone", body)]


def _went_back_unseen(s: Story) -> None:
    """During the watch the dashboard went back and over again; the evidence of the switches is from before."""
    at = s.find("gate", gate="week4.switched")
    ends = [Part("switched", {"to": to, "share": 100, "seconds": 1, "requests": 9}) for to in ("athena", "redshift")]
    s.parts[at:at] = [one for end in ends for one in (Part("switching", dict(end.body)), end)]


def _tripped(s: Story) -> None:
    """The watch tripped, the dashboard stayed, and it was signed."""
    s.parts.insert(
        s.find("gate", gate="week4.switched"), Part("watch-tripped", {"findings": ["late"], "roll_back": True})
    )


def _tripped_by_hand(s: Story) -> None:
    """All was signed; then the watch tripped where nothing goes back by itself, and the last cell ended the week."""
    body = {"findings": ["late"], "roll_back": False}
    s.parts.insert(s.find("week-finished", week="4"), Part("watch-tripped", body))


def _finished_on_athena(s: Story) -> None:
    """All was signed; then somebody went back, and the last cell ended the week."""
    at, body = s.find("week-finished", week="4"), {"to": "athena", "share": 100, "seconds": 1, "requests": 9}
    s.parts[at:at] = [Part("switching", body), Part("switched", body)]


def _acknowledged(s: Story) -> None:
    """Somebody heard an alarm's test that was never sent."""
    s.parts.insert(s.find("week-finished", week="4"), Part("alarm-acknowledged", {"topic": "arn:aws:sns:x"}))


INSIDERS: dict[str, Lie] = {
    "evidence of two weeks under each other's names": _swapped_evidence(
        "week2.loaded.proofs", "week3.compared.answers"
    ),
    "two proposals under each other's names": _swapped_evidence("week1.cluster.proposal", "week2.load.proposal"),
    "two sessions of one role sign as two people": _roles("assumed-role/Deploy/"),
    "two federated users sign as two people": _roles("federated-user/"),
    "week 3's answers were kept before week 2": _evidence_of_an_earlier_week("week3.compared.answers", "1"),
    "the proof was kept before anything was loaded": _evidence_of_an_earlier_week("week2.loaded.proofs", "2"),
    "the signed proposal was kept after it was carried out": lambda s: s.parts.insert(
        s.find("week-finished", week="2"), s.parts.pop(s.find("evidence", name="week2.load.proposal"))
    ),
    "week 2 again after week 3, without its gates": _again(
        "2", "week-started", "started", "finished", "loaded", "evidence", "week-finished", "sealed", after="3"
    ),
    "week 2's load again after week 3": _again("2", "started", "finished", "loaded", "evidence", after="3"),
    "week 3 again after week 4, begun and never ended": _again("3", "week-started", after="4"),
    "evidence renamed throughout": _renamed("week2.loaded.proofs", "week2.loaded.proof"),
    "evidence that names another file": _file_of_other,
    "a withdrawn signature told as a note": _withdrawn("note"),
    "a withdrawn signature told as a release": _withdrawn("released"),
    "withdrawn, and signed anew by one of two": _resigned_by_one,
    "a signature that says an hour later than its entry": _signed_at("week2.loaded", 1),
    "a signature that says a day earlier than its entry": _signed_at("week2.loaded", -24),
    "a signature good for a year": _expires,
    "a signature without what it was over": _signature("week2.loaded", evidence={}),
    "a signature of another gate's points": _signature("week2.loaded", checked=["The costs are right"]),
    "another cluster from week 2 on": _cluster_changed,
    "another lake from week 2 on": _lake_changed,
    "what was shown days before, signed on the day": _signed_anew_over_old,
    "gone back, and cut over again over what was shown before": _back_and_signed_again,
    "users moved though the newest proof found a difference": _moved_unproven("table vehicles is different"),
    "users moved over a partition that was loaded again after its proof": _moved_unproven(),
    "an epoch of the A/B week that is another one": _samples_of_the_week,
    "an experiment whose verdict is worse": _experiment(verdict={"kind": "worse"}),
    "an experiment that was not over": _experiment(pairs=89),
    "an experiment whose answers differ": _experiment(different=1),
    "rows in Redshift that nobody loaded": _evidence(
        "week2.loaded.reconciliation", {"partitions": [], "stray": ["vehicles day=31 (9 rows)"]}, "week2.loaded"
    ),
    "one signature asked for from week 3 on": _fewer_asked_later,
    "another region in week 4": _region,
    "a signed stay shown again without it": _stay_removed,
    "a step undone before its week ended": _undone,
    "the dashboard went back and over during the watch": _went_back_unseen,
    "the watch tripped and nothing went back": _tripped,
    "the watch tripped after it was signed": _tripped_by_hand,
    "the dashboard went back before the week ended": _finished_on_athena,
    "an alarm's test heard that was never sent": _acknowledged,
}
