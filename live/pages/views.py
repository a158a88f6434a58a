"""The pages' views: the front page, a marathon's board, the token for its socket, logging in.

They ask marathons.access what may be seen, and answer 404 for what may not, as for what does not exist.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe
from rest_framework.request import Request
from rest_framework.views import APIView

from live.hub.feed import Feed
from live.hub.store import feed_signs
from live.pages import figures
from live.pages.boards import read_page
from live.pages.lists import read_lists
from live.pages.moments import moment, phase
from live.pages.script import feed_words, script
from live.wire.announcements import FeedState
from marathons.access import ANYONE, Viewer, visible_marathons
from marathons.api.throttles import LoginPerAddress
from marathons.models import Marathon, User
from marathons.tokens import issue

# What a page shows depends on who asks and on the moment: no cache keeps it.
fresh = cache_control(private=True, no_cache=True)


def viewer_of(request: HttpRequest) -> Viewer:
    """Whoever looks, by the session's cookie."""
    user = request.user
    return Viewer(user_id=user.pk, is_staff=user.is_staff) if isinstance(user, User) else ANYONE


@require_safe
@fresh
def front_page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    lists = read_lists(viewer_of(request), _page_number(request), now)
    return render(request, "marathons.html", {"lists": lists, "now": moment(now)})


@require_safe
@fresh
def board_page(request: HttpRequest, marathon_id: UUID) -> HttpResponse:
    viewer, now = viewer_of(request), timezone.now()
    marathon = get_object_or_404(visible_marathons(viewer), pk=marathon_id)
    page = read_page(marathon.pk, _page_number(request), viewer.user_id, now)
    context = {
        "marathon": marathon,
        "phase": phase(marathon, now),
        "starting_balance": marathon.initial_balance and figures.amount(marathon.initial_balance),
        "board": page,
        "feed": feed_words(_feed_state(now)),
        "now": moment(now),
        "script": script(marathon, page, viewer.user_id, _token_url(viewer, marathon), now),
    }
    return render(request, "board.html", context)


def _feed_state(now: datetime) -> FeedState:
    feed = Feed()
    feed.seen(feed_signs(), now)
    return feed.state


def _page_number(request: HttpRequest) -> int:
    """What is not a page's number is the first page: links get cut off."""
    given = request.GET.get("page", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 1


def _token_url(viewer: Viewer, marathon: Marathon) -> str:
    """Visitors get a guest's token, users one of their own."""
    if viewer.user_id is None:
        return f"/apiv1/marathons/{marathon.pk}/guest-token"
    return reverse("board-token", args=[marathon.pk])


@require_POST
@never_cache
def board_token(request: HttpRequest, marathon_id: UUID) -> JsonResponse:
    """An access token for the socket, for whoever is logged in here. Guarded by Django's CSRF check."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    get_object_or_404(visible_marathons(viewer_of(request)), pk=marathon_id)
    return JsonResponse({"access": issue(request.user).access})


class LogIn(LoginView):
    """With the limit that logging in over the HTTP interface has: both count together."""

    template_name = "login.html"
    next_page = "/"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        limit = LoginPerAddress()
        if limit.allow_request(Request(request), APIView()):
            return super().post(request, *args, **kwargs)
        wait = max(1, round(limit.wait()))
        headers = {"Retry-After": str(wait)}
        return self.render_to_response(self.get_context_data(wait=wait), status=429, headers=headers)
