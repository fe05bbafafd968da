"""The shop as Flask and SQLAlchemy under waitress.

    python -m benchmarks.contestants.peers.flask_app DATABASE THREADS [SYNCHRONOUS]

Prints its port, then serves until it is told to stop.
"""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask, Response, g, jsonify, request
from pydantic import ValidationError
from waitress import create_server

from benchmarks.contestants.peers import catalog, ordering, reading
from benchmarks.contestants.peers.admission import Limits, Refused, admit
from benchmarks.contestants.peers.database import open_database
from benchmarks.contestants.peers.shapes import ApprovalIn, OrderIn, ProductsIn


def create_app(path: str, threads: int, synchronous: str) -> Flask:  # noqa: C901 - its routes
    """The application on this database."""
    sessions = open_database(path, threads, synchronous)
    limits = Limits()
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.before_request
    def _admit() -> None:
        g.session = (sessions.reading if request.method == "GET" else sessions.writing)()
        noun = request.path.split("/")[2]
        noun = "catalog" if noun == "products" else noun
        g.admitted = admit(
            g.session, limits, request.headers.get("Authorization"), request.method, noun
        )

    @app.after_request
    def _tell_limits(response: Response) -> Response:
        if "admitted" in g:
            response.headers.update(g.admitted.headers)
        return response

    @app.teardown_request
    def _close(error: BaseException | None) -> None:
        if "session" in g:
            g.session.close()

    @app.errorhandler(Refused)
    def _refused(error: Refused) -> tuple[Response, int]:
        return jsonify(code=error.code, status=error.status), error.status

    @app.errorhandler(ValidationError)
    def _invalid(error: ValidationError) -> tuple[Response, int]:
        return jsonify(code="validation_failed", errors=error.errors()), 422

    @app.get("/api/orders")
    def _list() -> Any:
        return reading.list_orders(g.session, g.admitted.key.workspace_id, request.args)

    @app.get("/api/orders/<order_id>")
    def _detail(order_id: str) -> Any:
        return reading.get_order(g.session, g.admitted.key.workspace_id, order_id)

    @app.post("/api/orders")
    def _place() -> Response:
        new = OrderIn.model_validate(request.get_json())
        key = request.headers.get("Idempotency-Key")
        body = ordering.place(g.session, g.admitted.key, new, key)
        return Response(body, 201, mimetype="application/json")

    @app.post("/api/orders/<order_id>/approve")
    def _approve(order_id: str) -> Response:
        given = ApprovalIn.model_validate(request.get_json())
        body = ordering.approve(g.session, g.admitted.key, order_id, given.comment)
        return Response(body, mimetype="application/json")

    @app.post("/api/products/bulk")
    def _bulk() -> Any:
        given = ProductsIn.model_validate(request.get_json())
        return catalog.upsert(g.session, g.admitted.key.workspace_id, given.products)

    return app


def main() -> None:
    path, threads, *rest = sys.argv[1:]
    app = create_app(path, int(threads), *(rest or ["full"]))
    server = create_server(app, host="127.0.0.1", port=0, threads=int(threads))
    print(f"port {server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
