"""When messages may be waiting that came in time."""

import pytest

from live.feed.absence import Absence

SECOND = 1_000_000


def looking(absence: Absence, *seconds: float, listening: bool = True, drained: bool = True) -> Absence:
    """Look at these seconds."""
    for second in seconds:
        absence.look(int(second * SECOND), listening=listening, drained=drained)
    return absence


@pytest.fixture
def absence() -> Absence:
    """Of one who has looked each second until 12."""
    return looking(Absence(), 10, 11, 12)


def test_who_looks_each_second_is_never_away(absence: Absence) -> None:
    absence.notice(15 * SECOND)
    assert looking(absence, 16).since is None


def test_who_lost_an_input_is_away_since_the_look_before(absence: Absence) -> None:
    assert looking(absence, 13, 14, 15, listening=False).since == 12 * SECOND


def test_who_did_not_look_was_away(absence: Absence) -> None:
    """The database kept it, or the process stood still."""
    absence.notice(18 * SECOND)
    assert absence.since == 12 * SECOND


def test_who_has_not_looked_yet_was_not_away() -> None:
    absence = Absence()
    absence.notice(18 * SECOND)
    assert absence.since is None


def test_an_absence_ends_with_the_second_look_that_finds_nothing_waiting(absence: Absence) -> None:
    absence.began(5 * SECOND)
    assert looking(absence, 13).since == 5 * SECOND
    assert looking(absence, 14, drained=False).since == 5 * SECOND
    assert looking(absence, 15).since == 5 * SECOND
    assert looking(absence, 16).since is None


def test_the_first_of_several_absences_counts(absence: Absence) -> None:
    absence.began(9 * SECOND)
    absence.began(11 * SECOND)
    assert absence.since == 9 * SECOND
