"""The front page of a working folder, ``START.md``: weeks, gates, and where everything lies."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.errors import RunbookError

from .opening import open_run
from .plan import WEEKS, plan, week_of
from .state import RunState
from .status import Status, status_of

__all__ = ["NAME", "front_page", "renew_front_page", "write_front_page"]

NAME = "START.md"
_STATES = {"finished": "✓ finished", "begun": "begun", "not begun": ""}


def write_front_page(base: Path) -> Path:
    """Write the page anew; what is known of a run is read, and nobody is asked."""
    path = base / NAME
    path.write_text(front_page(base), encoding="utf-8")
    return path


def renew_front_page(base: Path) -> None:
    """Write the page anew where there is one: it is for reading, and no week waits for it or stops with it.

    Where records of an environment are in S3 they would have to be asked: then the page stays as ``lab`` wrote it.
    """
    with suppress(RunbookError, OSError):
        if (base / NAME).is_file() and not any(map(_in_s3, (base / "parameters").glob("*.yaml"))):
            write_front_page(base)


def _in_s3(parameters: Path) -> bool:
    settings = load_parameters(parameters.stem, parameters.parent.parent)["settings"]
    return str((settings.get("record") or {}).get("store") or "").startswith("s3://")


def front_page(base: Path) -> str:
    """The page as Markdown, with links relative to the working folder."""
    environments = sorted(path.stem for path in (base / "parameters").glob("*.yaml"))
    known = {name: _status(base, name) for name in environments}
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    lead = (
        "Open a week, read it, and step through it with Shift+Enter. Each notebook begins in **rehearsal**, against "
        'stand-ins on this machine. To step through AWS itself, set `environment = "production"` in its first cell, '
        "after `smartroute-runbook preflight --environment production` says *ready*."
    )
    parts = [
        "# SmartRoute: from Athena to Redshift in four weeks",
        lead,
        _weeks(known),
        *(_run(base, name, opened) for name, opened in known.items()),
        "## Parameters\n\n" + " · ".join(f"[{one}](parameters/{one}.yaml)" for one in environments)
        + " · [the dashboard's queries](parameters/queries)",
        _documents(base),
        f"As of {now}; `smartroute-runbook status --environment NAME` tells what is so now.",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _status(base: Path, environment: str) -> tuple[RunState, Status] | str:
    try:
        opening = open_run(environment, "", None, base, finished_too=True, create=False, aws=False, way_back=False)
        run = RunState(environment, opening.run_id, opening.settings, opening.store, opening.clients, opening.base)
        run.place = opening.place
        return (run, status_of(run)) if run.journal.head()[0] else ""
    except (RunbookError, OSError) as error:
        return str(error)


def _weeks(known: dict[str, tuple[RunState, Status] | str]) -> str:
    runs = {name: opened[1] for name, opened in known.items() if not isinstance(opened, str)}
    heads = ["week", "what it does", *runs]
    rows = [heads, ["---"] * len(heads)]
    for week in WEEKS:
        text = week_of(week)
        name = f"[{week if week != 'rollback' else 'back'}: {text['title']}](runbooks/{text['notebook']})"
        states = [{w: state for w, _, state in one.weeks}.get(week, "") for one in runs.values()]
        rows.append([name, text["goal"], *(_STATES.get(state, state) for state in states)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _run(base: Path, environment: str, opened: tuple[RunState, Status] | str) -> str:
    if isinstance(opened, str):
        return f"**{environment}:** " + (f"cannot be read: {_plain(opened)}" if opened else "no run yet.")
    run, status = opened
    gates = [g for g in status.gates if g.state != "not reached"]
    rows = [
        f"| {g.gate} | {g.state} | {_plain(', '.join(g.signers))} | {_plain(plan()['gates'][g.gate]['title'])} |"
        for g in gates
    ]
    table = "\n".join(["| gate | state | signed by | |", "|---|---|---|---|", *rows]) if gates else ""
    page = _record(base, run)
    return "\n\n".join(
        filter(None, (f"## {status.head.words}", f"**Next:** {_plain(status.next_action)}", table, page))
    )


def _record(base: Path, run: RunState) -> str:
    where = run.store.folder
    if where is None:
        return f"Record: {run.store.where}/{run.id}; its pages: `smartroute-runbook report {run.store.where}/{run.id}`"
    folder = where / run.id
    try:
        link = folder.relative_to(base)
    except ValueError:
        return f"Record: {folder}"
    return f"Record: [{run.id}]({link}/index.html)" if (folder / "index.html").is_file() else f"Record: {link}"


def _documents(base: Path) -> str:
    """The pages by their headings."""
    titles = {path: _heading(path) for path in sorted((base / "docs").glob("*.md"))}
    links = [f"- [{title}](docs/{path.name})" for path, title in titles.items()]
    return "## Documents\n\n" + "\n".join(links) if links else ""


def _heading(path: Path) -> str:
    heading = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return heading[1] if heading else path.stem


def _plain(text: str) -> str:
    """One line of text that is no markup."""
    return re.sub(r"([|<>*_\[\]`])", r"\\\1", " ".join(text.split()))
