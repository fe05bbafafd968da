"""Lets in who has begun to connect, and nobody after them, so that closing the door hits nobody.

The system completes connections on its own. Between the last `accept` and `close` it may complete
one more, whose client believes to be served and would be cut off. So a listening socket that is
about to be closed first drops what begins a connection; whoever comes then is refused when their
system asks again, a second later.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from array import array

_SO_ATTACH_FILTER = 26
_FLAGS_OF_SEGMENT = 13
_SYN = 0x02
_DROP, _PASS = 0, 0xFFFFFFFF

# Classic BPF over the TCP header: load the flags, keep SYN, drop if it is set.
_FILTER = (
    (0x30, 0, 0, _FLAGS_OF_SEGMENT),
    (0x54, 0, 0, _SYN),
    (0x15, 0, 1, _SYN),
    (0x06, 0, 0, _DROP),
    (0x06, 0, 0, _PASS),
)


def refuse_newcomers(listening: socket.socket) -> None:
    """From now on nobody begins to connect; where the system cannot do that, nothing happens."""
    if sys.platform != "linux":
        return
    program = array("B", b"".join(struct.pack("HBBI", *step) for step in _FILTER))
    described = struct.pack("HP", len(_FILTER), program.buffer_info()[0])
    with contextlib.suppress(OSError):
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)
