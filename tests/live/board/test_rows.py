from msgspec.structs import replace

from live.board.rows import Money, Status
from tests.live.board.boards import a_row


def test_an_active_participant_with_equity_is_active() -> None:
    assert a_row(1, "2.5").status is Status.ACTIVE


def test_an_active_participant_without_equity_has_no_data() -> None:
    assert replace(a_row(1), money=Money(currency="USD")).status is Status.NO_DATA


def test_a_disqualified_participant_without_equity_is_shown_as_disqualified() -> None:
    assert a_row(1, None, status=Status.DISQUALIFIED).status is Status.DISQUALIFIED


def test_the_spelling_of_a_status_is_the_protocols() -> None:
    assert [status.value for status in Status] == ["active", "no_data", "disqualified", "withdrawn"]
