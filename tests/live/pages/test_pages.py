"""The pages as a browser without JavaScript gets them."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from live.board.ranking import Ranking
from live.board.rows import MarathonId
from live.hub.store import read
from live.pages.boards import PAGE_SIZE
from live.pages.figures import MISSING
from marathons.actions import cancel, disqualify, save_user, withdraw
from marathons.models import FeedWorker, Marathon, Participant, Standing, User
from marathons.models.standing import board_order
from marathons.tokens import verify_access
from tests.cast import PASSWORD, crowd, has_equity, make_marathon, take_part

pytestmark = pytest.mark.django_db

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def board_of(marathon: Marathon, client: Client, query: str = "") -> str:
    answer = client.get(f"/marathons/{marathon.pk}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def bibs(html: str) -> list[int]:
    return [int(bib) for bib in re.findall(r'<tr data-bib="(\d+)"', html)]


def line(html: str, participant: Participant) -> str:
    """The words of a participant's row."""
    found = re.search(rf'<tr data-bib="{participant.bib}".*?</tr>', html, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# The board ----------------------------------------------------------------------------------------------------------


def test_the_board_is_there_with_and_without_a_slash(client: Client, public_marathon: Marathon) -> None:
    assert client.get(f"/marathons/{public_marathon.pk}").status_code == 200
    assert client.get(f"/marathons/{public_marathon.pk}/").status_code == 200
    assert client.get(f"/marathons/{str(public_marathon.pk).upper()}").status_code == 200


def test_a_row_says_how_a_participant_stands(
    client: Client, public_marathon: Marathon, alice: User, now: datetime
) -> None:
    alices = take_part(public_marathon, alice, "1001")
    has_equity(alices, "10150.25", at=now - timedelta(minutes=3))
    words = line(board_of(public_marathon, client), alices)
    assert words == "1 Alice Tester +1.50 10,150.25 USD 10,150.25 0.00 0.00 3 min 1"


def test_participants_stand_in_the_order_of_the_live_board(client: Client, public_marathon: Marathon) -> None:
    for index, participant in enumerate(crowd(public_marathon, 30)):
        if index % 5:
            has_equity(participant, str(9_000 + index * 977 % 17 * 100))
        if index % 7 == 0:
            disqualify(participant, "Copied trades")
        if index % 11 == 5:
            withdraw(participant)
    reading = read(MarathonId(public_marathon.pk))
    assert reading is not None
    assert bibs(board_of(public_marathon, client)) == [row.identity.bib for row in Ranking(reading.rows).rows]


def test_who_has_no_data_is_disqualified_or_withdrawn_has_no_rank_but_a_reason(
    client: Client, public_marathon: Marathon
) -> None:
    ranked, silent, cheat, gone = crowd(public_marathon, 4)
    has_equity(ranked, "9000")
    has_equity(cheat, "20000")
    disqualify(cheat, "Copied trades")
    withdraw(gone)
    html = board_of(public_marathon, client)
    assert bibs(html) == [ranked.bib, silent.bib, cheat.bib, gone.bib]
    assert line(html, ranked).startswith("1 P0 Crowd")
    assert line(html, silent).startswith(f"{MISSING} P1 Crowd no data yet")
    assert line(html, cheat).startswith(f"{MISSING} P2 Crowd disqualified: Copied trades")
    assert line(html, gone).startswith(f"{MISSING} P3 Crowd withdrawn")


def test_a_silent_row_keeps_its_rank_and_shows_its_age(
    client: Client, public_marathon: Marathon, now: datetime
) -> None:
    first, second = crowd(public_marathon, 2)
    has_equity(first, "12000", at=now - timedelta(hours=5))
    has_equity(second, "11000", at=now)
    words = line(board_of(public_marathon, client), first)
    assert words.startswith("1 ")
    assert " 5 h " in words


def test_a_long_board_has_pages_that_go_on_where_the_one_before_ended(
    client: Client, public_marathon: Marathon
) -> None:
    crowd(public_marathon, PAGE_SIZE + 3)
    first, second = board_of(public_marathon, client), board_of(public_marathon, client, "?page=2")
    assert len(bibs(first)) == PAGE_SIZE
    assert len(bibs(second)) == 3
    assert not set(bibs(first)) & set(bibs(second))
    assert "Rows 101 to 103 of 103" in second


@pytest.mark.parametrize(
    ("asked", "shown"), [("2", 2), ("999", 2), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9" * 30, 1)]
)
def test_a_page_that_is_none_shows_one_that_is(
    client: Client, public_marathon: Marathon, asked: str, shown: int
) -> None:
    crowd(public_marathon, PAGE_SIZE + 1)
    assert f'"page": {shown},' in board_of(public_marathon, client, f"?page={asked}")


def test_an_empty_board_says_so(client: Client, public_marathon: Marathon) -> None:
    html = board_of(public_marathon, client)
    assert '<p id="empty" class="quiet">Nobody takes part yet.</p>' in html
    assert "0 participants" in html


def test_a_board_of_any_size_takes_six_queries(
    client: Client, public_marathon: Marathon, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    crowd(public_marathon, 5)
    with django_assert_num_queries(6):
        board_of(public_marathon, client)
    has_equity(take_part(public_marathon, User.objects.create_user("late@example.com"), "77"), "11000")
    Standing.objects.exclude(participant__bib=1).update(score=1, max_drawdown=1, tier=0)
    with django_assert_num_queries(6):
        board_of(public_marathon, client)


def test_a_page_of_the_board_is_read_from_its_index(public_marathon: Marathon) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # so few rows are sorted sooner than looked up
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
    page = Standing.objects.filter(marathon_id=public_marathon.pk).order_by(*board_order())[:PAGE_SIZE]
    assert "standing_order_of_the_board" in page.explain()


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        (timedelta(days=3, hours=4, seconds=30), timedelta(days=9), "Upcoming starts in 3 d 4 h ,"),
        (timedelta(hours=-1), timedelta(hours=2, seconds=30), "Ongoing ends in 2 h 0 min ,"),
        (timedelta(days=-9), timedelta(days=-2), "Finished ended"),
    ],
)
def test_a_board_says_when_its_marathon_starts_or_ends(
    client: Client, now: datetime, starts: timedelta, ends: timedelta, words: str
) -> None:
    marathon = make_marathon(now, starts_at=now + starts, ends_at=now + ends)
    found = re.search(r'<p id="phase".*?</p>', board_of(marathon, client), re.DOTALL)
    assert found
    shown = re.sub(r'<span class="countdown" hidden>.*?</span>', "", found[0])
    assert " ".join(re.sub(r"<[^>]*>", " ", shown).split()).startswith(words)


def test_a_cancelled_marathon_says_so(client: Client, public_marathon: Marathon, now: datetime) -> None:
    cancel(public_marathon, now)
    assert '<strong class="word">Cancelled</strong>' in board_of(public_marathon, client)


@pytest.mark.parametrize(
    ("seen", "heard", "words"),
    [
        (0, 1, "The feed is live."),
        (0, 600, "The feed is silent."),
        (600, 600, "The feed is down."),
        (None, None, "The feed is down."),
    ],
)
def test_a_board_says_how_the_feed_is(
    client: Client, public_marathon: Marathon, now: datetime, seen: int | None, heard: int | None, words: str
) -> None:
    if seen is not None and heard is not None:
        FeedWorker.objects.create(
            queue="q",
            holder=uuid4(),
            taken_at=now,
            seen_at=now - timedelta(seconds=seen),
            last_object_at=now - timedelta(seconds=heard),
        )
    assert f'<span class="word">{words}</span>' in board_of(public_marathon, client)


# Who sees what ------------------------------------------------------------------------------------------------------


def test_a_private_board_is_for_its_participants_and_staff(
    client: Client, marathon: Marathon, alices: Participant, alice: User, charlie: User, sam: User
) -> None:
    path = f"/marathons/{marathon.pk}"
    assert client.get(path).status_code == 404
    assert logged_in(charlie).get(path).status_code == 404
    assert logged_in(alice).get(path).status_code == 200
    assert logged_in(sam).get(path).status_code == 200


def test_what_may_not_be_seen_looks_like_what_does_not_exist(client: Client, marathon: Marathon) -> None:
    hidden, missing = client.get(f"/marathons/{marathon.pk}"), client.get(f"/marathons/{uuid4()}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


def test_viewers_see_which_row_is_theirs(
    marathon: Marathon, alices: Participant, bobs: Participant, alice: User
) -> None:
    html = board_of(marathon, logged_in(alice))
    assert re.findall(r'data-bib="(\d+)"[^>]* class="mine"', html) == [str(alices.bib)]


def test_no_page_shows_an_e_mail_address(marathon: Marathon, alices: Participant, bobs: Participant, sam: User) -> None:
    nameless = User.objects.create_user("nameless@example.com", is_staff=True)
    take_part(marathon, nameless, "2001")
    for path in ("/", f"/marathons/{marathon.pk}", "/nowhere"):
        assert b"@" not in logged_in(nameless).get(path).content
    assert "Trader 3" in board_of(marathon, logged_in(sam))


def test_names_and_reasons_are_text_whatever_is_in_them(client: Client, now: datetime, alice: User) -> None:
    marathon = make_marathon(now, name=HOSTILE, description=HOSTILE)
    alices = take_part(marathon, alice, "1001")
    alice.first_name = HOSTILE
    save_user(alice)
    disqualify(alices, HOSTILE)
    for html in (board_of(marathon, client), client.get("/").content.decode()):
        assert "<img" not in html
        assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in html


def test_pages_need_no_inline_script_or_style(client: Client, public_marathon: Marathon) -> None:
    crowd(public_marathon, 2)
    for path in ("/", f"/marathons/{public_marathon.pk}", "/login", "/nowhere"):
        html = client.get(path).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
        assert all(re.search(r"\ssrc=|application/json", tag) for tag in re.findall(r"<script[^>]*>", html))


def test_pages_are_not_kept_by_caches(client: Client, public_marathon: Marathon) -> None:
    assert client.get(f"/marathons/{public_marathon.pk}")["Cache-Control"] == "private, no-cache"


# The front page -----------------------------------------------------------------------------------------------------


def names_in(html: str, section: str) -> list[str]:
    found = re.search(rf'<section aria-labelledby="{section}">.*?</section>', html, re.DOTALL)
    assert found
    return re.findall(r"<bdi>(.*?)</bdi></a>", found[0])


def test_the_front_page_lists_what_is_on_to_come_and_over(client: Client, now: datetime) -> None:
    day = timedelta(days=1)
    make_marathon(now, name="Now")
    make_marathon(now, name="Later", starts_at=now + 2 * day, ends_at=now + 3 * day)
    make_marathon(now, name="Sooner", starts_at=now + day, ends_at=now + 3 * day)
    make_marathon(now, name="Over", starts_at=now - 3 * day, ends_at=now - day)
    cancel(make_marathon(now, name="Called off"), now)
    html = client.get("/").content.decode()
    assert names_in(html, "ongoing") == ["Now"]
    assert names_in(html, "upcoming") == ["Sooner", "Later"]
    assert names_in(html, "finished") == ["Called off", "Over"]


def test_private_marathons_are_listed_for_those_who_may_see_them(
    client: Client, marathon: Marathon, alices: Participant, alice: User, charlie: User, sam: User
) -> None:
    def listed(by: Client) -> bool:
        return str(marathon.pk) in by.get("/").content.decode()

    assert [listed(by) for by in (client, logged_in(charlie), logged_in(alice), logged_in(sam))] == [
        False,
        False,
        True,
        True,
    ]


def test_what_is_over_comes_in_pages(client: Client, now: datetime) -> None:
    day = timedelta(days=1)
    for index in range(23):
        make_marathon(now, name=f"Old {index}", starts_at=now - 50 * day, ends_at=now - (index + 1) * day)
    assert len(names_in(client.get("/").content.decode(), "finished")) == 20
    assert names_in(client.get("/?page=2").content.decode(), "finished") == ["Old 20", "Old 21", "Old 22"]


def test_the_front_page_takes_four_queries_for_any_number_of_marathons(
    client: Client, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(6):
        crowd(make_marathon(now, name=f"Marathon {index}"), 2)
    with django_assert_num_queries(4):
        html = client.get("/").content.decode()
    assert html.count("2 participants") == 6


# Tokens and logging in ----------------------------------------------------------------------------------------------


def token_for(client: Client, marathon: Marathon, **headers: str) -> Any:
    return client.post(f"/marathons/{marathon.pk}/token", headers=headers)


def test_who_is_logged_in_gets_a_token_of_their_own_for_the_socket(
    marathon: Marathon, alices: Participant, alice: User
) -> None:
    answer = token_for(logged_in(alice), marathon)
    assert verify_access(answer.json()["access"]).user_id == alice.pk
    assert "no-store" in answer["Cache-Control"]


def test_nobody_else_gets_one(client: Client, marathon: Marathon, charlie: User) -> None:
    assert token_for(client, marathon).status_code == 403
    assert token_for(logged_in(charlie), marathon).status_code == 404


def test_another_site_cannot_fetch_a_token_with_a_visitors_cookie(
    marathon: Marathon, alices: Participant, alice: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert token_for(client, marathon).status_code == 403
    html = client.get(f"/marathons/{marathon.pk}").content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)
    assert found
    assert token_for(client, marathon, X_CSRFToken=found[1]).status_code == 200


def test_visitors_are_sent_to_the_guest_tokens_of_this_marathon(client: Client, public_marathon: Marathon) -> None:
    url = f"/apiv1/marathons/{public_marathon.pk}/guest-token"
    assert f'"tokenUrl": "{url}"' in board_of(public_marathon, client)
    claims = verify_access(client.post(url).json()["access"])
    assert claims.guest_of == UUID(str(public_marathon.pk))


def test_people_log_in_and_out(client: Client, alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    answer = client.post("/login", {"username": "Alice@Example.com", "password": PASSWORD})
    assert answer.status_code == 302
    assert "Alice Tester" in client.get("/").content.decode()
    client.post("/logout")
    assert "Alice Tester" not in client.get("/").content.decode()


def test_a_wrong_password_is_told_without_saying_who_exists(client: Client, alice: User) -> None:
    answers = [client.post("/login", {"username": name, "password": "x"}) for name in ("alice@example.com", "a@b.cd")]
    told = [re.findall(r'role="alert"[^>]*>([^<]*)', answer.content.decode()) for answer in answers]
    assert told[0] == told[1] != []


def test_guessing_passwords_is_slow(client: Client, settings: Settings) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "login": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    statuses = [
        client.post("/login", {"username": "a@b.cd", "password": "x"}, REMOTE_ADDR="203.0.113.9").status_code
        for _ in range(3)
    ]
    assert statuses == [200, 200, 429]
