"""A program that places orders and delivers their events, made to be killed.

    python -m benchmarks.faults.delivering_program DATABASE EVENTS PER_SECOND

Says `ready`, then the id of each event once its order is acknowledged, and delivers until it is
killed or gets SIGTERM.
"""

from __future__ import annotations

import signal
import sys
import threading
import time

from benchmarks.shops import LOOPBACK, open_shop, order_maker
from expressb2b_core import Event, Workspace
from expressb2b_server.delivery import DeliveryPool, Sender

STEPS_SECONDS = (0.5,) * 50


def main(path: str, events: int, per_second: float) -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with open_shop(path) as b2b:
        b2b.on("*", _say_event)
        sender = Sender(allow_nets=LOOPBACK)
        pool = DeliveryPool(b2b.runtime, sender, steps_seconds=STEPS_SECONDS, is_only_pool=True)
        with pool:
            _say("ready")
            _place(b2b.workspace(), events, per_second, ended)
            ended.wait()
        sender.close()


def _place(shop: Workspace, events: int, per_second: float, ended: threading.Event) -> None:
    """Place orders until there are so many events in all, those before a crash included."""
    place = order_maker(shop, approved=False)
    for _ in range(events - sum(1 for _ in shop.events.iterate(per_page=100))):
        if ended.is_set():
            return
        place()
        time.sleep(1 / per_second)


def _say_event(event: Event) -> None:
    _say(event.document.id)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
