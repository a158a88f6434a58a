"""The page of Swagger UI: from files of our own, under the site's policy."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

from marathons.models import Marathon
from tests.live.pages.browser import PATIENCE, Site, Window, chromium
from tests.marathons.api.caller import Caller


def test_the_page_needs_no_other_host_and_no_script_inside(anybody: Caller) -> None:
    answer = anybody.send("GET", "/swagger")
    page = answer.content.decode()
    assert answer["Content-Type"].startswith("text/html")
    assert "://" not in page
    assert re.findall(r"<script(?![^>]*src=)|<style|style=|\son\w+=", page) == []


def test_every_file_of_the_page_is_there(anybody: Caller) -> None:
    page = anybody.send("GET", "/swagger").content.decode()
    files = re.findall(r'"/static/([^"]+)"', page)
    assert len(files) == 4
    assert [name for name in files if finders.find(name) is None] == []


@pytest.fixture
def window(chromium_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    # Playwright keeps a loop in this thread, where Django would refuse to touch the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    site = Site(tmp_path)
    site.start()
    with chromium(chromium_path) as browser:
        window = Window(browser, base_url=site.url)
        yield window
        window.close()
    site.stop()


@pytest.mark.needs_chromium
@pytest.mark.django_db(transaction=True)
def test_a_visitor_reads_the_document_and_tries_it(window: Window, public_marathon: Marathon) -> None:
    page = window.page
    page.goto("/swagger")
    listed = page.locator("#operations-Marathons-listMarathons")
    expect(listed).to_be_visible(timeout=PATIENCE * 1000)
    listed.click()
    listed.get_by_role("button", name="Try it out").click()
    listed.get_by_role("button", name="Execute").click()
    expect(listed.locator(".live-responses-table")).to_contain_text(public_marathon.name)
    assert window.complaints == []
