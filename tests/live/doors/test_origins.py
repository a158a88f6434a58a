"""Which pages may open a socket."""

import pytest

from live.doors.origins import origin_allowed

ONE = frozenset({"https://app.example"})


@pytest.mark.parametrize(
    ("origin", "allowed", "may"),
    [
        ("https://app.example", ONE, True),
        ("https://evil.example", ONE, False),
        ("https://app.example.evil.example", ONE, False),
        ("http://app.example", ONE, False),
        ("null", ONE, False),
        ("https://live.example", ONE, True),  # our own page
        ("", ONE, True),  # no browser
        ("https://evil.example", frozenset(), True),  # no setting, no check: tokens decide
    ],
)
def test_with_origins_set_only_those_and_our_own_open_sockets(origin: str, allowed: frozenset[str], may: bool) -> None:
    assert origin_allowed(origin, "live.example", allowed) is may
