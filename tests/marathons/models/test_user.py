"""Users are known by their address, in small letters, and shown by their name."""

import pytest

from marathons.models import User


@pytest.mark.django_db
def test_an_address_is_stored_in_small_letters() -> None:
    assert User.objects.create_user("Ann@Example.COM").email == "ann@example.com"


@pytest.mark.django_db
def test_a_user_is_found_by_an_address_in_any_case() -> None:
    user = User.objects.create_user("ann@example.com")
    assert User.objects.get_by_natural_key("ANN@example.com") == user


@pytest.mark.django_db
def test_a_user_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        User.objects.create_user("")


@pytest.mark.django_db
def test_a_superuser_is_staff() -> None:
    boss = User.objects.create_superuser("boss@example.com", "x")
    assert (boss.is_staff, boss.is_superuser, boss.check_password("x")) == (True, True, True)


@pytest.mark.parametrize(
    ("first", "last", "shown"), [("Ann", "B", "Ann B"), ("", "B", "B"), ("Ann", "", "Ann"), ("", "", "")]
)
def test_the_display_name_is_what_is_known_of_the_name(first: str, last: str, shown: str) -> None:
    assert User(first_name=first, last_name=last, email="ann@example.com").display_name == shown
