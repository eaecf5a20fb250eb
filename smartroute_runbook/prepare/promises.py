"""What the parameters promise for later weeks: names, the record's place and key, what audit and load look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from smartroute_runbook.engines.s3_paths import overlapping
from smartroute_runbook.errors import UsageError, did_you_mean, explained
from smartroute_runbook.files import read_bytes
from smartroute_runbook.lake import read_table
from smartroute_runbook.lake.partitions import locations
from smartroute_runbook.quantities import plural, usd
from smartroute_runbook.runs.run import Run
from smartroute_runbook.sqlfacts.redshift import reserved_words

from .audit_price import audit_price
from .checks import Said
from .roles import lake_locations, own_prefixes

__all__ = ["audit", "days", "names", "record", "region"]


def region(run: Run) -> Said:
    """Whether there is such a region, as botocore's endpoints know it."""
    session, name = run.clients.session, run.settings.aws.region
    parts = session.get_available_partitions()
    known = {one for part in parts for one in session.get_available_regions("redshift", part)}
    if name in known:
        yield "ok", f"{name} has Amazon Redshift", ""
    else:
        yield "fail", f"aws.region is '{name}', where Amazon Redshift is not known", did_you_mean(name, known)


def names(run: Run) -> Said:
    """Names that Redshift reads as words of its own (CreateCluster: DBName and MasterUsername are no reserved word).

    A schema can be one between quotation marks alone: everybody's own SQL would need them.
    """
    redshift, reserved = run.settings.redshift, reserved_words()
    wrong = [name for name in ("database", "schema_name", "master_user") if getattr(redshift, name) in reserved]
    for name in wrong:
        yield (
            "fail",
            f"redshift.{name} is '{getattr(redshift, name)}', a reserved word",
            f"Name another redshift.{name}",
        )
    if not wrong:
        yield "ok", f"database {redshift.database}, schema {redshift.schema_name}, user {redshift.master_user}", ""


def record(run: Run) -> Said:
    """Where the record goes: it can be written, is no part of a table, and its key and anchor are there."""
    wrong = [*_place(run, "record.store", run.settings.record.store), *_key(run)]
    if anchor := run.settings.record.anchor:
        wrong += _topic(run, anchor) if anchor.startswith("arn:") else _place(run, "record.anchor", anchor)
    for what, hint in wrong:
        yield "fail", what, hint
    if not wrong:
        yield "ok", f"{run.store.where} can be written", ""


def _place(run: Run, name: str, where: str) -> list[tuple[str, str]]:
    if where.startswith("command:"):
        return []
    if not where.startswith("s3://"):
        folder = (run.base / Path(where).expanduser()).resolve()
        there = next(one for one in (folder, *folder.parents) if one.exists())
        if not there.is_dir():
            return [(f"{name} is {where}: {there} is a file", "Name a folder, or s3://BUCKET/PREFIX")]
        writable = os.access(there, os.W_OK)
        return [] if writable else [(f"{name} is {where}: {there} cannot be written", "Name another folder")]
    bucket = where.removeprefix("s3://").partition("/")[0]
    try:
        with explained(f"Reading bucket {bucket}"):
            run.clients.boto("s3").get_bucket_location(Bucket=bucket)
    except Exception as error:
        return [(f"{name} is {where}: {error}", f"Make the bucket, or correct {name}")]
    tables = {f"table {table}": f"{b}/{prefix}" for table, (b, prefix) in lake_locations(run).items()}
    if other := overlapping(where, tables):
        return [(f"{name} is {where}, where {other} lies", "Name a prefix of its own: files there are rows")]
    if other := overlapping(where, own_prefixes(run)):
        return [(f"{name} is {where}, where {other} lies", "Name a prefix of its own: what lies there does not stay")]
    return []


def _topic(run: Run, arn: str) -> list[tuple[str, str]]:
    sns = run.clients.boto("sns")
    try:
        sns.get_topic_attributes(TopicArn=arn)
    except sns.exceptions.NotFoundException:
        return [(f"record.anchor is {arn}: there is no such topic", "Make it, or correct record.anchor")]
    return []


def _key(run: Run) -> list[tuple[str, str]]:
    where = run.settings.record.signing_key
    if not where.startswith("arn:"):
        path = Path(where).expanduser()
        if path.is_dir():
            return [(f"record.signing_key is {where}, a folder", "Name a file; it is made where there is none")]
        if path.exists():
            return _file(path)
        there = next(one for one in path.parents if one.exists())
        if there.is_dir() and os.access(there, os.W_OK):
            return []
        return [(f"record.signing_key is {where}: {there} cannot be written", "Name another file")]
    kms = run.clients.boto("kms")
    try:
        key = kms.describe_key(KeyId=where)["KeyMetadata"]
    except kms.exceptions.NotFoundException:
        return [(f"record.signing_key is {where}: there is no such key", "Correct record.signing_key")]
    if key.get("KeyUsage") != "SIGN_VERIFY":
        return [(f"record.signing_key is a key for {key.get('KeyUsage')}", "Name one for SIGN_VERIFY (ECC_NIST_P256)")]
    return []


def _file(path: Path) -> list[tuple[str, str]]:
    """A file that is there already must be a key that signs: nothing is written over it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if path.stat().st_mode & 0o077:
        return [(f"record.signing_key is {path}, which others may read", f"chmod 600 {path}")]
    try:
        if isinstance(load_pem_private_key(read_bytes(path, "The signing key"), password=None), Ed25519PrivateKey):
            return []
    except UsageError as error:
        return [(error.what, "Correct record.signing_key")]
    except (ValueError, TypeError, UnsupportedAlgorithm):  # no PEM, one with a password, another kind
        pass
    message = f"record.signing_key is {path}, which is no unencrypted Ed25519 key"
    return [(message, "Name another file; it is made where there is none")]


def audit(run: Run) -> Said:
    """The audit's roles name tables and columns that exist; its price is within its budget."""
    tables, wrong = run.settings.athena.tables, False
    for name, roles in run.settings.audit.roles.items():
        if name not in tables:
            yield "fail", f"audit.roles names '{name}', which is not in athena.tables", did_you_mean(name, tables)
            wrong = True
            continue
        columns = [column for column, _ in read_table(run, name).all_columns]
        for column in {roles.event_time, *roles.keys} - {""} - set(columns):
            yield "fail", f"audit.roles.{name} names column '{column}', which it lacks", did_you_mean(column, columns)
            wrong = True
    budget = run.settings.audit.budget_usd
    try:
        price = audit_price(run).usd
    except UsageError as error:  # a table that cannot be read has a line of its own
        yield "note", f"its price cannot be told: {error.what}", ""
        return
    if price > budget:
        yield "fail", f"the audit may cost ${price:,.2f}, audit.budget_usd is ${budget:,.2f}", "Raise it, or do without"
    elif not wrong:
        yield "ok", f"at most {usd(price)} of {usd(budget)}", ""


def days(run: Run) -> Said:
    """Whether a table has anything between ``load.first_day`` and ``load.last_day``."""
    first, last = run.settings.load.first_day, run.settings.load.last_day
    if first is None and last is None:
        yield "ok", "every day is loaded", ""
        return
    for name in run.settings.athena.tables:
        found = sorted(set(_days(run, name)))
        inside = [day for day in found if (first or date.min) <= day <= (last or date.max)]
        window = f"between {first or 'the first'} and {last or 'the last'}"
        message = f"{name} has {len(inside):,} of its {plural(len(found), 'day')} {window}"
        if found and not inside:
            yield "fail", message, f"It has {found[0]} to {found[-1]}: correct load.first_day or load.last_day"
        else:
            yield "ok", message, ""


def _days(run: Run, name: str) -> Iterator[date]:
    try:
        table = read_table(run, name)
        values = list(locations(run, table))
    except UsageError:
        return  # another line says why
    for each in values:
        if (begin := table.layout.begin(each)) is not None:
            yield begin.date()
