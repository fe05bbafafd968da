import pytest

from expressb2b_server.delivery.answers import retry_after_seconds

NOW = 1_700_000_000  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("9999999999", 9_999_999_999),
        ("99999999999", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("１２０", None),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30),
        ("Tuesday, 14-Nov-23 22:13:50 GMT", 30),
        ("Tue Nov 14 22:13:50 2023", 30),
        ("Tue, 14 Nov 2023 22:13:50 -0000", 30),
        ("Tue, 14 Nov 2023 22:13:10 GMT", 0),
        ("Tue, 14 Nov 2023 25:13:50 GMT", None),
        ("Tue, 99 Nov 2023 22:13:50 GMT", None),
        ("Tue, 14 Nov 99999 22:13:50 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_and_nonsense_is_ignored(value, seconds):
    assert retry_after_seconds(value, NOW) == seconds
