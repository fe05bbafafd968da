"""The catalog of a workspace: products are upserted, listed, read, archived, and priced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple, TypeVar, Unpack

from expressb2b_core.errors import (
    FieldError,
    Figure,
    NotFound,
    Stale,
    StorageUnavailable,
    ValidationFailed,
)
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.catalog import MAX_BULK, PriceQuestion, ProductInput, ProductQuery
from expressb2b_core.inputs.records import checked
from expressb2b_core.services import audit, price_questions, product_documents
from expressb2b_core.services.bulk import BulkResult, below, records_of
from expressb2b_core.services.changes import take_turn
from expressb2b_core.services.documents import Page, lines_of, require_match, walk
from expressb2b_core.services.listing import Condition, RowListing, Sort
from expressb2b_core.services.price_questions import PriceAnswer
from expressb2b_core.services.product_changes import archive, carry_out, hold
from expressb2b_core.services.product_documents import COLUMNS, Product, ProductRow
from expressb2b_core.services.product_plans import Plan, plan
from expressb2b_core.services.product_records import CheckedProducts, check_products
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.text_search import contains, pattern
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Duplicate
from expressb2b_core.storage.statements import param

P = tables.Product
T = TypeVar("T")

_STATUSES = ("created", "updated", "unchanged", "failed")
_WRITTEN = ("created", "updated")
_NARROWER = MappingProxyType({"pricing": "product.prices_changed", "inventory": "stock.changed"})
_TRIES = 10
_LISTING = RowListing(
    "products",
    P,
    COLUMNS,
    {
        "sku": Sort((P.sku,)),
        "updated_at": Sort((P.updated_at, P.change, P.sku)),
        "-updated_at": Sort((P.updated_at, P.change, P.sku), descending=True, follows_changes=True),
    },
)


class ProductResult(NamedTuple):
    """What became of one record: `created`, `updated`, `unchanged`, or `failed` with errors.

    Their pointers are relative to the record. `sku` is None where the record has no usable one.
    """

    sku: str | None
    status: str
    errors: Sequence[FieldError]
    figures: Mapping[str, Figure] = {}


class Products:
    """The products of one workspace, by SKU."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def upsert(
        self, /, *, if_match: frozenset[str] | None = None, **fields: Unpack[ProductInput]
    ) -> Product:
        """Make or change a product; an absent field stays as it is, None clears it.

        Returns:
            The product; `created` tells whether it is new.

        Raises:
            ValidationFailed: naming every field that needs attention.
            Stale: there is no product with one of the entity tags of `if_match`.
        """
        checked = check_products([fields])
        if checked.errors:
            raise ValidationFailed(checked.errors[0])
        return self._write(lambda: self._upsert(checked, if_match))

    def upsert_many(
        self, products: Sequence[Mapping[str, object]], *, atomic: bool = False
    ) -> BulkResult[ProductResult]:
        """Upsert 1 to 500 products in one transaction; a record that is refused stops no other.

        Args:
            products: Mappings with the fields that `upsert` takes.
            atomic: Write nothing if any record is refused.

        Raises:
            TooManyRecords: more than 500.
            ValidationFailed: no list of records; with `atomic`, every error of every record.
        """
        records = records_of(products, "products", MAX_BULK)
        if not isinstance(atomic, bool):
            raise ValidationFailed(
                [FieldError("/atomic", "wrong_type", "atomic must be true or false")]
            )
        found = check_products(records)
        done = self._write(lambda: self._upsert_many(found, atomic=atomic))
        errors = [done.errors.get(place, ()) for place in range(len(records))]
        return BulkResult([*map(ProductResult, done.skus, done.statuses, errors)], _STATUSES)

    def get(self, sku: str, /) -> Product:
        """The product of this SKU, archived ones too; `NotFound` when this workspace has none."""
        return self._product(sku)

    def list(self, /, **query: Unpack[ProductQuery]) -> Page[Product]:
        """A page of products, by SKU unless `sort` says otherwise.

        Raises:
            ValidationFailed, InvalidCursor, PageTooDeep: the question cannot be answered.
        """
        asked = checked(ProductQuery, query)
        with self._database.snapshot():
            found = _LISTING.slice(self._scope, _conditions(asked), asked.get("sort", "sku"), asked)
            rows = [ProductRow._make(row) for row in found.content]
            texts = product_documents.texts(self._scope, rows)
        return Page(lines_of(texts), *found[1:], Product)

    def iterate(self, /, **query: Unpack[ProductQuery]) -> Iterator[Product]:
        """All products of the list, from this page on; one that stays throughout comes once."""
        return walk(self.list, query)

    def archive(self, sku: str, /, *, if_match: frozenset[str] | None = None) -> None:
        """Take a product out of sale: orders keep it, new ones refuse it. Again: no change.

        Raises:
            NotFound: this workspace has no such product.
            Stale: it has none of the entity tags of `if_match`.
        """

        def work() -> None:
            now = self._scope.runtime.clock.now()
            take_turn(self._scope)
            if not hold(self._scope, sku):
                raise NotFound("product", sku)
            before = self._product(sku)
            require_match(if_match, before.text)
            archive(self._scope, sku, now)
            if before.active:
                audit.record(self._scope, "product.archived", "product", sku, {"name": before.name})

        self._database.write(work)

    def price(self, sku: str, /, **question: Unpack[PriceQuestion]) -> PriceAnswer:
        """The price an account pays for `qty` (1) at a moment (now), with every candidate.

        Raises:
            NotFound: this workspace has no such product.
            ValidationFailed: no such account, or a question that cannot be read.
        """
        asked = checked(PriceQuestion, question)
        return price_questions.answer(self._scope, sku, asked)

    def _upsert(self, product: CheckedProducts, if_match: frozenset[str] | None) -> Product:
        now = self._scope.runtime.clock.now()
        planned = plan(self._scope, product)
        sku, (status,) = product.records[0]["sku"], planned.statuses
        if if_match is not None:
            self._require_match(planned, sku, if_match)
        if planned.errors:
            raise ValidationFailed(planned.errors[0])
        before = self._product(sku) if status == "updated" else None
        carry_out(self._scope, planned, now)
        after = self._product(sku, created=status == "created")
        if status != "unchanged":
            audit.record_change(
                self._scope, "product", before, after, identity="sku", narrower=_NARROWER
            )
        return after

    def _require_match(self, planned: Plan, sku: str, if_match: frozenset[str]) -> None:
        if planned.product_ids[0] is None:
            raise Stale
        require_match(if_match, self._product(sku).text)

    def _upsert_many(self, products: CheckedProducts, *, atomic: bool) -> Plan:
        now = self._scope.runtime.clock.now()
        planned = plan(self._scope, products)
        if atomic:
            _refuse_failures(planned)
        carry_out(self._scope, planned, now)
        changed = [
            sku
            for sku, status in zip(planned.skus, planned.statuses, strict=True)
            if status in _WRITTEN and sku is not None
        ]
        counts = Counter(planned.statuses)
        audit.record_many(self._scope, "products.saved", "product", counts, changed)
        return planned

    def _product(self, sku: str, *, created: bool = False) -> Product:
        text = product_documents.find_text(self._scope, sku)
        if text is None:
            raise NotFound("product", sku)
        return Product(text, created=created)

    def _write(self, work: Callable[[], T]) -> T:
        # On PostgreSQL other transactions may make the same products meanwhile, and others again
        # while this one is run once more. SQLite has one writer at a time.
        def alone() -> T:
            # What one reads as the present prices is then what the one before it left.
            take_turn(self._scope)
            return work()

        for _ in range(_TRIES):
            with suppress(Duplicate):
                return self._database.write(alone)
        raise StorageUnavailable("The same products are being created; try again.")


def _refuse_failures(planned: Plan) -> None:
    errors = [
        below(error, f"/products/{place}")
        for place, found in sorted(planned.errors.items())
        for error in found
    ]
    if errors:
        raise ValidationFailed(errors)


def _conditions(asked: ProductQuery) -> Sequence[Condition]:
    found = []
    if "q" in asked:
        sought = {"q": pattern(asked["q"])}
        found.append(Condition("q", lambda: contains(P.search_text, "q"), sought))
    if "active" in asked:
        wanted = {"active": asked["active"]}
        found.append(Condition("active", lambda: P.active == param("active"), wanted))
    if "updated_since" in asked:
        since = {"since": moments.parse(str(asked["updated_since"]))}
        found.append(Condition("updated_since", lambda: P.updated_at >= param("since"), since))
    return found
