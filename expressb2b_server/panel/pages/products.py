"""Products and their stock: found, made, changed, archived. `prices` changes what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from expressb2b_core.errors import FieldError, InvalidInput, NotFound, ValidationFailed
from expressb2b_core.inputs.catalog import InventoryInput, ProductInput, ProductQuery
from expressb2b_core.services import audit, overview
from expressb2b_core.services.documents import Page
from expressb2b_core.services.product_documents import Product
from expressb2b_core.services.spreadsheets import products as product_rows
from expressb2b_server.panel.exports import documents_as_csv, rows_as_csv, values_as_csv
from expressb2b_server.panel.pages.choices import payer_choices
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_PER_PAGE = 25
_STOCK: Mapping[str, str] = MappingProxyType(
    {
        "sku": "sku",
        "name": "name",
        "tracked": "inventory.tracked",
        "on_hand": "inventory.on_hand",
        "reserved": "inventory.reserved",
        "available": "inventory.available",
        "allow_backorder": "inventory.allow_backorder",
        "active": "active",
    }
)
_LOW = ("sku", "name", "available", "ordered_in_30_days")


@pages.get("/products")
def list_products(request: Request) -> Response:
    """One page of products with their stock, with a search."""
    if request.query.text("stock") == "low":
        low = overview.low_stock(request.workspace.scope)
        return request.page("products/low.html", low=low)
    found: Page[Product] | None = None
    try:
        asked = _asked(request) | {"per_page": _PER_PAGE, "page": request.page_number}
        found = request.workspace.products.list(**asked)
    except InvalidInput as error:
        request.query.refuse(error)
        request.status = 422
    return request.page("products/list.html", found=found, query=request.query)


@pages.get("/products.csv")
def export_products(request: Request) -> Response:
    """All products of the filters, in the form that the import takes."""
    tiers = [tier.code for tier in request.workspace.tiers.iterate(per_page=100)]
    columns = [*product_rows.COLUMNS, *(f"{product_rows.TIER_PREFIX}{code}" for code in tiers)]
    asked = _asked(request) | {"per_page": 100}
    rows = (
        product_rows.export_row(product, tiers)
        for product in request.workspace.products.iterate(**asked)
    )
    return rows_as_csv(request, "products", columns, rows)


@pages.get("/stock.csv")
def export_stock(request: Request) -> Response:
    """The stock of all products of the filters as a file."""
    asked = _asked(request) | {"per_page": 100}
    return documents_as_csv(request, "stock", _STOCK, request.workspace.products.iterate(**asked))


@pages.get("/low-stock.csv")
def export_low_stock(request: Request) -> Response:
    """What runs low as a file."""
    return values_as_csv(request, "low-stock", _LOW, overview.low_stock(request.workspace.scope))


@pages.get("/product/new", ADMIN)
def show_new_product(request: Request) -> Response:
    """Ask for a new product."""
    return request.page("products/new.html", form=request.form)


@pages.post("/product/new", on_refusal=show_new_product)
def create_product(request: Request) -> Response:
    """Make a product; one that exists is not overwritten by accident."""
    products, sku = request.workspace.products, request.form.text("sku").strip()

    def create() -> None:
        try:
            products.get(sku)
        except NotFound:
            products.upsert(**_typed(request, sku))
            return
        raise ValidationFailed([FieldError("/sku", "already_exists", "another product has it")])

    request.runtime.database.write(create)
    return request.done("/product", "product-saved", sku=sku)


@pages.get("/product")
def show_product(request: Request) -> Response:
    """One product: its data, its stock, all its prices."""
    sku = request.query.text("sku") or request.form.text("sku")
    workspace = request.workspace
    product = workspace.products.get(sku)
    accounts = {row["billing_account_id"] for row in product.pricing if row["billing_account_id"]}
    return request.page(
        "products/one.html",
        product=product,
        form=request.form,
        payers=payer_choices(request) if request.may(ADMIN) else [],
        names={one: workspace.accounts.get(str(one)).name for one in accounts},
        history=list(audit.entries(workspace.scope, subject_type="product", subject_id=sku)),
    )


@pages.post("/product/edit", on_refusal=show_product)
def edit_product(request: Request) -> Response:
    """Change a product's data."""
    sku = request.form.text("sku")
    fields = _typed(request, sku)
    fields["active"] = request.form.flag("active")
    request.workspace.products.upsert(**fields)
    return request.done("/product", "product-saved", sku=sku)


@pages.post("/product/stock", on_refusal=show_product)
def edit_stock(request: Request) -> Response:
    """Take over what was counted."""
    form, sku = request.form, request.form.text("sku")
    stock = InventoryInput(
        tracked=form.flag("tracked"), allow_backorder=form.flag("allow_backorder")
    )
    on_hand = form.whole("inventory/on_hand")
    if on_hand is not None:
        stock["on_hand"] = on_hand
    request.workspace.products.upsert(sku=sku, inventory=stock)
    return request.done("/product", "stock-saved", sku=sku)


@pages.post("/product/archive", on_refusal=show_product)
def archive_product(request: Request) -> Response:
    """Take a product out of sale."""
    sku = request.form.text("sku")
    request.workspace.products.archive(sku)
    return request.done("/product", "product-archived", sku=sku)


def _typed(request: Request, sku: str) -> ProductInput:
    form = request.form
    return ProductInput(
        sku=sku,
        name=form.text("name").strip(),
        description=form.optional("description"),
        unit=form.optional("unit"),
        base_price=form.optional("base_price"),
        min_qty=form.whole("min_qty"),
        multiple=form.whole("multiple"),
        external_id=form.optional("external_id"),
    )


def _asked(request: Request) -> ProductQuery:
    asked = ProductQuery()
    sought, state = request.query.optional("q"), request.query.optional("active")
    if sought is not None:
        asked["q"] = sought
    if state is not None:
        asked["active"] = state == "true"
    return asked
