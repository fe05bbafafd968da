"""From what a buyer asks for to an order as it would be: priced, checked, not yet written.

Quote and place both draw up a draft here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import peewee

from expressb2b_core import money
from expressb2b_core.errors import FieldError, PriceChanged, ValidationFailed
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.inputs.orders import Charge, NewOrder, OrderItem
from expressb2b_core.rules import approval, pricing, quantity, stock
from expressb2b_core.rules.approval import PendingOrder, Person, Progress
from expressb2b_core.services import account_lookup, prices
from expressb2b_core.services.account_lookup import AccountForOrder, SiteForOrder
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import ListStatement, param

P = tables.Product


@dataclass(frozen=True, slots=True)
class ProductForOrder:
    """What an order needs to know of a product."""

    id: int
    sku: str
    name: str
    active: bool
    min_qty: int
    multiple: int
    stock: stock.Stock


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line, priced. Money is in ten-thousandths (`unit_price`) and minor units."""

    number: int
    product: ProductForOrder
    qty: int
    winner: pricing.PriceRow
    base_price: int | None
    rows: Sequence[pricing.PriceRow]
    line_total: int

    @property
    def unit_price(self) -> int:
        """Ten-thousandths of the currency's unit."""
        return self.winner.price

    def reservation(self) -> stock.Reservation | stock.Shortage:
        """What reserving this line's quantity would do."""
        return stock.reserve(self.product.stock, self.qty)

    def candidates(self, at: int) -> list[dict[str, object]]:
        """Every price that was considered, and why it lost."""
        decision = pricing.choose(self.rows, self.qty, at)
        return [prices.candidate_fields(candidate) for candidate in decision.candidates]


@dataclass(frozen=True, slots=True)
class DraftCharge:
    """An amount beside the lines, in minor units."""

    kind: str
    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as it would be placed at `now`."""

    now: int
    account: AccountForOrder
    site: SiteForOrder
    placed_by: Person | None
    lines: Sequence[DraftLine]
    charges: Sequence[DraftCharge]
    subtotal: int
    total: int
    progress: Sequence[Progress]
    pending: PendingOrder
    people: Sequence[Person]

    @property
    def needs_approval(self) -> bool:
        """At least one level applies."""
        return bool(self.progress)

    @property
    def blocked(self) -> bool:
        """A level has fewer people who could decide it than it requires."""
        return approval.is_blocked(self.progress, self.people, self.pending)


def _select_by_sku(skus: list[peewee.Value]) -> peewee.Query:
    return (
        P.select(
            P.id,
            P.sku,
            P.name,
            P.active,
            P.min_qty,
            P.multiple,
            P.tracked,
            P.on_hand,
            P.reserved,
            P.allow_backorder,
        )
        .where((P.workspace == param("workspace")) & P.sku.in_(skus))
        .order_by(P.sku)
    )


_products_to_quote = ListStatement(_select_by_sku)
_products_to_sell = ListStatement(_select_by_sku, locking=True)


def draw_up(scope: Scope, new: NewOrder, now: int, *, for_placing: bool) -> Draft:
    """The draft of a checked order; only one for placing is refused for want of stock.

    Raises:
        ValidationFailed: naming every field that needs attention.
        PriceChanged: a price is not the expected one.
    """
    problems: Problems = []
    account, site, placed_by = _parties(scope, new, problems)
    charges = _charges(scope, new.get("charges", []), problems)
    products = _products(
        scope, new["items"], _products_to_sell if for_placing else _products_to_quote
    )
    _check_items(new["items"], products, problems, for_placing=for_placing)
    if account is None or site is None:
        raise ValidationFailed(problems)
    lines = _priced_lines(scope, new["items"], products, account, now, problems)
    subtotal = sum(line.line_total for line in lines)
    total = money.total(subtotal, (charge.amount for charge in charges))
    _check_total(subtotal, total, problems)
    if problems:
        raise ValidationFailed(problems)
    _check_expectations(new["items"], lines)
    levels = approval.applicable_levels(account.levels, total)
    return Draft(
        now=now,
        account=account,
        site=site,
        placed_by=placed_by,
        lines=lines,
        charges=charges,
        subtotal=subtotal,
        total=total,
        progress=approval.start(levels),
        pending=PendingOrder(
            account.id, site.id, placed_by and placed_by.id, account.allow_self_approval
        ),
        people=account_lookup.people_of(scope, account.id) if levels else (),
    )


def _parties(
    scope: Scope, new: NewOrder, problems: Problems
) -> tuple[AccountForOrder | None, SiteForOrder | None, Person | None]:
    account = account_lookup.find_account(scope, new["billing_account_id"])
    site = account_lookup.find_site(scope, new["site_id"])
    if account is None:
        problems.append(_absent("/billing_account_id", "billing account"))
    elif not account.active:
        problems.append(
            FieldError("/billing_account_id", "inactive_account", "this account cannot order")
        )
    if site is None:
        problems.append(_absent("/site_id", "site"))
    elif account is not None and site.account_id != account.id:
        problems.append(FieldError("/site_id", "wrong_account", "this site is another account's"))
    elif not site.active:
        problems.append(FieldError("/site_id", "inactive_site", "this site is not active"))
    return account, site, _placed_by(scope, new, account, problems)


def _placed_by(
    scope: Scope, new: NewOrder, account: AccountForOrder | None, problems: Problems
) -> Person | None:
    contact_id = new.get("placed_by")
    if contact_id is None:
        return None
    person = account_lookup.find_person(scope, contact_id)
    if person is None:
        problems.append(_absent("/placed_by", "contact"))
    elif account is not None and person.account_id != account.id:
        problems.append(
            FieldError("/placed_by", "wrong_account", "this contact is another account's")
        )
    elif not person.active:
        problems.append(FieldError("/placed_by", "inactive_contact", "this contact is not active"))
    return person


def _absent(pointer: str, kind: str) -> FieldError:
    return FieldError(pointer, "not_found", f"there is no such {kind}")


def _charges(scope: Scope, charges: Sequence[Charge], problems: Problems) -> list[DraftCharge]:
    found = []
    for index, charge in enumerate(charges):
        try:
            amount = money.amount(charge["amount"], scope.decimals)
        except ValueError as error:
            problems.append(FieldError(f"/charges/{index}/amount", "invalid_money", str(error)))
            continue
        if (amount > 0) if charge["kind"] == "discount" else (amount < 0):
            sign = "negative" if charge["kind"] == "discount" else "zero or more"
            detail = f"a {charge['kind']} must be {sign}"
            problems.append(FieldError(f"/charges/{index}/amount", "out_of_range", detail))
        found.append(DraftCharge(charge["kind"], charge["label"], amount))
    return found


def _products(
    scope: Scope, items: Sequence[OrderItem], statement: ListStatement
) -> dict[str, ProductForOrder]:
    rows = scope.runtime.database.rows_in(
        statement, [item["sku"] for item in items], workspace=scope.workspace_id
    )
    return {row[1]: _product(*row) for row in rows}


def _product(
    product_id: int,
    sku: str,
    name: str,
    active: bool,
    min_qty: int,
    multiple: int,
    tracked: bool,
    on_hand: int,
    reserved: int,
    allow_backorder: bool,
) -> ProductForOrder:
    figures = stock.Stock(bool(tracked), on_hand, reserved, bool(allow_backorder))
    return ProductForOrder(product_id, sku, name, bool(active), min_qty, multiple, figures)


def _check_items(
    items: Sequence[OrderItem],
    products: dict[str, ProductForOrder],
    problems: Problems,
    *,
    for_placing: bool,
) -> None:
    for index, item in enumerate(items):
        product = products.get(item["sku"])
        at = f"/items/{index}"
        if product is None:
            problems.append(FieldError(f"{at}/sku", "unknown_sku", "there is no such product"))
        elif not product.active:
            problems.append(
                FieldError(f"{at}/sku", "inactive_product", "this product is not sold any more")
            )
        else:
            problem = _quantity_problem(at, item["qty"], product, for_placing=for_placing)
            if problem is not None:
                problems.append(problem)


def _quantity_problem(
    at: str, qty: int, product: ProductForOrder, *, for_placing: bool
) -> FieldError | None:
    nearest = quantity.quantity_problem(qty, product.min_qty, product.multiple)
    if nearest is not None:
        detail = f"at least {product.min_qty}, in multiples of {product.multiple}"
        return FieldError(
            f"{at}/qty", "invalid_quantity", detail, {"nearest": [nearest.lower, nearest.higher]}
        )
    outcome = stock.reserve(product.stock, qty)
    if for_placing and isinstance(outcome, stock.Shortage):
        return FieldError(
            f"{at}/qty",
            "insufficient_stock",
            f"only {outcome.available} available",
            {"available": outcome.available},
        )
    return None


def _priced_lines(
    scope: Scope,
    items: Sequence[OrderItem],
    products: dict[str, ProductForOrder],
    account: AccountForOrder,
    now: int,
    problems: Problems,
) -> list[DraftLine]:
    rows = prices.rows_for_account(
        scope, [product.id for product in products.values()], account.id, account.pricing_tier
    )
    lines = []
    for index, item in enumerate(items):
        product = products.get(item["sku"])
        if product is None:
            continue
        own_rows = rows.get(product.id, [])
        winner = pricing.winner(own_rows, item["qty"], now)
        if winner is None:
            problems.append(
                FieldError(f"/items/{index}/sku", "no_price", "this account has no price for it")
            )
            continue
        lines.append(
            DraftLine(
                number=index + 1,
                product=product,
                qty=item["qty"],
                winner=winner,
                base_price=pricing.base_price(own_rows, item["qty"], now),
                rows=own_rows,
                line_total=money.line_total(winner.price, item["qty"], scope.decimals),
            )
        )
    return lines


def _check_total(subtotal: int, total: int, problems: Problems) -> None:
    if problems:
        return
    if total < 0:
        problems.append(FieldError("/charges", "out_of_range", "the total would be below zero"))
    elif max(subtotal, total) > money.MAX_TOTAL_MINOR:
        problems.append(FieldError("/items", "out_of_range", "the total is too large"))


def _check_expectations(items: Sequence[OrderItem], lines: Sequence[DraftLine]) -> None:
    errors = []
    for index, (item, line) in enumerate(zip(items, lines, strict=True)):
        expected = item.get("expected_unit_price")
        if expected is not None and money.unit_price(expected) != line.unit_price:
            actual = money.unit_price_text(line.unit_price)
            errors.append(
                FieldError(
                    f"/items/{index}/expected_unit_price",
                    "price_changed",
                    f"the price is {actual}, not {expected}",
                    {"expected": str(expected), "actual": actual},
                )
            )
    if errors:
        raise PriceChanged(errors)
