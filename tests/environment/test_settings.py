"""Parameters: validated whole, wrong ones named, with what was expected."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.settings import Settings, parse_settings
from smartroute_runbook.environment.working_folder import shipped
from smartroute_runbook.errors import RunbookError, UsageError
from smartroute_runbook.runs.run import Run


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"redshfit": {}}, "Did you mean 'redshift'"),
        ({"redshift": {"node_typ": "ra3.xlplus"}}, "'redshift.node_typ'.*Did you mean 'node_type'"),
        ({"redshift": {"nodes": "two"}}, "'redshift.nodes'.*'two'.*valid integer"),
        ({"redshift": {"nodes": 0}}, "'redshift.nodes'.*greater than or equal to 1"),
        ({"load": {"design": "fast"}}, "'load.design'.*'plan', 'time-first' or 'auto'"),
        ({"load": {"first_day": "yesterday"}}, "'load.first_day'"),
        ({"gates": []}, "'gates'"),
    ],
)
def test_a_wrong_parameter_is_named(values, message):
    with pytest.raises(UsageError, match=message):
        parse_settings(values)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*Settings.model_fields, "x"])


@example({"aws": {"\n": None}})
@given(
    st.dictionaries(
        names, st.dictionaries(st.text(max_size=8) | st.just("nodes"), values, max_size=2) | values, max_size=3
    )
)
def test_any_nonsense_is_settings_or_one_clear_error(given_values):
    assert "\n" not in _outcome(given_values)


def _outcome(given_values):
    try:
        return type(parse_settings(given_values)).__name__
    except RunbookError as error:
        return str(error)


@pytest.mark.parametrize("name", ["rehearsal", "production"])
def test_the_shipped_parameters_are_valid(name):
    parse_settings(load_parameters(name, shipped())["settings"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("environment: [", "not YAML"),
        ("- a", "holds no parameters"),
        ("environment: other", "says environment 'other'"),
        ("environment: test\nsetings: {}", "Did you mean 'settings'"),
        ("environment: test\nsettings: 3", "expected a mapping"),
    ],
)
def test_a_broken_file_is_explained(tmp_path, text, message):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "test.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        load_parameters("test", tmp_path)


def test_an_unknown_environment_names_the_known_ones():
    with pytest.raises(UsageError, match="Did you mean 'production'"):
        load_parameters("producton", shipped())


def test_people_sign_outside_rehearsals(tmp_path, monkeypatch):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "production.yaml").write_text(
        yaml.safe_dump({"environment": "production", "settings": {"gates": {"automatic": True}}})
    )
    with pytest.raises(UsageError, match="automatic"):
        Run.open("production", base=tmp_path)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(UsageError, match="needs the stand-ins"):
        Run.open("rehearsal", base=shipped())
