#!/usr/bin/env bash
# The canonical JSON that securesystemslib signs cannot be read back by a JSON parser when a text holds a line break.
#
# With: securesystemslib 1.6.0; for comparison rfc8785 0.1.4 and canonicaljson 2.0.0.
# Expected: canonical JSON is JSON: one chosen way of writing it. What was signed can be parsed, by json.loads and by everybody else,
#   and three libraries called canonical write the same bytes for simple values.
# Seen: encode_canonical (the OLPC form that TUF and in-toto use) escapes only quote and backslash: a line break and every other
#   control character stand raw inside the quotes, which JSON forbids: json.loads raises "Invalid control character". Numbers with a
#   point are refused. rfc8785 writes 1.0 as 1 and refuses integers above 2**53; canonicaljson writes both as they are.
#   A key outside the first 65,536 characters is sorted in another place by rfc8785 than by the other two.
# Hurts: who stores the signed bytes as evidence and opens them later; who recomputes a digest with the other library: command lines,
#   SQL and error messages, the usual contents of a link or statement, are full of line breaks.
# Instead: sign a DSSE envelope: it signs the bytes you have and needs no canonical form; name the form beside each digest.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet securesystemslib==1.6.0 rfc8785==0.1.4 canonicaljson==2.0.0
"$work/venv/bin/python" - <<'PY'
import json
from importlib.metadata import version

import canonicaljson
import rfc8785
from securesystemslib.formats import encode_canonical

writers = {
    "securesystemslib": lambda value: encode_canonical(value).encode(),
    "rfc8785": rfc8785.dumps,
    "canonicaljson": canonicaljson.encode_canonical_json,
}
values = {"line break": {"sql": "SELECT 1\nFROM t"}, "float": {"x": 1.0}, "integer": {"x": 2**60}}
values["keys"] = {"\U0001d11e": 1, "\uffee": 2}
seen = {}
for name, writer in writers.items():
    print(name, version(name))
    for kind, value in values.items():
        try:
            text = writer(value)
        except Exception as error:  # each library has a class of its own
            result = f"refused: {type(error).__name__}"
        else:
            try:
                result = "read back" if json.loads(text) == value else "read back as another value"
            except json.JSONDecodeError as error:
                result = f"not JSON: {error.msg}"
            if kind == "keys":
                result += ", first " + ("U+1D11E" if text.startswith(b'{"\xf0') else "U+FFEE")
            if kind == "float":
                result += f", as {text.decode()}"
        seen[name, kind] = result
        print(f"  {kind:11} {result}")
print("expected: read back everywhere, written alike")
if seen["securesystemslib", "line break"] != "not JSON: Invalid control character at":
    raise SystemExit("no longer so: the line break is escaped")
if not seen["securesystemslib", "float"].startswith("refused") or not seen["rfc8785", "integer"].startswith("refused"):
    raise SystemExit("no longer so: the refused numbers are written")
if [seen[name, "keys"][-7:].strip() for name in writers] != ["U+FFEE", "U+1D11E", "U+FFEE"]:
    raise SystemExit("no longer so: the keys are sorted alike")
PY
