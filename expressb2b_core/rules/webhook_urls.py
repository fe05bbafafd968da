"""Decides where webhooks may be sent: reads a URL's text, and judges the addresses of its host.

Resolving names and connecting are left to the server, which must connect to exactly an address
that was judged here. The ranges are an explicit table, because `ipaddress.is_global` and
`is_private` both miss some and differ between Python versions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import quote

ALLOW_NETS_SETTING = "EXPRESSB2B_WEBHOOK_ALLOW_NETS"
MAX_URL_LENGTH = 2048
MAX_HOST_LENGTH = 253
DEFAULT_PORTS = {"https": 443, "http": 80}

Network = IPv4Network | IPv6Network

_GLOBAL_V6 = IPv6Network("2000::/3")

# IANA's special-purpose registries (RFC 6890), and one address that a cloud's machines reach
# although it looks public.
REFUSED_RANGES: tuple[tuple[Network, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "this network"),
    (IPv4Network("10.0.0.0/8"), "private"),
    (IPv4Network("100.64.0.0/10"), "shared between carrier and customer"),
    (IPv4Network("127.0.0.0/8"), "loopback"),
    (IPv4Network("169.254.0.0/16"), "link-local and cloud metadata"),
    (IPv4Network("172.16.0.0/12"), "private"),
    (IPv4Network("192.0.0.0/24"), "protocol assignments"),
    (IPv4Network("192.0.2.0/24"), "documentation"),
    (IPv4Network("192.88.99.0/24"), "6to4 relays"),
    (IPv4Network("192.168.0.0/16"), "private"),
    (IPv4Network("198.18.0.0/15"), "benchmarking"),
    (IPv4Network("198.51.100.0/24"), "documentation"),
    (IPv4Network("203.0.113.0/24"), "documentation"),
    (IPv4Network("224.0.0.0/4"), "multicast"),
    (IPv4Network("240.0.0.0/4"), "reserved"),
    (IPv4Network("168.63.129.16/32"), "cloud platform service"),
    (IPv6Network("2001::/23"), "protocol assignments"),
    (IPv6Network("2001:db8::/32"), "documentation"),
    (IPv6Network("2002::/16"), "6to4"),
    (IPv6Network("3fff::/20"), "documentation"),
)

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{0,5}))?")
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
# IDNA 2003 and 2008 make different names of these, so the event might reach a stranger.
_AMBIGUOUS_IN_IDNA = frozenset("ßẞς")
_HTTPS_NEEDED = (
    "The URL must use https; http is accepted only for networks that the operator "
    f"allowed with {ALLOW_NETS_SETTING}."
)
_REQUEST_TARGET_SAFE = "!$&'()*+,/:;=?@[]%-._~"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, read from a URL once, so that nothing reads the URL a second time.

    `host` is lower-case ASCII: a name, or an address without brackets. `path` begins with a
    slash, and includes the query.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_is_address(self) -> bool:
        return ":" in self.host or self.host.rpartition(".")[2].isdecimal()

    @property
    def host_header(self) -> str:
        """The value of the `Host` header (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_url(text: str) -> Target:
    """Return what the URL says, when its text alone gives no reason to refuse it.

    Hosts in other scripts become ASCII (IDNA); an IPv4 address has to be written as four decimal
    numbers, since resolvers also read octal, hexadecimal and shorter forms. A fragment is
    refused, because it would never be sent.

    Raises:
        ValueError: With a sentence for the integrator, which names what is wrong.
    """
    _check_characters(text)
    parts = _URL.fullmatch(text)
    if parts is None:
        raise ValueError("The URL must be absolute, such as https://example.com/hooks.")
    scheme = parts["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise ValueError("The URL must use https.")
    if parts["fragment"] is not None:
        raise ValueError("The URL must not have a fragment (#…): it would never be sent.")
    host, port = _parse_authority(parts["authority"])
    path = (parts["path"] or "/") + (parts["query"] or "")
    return Target(
        scheme, host, port or DEFAULT_PORTS[scheme], quote(path, safe=_REQUEST_TARGET_SAFE)
    )


def address_problem(address: str, allow_nets: Sequence[Network] = ()) -> str | None:
    """Return the rule that refuses this address, such as `10.0.0.0/8 (private)`, or None.

    An IPv4 address mapped into IPv6 is judged as the IPv4 address that it leads to. Addresses
    within `allow_nets` are never refused.
    """
    ip = _unmapped(address)
    if _is_within(ip, allow_nets):
        return None
    for network, name in REFUSED_RANGES:
        if ip in network:
            return f"{network} ({name})"
    if ip.version == 6 and ip not in _GLOBAL_V6:
        return f"the IPv6 space outside {_GLOBAL_V6} (not public)"
    return None


def url_problem(
    target: Target, addresses: Sequence[str], allow_nets: Sequence[Network] = ()
) -> str | None:
    """Return a sentence for the integrator that says why nothing is sent there, or None.

    Every address of the host must be acceptable, not just one: which of them is connected to is
    chance. http is accepted only when all of them are within `allow_nets`.
    """
    if not addresses:
        return f"The host {target.host} does not resolve to an address."
    for address in addresses:
        # The sentence names the range and not the address, which may be a secret of the network.
        if rule := address_problem(address, allow_nets):
            return (
                f"The host {target.host} leads to an address in {rule}; only the operator can "
                f"allow that network, with {ALLOW_NETS_SETTING}."
            )
    if target.scheme != "https" and not all(
        _is_within(_unmapped(a), allow_nets) for a in addresses
    ):
        return _HTTPS_NEEDED
    return None


def problem_without_lookup(text: str, allow_nets: Sequence[Network] = ()) -> str | None:
    """Return a sentence that says why this URL is refused, as far as its text can tell, or None.

    An address in the URL is judged; a name may still lead to an address that is refused later.
    """
    try:
        target = parse_url(text)
    except ValueError as refused:
        return str(refused)
    if target.host_is_address:
        return url_problem(target, (target.host,), allow_nets)
    return None if target.scheme == "https" or allow_nets else _HTTPS_NEEDED


def parse_allow_nets(text: str) -> tuple[Network, ...]:
    """Return the networks of the setting: CIDR notation, comma-separated, `127.0.0.0/8,::1/128`.

    Raises:
        ValueError: Naming the item that is not a network.
    """
    return tuple(_parse_network(item.strip()) for item in text.split(",") if item.strip())


def _parse_network(item: str) -> Network:
    try:
        network = ip_network(item)
    except ValueError as error:
        raise ValueError(
            f"{ALLOW_NETS_SETTING}: not a network: {item!r} ({error}); "
            "write networks such as 10.1.0.0/16, separated by commas"
        ) from None
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise ValueError(f"{ALLOW_NETS_SETTING}: write {item!r} as an IPv4 network")
    return network


def _unmapped(address: str) -> IPv4Address | IPv6Address:
    ip = ip_address(address)
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _is_within(ip: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(ip in network for network in networks)


def _check_characters(text: str) -> None:
    if len(text) > MAX_URL_LENGTH:
        raise ValueError(f"The URL must not be longer than {MAX_URL_LENGTH} characters.")
    # A backslash is a slash to some readers of URLs and not to others.
    if any(character in " \\" or not character.isprintable() for character in text):
        raise ValueError(
            "The URL must not contain spaces, backslashes, control or invisible characters."
        )


def _parse_authority(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise ValueError("The URL must not contain credentials (user:password@).")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise ValueError("The URL's host and port cannot be read.")
    port = int(parts["port"]) if parts["port"] else None
    if port is not None and not 1 <= port <= 65_535:
        raise ValueError("The URL's port must be from 1 to 65535.")
    return (_parse_name(parts["name"]) if parts["v6"] is None else _parse_v6(parts["v6"])), port


def _parse_v6(text: str) -> str:
    try:
        ip = IPv6Address(text)
    except ValueError:
        raise ValueError("The URL's host in brackets is not an IPv6 address.") from None
    if ip.scope_id is not None:
        raise ValueError("The URL's IPv6 address must not have a zone (%…).")
    return ip.compressed


def _parse_name(name: str) -> str:
    if not name:
        raise ValueError("The URL must have a host.")
    host = (name if name.isascii() else _idna_ascii(name)).lower()
    if len(host) > MAX_HOST_LENGTH or not _HOST_NAME.fullmatch(host):
        raise ValueError("The URL's host is not a valid name.")
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        _check_dotted_quad(host)
    return host


def _idna_ascii(name: str) -> str:
    try:
        if len(name) > MAX_HOST_LENGTH or not _AMBIGUOUS_IN_IDNA.isdisjoint(name):
            raise UnicodeError
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(
            "The URL's host cannot be turned into ASCII without doubt; write its xn-- form."
        ) from None


def _check_dotted_quad(host: str) -> None:
    try:
        IPv4Address(host)
    except ValueError:
        raise ValueError(
            "The URL's host looks like a number; an IPv4 address must be written as four decimal "
            "numbers, such as 198.51.100.7."
        ) from None
