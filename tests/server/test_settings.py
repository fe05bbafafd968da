from __future__ import annotations

from pathlib import Path

import pytest

from expressb2b_core.errors import Misconfigured
from expressb2b_server import settings
from expressb2b_server.settings import Settings, load, unknown_variables

TOKEN = "a-token-of-some-length"


def refusal(flags: dict[str, str | None], environ: dict[str, str]) -> str:
    with pytest.raises(Misconfigured) as caught:
        load(flags, environ)
    return str(caught.value)


def test_without_flags_and_variables_everything_is_the_default() -> None:
    loaded = load({}, {})

    assert loaded == Settings()
    assert loaded.host == "127.0.0.1"
    assert loaded.port == 8000
    assert {row.source for row in loaded.shown()} == {"default"}


def test_a_flag_wins_over_the_environment() -> None:
    loaded = load({"port": "9001"}, {"EXPRESSB2B_PORT": "9002", "EXPRESSB2B_HOST": "::1"})

    assert (loaded.port, loaded.host) == (9001, "::1")
    assert loaded.sources == {"port": "flag", "host": "environment"}


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")

    loaded = load({}, {"EXPRESSB2B_METRICS_TOKEN_FILE": str(file)})

    assert loaded.metrics_token == TOKEN
    assert loaded.sources == {"metrics_token": "file"}


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    environ = {"EXPRESSB2B_SECRET": TOKEN, "EXPRESSB2B_SECRET_FILE": str(tmp_path / "x")}

    assert "EXPRESSB2B_SECRET_FILE" in refusal({}, environ)


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")

    told = refusal({}, {"EXPRESSB2B_SECRET_FILE": missing})

    assert told.startswith("EXPRESSB2B_SECRET_FILE: ")
    assert missing in told


def test_the_file_of_what_is_no_secret_is_no_setting(tmp_path: Path) -> None:
    assert load({}, {"EXPRESSB2B_DATABASE_FILE": "x.db"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("EXPRESSB2B_PORT", "80 80"),
        ("EXPRESSB2B_PORT", "65536"),
        ("EXPRESSB2B_PORT", "-1"),
        ("EXPRESSB2B_PORT", "٨٠"),
        ("EXPRESSB2B_THREADS", "0"),
        ("EXPRESSB2B_HOST", "localhost/x"),
        ("EXPRESSB2B_DATABASE", " "),
        ("EXPRESSB2B_DATABASE", "mysql://shop@db/shop"),
        ("EXPRESSB2B_DATABASE", "sqlite:shop.db"),
        ("EXPRESSB2B_SECRET", "short"),
        ("EXPRESSB2B_PUBLIC_URL", "orders.example.com"),
        ("EXPRESSB2B_PUBLIC_URL", "https://orders.example.com/shop"),
        ("EXPRESSB2B_PUBLIC_URL", "https://user@orders.example.com"),
        ("EXPRESSB2B_PUBLIC_URL", "https://orders.example.com:port"),
        ("EXPRESSB2B_PUBLIC_URL", "https://orders.example.com?x=1"),
        ("EXPRESSB2B_WEBHOOK_ALLOW_NETS", "10.0.0.1/8"),
        ("EXPRESSB2B_WEBHOOK_RETRY_SECONDS", "5,soon"),
        ("EXPRESSB2B_WEBHOOK_TIMEOUT_SECONDS", "0"),
        ("EXPRESSB2B_WEBHOOK_TIMEOUT_SECONDS", "51"),
        ("EXPRESSB2B_WEBHOOK_TIMEOUT_SECONDS", "nan"),
        ("EXPRESSB2B_METRICS_TOKEN", ""),
        ("EXPRESSB2B_TRUSTED_PROXY_COUNT", "0"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name(variable: str, text: str) -> None:
    told = refusal({}, {variable: text})

    assert variable in told
    assert told.endswith(".")


def test_a_refused_secret_is_not_repeated() -> None:
    assert "short" not in refusal({}, {"EXPRESSB2B_SECRET": "short"})


def test_values_become_what_the_server_works_with() -> None:
    loaded = load(
        {},
        {
            "EXPRESSB2B_WEBHOOK_ALLOW_NETS": "127.0.0.0/8, ::1/128",
            "EXPRESSB2B_WEBHOOK_RETRY_SECONDS": "1,0.5",
            "EXPRESSB2B_WEBHOOK_TIMEOUT_SECONDS": "2.5",
            "EXPRESSB2B_PUBLIC_URL": "https://orders.example.com/",
            "EXPRESSB2B_TRUSTED_PROXY": "*",
        },
    )

    assert [str(net) for net in loaded.webhook_allow_nets] == ["127.0.0.0/8", "::1/128"]
    assert loaded.webhook_retry_seconds == (1.0, 0.5)
    assert loaded.webhook_timeout_seconds == 2.5
    assert loaded.public_url == "https://orders.example.com"
    assert loaded.trusted_proxy == "*"


def test_a_demo_has_its_own_database() -> None:
    assert "--demo" in refusal({"demo": "true", "database": "sqlite:///x.db"}, {})
    assert load({"demo": "true"}, {"EXPRESSB2B_DATABASE": "sqlite:///x.db"}).demo


def test_a_number_of_proxies_without_a_proxy_is_refused() -> None:
    assert "EXPRESSB2B_TRUSTED_PROXY" in refusal({}, {"EXPRESSB2B_TRUSTED_PROXY_COUNT": "2"})


def test_what_is_shown_hides_secrets_and_passwords() -> None:
    environ = {
        "EXPRESSB2B_SECRET": TOKEN,
        "EXPRESSB2B_DATABASE": "postgresql://shop:hush@db/orders",
    }

    shown = {row.name: row.value for row in load({}, environ).shown()}

    assert shown["secret"] == "(set)"
    assert shown["metrics_token"] == ""
    assert shown["database"] == "postgresql://shop:…@db/orders"
    assert shown["webhook_retry_seconds"].startswith("5,300,1800,")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("EXPRESSB2B_PROT", ": did you mean EXPRESSB2B_PORT?"),
        ("EXPRESSB2B_PORTS", ": did you mean EXPRESSB2B_PORT?"),
        ("EXPRESSB2B_METRIC_TOKEN_FILE", ": did you mean EXPRESSB2B_METRICS_TOKEN_FILE?"),
        ("EXPRESSB2B_COLOUR", "."),
    ],
)
def test_variable_that_is_no_setting_is_told(name: str, told: str) -> None:
    environ = {name: "1", "EXPRESSB2B_PORT": "81", "EXPRESSB2B_API_KEY": "x", "PATH": "/bin"}

    assert unknown_variables(environ) == [f"{name} is no setting and has no effect{told}"]


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"EXPRESSB2B_HOST": "0.0.0.0", "EXPRESSB2B_PORT": "81"}, "http://127.0.0.1:81"),
        ({"EXPRESSB2B_HOST": "::1"}, "http://[::1]:8000"),
        ({"EXPRESSB2B_PUBLIC_URL": "https://orders.example.com"}, "https://orders.example.com"),
    ],
)
def test_address_of_clients_is_that_of_the_server_unless_it_is_set(
    environ: dict[str, str], url: str
) -> None:
    loaded = load({}, environ)

    assert loaded.url_at(loaded.port) == url
    assert {row.name: row.value for row in loaded.shown()}["public_url"] == url


def test_every_setting_has_a_name_on_the_outside_and_help() -> None:
    for row in settings.table():
        assert row.flag or row.variable
        assert row.help.endswith(".")


def test_the_flags_are_those_that_are_documented() -> None:
    flags = [row.flag for row in settings.table() if row.flag]

    assert flags == ["--database", "--host", "--port", "--threads", "--demo"]
