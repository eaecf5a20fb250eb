#!/usr/bin/env bash
# fastavro writes 1.7 into a field of type "long" as 1, and refuses the same value for ["null", "long"].
#
# With: fastavro 1.13.1; for comparison Apache's own avro 1.12.1.
# Expected: a value that is not of the field's type is an error, as with Apache's library; making a field nullable changes
#   nothing about which numbers it takes.
# Seen: for a plain "long" or "int" fastavro calls int(value): 1.7 becomes 1, True becomes 1, and 2147483653 goes into an "int",
#   which has 32 bits (it reads it back; Avro's specification lets no reader expect it). Only a union is checked, to find the
#   branch: there 1.7 raises. The same record is therefore cut or refused by how the schema spells the column.
# Hurts: pipelines from rows of Python to Avro (Kafka, lakes): sums of seconds or cents lose their fraction without a word, and
#   the day the column becomes nullable the job fails on data that it took for years.
# Instead: fastavro.writer(..., validator=True), which checks every field.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet fastavro==1.13.1 avro==1.12.1
"$work/venv/bin/python" - <<'PY'
import io
import json
from importlib.metadata import version

import avro.io
import avro.schema
import fastavro

print("fastavro", version("fastavro"), "avro", version("avro"))


def record(kind):
    return {"type": "record", "name": "trip", "fields": [{"name": "delay", "type": kind}]}


def by_fastavro(kind, value, **how):
    body = io.BytesIO()
    try:
        fastavro.writer(body, fastavro.parse_schema(record(kind)), [{"delay": value}], **how)
    except Exception as error:
        return type(error).__name__
    body.seek(0)
    return repr(next(iter(fastavro.reader(body)))["delay"])


def by_apache(kind, value):
    schema = avro.schema.parse(json.dumps(record(kind)))
    try:
        avro.io.DatumWriter(schema).write({"delay": value}, avro.io.BinaryEncoder(io.BytesIO()))
    except Exception as error:
        return type(error).__name__
    return repr(value)


print(f"{'type':20}{'value':14}{'fastavro':22}{'validator=True':22}{'Apache avro'}")
seen = []
for kind, value in (("long", 1.7), (["null", "long"], 1.7), ("int", 2_147_483_653), ("long", 1)):
    row = (by_fastavro(kind, value), by_fastavro(kind, value, validator=True), by_apache(kind, value))
    print(f"{kind!s:20}{value!r:14}{row[0]:22}{row[1]:22}{row[2]}")
    seen.append(row)
if [row[0] for row in seen] != ["1", "ValueError", "2147483653", "1"]:
    raise SystemExit("no longer so: fastavro takes other values")
if [row[2] for row in seen] != ["AvroTypeException"] * 3 + ["1"]:
    raise SystemExit("no longer so: Apache's library takes other values")
PY
