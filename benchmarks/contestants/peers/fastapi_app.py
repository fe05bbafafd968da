"""The shop as FastAPI and SQLAlchemy under uvicorn, with httptools, and uvloop where it is.

    python -m benchmarks.contestants.peers.fastapi_app DATABASE THREADS [SYNCHRONOUS]

Prints its port, then serves until it is told to stop.
"""

# Annotations are read when it starts, so they are no strings here.
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio.to_thread
import uvicorn
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse

from benchmarks.contestants.peers import catalog, ordering, reading
from benchmarks.contestants.peers.admission import Admitted, Limits, Refused, admit
from benchmarks.contestants.peers.database import open_database
from benchmarks.contestants.peers.shapes import ApprovalIn, OrderIn, ProductsIn


def create_app(path: str, threads: int, synchronous: str) -> FastAPI:  # noqa: C901 - its routes
    """The application on this database; `threads` answer requests beside the event loop."""
    sessions = open_database(path, threads, synchronous)
    limits = Limits()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        yield

    app = FastAPI(lifespan=lifespan)

    def admitted(request: Request, response: Response) -> Admitted:
        # With a session of its own: one kept open from here to the handler, which may have to
        # wait for a thread, would hold a connection or the write lock meanwhile.
        noun = request.url.path.split("/")[2]
        noun = "catalog" if noun == "products" else noun
        with sessions.reading() as session:
            header = request.headers.get("authorization")
            found = admit(session, limits, header, request.method, noun)
        response.headers.update(found.headers)
        return found

    Caller = Annotated[Admitted, Depends(admitted)]  # noqa: N806 - a type

    @app.exception_handler(Refused)
    async def _refused(request: Request, error: Refused) -> JSONResponse:
        return JSONResponse({"code": error.code, "status": error.status}, error.status)

    @app.get("/api/orders")
    def _list(request: Request, caller: Caller) -> dict[str, Any]:
        with sessions.reading() as session:
            return reading.list_orders(session, caller.key.workspace_id, request.query_params)

    @app.get("/api/orders/{order_id}")
    def _detail(order_id: str, caller: Caller) -> dict[str, Any]:
        with sessions.reading() as session:
            return reading.get_order(session, caller.key.workspace_id, order_id)

    @app.post("/api/orders")
    def _place(
        new: OrderIn, caller: Caller, idempotency_key: Annotated[str | None, Header()] = None
    ) -> Response:
        with sessions.writing() as session:
            body = ordering.place(session, caller.key, new, idempotency_key)
        return Response(body, 201, caller.headers, "application/json")

    @app.post("/api/orders/{order_id}/approve")
    def _approve(order_id: str, given: ApprovalIn, caller: Caller) -> Response:
        with sessions.writing() as session:
            body = ordering.approve(session, caller.key, order_id, given.comment)
        return Response(body, 200, caller.headers, "application/json")

    @app.post("/api/products/bulk")
    def _bulk(given: ProductsIn, caller: Caller) -> dict[str, Any]:
        with sessions.writing() as session:
            return catalog.upsert(session, caller.key.workspace_id, given.products)

    return app


def main() -> None:
    path, threads, *rest = sys.argv[1:]
    app = create_app(path, int(threads), *(rest or ["full"]))
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(f"port {listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, http="httptools", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
