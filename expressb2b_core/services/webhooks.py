"""Webhook endpoints: who is told of what, where, and signed with which secret.

Looking at deliveries and repeating them is `delivery_history`'s, sending them `deliveries`'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Unpack

import peewee

from expressb2b_core.errors import EndpointDisabled, FieldError, NotFound, ValidationFailed
from expressb2b_core.inputs import moments
from expressb2b_core.inputs import webhooks as inputs
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.inputs.moments import text
from expressb2b_core.inputs.records import checked
from expressb2b_core.rules import webhook_urls
from expressb2b_core.services import audit, delivery_attempts, delivery_history, outbox
from expressb2b_core.services.delivery_history import Delivery
from expressb2b_core.services.documents import Page, encode, lines_of, require_match, walk
from expressb2b_core.services.listing import Condition, RowListing, Sort
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.webhook_documents import (
    COLUMNS,
    EndpointRow,
    WebhookEndpoint,
    endpoint_document,
)
from expressb2b_core.services.webhook_secrets import OLD_SECRET_SECONDS, current_secret
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, all_values_from, param, values_from

W = tables.WebhookEndpoint
E = tables.Event

TEST_EVENT = "webhook.test"

ENDPOINTS = RowListing("webhooks", W, COLUMNS, {"id": Sort((W.id,))})
_ALIVE = Condition("alive", W.deleted_at.is_null)

_insert = Statement(lambda: W.insert(all_values_from(W)))


def _select_one() -> peewee.Query:
    return W.select(*COLUMNS).where(
        (W.workspace == param("workspace")) & (W.id == param("id")) & W.deleted_at.is_null()
    )


_by_id = Statement(_select_one)
_by_id_to_change = Statement(_select_one, locking=True)
_store = Statement(
    lambda: W.update(values_from(W.url, W.events, W.description, W.updated_at)).where(
        W.id == param("id")
    )
)
_enable = Statement(
    lambda: W.update(status="enabled", disabled_reason=None, failing_since=None).where(
        W.id == param("id")
    )
)
_disable = Statement(
    lambda: W.update(status="disabled", disabled_reason="owner").where(W.id == param("id"))
)
_delete = Statement(
    lambda: W.update(values_from(W.deleted_at, W.updated_at)).where(W.id == param("id"))
)
_store_secret = Statement(
    lambda: W.update(values_from(W.secret_version, W.old_secret_until, W.updated_at)).where(
        W.id == param("id")
    )
)
_insert_event = Statement(lambda: E.insert(all_values_from(E)))


class Webhooks:
    """The webhook endpoints of a workspace."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._runtime = scope.runtime
        self._database = scope.runtime.database

    def register(
        self, *, version: str | None = None, **given: Unpack[inputs.EndpointInput]
    ) -> WebhookEndpoint:
        """A new endpoint, with its `secret`.

        Args:
            version: The version of the interface its events come in; the newest by default.
            given: `url`, `events`, `description`.

        Raises:
            ValidationFailed: a field needs attention; a URL that may not receive webhooks has
                the code `webhook_url_not_allowed`.
            UnknownVersion: there is no such version.
        """
        fields = checked(inputs.EndpointInput, given)
        self._check_url(fields["url"])
        pinned = self._runtime.versions.get(version or self._runtime.versions.newest).name
        endpoint_id = self._runtime.new_id()

        def work() -> WebhookEndpoint:
            now = self._runtime.clock.now()
            self._database.execute(
                _insert,
                id=endpoint_id,
                workspace_id=self._scope.workspace_id,
                url=fields["url"],
                events=encode(fields["events"]),
                description=fields.get("description"),
                status="enabled",
                disabled_reason=None,
                version=pinned,
                secret_version=1,
                old_secret_until=None,
                failing_since=None,
                last_success_at=None,
                last_failure_at=None,
                deleted_at=None,
                created_at=now,
                updated_at=now,
            )
            self._record("registered", endpoint_id, {"url": fields["url"]})
            return endpoint_document(
                self._row(endpoint_id), secret=self.secret(endpoint_id), created=True
            )

        return self._database.write(work)

    def get(self, endpoint_id: str) -> WebhookEndpoint:
        """One endpoint; `NotFound`."""
        return endpoint_document(self._row(endpoint_id))

    def list(self, **query: Unpack[inputs.EndpointQuery]) -> Page[WebhookEndpoint]:
        """One page of endpoints, oldest first."""
        found = ENDPOINTS.slice(self._scope, [_ALIVE], "id", checked(inputs.EndpointQuery, query))
        texts = [endpoint_document(EndpointRow._make(row)).text for row in found.content]
        return Page(lines_of(texts), *found[1:], WebhookEndpoint)

    def iterate(self) -> Iterator[WebhookEndpoint]:
        """All endpoints."""
        return walk(self.list, {"per_page": 100})

    def update(
        self,
        endpoint_id: str,
        *,
        if_match: frozenset[str] | None = None,
        **given: Unpack[inputs.EndpointChange],
    ) -> WebhookEndpoint:
        """Change an endpoint. Disabling it holds its deliveries, enabling releases them.

        Raises:
            NotFound, Stale, ValidationFailed: as everywhere.
        """
        fields = checked(inputs.EndpointChange, given)
        if "url" in fields:
            self._check_url(fields["url"])

        def work() -> WebhookEndpoint:
            present = self._row(endpoint_id, _by_id_to_change)
            require_match(if_match, endpoint_document(present).text)
            self._store(present, fields)
            found = self.get(endpoint_id)
            changes = audit.changes(endpoint_document(present), found)
            if changes:
                self._record("changed", endpoint_id, {"changes": changes})
            return found

        return self._database.write(work)

    def delete(self, endpoint_id: str, *, if_match: frozenset[str] | None = None) -> None:
        """Remove an endpoint; what was not delivered to it will not be. `NotFound`, `Stale`."""

        def work() -> None:
            present = self._row(endpoint_id, _by_id_to_change)
            require_match(if_match, endpoint_document(present).text)
            now = self._runtime.clock.now()
            self._database.execute(_delete, id=endpoint_id, deleted_at=now, updated_at=now)
            self._set_status(endpoint_id, "disabled")
            self._record("removed", endpoint_id, {"url": present.url})

        self._database.write(work)

    def rotate_secret(
        self, endpoint_id: str, *, if_match: frozenset[str] | None = None
    ) -> WebhookEndpoint:
        """A new secret; the old one keeps signing beside it for 24 hours. `NotFound`, `Stale`."""

        def work() -> WebhookEndpoint:
            now = self._runtime.clock.now()
            present = self._row(endpoint_id, _by_id_to_change)
            require_match(if_match, endpoint_document(present).text)
            self._database.execute(
                _store_secret,
                id=endpoint_id,
                secret_version=present.secret_version + 1,
                old_secret_until=now + OLD_SECRET_SECONDS,
                updated_at=now,
            )
            self._record("secret_rotated", endpoint_id, {"url": present.url})
            return endpoint_document(self._row(endpoint_id), secret=self.secret(endpoint_id))

        return self._database.write(work)

    def secret(self, endpoint_id: str) -> str:
        """The newest secret of an endpoint, derived again; `NotFound`."""
        row = self._row(endpoint_id)
        return current_secret(self._runtime, row.id, row.secret_version)

    def test(self, endpoint_id: str) -> Delivery:
        """Send a `webhook.test` event to this endpoint alone.

        Raises:
            NotFound: there is no such endpoint.
            EndpointDisabled: it must be enabled first.
        """

        def work() -> Delivery:
            endpoint = self._enabled(endpoint_id)
            event_id, body = self._record_test(endpoint_id)
            delivery = outbox.delivery_row(
                self._scope,
                endpoint_id=endpoint_id,
                event_id=event_id,
                event_type=TEST_EVENT,
                body=outbox.body_for(self._scope, endpoint.version, body),
                due_at_ms=self._runtime.agreed_now_ms(),
                now=self._runtime.clock.now(),
            )
            outbox.queue(self._scope, [delivery])
            self._record("tested", endpoint_id, {"url": endpoint.url})
            return delivery_history.get(self._scope, str(delivery["id"]))

        return self._database.write(work)

    def deliveries(self, endpoint_id: str, **query: Unpack[inputs.DeliveryQuery]) -> Page[Delivery]:
        """One page of an endpoint's deliveries, newest first; `NotFound`."""
        asked = checked(inputs.DeliveryQuery, query)
        self._row(endpoint_id)
        return delivery_history.page(self._scope, endpoint_id, asked)

    def delivery(self, delivery_id: str) -> Delivery:
        """One delivery with every attempt; `NotFound`."""
        return delivery_history.get(self._scope, delivery_id)

    def redeliver(self, delivery_id: str, *, if_match: frozenset[str] | None = None) -> Delivery:
        """Deliver once more, with a new round of attempts.

        Raises:
            NotFound: there is no such delivery.
            Stale: it has none of the entity tags of `if_match`.
            EndpointDisabled: its endpoint must be enabled first.
        """

        def work() -> Delivery:
            present = delivery_history.get(self._scope, delivery_id)
            require_match(if_match, present.text)
            url = self._enabled(present.webhook_id).url
            delivery_history.queue_again(self._scope, [delivery_id])
            audit.record(self._scope, "delivery.repeated", "delivery", delivery_id, {"url": url})
            return delivery_history.get(self._scope, delivery_id)

        return self._database.write(work)

    def replay(self, endpoint_id: str, **given: Unpack[inputs.Replay]) -> int:
        """Deliver a period's events again, also those that this endpoint was never sent.

        Returns:
            How many deliveries were queued; they start at a bounded rate.

        Raises:
            NotFound: there is no such endpoint.
            ValidationFailed: naming every field; also when `since` is after `until`.
            EndpointDisabled: it must be enabled first.
        """
        asked = checked(inputs.Replay, given)
        _require_period(asked)

        def work() -> int:
            endpoint = self._enabled(endpoint_id)
            queued = delivery_history.replay(self._scope, endpoint, asked)
            self._record("replayed", endpoint_id, {"url": endpoint.url, **asked, "queued": queued})
            return queued

        return self._database.write(work)

    def _record(self, action: str, endpoint_id: str, details: Mapping[str, object]) -> None:
        audit.record(self._scope, f"webhook.{action}", "webhook", endpoint_id, details)

    def _row(self, endpoint_id: str, statement: Statement = _by_id) -> EndpointRow:
        row = None
        if is_id(endpoint_id):
            row = self._database.row(statement, workspace=self._scope.workspace_id, id=endpoint_id)
        if row is None:
            raise NotFound("webhook endpoint", endpoint_id)
        return EndpointRow._make(row)

    def _enabled(self, endpoint_id: str) -> EndpointRow:
        row = self._row(endpoint_id)
        if row.status != "enabled":
            raise EndpointDisabled
        return row

    def _check_url(self, url: str) -> None:
        check = self._runtime.check_webhook_url or problem_without_lookup
        problem = check(url)
        if problem is not None:
            raise ValidationFailed([FieldError("/url", "webhook_url_not_allowed", problem)])

    def _store(self, present: EndpointRow, fields: inputs.EndpointChange) -> None:
        self._database.execute(
            _store,
            id=present.id,
            url=fields.get("url", present.url),
            events=encode(fields["events"]) if "events" in fields else present.events,
            description=fields.get("description", present.description),
            updated_at=self._runtime.clock.now(),
        )
        status = fields.get("status", present.status)
        if status != present.status:
            self._set_status(present.id, status)

    def _set_status(self, endpoint_id: str, status: str) -> None:
        if status == "enabled":
            self._database.execute(_enable, id=endpoint_id)
            delivery_history.release(self._scope, endpoint_id)
        else:
            self._database.execute(_disable, id=endpoint_id)
            delivery_attempts.hold(self._database, endpoint_id)

    def _record_test(self, endpoint_id: str) -> tuple[str, str]:
        now = self._runtime.clock.now()
        event_id = f"wh_{self._runtime.new_id()}"
        body = encode(
            {
                "event": TEST_EVENT,
                "id": event_id,
                "created_at": text(now),
                "data": {"webhook_id": endpoint_id, "message": "This is a test."},
            }
        )
        self._database.execute(
            _insert_event,
            id=event_id,
            workspace_id=self._scope.workspace_id,
            seq=None,
            type=TEST_EVENT,
            order_id=None,
            created_at=now,
            body=body,
        )
        return event_id, body


def problem_without_lookup(url: str) -> str | None:
    """What the text of a URL alone tells against it; names are not looked up."""
    try:
        target = webhook_urls.parse_url(url)
    except ValueError as error:
        return str(error)
    if target.host_is_address:
        return webhook_urls.url_problem(target, [target.host])
    return None if target.scheme == "https" else "The URL must use https."


def _require_period(asked: inputs.Replay) -> None:
    if "until" in asked and moments.is_backwards(asked["since"], asked["until"]):
        raise ValidationFailed([FieldError("/since", "out_of_range", "since is after until")])
