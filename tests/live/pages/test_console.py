"""The console on the page of the WebSocket protocol, in a real Chromium: connect, send, watch."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from marathons.models import Marathon
from tests import services
from tests.live.pages.browser import PATIENCE, Site, Window, chromium

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def models_beside_playwright() -> Iterator[None]:
    """Playwright keeps a loop in this thread, where Django would refuse to touch the database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(services.require("chromium")) as opened:
        expect.set_options(timeout=PATIENCE * 1000)
        yield opened


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def page(browser: Browser, site: Site, transactional_db: None) -> Iterator[Page]:
    """The page; it must not complain of anything."""
    window = Window(browser)
    window.page.goto(f"{site.url}/apiv1/marathons/websocket-docs")
    yield window.page
    complaints = window.complaints
    window.close()
    assert complaints == []


def says(page: Page, words: str) -> None:
    expect(page.locator("#state")).to_have_text(words)


def test_a_guest_watches_a_board(page: Page, public_marathon: Marathon) -> None:
    page.get_by_label("Marathon id").fill(str(public_marathon.pk))
    page.get_by_role("button", name="Get a guest token for it").click()
    says(page, "Here is a guest token: connect with it.")
    page.get_by_role("button", name="Connect", exact=True).click()
    says(page, "Connected.")
    frames = page.locator("#frames summary")
    expect(frames.filter(has_text='"event":"connected"')).to_have_count(1)
    page.get_by_role("button", name="Send").click()
    expect(frames.filter(has_text="← ").filter(has_text='"event":"marathon_leaderboard"')).to_have_count(1)
    expect(frames.filter(has_text='"event":"subscribed"')).to_have_count(1)
    page.get_by_role("button", name="Disconnect").click()
    says(page, "Not connected: closed with code 1000.")


def test_a_wrong_token_is_told_with_its_reason(page: Page) -> None:
    page.get_by_label("Access token").fill("wrong")
    page.get_by_role("button", name="Connect", exact=True).click()
    says(page, "Not connected: closed with code 4500.")
    expect(page.locator("#frames summary").filter(has_text="Authentication failed")).to_have_count(1)


def test_an_example_of_each_command_can_be_sent(page: Page, public_marathon: Marathon) -> None:
    page.get_by_label("Command").select_option("ping")
    expect(page.get_by_label("Message", exact=True)).to_have_value(re.compile('"event": "ping"'))
    page.get_by_label("Marathon id").fill(str(public_marathon.pk))
    page.get_by_label("Command").select_option("unsubscribe_marathon")
    assert str(public_marathon.pk) in page.get_by_label("Message", exact=True).input_value()
