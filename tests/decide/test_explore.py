"""The cost model moved by hand: the same arithmetic as the costs, redrawn at each move, plain text in a record."""

from __future__ import annotations

import pytest
from support.decide_worlds import heavy, quiet

from smartroute_runbook.decide.explore import explore
from smartroute_runbook.decide.pricing import price
from smartroute_runbook.decide.summary import summarise
from smartroute_runbook.present import show
from smartroute_runbook.present.explorer import explorer
from smartroute_runbook.prices import price_book
from smartroute_runbook.runs.run import Run


@pytest.fixture
def model(tmp_path, monkeypatch):
    def make(history):
        (tmp_path / "parameters").mkdir(exist_ok=True)
        run = Run.open("production", "x", {"decision": {"users": 100}}, base=tmp_path)
        workload = summarise(history, "made")
        return explore(run, workload, price(workload, run.settings, price_book())), workload

    return make


def test_it_starts_where_it_was_measured_and_at_the_costs_own_figures(model):
    found, workload = model(heavy())
    costs = price(workload, found_settings(), price_book())
    assert found.users * found.per_user == pytest.approx(workload.queries_day, rel=0.001)
    assert found.athena(found.users, found.per_user, found.mb) == pytest.approx(costs.today.p50, rel=0.01)
    assert found.redshift(2) == pytest.approx(costs.cluster.usd_month, abs=0.01)
    even = f"{costs.cluster.break_even.p50:,.0f} queries a day"  # of rounded megabytes it was 125,970, not 125,966
    assert even in costs.view().title
    assert even in found.at(found.users, found.per_user, found.mb, found.nodes).parts[0].text


def found_settings():
    from smartroute_runbook.environment.settings import Settings

    return Settings.model_validate({"decision": {"users": 100}})


def test_each_control_moves_what_is_shown(model):
    box = explorer(model(heavy())[0])
    row, back, shown = box.children
    sliders = row.children
    assert [slider.description for slider in sliders] == [
        "Users", "Queries a user a day", "MB billed a query", "Nodes (ra3.xlplus)",
    ]  # fmt: skip
    seen = [shown.value]
    for slider in sliders:
        slider.index = len(slider.options) - 1 if slider.index == 0 else 0
        seen.append(shown.value)
    assert len(set(seen)) == len(seen)
    assert "<svg" in seen[-1]
    back.click()
    assert shown.value == seen[0]


def test_few_users_stay_and_many_pay(model):
    found, _ = model(quiet())
    assert found.at(users=10, per_user=100, mb=10, nodes=2).title.startswith("Athena is cheaper")
    assert found.at(users=5000, per_user=500, mb=100, nodes=2).title.startswith("Redshift is cheaper")
    assert found.athena(10, 100, 1) == found.athena(10, 100, 10)


def test_a_terminal_and_a_record_get_the_table(model, capsys):
    show(model(heavy())[0])
    said = capsys.readouterr().out
    assert "What if" in said
    assert "1,000" in said
