"""What the demo wholesaler sells: families of articles, and their prices and stock.

An article's list price comes from its family and its options; tiers take a percentage of it. The
linen napkin of the product page has the prices that page shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from expressb2b_core.inputs import moments
from expressb2b_server.demo.chance import Chance
from expressb2b_server.demo.families import CATEGORIES, Family

NAPKIN = "NAP-LIN-WHT-200"
TIERS = {"volume_a": "Volume A", "volume_b": "Volume B", "volume_c": "Volume C — key accounts"}

_DAY = 86_400
_TIER_PERCENT = {"volume_a": 93, "volume_b": 86, "volume_c": 80}
_NAPKIN_TIERS = {"volume_a": Decimal("37.00"), "volume_b": Decimal("34.00")}
_OPENING_STOCK = 50_000


class Article(NamedTuple):
    """One product; `price` is today's list price."""

    sku: str
    name: str
    unit: str
    category: str
    price: Decimal
    min_qty: int
    multiple: int
    tracked: bool

    @property
    def smallest_qty(self) -> int:
        """The fewest units that can be ordered."""
        return -(-self.min_qty // self.multiple) * self.multiple


class _Option(NamedTuple):
    code: str
    label: str
    percent: int


_NO_OPTION = _Option("", "", 100)


def articles() -> list[Article]:
    """The whole assortment."""
    return [
        _article(family, category, variant, size)
        for category, families in CATEGORIES.items()
        for family in families
        for variant in _options(family.variants)
        for size in _options(family.sizes)
    ]


def price_list(assortment: Sequence[Article], percent: int) -> list[dict[str, object]]:
    """The products with their list and tier prices, at a percentage of today's prices."""
    return [
        {
            "sku": article.sku,
            "base_price": _share(article.price, percent),
            "pricing": list(_tier_rows(article, percent)),
        }
        for article in assortment
    ]


def opening_catalog(assortment: Sequence[Article], percent: int) -> list[dict[str, object]]:
    """The same with all else that a product has; tracked ones start with full shelves."""
    return [
        priced
        | {
            "name": article.name,
            "unit": article.unit,
            "min_qty": article.min_qty,
            "multiple": article.multiple,
            "external_id": f"ITEM-{10_000 + index}",
            "metadata": {"category": article.category},
        }
        | ({"inventory": {"on_hand": _OPENING_STOCK}} if article.tracked else {})
        for index, (article, priced) in enumerate(
            zip(assortment, price_list(assortment, percent), strict=True)
        )
    ]


def campaigns(assortment: Sequence[Article], now: int) -> list[dict[str, object]]:
    """Prices of a limited time: some are over, some apply now, some begin next month."""
    chance = Chance("campaigns")
    windows = [(-60, -30), (-10, 20), (21, 51)]
    found: list[dict[str, object]] = []
    for number, article in enumerate(chance.sample(_without_napkin(assortment), 12)):
        begins, ends = windows[number % len(windows)]
        row = {
            "tier": "volume_a",
            "price": _share(article.price, 84),
            "valid_from": moments.text(now + begins * _DAY),
            "valid_to": moments.text(now + ends * _DAY),
        }
        found.append({"sku": article.sku, "pricing": [row]})
    return found


def agreements(
    assortment: Sequence[Article], account_ids: Sequence[str]
) -> list[dict[str, object]]:
    """Prices that accounts have of their own; the first account has the napkin's."""
    rows: dict[str, list[dict[str, object]]] = {
        NAPKIN: [{"billing_account_id": account_ids[0], "price": "38.50"}]
    }
    for account_id, chance in _with_chance("agreements", account_ids):
        for article in chance.sample(_without_napkin(assortment), chance.between(4, 9)):
            price = _share(article.price, chance.between(76, 95))
            row: dict[str, object] = {"billing_account_id": account_id, "price": price}
            if chance.percent(30):
                row["min_qty"] = article.smallest_qty * 5
            rows.setdefault(article.sku, []).append(row)
    return [{"sku": sku, "pricing": pricing} for sku, pricing in rows.items()]


def stock_count(assortment: Sequence[Article], reserved: dict[str, int]) -> list[dict[str, object]]:
    """This morning's count: most shelves are full, some nearly empty, a few empty.

    Args:
        assortment: Of which the tracked articles are counted.
        reserved: The units that open orders hold, by SKU.
    """
    return [
        {"sku": article.sku, "on_hand": reserved[article.sku] + _available(article)}
        for article in assortment
        if article.tracked
    ]


def discontinued(assortment: Sequence[Article]) -> list[str]:
    """The SKUs that are not sold any more."""
    chosen = Chance("discontinued").sample(_without_napkin(assortment), 4)
    return [article.sku for article in chosen]


def _article(family: Family, category: str, variant: _Option, size: _Option) -> Article:
    sku = "-".join(filter(None, (family.prefix, variant.code, size.code)))
    return Article(
        sku=sku,
        name=", ".join(filter(None, (family.name, variant.label, size.label))),
        unit=family.unit,
        category=category,
        price=_share(Decimal(family.cents) / 100, variant.percent * size.percent, 10_000),
        min_qty=family.min_qty,
        multiple=family.multiple,
        tracked=sku == NAPKIN or Chance("tracked", sku).percent(65),
    )


def _options(text: str) -> list[_Option]:
    if not text:
        return [_NO_OPTION]
    found = []
    for option in text.split(", "):
        code, *label, percent = option.split()
        found.append(_Option(code, " ".join(label), int(percent)))
    return found


def _tier_rows(article: Article, percent: int) -> Iterator[dict[str, object]]:
    if article.sku == NAPKIN:
        for tier, price in _NAPKIN_TIERS.items():
            yield {"tier": tier, "price": _share(price, percent)}
        return
    breaks = ((1, 100), (article.smallest_qty * 10, 96), (article.smallest_qty * 50, 92))
    for tier, tier_percent in _TIER_PERCENT.items():
        for min_qty, break_percent in breaks[: 2 + (tier == "volume_c")]:
            price = _share(article.price, percent * tier_percent * break_percent, 100**3)
            yield {"tier": tier, "price": price, "min_qty": min_qty}


def _available(article: Article) -> int:
    chance = Chance("available", article.sku)
    if article.sku == NAPKIN:
        return 96
    fill = chance.below(100)
    if fill < 6:
        return 0
    return chance.between(1, 15) if fill < 22 else chance.between(40, 2400)


def _share(price: Decimal, percent: int, whole: int = 100) -> Decimal:
    """A percentage of a price, to the next lower five cents, as price lists are made."""
    cents = int(price * 100) * percent // whole
    return Decimal(cents - cents % 5).scaleb(-2)


def _without_napkin(assortment: Sequence[Article]) -> list[Article]:
    return [article for article in assortment if article.sku != NAPKIN]


def _with_chance(topic: str, keys: Sequence[str]) -> Iterator[tuple[str, Chance]]:
    return ((key, Chance(topic, index)) for index, key in enumerate(keys))
