"""The house itself: notebooks clean and small, docs current, environments equal, no need of the extra."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "runbooks").glob("*.ipynb"))
PACKAGE = "smartroute_runbook"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_there_is_a_notebook_for_each_week():
    assert [path.stem for path in NOTEBOOKS] == [
        "rollback", "week1_decide_and_set_up", "week2_load", "week3_rewrite_and_compare", "week4_cut_over",
    ]  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_source_notebook_is_clean_and_small(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) <= 15
    assert [cell for cell in code if "parameters" in cell.metadata.get("tags", [])] == code[:1]
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(not cell_id.isdigit() and len(cell_id) < 32 for cell_id in ids)
    for cell in code:
        assert not cell.outputs, cell.id
        assert cell.execution_count is None
        assert len(cell.source.splitlines()) <= 10, cell.id
        assert "def " not in cell.source
        assert "=" in cell.source or "show(" in cell.source
    for line in code[0].source.splitlines():
        assert ": " in line.partition("=")[0], "every parameter is annotated"


def _module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_pages_are_current(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    made = _module(ROOT / "scripts" / "make_docs.py")
    for name, make in made.PAGES.items():
        assert (ROOT / "docs" / name).read_text() == make(), f"run scripts/make_docs.py: docs/{name} is old"


def test_conda_gets_the_same_packages():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(part["pip"] for part in listed["dependencies"] if isinstance(part, dict))
    wanted = [*PROJECT["dependencies"]]
    for extra in ("rehearsal", "dev"):
        wanted += [text for text in PROJECT["optional-dependencies"][extra] if not text.startswith("smartroute")]
    given = [text for text in pip if text != "-e ."]
    assert sorted(str(Requirement(text)) for text in given) == sorted(str(Requirement(text)) for text in wanted)


def test_every_dependency_has_a_floor_and_a_cap():
    everything = PROJECT["dependencies"] + [d for extra in PROJECT["optional-dependencies"].values() for d in extra]
    for text in everything:
        one = Requirement(text)
        operators = {part.operator for part in one.specifier}
        assert one.name == "smartroute-runbook" or operators in ({"=="}, {">=", "<"}), text


def test_the_lock_file_names_no_address():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "file:" not in text


WITHOUT_THE_EXTRA = """
import sys
for name in ("moto", "duckdb", "trustme"):
    sys.modules[name] = None  # as if it were not installed, for import and for find_spec
import pkgutil, importlib, smartroute_runbook
for found in pkgutil.walk_packages(smartroute_runbook.__path__, "smartroute_runbook."):
    if not found.name.startswith(("smartroute_runbook.rehearsal", "smartroute_runbook.standins")):
        importlib.import_module(found.name)
sys.argv = ["smartroute-runbook", "rehearse"]
from smartroute_runbook.cli import main
main()
"""


def test_a_production_install_works_without_the_rehearsal(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2, result.stderr
    assert "-py3-none-any.whl[rehearsal]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_error_tree_in_the_docstring_is_the_tree():
    from smartroute_runbook import errors

    classes = [name for name in errors.__all__ if name[0].isupper()]
    assert len(classes) > 5
    for name in classes:
        assert name in (errors.__doc__ or ""), name


def test_notebooks_are_valid_json_with_a_final_newline():
    for path in NOTEBOOKS:
        text = path.read_text()
        assert text.endswith("}\n")
        json.loads(text)


ONE_NAME_IN_TWO_ROOMS = {
    **dict.fromkeys(
        ("Athena", "Audit", "Dashboard", "Decision", "Experiment", "Load", "Redshift"),
        "a section of the parameters is called as in the file, what is made with it as in its room",
    ),
    "Change": "of a step and of a translation: each is what its own room and page call a change",
    "Drift": "of a table's columns and of a result's values",
    "Finding": "of the audit, of the watch and of the scan for secrets; each is shown by its own page",
    "Inventory": "of the tables to move and of the files below them",
    "Limits": "of the experiment and of the watch",
    "Problem": "of a record and of a translation",
    "Reason": "why a week of a record does not count, and why queries have no translation yet",
    "Sample": "of the experiment and of the watch",
    "Scope": "of a load and of a name in SQL: both are the field's word",
}


def test_no_two_public_classes_of_one_name_without_a_reason():
    import ast
    from collections import defaultdict

    rooms = defaultdict(set)
    for path in (ROOT / "smartroute_runbook").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                rooms[node.name].add(path.relative_to(ROOT / "smartroute_runbook").as_posix())
    twice = {name: sorted(places) for name, places in rooms.items() if len(places) > 1}
    assert not {name: places for name, places in twice.items() if name not in ONE_NAME_IN_TWO_ROOMS}
    assert not set(ONE_NAME_IN_TWO_ROOMS) - set(twice), "a reason for what is no longer doubled"


def test_importing_the_translator_is_light():
    script = (
        "import sys, smartroute_runbook.translate; "
        "print(len([m for m in sys.modules if m.startswith('smartroute_runbook')]), "
        "[m for m in ('boto3', 'pydantic', 'moto', 'sqlglot') if m in sys.modules]); "
        "from smartroute_runbook.translate import translate; "
        "print([m for m in ('boto3', 'botocore', 'pydantic', 'moto') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert int(first.split()[0]) < 40
    assert first.endswith("[]")
    assert second == "[]"


def test_no_import_leads_back_not_even_for_types_or_inside_a_function():
    import graphlib

    import grimp

    graph = grimp.build_graph("smartroute_runbook", exclude_type_checking_imports=False, cache_dir=None)
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    list(graphlib.TopologicalSorter(imports).static_order())  # CycleError names the circle


@pytest.mark.parametrize("folder", ["benchmarks", "scripts", "tests"])
def test_what_is_imported_from_the_package_is_there(folder):
    """Benchmarks and soaks run by hand: nothing else would notice that a module moved."""
    missing = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and not node.level and (module := node.module or "").startswith(PACKAGE)
        for name in (alias.name for alias in node.names)
        if not _importable(module, name)
    ]
    assert missing == []


def _importable(module, name):
    try:
        return hasattr(importlib.import_module(module), name) or importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
