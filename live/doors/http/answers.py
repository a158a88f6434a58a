"""Answers about boards: JSON as the socket writes it, and 304 for whoever has it already."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from msgspec import Raw
from rest_framework.request import Request

from live.hub.sights import Sight
from live.hub.standings import Placed
from live.wire.boards import MarathonLeaderboard
from live.wire.entries import Detail, RowEncoder
from live.wire.outbound import instant

JSON = "application/json"


def tag(sight: Sight, *details: object) -> str:
    """The ETag: where the board stands, and what else the answer depends on: the question and who asks.

    A weak one: the answer says when it was given, and an equal one of later says a later time.
    """
    facts, viewer = sight.facts, sight.viewer
    depends = repr((facts, facts.status_at(sight.now), viewer.user_id, viewer.is_staff, details))
    return f'W/"{sight.epoch}:{sight.seq}:{blake2b(depends.encode(), digest_size=6).hexdigest()}"'


def unless_known(request: Request, etag: str, answer: Callable[[], bytes]) -> HttpResponseBase:
    """What `answer` makes, unless the client has the like already: 304, and nothing is made."""
    bare: HttpRequest = request._request  # noqa: SLF001 - DRF's way to Django's own
    known: Any = get_conditional_response(bare, etag=etag)
    response: HttpResponseBase = known or HttpResponse(answer(), content_type=JSON)
    response.headers["ETag"] = etag
    return response


def entry(sight: Sight, placed: Placed, rows: RowEncoder) -> bytes:
    """One row as the viewer may see it."""
    detail = Detail.OPEN if sight.opens(placed.row) else Detail.HIDDEN
    return rows.entry(placed.row, placed.position + 1, detail)


def place(sight: Sight, placed: Placed) -> bytes:
    """One row with its board's id in front, as the socket's `account_update`."""
    return b'{"marathonId":"%b",%b' % (str(sight.facts.id).encode(), entry(sight, placed, RowEncoder())[1:])


def leaderboard(sight: Sight, view: dict[str, Any], offset: int, total: int, rows: Sequence[Placed]) -> bytes:
    """A part of a board, as the socket's `marathon_leaderboard`."""
    encoder = RowEncoder()
    entries = b",".join([entry(sight, one, encoder) for one in rows])
    facts = sight.facts
    return (
        MarathonLeaderboard(
            marathon_id=facts.id,
            marathon_name=facts.name,
            status=facts.status_at(sight.now),
            total_participants=total,
            epoch=sight.epoch,
            seq=sight.seq,
            view=view,
            offset=offset,
            entries=Raw(b"[%b]" % entries),
            updated_at=instant(sight.now),
        )
        .frame()
        .data
    )
