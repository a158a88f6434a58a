"""Static files before and after `collectstatic`, in a synchronous and in an asynchronous process."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from pytest_django import Settings

from marathon_site.static import StaticFilesMiddleware, StaticFilesStorage

FILE = "admin/css/base.css"
IMPORT = re.compile(r'^(?:import|\} from)\b[^"]*"([^"]+)";$', re.MULTILINE)


def middleware() -> StaticFilesMiddleware:
    return StaticFilesMiddleware(lambda _request: HttpResponse("the application"))


def request(path: str, **headers: str) -> HttpRequest:
    request = HttpRequest()
    request.method = "GET"
    request.path_info = path
    request.META.update(headers)
    return request


def test_a_checkout_serves_files_as_they_lie(client: Client) -> None:
    answer = client.get(staticfiles_storage.url(FILE))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
    assert answer.content


async def test_an_asynchronous_process_serves_them_too(async_client: AsyncClient) -> None:
    answer = await async_client.get(staticfiles_storage.url(FILE))
    assert answer.status_code == 200
    assert answer.content


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> str:
    """The URL of the file once everything is collected into a folder of this test."""
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_USE_FINDERS = False
    call_command("collectstatic", "--noinput", verbosity=0)
    return staticfiles_storage.url(FILE)


def test_collected_files_may_be_kept_for_ever(collected: str) -> None:
    assert collected != f"/static/{FILE}"
    answer = middleware()(request(collected))
    assert "immutable" in answer["Cache-Control"]


def test_collected_files_are_sent_compressed(collected: str) -> None:
    answer = middleware()(request(collected, HTTP_ACCEPT_ENCODING="gzip"))
    assert answer["Content-Encoding"] == "gzip"
    assert answer.content[:2] == b"\x1f\x8b"


def test_collected_modules_import_each_other_by_hashed_names(collected: str, settings: Settings) -> None:
    storage = StaticFilesStorage()
    modules = [name for name in storage.hashed_files if name.startswith("live/") and name.endswith(".js")]
    stored = [Path(settings.STATIC_ROOT, storage.stored_name(name)) for name in modules]
    imports = [(module, found) for module in stored for found in IMPORT.findall(module.read_text())]
    assert len(imports) > len(modules) / 2
    assert {(module.parent / found).resolve() for module, found in imports} <= set(stored)


def test_a_part_of_a_file_can_be_asked_for(collected: str) -> None:
    answer = middleware()(request(collected, HTTP_RANGE="bytes=0-9"))
    assert (answer.status_code, len(answer.content)) == (206, 10)


def test_a_file_that_was_replaced_meanwhile_is_sent_whole(collected: str, settings: Settings) -> None:
    running = middleware()
    path = Path(settings.STATIC_ROOT, FILE)
    path.write_text(path.read_text() + "/* the next release */")
    answer = running(request(f"/static/{FILE}"))
    assert int(answer["Content-Length"]) == len(answer.content) == path.stat().st_size


def test_what_is_no_file_reaches_the_application() -> None:
    assert middleware()(request("/marathons")).content == b"the application"
