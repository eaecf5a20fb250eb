"""Carries a step's undo commands out as a person would who copies them into a shell: ``aws ...``, or SQL."""

from __future__ import annotations

import json
import re
import shlex

from botocore import xform_name


def undone(step, run, client):
    """Run every command of the step."""
    for command in step.undo_commands(run):
        if command.startswith("aws "):
            _aws(command, client)
        else:
            with run.redshift() as redshift:
                redshift.execute(command.rstrip(";"))


def _aws(command, client):
    command = re.sub(r'"\$\((.*?) --query (\w+) --output text\)"', lambda m: _aws(m[1], client)[m[2]], command)
    _, service, operation, *options = shlex.split(command)
    if (service, operation) == ("s3", "rm"):
        return _removed(options[0], client("s3"))
    if service == "s3api":
        service = "s3"
    api = client(service)
    if operation == "wait":
        waiter, *options = options
        name = {"--id": "Id", "--cluster-identifier": "ClusterIdentifier"}[options[0]]
        api.get_waiter(waiter.replace("-", "_")).wait(**{name: options[1]}, WaiterConfig={"Delay": 0.2})
        return None
    members = api.meta.service_model.operation_model(_operation(api, operation)).input_shape.members
    names, given = {xform_name(one, "-"): one for one in members}, {}
    while options:
        name = options.pop(0).removeprefix("--")
        if name.startswith("no-") and name not in names:
            given[names[name.removeprefix("no-")]] = False
            continue
        value = options.pop(0) if options and not options[0].startswith("--") else "true"
        given[names[name]] = _value(value, members[names[name]].type_name)
    return getattr(api, operation.replace("-", "_"))(**given)


def _removed(address, s3):
    """``aws s3 rm s3://... --recursive``."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for one in page.get("Contents", ()):
            s3.delete_object(Bucket=bucket, Key=one["Key"])


def _operation(api, name):
    return next(one for one in api.meta.service_model.operation_names if xform_name(one, "-") == name)


def _value(text, kind):
    if kind in ("structure", "list", "map"):
        return json.loads(text)
    if kind == "boolean":
        return text == "true"
    return int(text) if kind in ("integer", "long") else text
