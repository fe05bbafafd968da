"""Importing products from a spreadsheet: tried first, then done; what is refused says why.

Nothing is kept between the two steps: the file travels in the form, and is judged again.
"""

from __future__ import annotations

from collections.abc import Sequence

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.services.spreadsheets import products as product_rows
from expressb2b_core.services.spreadsheets.importing import ImportResult
from expressb2b_core.services.spreadsheets.sheets import Sheet, SheetRow
from expressb2b_server.panel.forms import Form
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response, download
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_REJECTED_SHOWN = 100
_SAMPLE_ROWS = 5
_ENCODINGS = (("utf-8-sig", "UTF-8"), ("cp1252", "Windows (Western Europe)"))


@pages.get("/import", ADMIN)
def show_import(request: Request) -> Response:
    """Ask for a file."""
    return request.page(
        "products/import.html",
        form=request.form,
        columns=product_rows.COLUMNS,
        encodings=_ENCODINGS,
    )


@pages.post("/import/preview", on_refusal=show_import)
def preview(request: Request) -> Response:
    """Say what the file would do; nothing is written."""
    text = _text(request.form)
    sheet, result = _run(request, text, dry_run=True)
    return _tell(request, result, text, sheet.rows[:_SAMPLE_ROWS])


@pages.post("/import/apply", on_refusal=show_import)
def apply(request: Request) -> Response:
    """Do it. Rows that are refused stop no other."""
    text = request.form.text("rows")
    _, result = _run(request, text, dry_run=False)
    return _tell(request, result, text)


@pages.post("/import/rejected", on_refusal=show_import)
def download_rejected(request: Request) -> Response:
    """The refused rows as a file, each with its reason, to be corrected and imported again."""
    sheet, result = _run(request, request.form.text("rows"), dry_run=True)
    lines = result.rejected_csv(sheet.columns)
    return download("refused-rows.csv", (line.encode() for line in ("\ufeff", *lines)))


def _text(form: Form) -> str:
    upload = form.file("file")
    if upload is None or not upload.content:
        raise ValidationFailed([FieldError("/file", "required", "choose a file first")])
    encoding = "cp1252" if form.text("encoding") == "cp1252" else "utf-8-sig"
    try:
        return upload.content.decode(encoding)
    except UnicodeDecodeError:
        detail = "the file is not in this encoding; save it as “CSV UTF-8”, or choose another"
        raise ValidationFailed([FieldError("/file", "invalid_format", detail)]) from None


def _run(request: Request, text: str, *, dry_run: bool) -> tuple[Sheet, ImportResult]:
    sheet = product_rows.read(text.encode())
    result = product_rows.import_products(
        request.workspace.scope,
        sheet,
        dry_run=dry_run,
        create_tiers=request.form.flag("create_tiers"),
    )
    return sheet, result


def _tell(
    request: Request, result: ImportResult, text: str, sample: Sequence[SheetRow] = ()
) -> Response:
    rejected = sorted(result.rejected, key=lambda one: one.row.number)
    return request.page(
        "products/imported.html",
        result=result,
        text=text,
        sample=sample,
        rejected=rejected[:_REJECTED_SHOWN],
        create_tiers=request.form.flag("create_tiers"),
    )
