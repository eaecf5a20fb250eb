"""What is done after the cut-over when it is wanted: shown first, made with ``--apply``."""

from __future__ import annotations

import json
from typing import Any, cast

import click

from smartroute_runbook.views import Code, View

from .options import as_json_option, environment_options, opened_run, out, records_option, show, show_view

__all__ = ["COMMANDS"]

WHAT = ("queues", "resize", "analysts", "archive", "publish", "cache")


@click.command(short_help="Tune what the traffic asks for, each by itself.")
@click.argument("what", type=click.Choice(WHAT))
@environment_options
@records_option
@click.option("--apply", "apply_", is_flag=True, help="Make what differs; without it the proposal is shown.")
@as_json_option
def tune(what: str, environment: str, run_id: str, records: str | None, apply_: bool, as_json: bool) -> None:
    """Tune what the traffic asks for, each by itself: docs/afterwards.md says when.

    queues: in Redshift, one that the dashboard's sessions enter, with concurrency scaling and rules.

    resize: the cluster to tuning.nodes, where AWS offers it as an elastic resize.

    analysts: an Athena workgroup of their own, with a limit of what a query reads.

    archive: lifecycle rules of the lake's bucket: exports, results, replaced versions.

    publish: Redshift's aggregates as tables of the lake, each proven equal.

    cache: CloudFront in front of the dashboard's API, where enough requests repeat.

    The proposal names what undoes it, as commands to copy.
    """
    from smartroute_runbook.operate.tune import STEPS, analyst_policy, exploration
    from smartroute_runbook.runs.steps import Step

    opened, _ = opened_run(environment, run_id, records)
    step = STEPS[what]()
    proposal = opened.propose(cast(Step[Any], step))
    changed = [change.resource for change in proposal.changes if change.action != "none"]
    policy = analyst_policy(opened) if what == "analysts" else None
    if not as_json:
        show(proposal)
        if policy is not None:
            show_view(View("What analysts may do: a policy to attach", (Code(json.dumps(policy, indent=1)),)))
    if apply_ and changed:
        done = opened.do(cast(Step[Any], step))
        if not as_json:
            show(done)
    saved = exploration(opened) if what == "publish" and apply_ else None
    if saved is not None and not as_json:
        show(saved)
    if as_json:
        result = {"changes": changed, "applied": bool(apply_ and changed), "undo": list(step.undo_commands(opened))}
        result |= {"policy": policy} if policy is not None else {}
        result |= {"exploration": [vars(one) | {"factor": one.factor} for one in saved.tables]} if saved else {}
        out(result)


COMMANDS = (tune,)
