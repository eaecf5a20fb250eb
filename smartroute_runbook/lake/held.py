"""Whether Redshift holds the rows that were proven: values updated in place leave every count as it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.result_cache import require_rows_read
from smartroute_runbook.prove.contents import holds_still
from smartroute_runbook.prove.spec import Partition

from .ledger import loaded_since
from .values import name_of

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["changed_in_place"]


def changed_in_place(run: Run, proven: Mapping[str, Any]) -> str:
    """The tables whose proven partitions hold other rows now; '' for none, or where the proof noted nothing.

    Reads each table in Redshift once: a pass over its rows, as a proof's.

    Args:
        run: the run.
        proven: the body of the proof's entry in the journal.

    Raises:
        ServiceError: Redshift refused it.
    """
    notes, book = proven.get("contents"), proven.get("ledger")
    if not isinstance(notes, Mapping) or not isinstance(book, Mapping) or not notes:
        return ""  # made by an older release
    later, changed = loaded_since(run, book), []
    with run.redshift() as redshift, run.progress("Reading the proven rows again", float(len(notes))) as line:
        require_rows_read(redshift)
        for n, (table, note) in enumerate(sorted(notes.items())):
            line.update(float(n), table)
            try:
                same = holds_still(redshift, note, partial(_was_there, note, later.get(table.lower(), frozenset())))
            except (KeyError, TypeError, ValueError):
                same = False
            changed += [] if same else [table]
    return "; ".join(f"{table}: rows that were proven have other values now, changed by no load" for table in changed)


def _was_there(note: Mapping[str, Any], later: frozenset[str], partition: Partition) -> bool:
    return name_of([name for name, _ in note["of"]["partitions"]], partition) not in later
