"""Where a run is, in one line: the same in a notebook, in ``status`` and on the front page."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.present import plain_text
from smartroute_runbook.runs.front_page import front_page, write_front_page
from smartroute_runbook.runs.head import head_of
from smartroute_runbook.runs.place import Place
from smartroute_runbook.runs.plan import WEEKS, week_of
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.state import BILLED
from smartroute_runbook.runs.status import status_of
from smartroute_runbook.runs.store import FolderStore

HERE = Path(__file__).parents[2]
ARN = "arn:aws:iam::123456789012:user/ada"


def run_in(folder: Path, *, rehearsal: bool) -> Run:
    environment = "rehearsal" if rehearsal else "production"
    settings = Settings()
    run = Run(environment, "one", settings, FolderStore(folder / "records"), Clients(settings), folder)
    run.place = Place(rehearsal, "us-east-1", "123456789012", ARN)
    body = {"run": "one", "environment": environment, "rehearsal": rehearsal, "settings": {}, "where": run.place.body}
    run.journal.append("opened", body)
    return run


@pytest.mark.parametrize(("rehearsal", "kind", "tone"), [(True, "REHEARSAL", "warn"), (False, "PRODUCTION", "bad")])
def test_the_head_says_kind_account_region_caller_run_week_and_cost(tmp_path, rehearsal, kind, tone):
    run = run_in(tmp_path, rehearsal=rehearsal)
    banner = run.begin(1)
    line = banner.view().parts[0]
    assert line.tone == tone
    for word in (f"**{kind}**", "123456789012", "us-east-1", ARN, "run one", "week 1 of 4: Decide and set up", "$0.00"):
        assert word in line.text
    status = status_of(run)
    assert status.head.words == line.text  # the same words everywhere
    assert line.text.replace("**", "") in " ".join(plain_text(status.view(), width=400).split("\n"))
    assert status.as_json()["where"] == run.place.words


def test_the_banner_is_asked_again_while_its_notebook_stays_open(tmp_path):
    run = run_in(tmp_path, rehearsal=True)
    banner = run.begin(1)
    run.record("started", {"step": "week1.cluster", "proposal": "", "needs": None, "kind": ""})
    assert "at week1.cluster" in banner.again().words
    assert banner.again().next_action == "step on with Shift+Enter"  # to somebody who sits at it, no command
    assert "smartroute-runbook run 1" in status_of(run).next_action
    assert status_of(run, "3").next_action.startswith("open week1_decide_and_set_up.ipynb")


def test_what_athena_bills_is_counted_over_the_whole_run(tmp_path):
    run = run_in(tmp_path, rehearsal=True)
    run.begin(1)
    run.meter.add(0)  # billed as 10 MB
    run.meter.add(2 * 10**12)
    run.record("stopped", {"step": "s", "error": "e"})
    run.record("stopped", {"step": "s", "error": "e"})
    assert [entry.body.get(BILLED) for entry in run.journal.of("stopped")] == [2 * 10**12 + 10**7, None]
    assert head_of(run).athena_usd == pytest.approx(10.00005)


def test_the_front_page_leads_to_every_week_parameter_and_document_and_each_link_is_there(tmp_path):
    copy_to(tmp_path)
    page = write_front_page(tmp_path).read_text(encoding="utf-8")
    for week in WEEKS:
        assert f"runbooks/{week_of(week)['notebook']}" in page
    links = [part.partition(")")[0] for part in page.split("](")[1:]]
    assert all((tmp_path / link).exists() for link in links)
    assert "docs/gates.md" in links
    assert "parameters/production.yaml" in links
    assert 'environment = "production"' in page  # how to step through production is said where one starts
    assert "**production:** no run yet." in page
    assert not (tmp_path / "records").exists()  # whoever looks makes nothing


def test_the_front_page_says_where_a_run_stands(tmp_path):
    copy_to(tmp_path)
    run = run_in(tmp_path, rehearsal=True)
    run.begin(1)
    run.gate("week1.cluster", [])
    page = front_page(tmp_path)
    assert head_of(run).words.replace("*", "") in page.replace("*", "")
    assert "| week1.cluster | blocked |" in page
    assert "| begun |" in page


def test_the_front_page_is_renewed_as_weeks_begin_and_end_where_there_is_one(tmp_path):
    run = run_in(tmp_path, rehearsal=True)
    run.begin(1)
    assert not (tmp_path / "START.md").exists()
    copy_to(tmp_path)
    page = write_front_page(tmp_path)
    assert "| begun |" in page.read_text(encoding="utf-8")
    run.begin("rollback")
    run.finish("rollback")
    assert "| finished, not sealed |" in page.read_text(encoding="utf-8")
    production = tmp_path / "parameters" / "production.yaml"
    changed = production.read_text(encoding="utf-8").replace("store: records ", "store: s3://records/one ")
    assert "s3://records/one" in changed
    production.write_text(changed, encoding="utf-8")
    before = page.read_text(encoding="utf-8")
    run.begin("rollback")
    assert page.read_text(encoding="utf-8") == before  # nobody waits for S3 for the sake of a page
