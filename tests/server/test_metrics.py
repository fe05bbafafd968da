from __future__ import annotations

from expressb2b_server.metrics import Metrics
from tests.clocks import MARCH_15, FakeClock


def test_requests_are_counted_and_timed_by_route_and_status() -> None:
    metrics = Metrics(FakeClock(), "0.1.0")
    metrics.count("GET", "/api/orders", 200, 1_500_000_000)
    metrics.count("GET", "/api/orders", 200, 250_000_000)
    metrics.count("GET", "/api/orders", 401, 1)

    lines = metrics.text().splitlines()

    ok = '{method="GET",route="/api/orders",status="200"}'
    assert f"expressb2b_requests_total{ok} 2" in lines
    assert f"expressb2b_request_seconds_sum{ok} 1.750000000" in lines
    assert f"expressb2b_request_seconds_count{ok} 2" in lines
    refused = ok.replace("200", "401")
    assert f"expressb2b_request_seconds_sum{refused} 0.000000001" in lines


def test_the_release_and_the_start_are_told() -> None:
    lines = Metrics(FakeClock(), "0.1.0").text().splitlines()

    assert 'expressb2b_info{release="0.1.0"} 1' in lines
    assert f"expressb2b_start_time_seconds {MARCH_15}" in lines


def test_what_is_watched_is_asked_each_time() -> None:
    metrics = Metrics(FakeClock(), "0.1.0")
    figures = iter((7, 8))
    metrics.watch("expressb2b_pending", "Waiting.", lambda: next(figures))

    first, second = metrics.text(), metrics.text()

    assert "# TYPE expressb2b_pending gauge\nexpressb2b_pending 7\n" in first
    assert "expressb2b_pending 8\n" in second


def test_each_family_is_described_once_and_before_its_samples() -> None:
    metrics = Metrics(FakeClock(), "0.1.0")
    metrics.count("GET", "/livez", 200, 1)
    seen: set[str] = set()

    for line in metrics.text().splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in seen
            seen.add(name)
        elif not line.startswith("#"):
            family = line.partition("{")[0].partition(" ")[0]
            assert family.removesuffix("_sum").removesuffix("_count") in seen
