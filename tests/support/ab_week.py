"""A registered week over two engines of DuckDB, with a real store and a real journal: what the A/B week's tests run."""

from __future__ import annotations

import threading
import time

import duckdb
import numpy as np

from smartroute_runbook.engines import Column, Rows, Spent
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.measure.ab.criteria import Thresholds
from smartroute_runbook.measure.ab.generator import Side
from smartroute_runbook.measure.ab.registration import Question, Registration, keep
from smartroute_runbook.measure.ab.rounds import lay_out
from smartroute_runbook.measure.ab.traffic import Traffic
from smartroute_runbook.runs.evidence import EvidenceStore
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.runs.views import Silent

TEXTS = {
    "total": "SELECT count(*) AS n FROM vehicles",
    "by_route": "SELECT route, sum(delay) AS late FROM vehicles GROUP BY 1 ORDER BY 1",
}


class Bench:
    """What a week needs of a run: a store, a journal, evidence."""

    reading, progress = "", Silent

    def __init__(self, folder, run_id="r1"):
        self.id, self.store = run_id, FolderStore(folder)
        self.journal = Journal(self.store, f"{run_id}/journal")
        self.kept = EvidenceStore(run_id, self.store, self.journal)

    def record(self, kind, body):
        self.journal.append(kind, body)

    def evidence(self, name, value):
        return self.kept.keep(name, value)


def registration(*, hours=12, an_hour=20, pairs=10_000, hour_seconds=0.06, seed=3, paced=False, texts=None, **changed):
    """A registration and its arrivals: both queries, evenly over the first hours of a week.

    ``texts`` are other queries, each by name: the control's and the candidate's.
    """
    texts = texts or {name: (sql, sql) for name, sql in TEXTS.items()}
    rng = np.random.default_rng(seed)
    at = np.sort(rng.uniform(0, hours * 3600, hours * an_hour))
    traffic = Traffic(at, rng.integers(0, len(texts), len(at)), "a test's")
    laid = lay_out(
        traffic, range(hours), start=0, pairs=pairs, hour_seconds=hour_seconds, epoch_seconds=3600, seed=seed
    )
    given = {
        "number": 1, "begins": "2026-03-02T00:00:00+00:00", "why": "", "key": "k", "label": "ab", "seed": seed,
        "questions": tuple(Question(name, *both, week=1000.0) for name, both in texts.items()),
        "judged": tuple(texts), "power": dict.fromkeys(texts, (1, 1)), "thresholds": Thresholds(),
        "load": "A test's load.", "rounds": laid.rounds, "epoch_seconds": laid.epoch_seconds, "paced": paced,
        "arrivals": laid.digest, "sessions": 4, "answer_seconds": 5.0, "lag_seconds": 1.0,
    }  # fmt: skip
    return Registration(**(given | changed)), laid


def registered(bench, **how):
    """The same, kept in the record."""
    made, laid = registration(**how)
    bench.store.put_new(f"{bench.id}/experiment/arrivals-{made.arrivals[:12]}.parquet", laid.data)
    keep(bench, made)
    return made


class Duck:
    """One session: real rows, as slow as it is told to be; ``wrong`` answers are off by one, ``failing`` ones none."""

    def __init__(self, name, db, seconds=0.0, wrong=(), failing=()):
        self.name, self.asked = name, []
        self._db, self._seconds, self._wrong, self._failing = db.cursor(), seconds, set(wrong), set(failing)
        self._count = 0

    def query(self, sql, parameters=()):
        number, self._count = self._count, self._count + 1
        self.asked.append(sql)
        if self._seconds:
            time.sleep(self._seconds)
        if number in self._failing:
            raise ServiceError("no such luck")
        found = self._db.execute(sql)
        rows = found.fetchall()
        if number in self._wrong:
            rows = [(*rows[0][:-1], rows[0][-1] + 1), *rows[1:]]
        columns = tuple(Column(one[0], str(one[1]).lower()) for one in found.description)
        return Rows(columns, rows, 1.0, 25_000_000, spent=Spent(1.0, 2.0, None, 3.0))

    def execute(self, sql, parameters=()):
        return -1


class Ducks:
    """Both arms over one database."""

    def __init__(self, control=None, candidate=None):
        self._how = control or {}, candidate or {}
        self.begun, self.renewed, self.closed = [], [], threading.Event()

    def __call__(self, run, made):
        db = duckdb.connect(config={"threads": 1})
        db.execute("CREATE TABLE vehicles AS SELECT range AS delay, range % 7 AS route FROM range(1000)")
        self.sessions = [
            [Duck(name, db, **how) for _ in range(made.sessions)]
            for name, how in zip(("athena", "redshift"), self._how, strict=True)
        ]
        self.made = made
        return self

    def sides(self):
        questions = self.made.questions
        texts = [one.control for one in questions], [one.candidate for one in questions]
        return tuple(Side(sessions, text) for sessions, text in zip(self.sessions, texts, strict=True))

    def begin(self, label):
        self.begun.append(label)

    def spent(self, label, asked):
        return [Spent(0.0, 1.0, 0.0, 2.0) for _ in asked]

    def renew(self, control, candidate):
        self.renewed.append((control, candidate))

    def close(self):
        self.closed.set()
