"""Small objects that count: credits for messages, places for connections."""

from live.limits import Credits, Places


def test_so_many_messages_may_come_at_once_and_then_one_at_a_time() -> None:
    credits_ = Credits(60, 10.0, now=0.0)
    assert [credits_.take(0.0) for _ in range(60)] == [0.0] * 60
    wait = credits_.take(0.0)
    assert round(wait, 6) == round(1 / 6, 6)
    assert credits_.take(wait + 1e-6) == 0.0


def test_refusals_are_counted_in_a_row() -> None:
    credits_ = Credits(1, 1.0, now=0.0)
    for at in (0.0, 0.1, 0.2):
        credits_.take(at)
    assert credits_.refused == 2
    assert credits_.take(1.5) == 0.0
    assert credits_.refused == 0


def test_a_long_silence_saves_up_no_more_than_the_bound() -> None:
    credits_ = Credits(2, 10.0, now=0.0)
    assert [credits_.take(1e6) == 0.0 for _ in range(3)] == [True, True, False]


def test_each_key_has_its_places_and_none_is_remembered_that_holds_none() -> None:
    places = Places()
    assert [places.take("a", 2) for _ in range(3)] == [True, True, False]
    assert places.take("b", 2)
    places.give_back("a")
    assert places.take("a", 2)
    for key in ("a", "a", "b"):
        places.give_back(key)
    assert not places._held
