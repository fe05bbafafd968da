"""The addresses that webhooks must never reach, and the ways to write and to wrap them.

Written out independently of the table that the sender goes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

PUBLIC = "93.184.215.14"
LOOPBACK = "127.0.0.1"
METADATA = "169.254.169.254"

_V4_RANGES = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
)  # fmt: skip
_V6_RANGES = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
_V6_NOT_PUBLIC = (
    "::", "::1", "100::1", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "5f00::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::a9fe:a9fe", "fec0::1", "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
)  # fmt: skip
# Prefixes behind whose last 32 bits an IPv4 address stands: compatible, mapped, translated.
_WRAPPERS_AT_END = ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::")
# And after which it begins: 6to4, Teredo's server.
_WRAPPERS_AT_START = (("2002::", 80), ("2001::", 64))

OTHER_DIGITS = ("０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "⓪①②③④⑤⑥⑦⑧⑨", "⁰¹²³⁴⁵⁶⁷⁸⁹", "٠١٢٣٤٥٦٧٨٩")
OTHER_DOTS = ("。", "．", "｡")

SYSTEM_NAMES = (
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ｌｏｃａｌｈｏｓｔ",
    "ip6-localhost",
    "ip6-loopback",
)
"""Names that the system's resolver leads to this machine, where it knows them."""


def refused_addresses(per_range: int) -> list[str]:
    """The first, last and middle addresses of every range, and IPv6 around the IPv4 ones."""
    v4 = [one for text in _V4_RANGES for one in _some_of(text, per_range)]
    v6 = [one for text in _V6_RANGES for one in _some_of(text, per_range)]
    wrapped = [one for address in v4 for one in _wrapped(IPv4Address(address))]
    return [*dict.fromkeys([*v4, *v6, *wrapped, *_V6_NOT_PUBLIC])]


def urls_of(hosts: Sequence[str], port: int) -> list[str]:
    """URLs with these hosts, in both schemes."""
    in_brackets = [f"[{host}]" if ":" in host else host for host in hosts]
    return [f"{scheme}://{host}:{port}/hook" for host in in_brackets for scheme in _SCHEMES]


def spelled_urls(port: int) -> list[str]:
    """URLs that lead to this machine, or to a cloud's metadata, for who reads them loosely."""
    hosts = [host for address in (LOOPBACK, METADATA) for host in _spellings(IPv4Address(address))]
    return [*urls_of([*hosts, *_ODD_V6], port), *(url.format(port=port) for url in _ODD_URLS)]


_SCHEMES = ("https", "http")
_ODD_V6 = (
    "0:0:0:0:0:0:0:1", "::1%25lo", "::1%lo", "::0001", "::ffff:127.0.0.1", "::ffff:0x7f.0.0.1",
    "::ffff:7f00:1", "fe80::1%25lo", "::127.0.0.1", "0::1",
)  # fmt: skip
_ODD_URLS = (
    "https://example.com@127.0.0.1:{port}/", "https://example.com:443@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}#@example.com/", "https://127.0.0.1:{port}?@example.com/",
    "https://example.com\\@127.0.0.1:{port}/", "https://127.0.0.1:{port}\\@example.com/",
    "https:/127.0.0.1:{port}/", "https:///127.0.0.1:{port}/", "https:127.0.0.1:{port}/",
    " https://127.0.0.1:{port}/", "https://127.0.0.1\t:{port}/", "https://127.0.0.1\n:{port}/",
    "https://127.0.0.1%00.example.com:{port}/", "https://127.0.0.1%2eexample.com:{port}/",
    "//127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/",
    "file:///etc/hosts", "unix:///run/docker.sock", "https://[127.0.0.1]:{port}/",
)  # fmt: skip


def _some_of(text: str, count: int) -> Iterator[str]:
    network = ip_network(text)
    places = (0, network.num_addresses - 1, network.num_addresses // 2)
    for place in dict.fromkeys(places[:count]):
        yield str(network[place])


def _wrapped(address: IPv4Address) -> Iterator[str]:
    for prefix in _WRAPPERS_AT_END:
        yield str(IPv6Address(int(IPv6Address(prefix)) | int(address)))
    for prefix, shift in _WRAPPERS_AT_START:
        yield str(IPv6Address(int(IPv6Address(prefix)) | int(address) << shift))


def _spellings(address: IPv4Address) -> list[str]:
    """As resolvers and lenient parsers read them, besides the usual one."""
    number, (a, b, c, d) = int(address), address.packed
    return [
        str(address), f"{address}.", f"{number}", f"{number + (1 << 32)}", f"{number:#x}",
        f"0{number:o}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:03}.{b:03}.{c:03}.{d:03}", f"{a}.{b}.{(c << 8) + d}", f"{a}.{number & 0xFFFFFF}",
        f"{a:#x}.{b}.0{(c << 8) + d:o}", "".join(f"%{ord(one):02x}" for one in str(address)),
        *(str(address).translate(str.maketrans("0123456789", digits)) for digits in OTHER_DIGITS),
        *(str(address).replace(".", dot) for dot in OTHER_DOTS),
    ]  # fmt: skip
