"""Record the calls of a rehearsal, week by week, and write the least IAM policies that allow them.

Writes ``docs/policies/NAME.json`` (policies), ``docs/policies/calls.json`` (what was recorded) and
``docs/permissions.md``. Each week's notebook is run cell by cell in this process against stand-ins, without the
rehearsal's own Redshift user, so that cluster and secret are read as on AWS; week 1 also with what goes before
(preflight) and with things changed by hand (drift).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from policy_rules import ACCOUNT, UNSCOPED, Need, needs, policy

ROOT = Path(__file__).resolve().parents[1]
WEEKS = {
    "week1": "week1_decide_and_set_up", "week2": "week2_load", "week3": "week3_rewrite_and_compare",
    "week4": "week4_cut_over", "rollback": "rollback",
}  # fmt: skip


class Recorder:
    """Hears every call of the product's clients, and of no others."""

    def __init__(self) -> None:
        self.found: set[Need] = set()
        self.workgroups = ["smartroute-analytics"]

    def attach(self) -> None:
        """Hook into the sessions that ``Clients`` makes from now on."""
        from smartroute_runbook.engines.clients import Clients

        inner, heard = Clients.session.fget, self._heard  # type: ignore[attr-defined]

        def session(clients: Clients) -> Any:
            made = inner(clients)
            if not getattr(made, "recorded", False):
                made.recorded = True
                made.events.register("provide-client-params", heard)
            return made

        Clients.session = property(session)  # type: ignore[assignment,method-assign]

    def _heard(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        group = params.get("WorkGroup")
        if group and group not in self.workgroups:
            self.workgroups.append(group)
        self.found.update(needs(model.service_model.service_name, model.name, params, self.workgroups))

    def take(self) -> list[Need]:
        """What was heard since the last time, once each."""
        once = {(need.action, need.resource, need.condition): need for need in sorted(self.found, reverse=True)}
        self.found.clear()
        return sorted(once.values())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What the notebooks show is not ours to show."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def record() -> dict[str, list[Need]]:
    """Permissions by week, with either transport: by the driver, then by the Data API."""
    heard, found = Recorder(), dict[str, list[Need]]()
    heard.attach()
    for transport in ("driver", "data-api"):
        for week, permissions in _rehearsed(heard, transport):
            merged = {(n.action, n.resource, n.condition): n for n in (*permissions, *found.get(week, []))}
            found[week] = sorted(merged.values())
    return found


def _rehearsed(heard: Recorder, transport: str) -> Iterator[tuple[str, list[Need]]]:
    """A rehearsal of its own, week by week."""
    from smartroute_runbook.load import sync
    from smartroute_runbook.prepare.preflight import preflight
    from smartroute_runbook.rehearsal.stack import Stack
    from smartroute_runbook.runs.run import Run

    with Stack(trips_share=0.002) as stack, tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(ROOT / "parameters", home / "parameters")
        path = home / "parameters" / "rehearsal.yaml"
        path.write_text(path.read_text() + f"  redshift:\n    transport: {transport}\n")
        os.environ |= {"SMARTROUTE_HOME": str(home), "SMARTROUTE_HEADLESS": "1"}
        for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE"):
            os.environ.pop(f"SMARTROUTE_REDSHIFT_{name}", None)
        for week, notebook in WEEKS.items():
            with quiet():
                if week == "week1":
                    preflight(Run.open("rehearsal"))  # before there is a cluster; the notebook continues this run
                if week == "week4":
                    _make_stale(Run.open("rehearsal"))
                names = _cells(ROOT / "runbooks" / f"{notebook}.ipynb")
                if week == "week1":
                    _around_week_one(names["run"], stack)
            yield week, heard.take()
        with quiet():
            run = Run.open("rehearsal", finished_too=True)
            _make_stale(run)
            sync(run)
        yield "sync", heard.take()


def _make_stale(run: Any) -> None:
    """Something to load: with nothing new, catching up takes fewer permissions."""
    with run.redshift() as redshift:
        redshift.execute("DELETE FROM crowding_metrics WHERE hour = 21")


def _carry_out(run: Any, step: Any) -> None:
    """What a step calls, without the run that asks its gate: this is a recording, nothing is migrated."""
    with run.applying(step.id):
        step.apply(run, step.propose(run))
    step.verify(run)


def _cells(path: Path) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{path.name}:{cell.id}", "exec"), names)  # noqa: S102  (our own notebooks)
    return names


def _around_week_one(run: Any, stack: Any) -> None:
    """Preflight, a decision to stay, and what is mended after somebody changed things by hand."""
    from datetime import date

    from smartroute_runbook import prepare
    from smartroute_runbook.decide import Decision, Reminder
    from smartroute_runbook.prepare.preflight import preflight
    from smartroute_runbook.prices import refreshed

    preflight(run)
    refreshed(run)
    for day in (7, 8):
        _carry_out(run, Reminder(Decision("stay", "costs more", (), (), date(2030, 1, day))))
    ec2, iam, redshift = stack.client("ec2"), stack.client("iam"), stack.client("redshift")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["smartroute-redshift"]}])
    wide = {"IpProtocol": "tcp", "FromPort": 5439, "ToPort": 5439, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=group["SecurityGroups"][0]["GroupId"], IpPermissions=[wide])
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    more = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    other = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    iam.put_role_policy(RoleName="smartroute-redshift-copy", PolicyName="more", PolicyDocument=more)
    iam.update_assume_role_policy(RoleName="smartroute-redshift-copy", PolicyDocument=trust)
    name = "smartroute-analytics"
    changed = [{"ParameterName": "require_ssl", "ParameterValue": "false"}]
    redshift.modify_cluster_parameter_group(ParameterGroupName=name, Parameters=changed)
    role = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["IamRoles"][0]["IamRoleArn"]
    redshift.modify_cluster_iam_roles(ClusterIdentifier=name, RemoveIamRoles=[role])
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier=name, WaiterConfig={"Delay": 1})
    redshift.modify_cluster(ClusterIdentifier=name, AutomatedSnapshotRetentionPeriod=1)
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier=name, WaiterConfig={"Delay": 1})
    limit = redshift.describe_usage_limits(ClusterIdentifier=name)["UsageLimits"][0]["UsageLimitId"]
    redshift.modify_usage_limit(UsageLimitId=limit, Amount=5)
    for step in prepare.steps(run):
        _carry_out(run, step)


def page(found: dict[str, list[Need]]) -> str:
    """The page of permissions."""
    lines = [
        "# Permissions", "",
        "What each week, and `sync`, takes from the operator's IAM identity, recorded in a rehearsal and scoped to",
        "resources: made by `scripts/make_policies.py`, as JSON in `docs/policies/`. Replace the account",
        f"`{ACCOUNT}`, the region and, where they differ, the names. *Taken by* marks what AWS does for the caller.",
        "On `*` because AWS cannot scope it: " + ", ".join(f"`{action}`" for action in sorted(UNSCOPED)) + ".", "",
        "Both transports, the driver and the Data API, were recorded; the daily snapshot schedule was not. The",
        "operator is the rehearsal's `user/rehearsal`: put your own role there. `smartroute-runbook preflight` puts",
        "your names in and asks IAM's simulator whether the caller may do all of it.", "",
    ]  # fmt: skip
    for week, permissions in found.items():
        lines += [f"## {week}", "", "| action | resource | only when | for |", "|---|---|---|---|"]
        for need in permissions:
            when = f"`{need.condition[1]}` is `{need.condition[2]}`" if need.condition[0] else ""
            lines.append(f"| `{need.action}` | `{need.resource}` | {when} | {need.why} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Record and write."""
    found = record()
    folder = ROOT / "docs" / "policies"
    folder.mkdir(exist_ok=True)
    for week, permissions in found.items():
        (folder / f"{week}.json").write_text(json.dumps(policy(permissions), indent=2) + "\n")
    calls = {
        week: [[n.action, n.resource, list(n.condition), n.why] for n in permissions]
        for week, permissions in found.items()
    }
    (folder / "calls.json").write_text(json.dumps(calls, indent=1) + "\n")
    (ROOT / "docs" / "permissions.md").write_text(page(found))
    print({week: len(permissions) for week, permissions in found.items()})


if __name__ == "__main__":
    main()
