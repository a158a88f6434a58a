"""The pages in a real Chromium, on a real server: they take over what was rendered, move, and survive a lost socket."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from live.announcing import on_board_changed
from live.pages.boards import PAGE_SIZE
from live.pages.figures import MISSING
from marathons.actions import disqualify, save_marathon, save_user
from marathons.clock import hold, stamp_rows
from marathons.models import Marathon, Participant, User
from marathons.signals import board_changed
from tests import services
from tests.cast import crowd, has_equity, take_part
from tests.live.pages.browser import PATIENCE, Site, Window, chromium

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

LIVE = "Live: this page moves by itself."
Open = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def models_beside_playwright() -> Iterator[None]:
    """Playwright keeps a loop in this thread: Django would not touch the database, nor could a change be announced."""
    board_changed.disconnect(dispatch_uid="live.announcing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield
    board_changed.connect(on_board_changed, dispatch_uid="live.announcing")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(services.require("chromium")) as opened:
        expect.set_options(timeout=PATIENCE * 1000)
        yield opened


@pytest.fixture(scope="module")
def running_site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def site(running_site: Site, transactional_db: None) -> Site:
    return running_site


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Callable[..., Window]]:
    """Opens windows; at the end none of them may have complained."""
    opened: list[Window] = []

    def open_window(**options: Any) -> Window:
        opened.append(Window(browser, **options))
        return opened[-1]

    yield open_window
    for one in opened:
        one.close()
    assert [one.complaints for one in opened] == [[] for _ in opened]


@pytest.fixture
def watch(site: Site, window: Callable[..., Window]) -> Open:
    """Opens a board and waits until it is live."""

    def open_board(marathon: Marathon, query: str = "", **options: Any) -> Page:
        page = window(**options).page
        page.goto(site.board(marathon.pk) + query)
        expect(page.locator("#connection")).to_have_text(LIVE)
        return page

    return open_board


@pytest.fixture
def three(public_marathon: Marathon, now: datetime) -> list[Participant]:
    """Three participants, in this order on the board."""
    people = crowd(public_marathon, 3)
    for participant, equity in zip(people, ("13000", "12000", "11000"), strict=True):
        has_equity(participant, equity, at=now - timedelta(hours=5))
    return people


def reaches(participant: Participant, equity: str, at: datetime | None = None) -> None:
    """What the worker does: a new figure, with a stamp, announced."""
    with transaction.atomic():
        hold()
        has_equity(participant, equity, at=at)
        stamp_rows([participant.pk], [participant.marathon_id])


def lines(page: Page) -> Any:
    return page.locator("#lines tr")


def expect_order(page: Page, *people: Participant) -> None:
    expect(page.locator("#lines .bib")).to_have_text([str(one.bib) for one in people])
    expect(page.locator("#lines .rank")).to_have_text([str(rank) for rank in range(1, len(people) + 1)])


def test_rows_change_places_without_being_made_anew(
    watch: Open, public_marathon: Marathon, three: list[Participant]
) -> None:
    page = watch(public_marathon)
    expect_order(page, *three)
    page.locator("#lines tr").evaluate_all("rows => rows.forEach((row) => { row.known = row.dataset.bib; })")
    reaches(three[2], "14000")
    expect_order(page, three[2], three[0], three[1])
    expect(lines(page).first.locator(".gain")).to_have_text("+40.00")
    assert page.locator("#lines tr").evaluate_all("rows => rows.every((row) => row.known === row.dataset.bib)")
    assert page.evaluate("slides") > 0


def test_who_wants_less_motion_sees_none(watch: Open, public_marathon: Marathon, three: list[Participant]) -> None:
    page = watch(public_marathon, reduced_motion="reduce")
    reaches(three[2], "14000")
    expect_order(page, three[2], three[0], three[1])
    assert page.evaluate("slides") == 0


def test_the_socket_shows_what_the_server_rendered(
    watch: Open, window: Callable[..., Window], site: Site, public_marathon: Marathon, three: list[Participant]
) -> None:
    cheat, silent = crowd_of_two(public_marathon)
    has_equity(cheat, "1234.565")
    disqualify(cheat, "Copied <b>trades</b>")
    rendered = window(java_script_enabled=False).page
    rendered.goto(site.board(public_marathon.pk))
    live = watch(public_marathon)

    def whole(page: Page) -> list[str]:
        return [re.sub(r"\s+", " ", one.inner_html()) for one in (page.locator("#lines"), page.locator("#pager"))]

    assert whole(rendered) == whole(live)
    assert rendered.locator("#lines tr").count() == 5
    expect(lines(live).nth(3).locator("small")).to_have_text("no data yet")
    expect(lines(live).nth(4).locator("small")).to_have_text("disqualified: Copied <b>trades</b>")
    assert silent.pk


def crowd_of_two(marathon: Marathon) -> list[Participant]:
    people = (User.objects.create_user(f"more{n}@example.com", first_name=f"More {n}") for n in range(2))
    return [take_part(marathon, user, f"77{index}") for index, user in enumerate(people)]


def test_who_enters_and_who_is_disqualified_is_shown_at_once(
    watch: Open, public_marathon: Marathon, three: list[Participant]
) -> None:
    page = watch(public_marathon)
    expect(page.locator("#total")).to_have_text("3 participants")
    late = take_part(public_marathon, User.objects.create_user("late@example.com", first_name="Late"), "77")
    expect(page.locator("#total")).to_have_text("4 participants")
    expect(lines(page).last).to_contain_text("Late")
    expect(lines(page).last).to_contain_text("no data yet")
    disqualify(three[0], "Copied trades")
    expect(lines(page).last).to_contain_text("disqualified: Copied trades")
    expect(lines(page).last.locator(".rank")).to_have_text(MISSING)
    expect(lines(page).first.locator(".bib")).to_have_text(str(three[1].bib))
    assert late.bib == 4


def test_a_hostile_name_stays_text_when_it_comes_over_the_socket(
    watch: Open, public_marathon: Marathon, three: list[Participant]
) -> None:
    page = watch(public_marathon)
    user = three[1].user
    user.first_name, user.last_name = "<img src=x onerror=alert(1)>", "\u202egnorw"
    save_user(user)
    expect(lines(page).nth(1).locator("bdi")).to_have_text("<img src=x onerror=alert(1)> \u202egnorw")
    assert page.locator("#lines img").count() == 0


def test_a_further_page_follows_its_own_window(watch: Open, public_marathon: Marathon) -> None:
    people = crowd(public_marathon, PAGE_SIZE + 2)
    for index, participant in enumerate(people):
        has_equity(participant, str(20_000 - index))
    page = watch(public_marathon, "?page=2")
    expect(page.locator("#lines .rank")).to_have_text(["101", "102"])
    reaches(people[-1], "30000")
    expect(page.locator("#lines .bib")).to_have_text([str(people[-3].bib), str(people[-2].bib)])
    expect(page.locator("#lines .rank")).to_have_text(["101", "102"])
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#connection")).to_have_text(LIVE)
    expect(lines(page)).to_have_count(PAGE_SIZE)
    expect(lines(page).first.locator(".bib")).to_have_text(str(people[-1].bib))


def test_a_board_that_is_cut_off_says_so_and_catches_up(
    browser: Browser, site: Site, public_marathon: Marathon, three: list[Participant]
) -> None:
    window = Window(browser)
    page = window.page
    page.goto(site.board(public_marathon.pk))
    expect(page.locator("#connection")).to_have_text(LIVE)
    site.stop()
    expect(page.locator("#connection")).to_contain_text("Not connected, trying again. Board as of")
    expect_order(page, *three)
    reaches(three[2], "14000")
    site.start()
    expect(page.locator("#connection")).to_have_text(LIVE)
    expect_order(page, three[2], three[0], three[1])
    window.close()
    refused = re.compile("ERR_CONNECTION_REFUSED|WebSocket connection to")
    assert [said for said in window.complaints if not refused.search(said)] == []


def test_a_marathon_that_ends_is_told_while_it_is_watched(
    watch: Open, public_marathon: Marathon, now: datetime
) -> None:
    page = watch(public_marathon)
    expect(page.locator("#phase .word")).to_have_text("Ongoing")
    public_marathon.ends_at = datetime.now(UTC)
    save_marathon(public_marathon)
    expect(page.locator("#phase .word")).to_have_text("Finished")
    expect(page.locator("#phase .verb")).to_have_text("ended")
    expect(page.locator("#phase .countdown")).to_be_hidden()
    expect(page.locator("#feed")).to_be_hidden()


def test_a_private_board_is_live_for_those_who_take_part(
    browser: Browser, site: Site, marathon: Marathon, alices: Participant, bobs: Participant, alice: User
) -> None:
    session = Client()
    session.force_login(alice)
    cookie = session.cookies[settings.SESSION_COOKIE_NAME].value
    window = Window(browser)
    window.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site.url}])
    window.page.goto(site.board(marathon.pk))
    expect(window.page.locator("#connection")).to_have_text(LIVE)
    reaches(bobs, "11000")
    reaches(alices, "12000")
    expect_order(window.page, alices, bobs)
    expect(window.page.locator("#lines tr.mine .bib")).to_have_text(str(alices.bib))
    window.close()
    assert window.complaints == []


def test_the_front_page_leads_to_a_board(window: Callable[..., Window], site: Site, public_marathon: Marathon) -> None:
    page = window().page
    page.goto(site.url)
    page.get_by_role("link", name=public_marathon.name).click()
    expect(page.locator("#connection")).to_have_text(LIVE)
    expect(page.get_by_text("Nobody takes part yet.")).to_be_visible()


def test_a_board_fits_a_phone_without_sideways_scrolling_of_the_page(
    watch: Open, public_marathon: Marathon, three: list[Participant]
) -> None:
    page = watch(public_marathon, viewport={"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    box = lines(page).first.locator(".equity").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360


def test_the_head_of_a_board_stays_in_sight_on_a_phone(
    watch: Open, public_marathon: Marathon, three: list[Participant]
) -> None:
    page = watch(public_marathon, viewport={"width": 360, "height": 150})
    page.locator(".scroll").evaluate("scroll => scroll.scrollTo(0, 60)")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    for name in ("rank", "name", "gain"):
        head = page.locator(f"thead .{name}")
        box = head.bounding_box()
        assert box is not None
        assert box["y"] >= -1
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert head.evaluate("(head, at) => document.elementFromPoint(...at) === head", middle), f"{name} is covered"
