"""A constant answer of a given size from the same stack and settings: what HTTP alone costs.

    python -m benchmarks.contestants.constant BYTES [THREADS]

Prints its port, then serves until it is told to stop.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from expressb2b_server.serving import Serving, listen

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def main() -> None:
    body = b"x" * int(sys.argv[1])
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else Serving().threads
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        start_response("200 OK", headers)
        return (body,)

    server = listen(answer, Serving(port=0, threads=threads))
    print(f"port {server.effective_port}", flush=True)
    server.run_until_stopped()


if __name__ == "__main__":
    main()
