from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core.rules.webhook_urls import (
    MAX_URL_LENGTH,
    Target,
    address_problem,
    parse_allow_nets,
    parse_url,
    problem_without_lookup,
    url_problem,
)

PUBLIC = "93.184.215.14"
PUBLIC_V6 = "2606:2800:21f::1"

# Written out once more, independently of the code's own table.
REFUSED_V4 = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
]
REFUSED_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]
# A range ends where another refused one, or the address space, begins.
NOT_PUBLIC_BEFORE = {"0.0.0.0/8", "240.0.0.0/4"}
NOT_PUBLIC_AFTER = {"224.0.0.0/4", "240.0.0.0/4"}


def first_and_last(network):
    return [str(network[0]), str(network[-1])]


@pytest.mark.parametrize("text", REFUSED_V4)
def test_first_and_last_address_of_every_v4_range_are_refused(text):
    problems = [address_problem(address) for address in first_and_last(IPv4Network(text))]

    assert all(problem and text in problem for problem in problems)


@pytest.mark.parametrize("text", [t for t in REFUSED_V4 if t not in NOT_PUBLIC_BEFORE])
def test_the_address_before_a_v4_range_is_public(text):
    assert address_problem(str(IPv4Network(text)[0] - 1)) is None


@pytest.mark.parametrize("text", [t for t in REFUSED_V4 if t not in NOT_PUBLIC_AFTER])
def test_the_address_after_a_v4_range_is_public(text):
    assert address_problem(str(IPv4Network(text)[-1] + 1)) is None


@pytest.mark.parametrize("text", REFUSED_V4)
def test_a_refused_v4_range_is_refused_when_mapped_into_v6(text):
    mapped = [f"::ffff:{address}" for address in first_and_last(IPv4Network(text))]

    assert all(text in address_problem(address) for address in mapped)


@pytest.mark.parametrize("text", REFUSED_V6)
def test_first_and_last_address_of_every_v6_range_are_refused(text):
    problems = [address_problem(address) for address in first_and_last(IPv6Network(text))]

    assert all(problem and text in problem for problem in problems)


@pytest.mark.parametrize("text", REFUSED_V6)
def test_the_addresses_around_a_v6_range_are_public(text):
    network = IPv6Network(text)

    assert address_problem(str(network[0] - 1)) is None
    assert address_problem(str(network[-1] + 1)) is None


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "4000::",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%2",
        "fec0::1",
        "ff02::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ],
)
def test_everything_outside_the_public_v6_space_is_refused(address):
    assert "2000::/3" in address_problem(address)


@pytest.mark.parametrize(
    "address", ["2000::", PUBLIC_V6, PUBLIC, f"::ffff:{PUBLIC}", "3ffe:ffff::1", "3fff:1000::"]
)
def test_public_addresses_are_accepted(address):
    assert address_problem(address) is None


@given(st.integers(0, 2**32 - 1))
def test_v4_addresses_are_judged_as_the_independent_table_says(number):
    address = ip_address(number)

    refused = any(address in IPv4Network(text) for text in REFUSED_V4)

    assert (address_problem(str(address)) is not None) == refused


def test_an_allowed_net_lifts_the_refusal_within_it_only():
    allow_nets = parse_allow_nets("10.1.0.0/16")

    assert address_problem("10.1.255.255", allow_nets) is None
    assert address_problem("::ffff:10.1.2.3", allow_nets) is None
    assert address_problem("10.2.0.0", allow_nets) == "10.0.0.0/8 (private)"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("https://example.com", Target("https", "example.com", 443, "/")),
        ("HTTPS://Example.COM/Hook", Target("https", "example.com", 443, "/Hook")),
        ("http://example.com:8080/a?b=c&d", Target("http", "example.com", 8080, "/a?b=c&d")),
        ("https://example.com?q", Target("https", "example.com", 443, "/?q")),
        ("https://example.com:/x", Target("https", "example.com", 443, "/x")),
        ("https://example.com:1/", Target("https", "example.com", 1, "/")),
        ("https://example.com:65535/", Target("https", "example.com", 65535, "/")),
        ("https://my_service/", Target("https", "my_service", 443, "/")),
        ("https://93.184.215.14/", Target("https", "93.184.215.14", 443, "/")),
        ("https://[2606:2800:21F:0::1]:8443/", Target("https", "2606:2800:21f::1", 8443, "/")),
        ("https://bücher.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://例え。テスト/", Target("https", "xn--r8jz45g.xn--zckzah", 443, "/")),
        ("https://example.com/ü?ö=%C3", Target("https", "example.com", 443, "/%C3%BC?%C3%B6=%C3")),
        ("https://example.com/a@b:c/../d", Target("https", "example.com", 443, "/a@b:c/../d")),
    ],
)  # fmt: skip
def test_a_url_is_read_into_its_parts(text, target):
    assert parse_url(text) == target


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "absolute"),
        ("example.com/hook", "absolute"),
        ("//example.com/hook", "absolute"),
        ("https:example.com", "absolute"),
        ("https:/example.com", "absolute"),
        ("ftp://example.com/", "https"),
        ("file:///etc/passwd", "https"),
        ("javascript://example.com/%0a", "https"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://:443/", "host"),
        ("https://user@example.com/", "credentials"),
        ("https://user:pass@example.com/", "credentials"),
        ("https://@example.com/", "credentials"),
        ("https://example.com@127.0.0.1/", "credentials"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com#", "fragment"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:-1/", "host and port"),
        ("https://example.com:80:80/", "host and port"),
        ("https://example.com:８０/", "host and port"),
        ("https://example.com:http/", "host and port"),
        ("https://exa mple.com/", "spaces"),
        ("https://example.com/ ", "spaces"),
        (" https://example.com/", "spaces"),
        ("https://example.com/a\u00a0b", "spaces"),
        ("https://example.com/a\u3000b", "spaces"),
        ("https://example.com/a\tb", "control"),
        ("https://example.com/a\r\nX-Evil: 1", "control"),
        ("https://example.com\x00.evil.example/", "control"),
        ("https://exam\u200bple.com/", "invisible"),
        ("https://exam\u00adple.com/", "invisible"),
        ("https://example.com/\ud800", "invisible"),
        ("https://example.com\\@127.0.0.1/", "backslashes"),
        ("https:\\\\example.com", "backslashes"),
        ("https://example.com./", "name"),
        ("https://.example.com/", "name"),
        ("https://exa..mple.com/", "name"),
        ("https://-example.com/", "name"),
        ("https://example-.com/", "name"),
        ("https://exam%70le.com/", "name"),
        ("https://exam!ple.com/", "name"),
        (f"https://{'a' * 64}.com/", "name"),
        (f"https://{'a.' * 127}com/", "name"),
        ("https://ex℀mple.com/", "name"),
        ("https://straße.example/", "xn--"),
        ("https://λόγος.example/", "xn--"),
        (f"https://{'ü' * 300}.example/", "xn--"),
        ("https://[::1/", "host and port"),
        ("https://::1/", "host and port"),
        ("https://[::1]x/", "host and port"),
        ("https://x[::1]/", "host and port"),
        ("https://[v1.x]/", "IPv6"),
        ("https://[127.0.0.1]/", "IPv6"),
        ("https://[]/", "IPv6"),
        ("https://[fe80::1%25eth0]/", "IPv6"),
        ("https://[fe80::1%eth0]/", "zone"),
    ],
)  # fmt: skip
def test_a_url_that_can_be_refused_by_its_text_alone_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        parse_url(text)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0X7F000001",
        "017700000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.0x1",
        "127.1",
        "127.0.1",
        "0",
        "00000000",
        "0x",
        "127.0.0.256",
        "127.0.0.1.2",
        "1.2.3.4.5",
        "4294967296",
        "example.123",
        "①②⑦.1",
    ],
)
def test_every_writing_of_an_ipv4_address_but_the_plain_one_is_refused(host):
    with pytest.raises(ValueError, match="four decimal numbers"):
        parse_url(f"https://{host}/")


@pytest.mark.parametrize("host", ["１２７.０.０.１", "127。0．0｡1", "①27.0.0.1"])
def test_full_width_digits_and_dots_are_read_as_the_address_they_lead_to(host):
    assert parse_url(f"https://{host}/").host == "127.0.0.1"


def test_a_name_that_begins_like_an_address_is_a_name():
    assert parse_url("https://127.0.0.1.example.com/").host == "127.0.0.1.example.com"


def test_a_url_may_have_2048_characters_and_no_more():
    url = "https://example.com/".ljust(MAX_URL_LENGTH, "x")

    assert len(parse_url(url).path) == MAX_URL_LENGTH - len("https://example.com")
    with pytest.raises(ValueError, match="2048"):
        parse_url(url + "x")


@given(st.text(max_size=40))
def test_any_text_is_either_refused_with_a_sentence_or_read(text):
    for url in (text, f"https://{text}/", f"https://example.com/{text}"):
        try:
            target = parse_url(url)
        except ValueError as refused:
            assert str(refused).startswith("The URL")
        else:
            assert f"{target.host}{target.path}".isascii()


@pytest.mark.parametrize(
    ("url", "header", "is_address"),
    [
        ("https://example.com/", "example.com", False),
        ("https://example.com:443/", "example.com", False),
        ("https://example.com:80/", "example.com:80", False),
        ("http://example.com:80/", "example.com", False),
        ("https://[::1]/", "[::1]", True),
        ("https://[::1]:8443/", "[::1]:8443", True),
        ("https://127.0.0.1:8443/", "127.0.0.1:8443", True),
        ("https://4.example/", "4.example", False),
    ],
)
def test_the_host_header_names_host_and_unusual_port(url, header, is_address):
    target = parse_url(url)

    assert (target.host_header, target.host_is_address) == (header, is_address)


def problem(url, *addresses, allow=""):
    return url_problem(parse_url(url), addresses, parse_allow_nets(allow))


def test_https_to_public_addresses_is_accepted():
    assert problem("https://example.com/", PUBLIC, PUBLIC_V6) is None


def test_one_refused_address_among_public_ones_refuses_the_url():
    sentence = problem("https://example.com/", PUBLIC, "10.0.0.1")

    assert "10.0.0.0/8 (private)" in sentence
    assert "EXPRESSB2B_WEBHOOK_ALLOW_NETS" in sentence


def test_the_sentence_does_not_tell_the_address():
    assert "10.20.30.40" not in problem("https://intranet.example/", "10.20.30.40")


def test_http_to_a_public_address_is_refused():
    sentence = problem("http://example.com/", PUBLIC)

    assert "must use https" in sentence
    assert "EXPRESSB2B_WEBHOOK_ALLOW_NETS" in sentence


def test_http_needs_every_address_within_an_allowed_net():
    allow = "127.0.0.0/8"

    assert problem("http://localhost/", "127.0.0.1", allow=allow) is None
    assert "must use https" in problem("http://x.example/", "127.0.0.1", PUBLIC, allow=allow)
    assert "2000::/3" in problem("http://localhost/", "127.0.0.1", "::1", allow=allow)


def test_http_to_a_public_net_that_the_operator_allowed_is_accepted():
    assert problem("http://example.com/", PUBLIC, allow="93.184.215.0/24") is None


def test_a_host_without_addresses_is_refused():
    assert "does not resolve" in problem("https://nowhere.example/")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://user@example.com/", "credentials"),
        ("https://127.0.0.1/", "127.0.0.0/8"),
        ("https://[::1]/", "2000::/3"),
        ("http://example.com/", "must use https"),
        (f"http://{PUBLIC}/", "must use https"),
    ],
)
def test_the_text_alone_refuses_what_it_can(url, words):
    assert words in problem_without_lookup(url)


def test_the_text_alone_cannot_judge_where_a_name_leads():
    allow_nets = parse_allow_nets("127.0.0.0/8")

    assert problem_without_lookup("https://example.com/") is None
    assert problem_without_lookup(f"https://{PUBLIC}/") is None
    assert problem_without_lookup("http://localhost/", allow_nets) is None
    assert problem_without_lookup("http://127.0.0.1/", allow_nets) is None


def test_allowed_nets_are_read_from_comma_separated_text():
    nets = parse_allow_nets(" 127.0.0.0/8, ::1/128 ,10.0.0.1,")

    assert nets == (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"), IPv4Network("10.0.0.1/32"))
    assert parse_allow_nets("") == ()


@pytest.mark.parametrize("item", ["localhost", "127.0.0.1/8", "10.0.0.0/33", "1.2.3", "*", "1"])
def test_what_is_not_a_network_is_named(item):
    with pytest.raises(ValueError, match="EXPRESSB2B_WEBHOOK_ALLOW_NETS") as refused:
        parse_allow_nets(f"10.0.0.0/8,{item}")

    assert repr(item) in str(refused.value)


def test_a_mapped_network_would_never_match_and_is_refused():
    with pytest.raises(ValueError, match="as an IPv4 network"):
        parse_allow_nets("::ffff:10.0.0.0/104")
