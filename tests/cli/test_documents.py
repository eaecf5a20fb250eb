"""Documents for strangers: what they name exists, their commands are ones, and they travel with the wheel."""

from __future__ import annotations

import contextlib
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from smartroute_runbook.cli import cli
from smartroute_runbook.environment.working_folder import copy_to

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "smartroute_runbook"
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
GENERATED = {"commands.md"}
# Places for what a reader fills in.
FILLED = {"GATE": "week1.decision", "WEEK": "1", "TABLE": "vehicles", "ENGINE": "athena", "$RUN": "one", "CODE": "abc"}


def blocks(page: Path) -> list[str]:
    """Lines of shell: continued ones as one, without what follows them."""
    text = page.read_text(encoding="utf-8")
    shells = re.findall(r"^```(?:sh|bash|cron)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\n".join(shells).replace("\\\n", " ").splitlines()
    return [found[0] for line in lines if (found := re.search(r"smartroute-runbook [^#|>&;)]+", line))]


def inline(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`(smartroute-runbook [^`]+)`", text)


def parse(line: str) -> None:
    """Read a command line as the program does, without doing it."""
    words = [FILLED.get(word, word) for word in shlex.split(line.replace("...", "x"))][1:]
    words = [word.strip("[]") for word in words if word not in ("[--json]",)]
    command: click.Command = cli
    context = None
    while isinstance(command, click.Group):
        if not words or words[0] in ("-h", "--help"):
            return
        name = words.pop(0)
        found = command.get_command(context or click.Context(command), name)
        assert found is not None, f"'{name}' is no command: {line}"
        command = found
    if "--help" not in words:
        command.make_context(command.name, words)


@pytest.fixture(autouse=True)
def named(monkeypatch):
    monkeypatch.setenv("SMARTROUTE_ENVIRONMENT", "rehearsal")


IN_BLOCKS = sorted({(p.name, line) for p in PAGES if p.name not in GENERATED for line in blocks(p)})
IN_TEXT = sorted({(p.name, line) for p in PAGES if p.name not in GENERATED for line in inline(p)})


@pytest.mark.parametrize(("page", "line"), IN_BLOCKS)
def test_every_command_in_a_block_is_one_that_the_program_takes(page, line):
    parse(line)


@pytest.mark.parametrize(("page", "line"), IN_TEXT)
def test_every_command_in_a_sentence_exists_with_its_options(page, line):
    with contextlib.suppress(click.MissingParameter):  # a command is named without what it is given
        parse(line)


def test_the_documents_hold_commands_at_all():
    assert len(IN_BLOCKS) > 20
    assert len(IN_TEXT) > 30


@pytest.fixture(scope="module")
def working_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stranger")
    copy_to(folder)
    return folder


def anchors(page: Path) -> set[str]:
    """What can follow ``#``: a page's headings as GitHub and JupyterLab name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page, working_folder):
    """Of the documents in the working folder too, which is all that a stranger with the wheel has."""
    here = working_folder / "docs" / page.name if page.parent.name == "docs" else page
    for link in re.findall(r"\]\(([^)\s]+)\)", here.read_text(encoding="utf-8")):
        if link.startswith(("http", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        led = here.parent / path if path else here
        assert led.exists(), f"{page.name} leads to {link}"
        assert not anchor or anchor in anchors(led), f"{page.name} leads to {link}"


def test_every_environment_variable_is_documented():
    said = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
    names = set()
    for path in PACKAGE.rglob("*.py"):
        if "standins" not in path.parts:
            names |= set(re.findall(r"\bSMARTROUTE_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    names.discard("SMARTROUTE_REDSHIFT")  # followed by each of five
    assert {"SMARTROUTE_HOME", "SMARTROUTE_OPERATOR", "SMARTROUTE_REDSHIFT_HOST"} <= names
    assert sorted(name for name in names if name not in said) == []
    assert all(
        f"SMARTROUTE_REDSHIFT_{one}`" in said or f"`{one}" in said for one in ("HOST", "PORT", "USER", "PASSWORD")
    )
    known = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    for name in set(re.findall(r"`(SMARTROUTE_[A-Z_]+)`", said)):
        stem = re.sub(r"_(HOST|PORT|DATABASE|USER|PASSWORD)$", "_", name)
        assert name in known or stem in known, f"{name} is read nowhere"


def test_the_messages_of_troubleshooting_are_the_program_s():
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    source = re.sub(r"\{[^{}]*\}", "\0", source).replace('"\n', "")
    foreign = ("model not found", "NameError", "Running as root", "is not sealed yet")
    for message in re.findall(r"^\| (?:a form with broken icons, or )?`([^`]+)`", page, re.MULTILINE):
        if message.startswith(("NameError", "Error:", "model")):
            continue  # Jupyter's own
        parts = [part.strip(" '") for part in message.split("...") if len(part.strip(" '")) > 3]
        assert parts, message
        assert all(part in source or part in foreign for part in parts), f"nothing says {message!r}"


def test_the_documents_travel_with_the_wheel_and_the_working_folder(tmp_path):
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    carried = build["targets"]["wheel"]["force-include"]
    assert carried["docs"] == "smartroute_runbook/_files/docs"
    assert {"docs", "runbooks", "parameters"} <= set(carried)
    copy_to(tmp_path)
    assert (tmp_path / "docs" / "policies" / "week1.json").is_file()
    assert sorted(p.name for p in (tmp_path / "docs").glob("*.md")) == sorted(
        p.name for p in (ROOT / "docs").glob("*.md")
    )


def test_every_parameter_says_in_words_what_it_is():
    page = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", page, re.MULTILINE)
    assert len(rows) > 90
    assert [name for name, words in rows if words in ("", " ", "a text on one line")] == []


def test_the_readme_names_every_page():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in readme] == []
