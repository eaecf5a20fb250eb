"""``sync`` as a Lambda function: what the hourly schedule invokes.

The handler of a container image is ``smartroute_runbook.cli.sync_lambda.handle``. Parameters are in the image's working
folder (``SMARTROUTE_HOME``), the journal is where ``record.store`` says: an S3 prefix, as a function keeps no files.
A function ends after 15 minutes at most (Lambda quotas): what was loaded by then stays, and the next hour goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .options import opened_run

__all__ = ["handle"]


def handle(event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
    """Catch up once; an error is the invocation's.

    Args:
        event: ``environment``, and ``run_id`` where it is not the newest run.
        context: Lambda's; not used.
    """
    from smartroute_runbook.load import sync
    from smartroute_runbook.operate.tune import publish_anew

    del context
    run, _ = opened_run(str(event["environment"]), str(event.get("run_id", "")), None)
    result = sync(run, scheduled=True).as_json()
    return result | {"published": list(publish_anew(run))}
