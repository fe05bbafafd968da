"""The one way to calculate with money: integers inside, decimal strings outside.

Unit prices are integers in ten-thousandths of the currency's unit, totals are integers in its
smallest unit ("minor"). `float` and `bool` are refused everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

PRICE_SCALE = 10_000
MAX_TOTAL_MINOR = 10**15
"""Totals stay far inside a signed 64-bit integer, whatever the currency's decimals."""

_TEXT = re.compile(r"(-?)([0-9]{1,10})(?:\.([0-9]{1,4}))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

# ISO 4217, list one: the codes by their decimals, without metals, funds of bonds and test codes.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP "
        "BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
        "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
        "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD "
        "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED "
        "VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCIES = {code: decimals for decimals, codes in _CODES.items() for code in codes.split()}
"""The decimals of each currency that a workspace can be made with."""


def currency_decimals(currency: str) -> int:
    """The number of decimals of an ISO 4217 code; `ValueError` when it has not that form.

    A code that the list does not name has 2: currencies come and go, and their books stay.
    """
    if not _CURRENCY.fullmatch(currency):
        raise ValueError("a currency is a code of three capital letters, such as USD")
    return CURRENCIES.get(currency, 2)


def _scaled(value: object, decimals: int) -> int:
    if isinstance(value, str):
        return _parsed(value, decimals)
    if isinstance(value, Decimal) and value.is_finite():
        return _parsed(format(value, "f"), decimals)
    raise ValueError('money is a decimal string, such as "38.50"')


# The same text is read where it is checked and again where it is used.
@lru_cache(maxsize=4096)
def _parsed(value: str, decimals: int) -> int:
    match = _TEXT.fullmatch(value)
    if match is None:
        raise ValueError('money is a decimal string with at most 4 decimals, such as "38.50"')
    sign, whole, fraction = match.groups(default="")
    if len(fraction) > decimals:
        fraction = fraction.rstrip("0")
        if len(fraction) > decimals:
            raise ValueError(f"at most {decimals} decimals are possible here")
    minor = int(whole + fraction.ljust(decimals, "0"))
    return -minor if sign else minor


def unit_price(value: object) -> int:
    """Text (or a `Decimal`) to ten-thousandths; `ValueError` says what is wrong.

    At most 10 digits before the point and 4 behind it; below zero is refused.
    """
    price = _scaled(value, 4)
    if price < 0:
        raise ValueError("a price cannot be below zero")
    return price


def amount(value: object, decimals: int) -> int:
    """Text (or a `Decimal`) to the smallest unit of a currency with that many decimals."""
    return _scaled(value, decimals)


@lru_cache(maxsize=4096)
def unit_price_text(price: int) -> str:
    """Ten-thousandths to text with 2 to 4 decimals: `385000` is `"38.50"`."""
    digits = f"{price:05d}"
    return f"{digits[:-4]}.{digits[-4:-2]}{digits[-2:].rstrip('0')}"


def amount_text(minor: int, decimals: int) -> str:
    """The smallest unit to text with the currency's own number of decimals."""
    sign = "-" if minor < 0 else ""
    if not decimals:
        return f"{minor}"
    whole, fraction = divmod(abs(minor), 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"


def line_total(price: int, qty: int, decimals: int) -> int:
    """`round_half_up(price × qty)` in the smallest unit, rounded once per line."""
    if decimals == 4:
        return price * qty
    divisor: int = 10 ** (4 - decimals)
    return (price * qty + divisor // 2) // divisor


def total(subtotal: int, charges: Iterable[int]) -> int:
    """The subtotal and all charges, a discount being negative."""
    return subtotal + sum(charges)
