"""The paths of the pages, each with and without a slash at the end."""

from collections.abc import Callable

from django.contrib.auth.views import LogoutView
from django.http import HttpResponseBase
from django.urls import URLPattern, path

from live.pages.views import LogIn, board_page, board_token, front_page
from marathons.api.routes import EitherWayPattern


def page(pattern: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return URLPattern(EitherWayPattern(pattern, name=name, is_endpoint=True), view, name=name)


urlpatterns = [
    path("", front_page, name="front-page"),
    page("marathons/<id:marathon_id>", board_page, "board"),
    page("marathons/<id:marathon_id>/token", board_token, "board-token"),
    page("login", LogIn.as_view(), "log-in"),
    page("logout", LogoutView.as_view(next_page="/"), "log-out"),
]
