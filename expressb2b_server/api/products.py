"""`/api/products`: the catalog and its prices, by SKU."""

from __future__ import annotations

from expressb2b_core.errors import FieldError, TooManyRecords, ValidationFailed
from expressb2b_core.inputs.catalog import (
    PriceQuestion,
    ProductFields,
    ProductInput,
    ProductQuery,
)
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.bulk import BulkProducts
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Identity, Routes

SKU = Identity("sku", "product", pattern=None, example="NAP-LIN-WHT-200", reserved=("/price",))

routes = Routes("Products", scope="catalog", identity=SKU)


@routes.get("/api/products", gives="product", many=True)
def list_products(request: Request, query: ProductQuery) -> Answer:
    """List products."""
    return answers.page(request, request.workspace.products.list(**query))


@routes.post(
    "/api/products",
    gives="product",
    takes="product",
    statuses=(200, 201),
    has_precondition=True,
)
def upsert_product(request: Request, body: ProductInput) -> Answer:
    """Create or update a product.

    Upserts by SKU. An absent field stays as it is, null clears it. Rows of `pricing` are merged
    by tier or account, `min_qty` and `valid_from`; a null `price` ends a row, and
    `"pricing_mode": "replace"` ends every row that is not sent.
    """
    product = request.workspace.products.upsert(if_match=request.if_match, **body)
    return answers.made(request, product, "/api/products/", product.sku)


@routes.post(
    "/api/products/bulk",
    gives="bulk_product_results",
    takes="bulk_products",
    raises=(TooManyRecords,),
)
def upsert_products(request: Request, body: BulkProducts) -> Answer:
    """Upsert up to 500 products.

    Each record stands for itself and has its own result, in the order sent; pointers in `errors`
    are relative to the record. With `atomic`, one refused record refuses all. Counts as one
    write.
    """
    result = request.workspace.products.upsert_many(
        body["products"], atomic=body.get("atomic", False)
    )
    return answers.plain(request, result.text)


@routes.get("/api/products/{sku}/price", gives="price")
def get_price(request: Request, sku: str, query: PriceQuestion) -> Answer:
    """Explain a price.

    What an account pays for a quantity at a moment, and every price that was considered, with
    its verdict. A past moment is answered from the prices as they stood then.
    """
    return answers.document(request, request.workspace.products.price(sku, **query))


@routes.get("/api/products/{sku}", gives="product")
def get_product(request: Request, sku: str) -> Answer:
    """Retrieve a product.

    An archived one, too. A SKU is percent-encoded in the path, its slashes as `%2F`.
    """
    return answers.document(request, request.workspace.products.get(sku))


@routes.put(
    "/api/products/{sku}",
    gives="product",
    takes="product",
    statuses=(200, 201),
    has_precondition=True,
)
def put_product(request: Request, sku: str, body: ProductFields) -> Answer:
    """Create or update the product of this SKU.

    The same as `POST /api/products`.
    """
    if body.get("sku", sku) != sku:
        detail = "sku must be absent, or equal to the one in the path"
        raise ValidationFailed([FieldError("/sku", "conflicting", detail)])
    fields: ProductInput = {**body, "sku": sku}
    product = request.workspace.products.upsert(if_match=request.if_match, **fields)
    return answers.made(request, product, "/api/products/", sku)


@routes.delete("/api/products/{sku}", statuses=(204,), has_precondition=True)
def archive_product(request: Request, sku: str) -> Answer:
    """Archive a product.

    Orders keep it and it can still be read; new orders refuse it.
    """
    request.workspace.products.archive(sku, if_match=request.if_match)
    return answers.NOTHING
