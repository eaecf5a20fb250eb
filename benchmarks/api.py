"""The dashboard's API under load, under attack, with engines in trouble, and cold.

    python benchmarks/api.py [--seconds 60] [--clients 200]

The API is a process of its own, as ``python -m smartroute_runbook.api`` starts it, asked over HTTP; its engines, S3
and SSM are the stand-ins. Two hundred clients ask six queries with known answers while the engine is switched every 5
seconds, first with every request asked of an engine, then with answers kept for 5 seconds. Then 18 hostile requests,
11 troubles of engines and services, and cold starts of the zip. Times say how the API behaves on this machine, and
nothing about AWS's.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from serving.attacks import attacked
from serving.clients import Asked, clients
from serving.cold import starts
from serving.page import page
from serving.troubles import troubled
from serving.world import World

from smartroute_runbook.rehearsal.stack import Stack

RESULT = Path(__file__).parent / "results" / "api.md"
SWITCH_EVERY, THINK = 5.0, 10.0  # seconds
KEPT = 5  # seconds for which answers are kept in the second load
COLD = 5  # starts an engine


def loaded(world: World, seconds: float, number: int, **settings: str) -> list[Asked]:
    """Clients, and the engine switched meanwhile."""
    with world.serving(**settings) as url, clients(url, seconds, number, THINK) as load:
        end, engines = time.monotonic() + seconds, ["redshift", "athena"]
        while time.monotonic() + SWITCH_EVERY < end:
            time.sleep(SWITCH_EVERY)
            world.switch(engines[0])
            engines.reverse()
    world.switch("athena")
    return load.asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each load")
    parser.add_argument("--clients", type=int, default=200)
    given = parser.parse_args()
    with Stack(trips_share=0.002) as stack:
        world = World(stack)
        loads = {
            "every request is asked of an engine": loaded(world, given.seconds, given.clients),
            f"answers are kept for {KEPT} s": loaded(world, given.seconds, given.clients, SMARTROUTE_MAX_AGE=str(KEPT)),
        }
        with world.serving() as url:
            refusals = attacked(url)
        met = troubled(world)
        packaged, cold = starts(COLD)
    text = page(given.clients, given.seconds, loads, refusals, met, packaged, cold)
    RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
