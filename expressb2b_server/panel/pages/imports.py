"""Importing products and accounts from a file: tried first, then done; refusals say why.

Nothing is kept between the two steps: the file travels in the form, and is judged again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.services.spreadsheets import accounts as account_rows
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


@dataclass(frozen=True)
class Kind:
    """What can be imported: where its pages are, and what reads and writes its rows.

    `shown` are the columns that tell people which row it is, with the words for them.
    """

    path: str
    section: str
    thing: str
    list_path: str
    columns: Sequence[str]
    shown: Mapping[str, str]
    read: Callable[[bytes], Sheet]
    write: Callable[..., ImportResult]

    @property
    def things(self) -> str:
        """Several of them."""
        return f"{self.thing}s"


_KINDS = (
    Kind(
        path="/import",
        section="import",
        thing="product",
        list_path="/products",
        columns=product_rows.COLUMNS,
        shown={"sku": "SKU", "name": "Name", "base_price": "Base price"},
        read=product_rows.read,
        write=product_rows.import_products,
    ),
    Kind(
        path="/accounts/import",
        section="accounts",
        thing="account",
        list_path="/accounts",
        columns=account_rows.COLUMNS,
        shown={"name": "Name", "external_id": "External id", "site_name": "Site"},
        read=account_rows.read,
        write=account_rows.import_accounts,
    ),
)


def _add(kind: Kind) -> None:
    """The pages of one kind."""

    @pages.get(kind.path, ADMIN)
    def show_import(request: Request) -> Response:
        """Ask for a file."""
        return request.page("imports/file.html", kind=kind, form=request.form, encodings=_ENCODINGS)

    @pages.post(f"{kind.path}/preview", on_refusal=show_import)
    def preview(request: Request) -> Response:
        """Say what the file would do; nothing is written."""
        text = _text(request.form)
        sheet, result = _run(request, kind, text, dry_run=True)
        return _tell(request, kind, result, text, sheet.rows[:_SAMPLE_ROWS])

    @pages.post(f"{kind.path}/apply", on_refusal=show_import)
    def apply(request: Request) -> Response:
        """Do it. What is refused stops nothing else."""
        text = request.form.text("rows")
        _, result = _run(request, kind, text, dry_run=False)
        return _tell(request, kind, result, text)

    @pages.post(f"{kind.path}/rejected", on_refusal=show_import)
    def download_rejected(request: Request) -> Response:
        """The refused rows as a file, each with its reason, to be corrected and imported again."""
        sheet, result = _run(request, kind, request.form.text("rows"), dry_run=True)
        lines = result.rejected_csv(sheet.columns)
        return download("refused-rows.csv", (line.encode() for line in ("\ufeff", *lines)))


for _kind in _KINDS:
    _add(_kind)


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


def _run(request: Request, kind: Kind, text: str, *, dry_run: bool) -> tuple[Sheet, ImportResult]:
    sheet = kind.read(text.encode())
    result = kind.write(
        request.workspace.scope,
        sheet,
        dry_run=dry_run,
        create_tiers=request.form.flag("create_tiers"),
    )
    return sheet, result


def _tell(
    request: Request, kind: Kind, result: ImportResult, text: str, sample: Sequence[SheetRow] = ()
) -> Response:
    rejected = sorted(result.rejected, key=lambda one: one.row.number)
    return request.page(
        "imports/result.html",
        kind=kind,
        result=result,
        text=text,
        sample=sample,
        rejected=rejected[:_REJECTED_SHOWN],
        create_tiers=request.form.flag("create_tiers"),
    )
