"""Secrets planted in every place a run writes, in every form: none reaches the record, and nothing harmless is lost.

What people write and what a run measures is refused before it is written; what a service answered is kept without the
secret, because its entry must not be lost.
"""

from __future__ import annotations

import html
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.planted import FORMS, TEMPLATES, planted
from support.secret_contexts import HARMLESS

from smartroute_runbook.errors import Refused
from smartroute_runbook.given_secrets import tell
from smartroute_runbook.record.execute import Execution
from smartroute_runbook.record.scan import refuse_secrets
from smartroute_runbook.record.seal import seal
from smartroute_runbook.runs.evidence import EvidenceStore
from smartroute_runbook.runs.guarded import GuardedStore
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.query_history import History, row_of
from smartroute_runbook.runs.store import FolderStore

RUN = "rehearsal-1"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path):
    store = GuardedStore(FolderStore(tmp_path / "records"))
    journal = Journal(store, f"{RUN}/journal")
    record = SimpleNamespace(signing_key=str(tmp_path / "signing.pem"), anchor=None)
    found = SimpleNamespace(
        id=RUN, environment="rehearsal", store=store, journal=journal, base=tmp_path,
        settings=SimpleNamespace(record=record), clients=SimpleNamespace(boto=None),
    )  # fmt: skip
    journal.append("opened", {"run": RUN, "environment": "rehearsal", "settings": {}, "rehearsal": True})
    shutil.copytree(ROOT / "runbooks", tmp_path / "runbooks")
    return found


def entry(kind, **body):
    """A journal entry with the text in one of its places."""
    return lambda run, text: run.journal.append(kind, json.loads(json.dumps(body).replace('"TEXT"', json.dumps(text))))


def evidence(run, text):
    EvidenceStore(RUN, run.store, run.journal).keep("week1.decision.costs", {"rows": [["q1", 3, text]]})


def sample(run, text):
    asked = {"query": "q1", "error": text, "milliseconds": 12}
    run.store.put_new(f"{RUN}/watch/{run.journal.head()[1][:20]}.json", json.dumps({"asked": [asked]}).encode())


def column(run, text):
    data = io.BytesIO()
    pq.write_table(pa.table({"sql": ["SELECT 1", text, None]}), data)
    run.store.put_new(f"{RUN}/samples/{run.journal.head()[1][:20]}.parquet", data.getvalue())


def history(run, text):
    status = {"State": "FAILED", "StateChangeReason": text, "SubmissionDateTime": datetime.now(UTC)}
    row = row_of({"QueryExecutionId": "q-1", "Query": text, "Status": status})
    History(run.store, f"history/{abs(hash(text))}").add("walk", [row], [], "")


def name_of_a_file(run, text):
    run.store.put_new(f"{RUN}/queries/{text}.json", b"{}")


def note_of_a_release(run, text):
    name = f"{RUN}/lease/{run.journal.head()[0]:06d}-{len(text)}.released"
    run.store.put_new(name, json.dumps({"by": "ada", "note": text}).encode())


def in_notebook(output):
    """A notebook with this output, as it is looked at before it is sealed."""

    def looked_at(run, text):
        cell = {"cell_type": "code", "id": "c", "source": "show(result)", "metadata": {}, "outputs": [output(text)]}
        refuse_secrets({"cells": [cell], "metadata": {}}, "week1", (RUN,))

    return looked_at


def source(_, text):
    refuse_secrets({"cells": [{"cell_type": "markdown", "id": "m", "source": text}], "metadata": {}}, "week1")


def parameters(_, text):
    refuse_secrets({"cells": [], "metadata": {"papermill": {"parameters": {"note": text}}}}, "week1")


REFUSED = {
    "a signature's note": entry("signature", gate="week1.cluster", signer="Ada", note="TEXT"),
    "a signature's reason": entry("signature", gate="week1.cluster", signer="Ada", reasons={"costs": "TEXT"}),
    "a revocation": entry("revoked", gate="week1.cluster", note="TEXT"),
    "a parameter": entry("settings-changed", changed=["aws.region"], settings={"aws": {"region": "TEXT"}}),
    "a published query": entry("view", view="delays", sql="TEXT"),
    "a finding of the watch": entry("watch-tripped", findings=["TEXT"], roll_back=True),
    "evidence": evidence,
    "a sample": sample,
    "a column of Parquet": column,
    "a release's note": note_of_a_release,
    "printed": in_notebook(lambda text: {"output_type": "stream", "name": "stdout", "text": ["so far\n", text]}),
    "shown as HTML": in_notebook(
        lambda text: {"output_type": "display_data", "data": {"text/html": f"<td>{html.escape(text)}</td>"}}
    ),
    "shown as JSON": in_notebook(lambda text: {"output_type": "display_data", "data": {"application/json": [text]}}),
    "raised": in_notebook(
        lambda text: {"output_type": "error", "ename": "E", "evalue": text, "traceback": ["\x1b[31mE\x1b[0m: " + text]}
    ),
    "progress": in_notebook(lambda text: {"output_type": "stream", "name": "stderr", "text": f"\r 12 % {text}"}),
    "a notebook's text": source,
    "a notebook's parameters": parameters,
}
MASKED = {
    "the error of a stopped step": entry("stopped", step="week2.load", error="TEXT"),
    "a failed switch": entry("switch-failed", to="redshift", why="TEXT"),
    "a query of Athena's history": history,
}


def kept(run):
    """All that was written, as text; Parquet by its values."""
    for path in sorted((run.base / "records").rglob("*")):
        if path.is_file() and path.suffix == ".parquet":
            yield json.dumps(pq.read_table(path).to_pydict(), default=str)
        elif path.is_file():
            yield path.name + path.read_bytes().decode(errors="replace")


def test_there_are_enough_of_each():
    assert len(TEMPLATES) >= 120
    assert len(HARMLESS) >= 50


def refusal(place, run, text):
    """What the refusal says; empty where the text was taken."""
    try:
        place(run, text)
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("form", FORMS)
def test_none_is_kept_in_any_place(run, form):
    """Each secret in this form, at one place after the other."""
    refusing, masking = list(REFUSED.items()), list(MASKED.items())
    over_lines = form == "over two lines"
    templates = [one for one in TEMPLATES if not (over_lines and "{words}" in one)]  # half a word shows nothing
    passed = []
    for number, template in enumerate(templates):
        one = planted(template, 7)
        text = FORMS[form](one)
        name, place = refusing[(number + len(form)) % len(refusing)]
        said = refusal(place, run, text)
        assert one.secret not in said
        passed += [] if said else [(name, text)]
        masking[number % len(masking)][1](run, f"error: {text}")
    assert passed == []
    everything = "\n".join(kept(run))
    for template in templates:
        one = planted(template, 7)
        assert one.secret not in everything
        assert FORMS[form](one) not in everything


@pytest.mark.parametrize("text", HARMLESS)
def test_no_place_refuses_what_is_harmless(run, text):
    for place in (REFUSED | MASKED).values():
        place(run, text)
    assert json.dumps(text)[1:-1] in "".join(kept(run)) or "\\" in json.dumps(text)


@pytest.mark.parametrize("template", [one for one in TEMPLATES if "/" not in one][:40])
def test_no_file_is_named_so(run, template):
    with pytest.raises(Refused, match="its name"):
        name_of_a_file(run, planted(template, 11).text)


def test_what_the_process_logged_in_with_is_kept_nowhere(run):
    secret = "a word that has no form: " + "Zq" * 4
    tell("a password of the cluster", secret)
    for place in REFUSED.values():
        with pytest.raises(Refused, match="a password of the cluster"):
            place(run, f"it was {secret} then")


def test_a_list_of_ones_own_is_kept_nowhere(run, tmp_path, monkeypatch):
    (tmp_path / "list").write_text("# keys\n" + "0123456789abcdef" * 4 + "\n")
    monkeypatch.setenv("SMARTROUTE_KNOWN_SECRETS", str(tmp_path / "list"))
    with pytest.raises(Refused, match="line 2 of the known secrets"):
        run.journal.append("note", {"text": "fedcba98 " + "0123456789abcdef" * 4})
    assert "0123456789abcdef" not in "".join(kept(run))


def test_a_notebook_with_one_is_not_sealed(run, tmp_path):
    for number, template in enumerate(TEMPLATES[::12]):
        cell = {"cell_type": "code", "id": "c", "source": "1", "metadata": {}, "execution_count": 1}
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": planted(template, 3).text}]
        path = tmp_path / f"{number}.ipynb"
        path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
        with pytest.raises(Refused):
            seal(run, Execution("finished", path, 1.0, 1, 1), week="1", source=path, parameters={})
    assert not list(run.journal.of("sealed"))
