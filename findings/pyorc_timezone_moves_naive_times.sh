#!/usr/bin/env bash
# With timezone=New York pyorc writes the naive time 2026-11-02 01:30 as 2026-11-01 20:30: pyarrow reads another day.
#
# With: pyorc 0.12.0; the files read by pyarrow 25.0.1.
# Expected: ORC's "timestamp" is a wall clock without a zone. A naive datetime is one too: what is written as 01:30 is 01:30 in
#   every reader, whatever the writer's zone; the zone is for "timestamp with local time zone" and for aware datetimes.
# Seen: pyorc takes a naive datetime for UTC and writes the wall clock that this instant has in timezone=. Its own reader with
#   the same timezone= turns it back (into an aware datetime), one with another zone shows another hour, all others the moved one.
#   Without timezone= the time stays as it is.
# Hurts: whoever sets timezone= because the data are local times: each row is four or five hours early, rows of the evening
#   belong to another day, and the number of hours changes twice a year. pyorc on both ends shows the same instant as before.
# Instead: leave timezone= away for "timestamp" and write naive local times.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyorc==0.12.0 pyarrow==25.0.1
"$work/venv/bin/python" - <<'PY'
import datetime as dt
import io
from importlib.metadata import version
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.orc
import pyorc

NEW_YORK, UTC = ZoneInfo("America/New_York"), ZoneInfo("UTC")
LOCAL = [dt.datetime(2026, 7, 2, 1, 30), dt.datetime(2026, 11, 2, 1, 30)]
print("pyorc", version("pyorc"), "pyarrow", pa.__version__)


def written(**how) -> io.BytesIO:
    body = io.BytesIO()
    with pyorc.Writer(body, "struct<at:timestamp>", **how) as writer:
        for each in LOCAL:
            writer.write((each,))
    return body


def by_pyarrow(body: io.BytesIO) -> list[str]:
    body.seek(0)
    return [str(each) for each in pa.orc.read_table(body)["at"].to_pylist()]


def by_pyorc(body: io.BytesIO, zone: ZoneInfo) -> list[str]:
    body.seek(0)
    return [str(row[0]) for row in pyorc.Reader(body, timezone=zone)]


plain, zoned = written(), written(timezone=NEW_YORK)
seen = {
    "written": [str(each) for each in LOCAL],
    "no timezone=, pyarrow": by_pyarrow(plain),
    "timezone=NY, pyarrow": by_pyarrow(zoned),
    "timezone=NY, pyorc NY": by_pyorc(zoned, NEW_YORK),
    "timezone=NY, pyorc UTC": by_pyorc(zoned, UTC),
}
for name, values in seen.items():
    print(f"{name:24}", *values, sep="  ")
moved = ["2026-07-01 21:30:00", "2026-11-01 20:30:00"]
if seen["no timezone=, pyarrow"] != seen["written"] or seen["timezone=NY, pyarrow"] != moved:
    raise SystemExit("no longer so")
PY
