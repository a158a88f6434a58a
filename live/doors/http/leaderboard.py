"""GET marathons/{id}/leaderboard: a page, the top, the rows around somebody, or those that a text finds."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from live.doors.http import answers, examples
from live.doors.http.shapes import LONGEST_SEARCH, LeaderboardQuery, LeaderboardShape
from live.hub import standings
from live.hub.moments import one_moment
from live.hub.places import keys_of
from live.hub.sights import Sight, look
from live.hub.standings import Placed
from marathons.api.openapi import Body, operation
from marathons.api.paging import read_query
from marathons.api.view import ApiView
from marathons.models import Participant, Standing


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a board, and the view that they are, as clients write it."""

    view: dict[str, Any]
    offset: int
    rows: list[Placed]


class LeaderboardView(ApiView):
    tag = "Boards"

    @operation(
        "getLeaderboard",
        query=LeaderboardQuery,
        answers={200: Body(LeaderboardShape, {"One row of a page": examples.LEADERBOARD}), 304: None},
        errors=(400, 401, 404),
    )
    def get(self, request: Request, marathon_id: UUID) -> HttpResponseBase:
        """Get a part of the board. The entries, `epoch` and `seq` are those of the socket's `marathon_leaderboard`.

        A participant who is disqualified, has withdrawn or has no data yet is listed without a rank, after the others.
        """
        query = read_query(LeaderboardQuery, request)
        with one_moment():
            sight = look(self.viewer, marathon_id, self.now)
            if sight is None:
                raise Http404("There is no such marathon.")
            etag = answers.tag(sight, *sorted(query.items()))
            return answers.unless_known(request, etag, lambda: _board(sight, query))


def _board(sight: Sight, query: dict[str, Any]) -> bytes:
    total = standings.total(sight.facts.id)
    part = _part(sight, query, total)
    return answers.leaderboard(sight, part.view, part.offset, total, part.rows)


def _part(sight: Sight, query: dict[str, Any], total: int) -> Part:
    if "search" in query:
        return _search(sight, query, total)
    if "around" in query:
        return _around(sight, query["around"], query["size"], total)
    if "top" in query:
        return Part({"top": query["top"]}, 0, standings.window(sight.facts.id, 0, query["top"], total))
    page, size = query["page"], query["limit"]
    offset = min((page - 1) * size, total)
    return Part({"page": page, "size": size}, offset, standings.window(sight.facts.id, offset, size, total))


def _search(sight: Sight, query: dict[str, Any], total: int) -> Part:
    text, size = query["search"].strip(), min(query["limit"], LONGEST_SEARCH)
    offset = (query["page"] - 1) * size
    view = {"search": text, "page": query["page"], "size": size}
    return Part(view, offset, standings.search(sight.facts.id, text, offset, size, total))


def _around(sight: Sight, who: str, size: int, total: int) -> Part:
    found = Standing.objects.filter(marathon_id=sight.facts.id, participant_id=_participant(sight, who))
    keys = keys_of(found)
    if not keys:
        raise Http404("There is no such participant.")
    rows = standings.window_around(keys[0], size, total)
    return Part({"around": who, "size": size}, rows[0].position, rows)


def _participant(sight: Sight, who: str) -> UUID:
    if who == "me":
        user_id = sight.viewer.user_id
        mine = Participant.objects.filter(marathon_id=sight.facts.id, user_id=user_id) if user_id else None
        found = mine.values_list("pk", flat=True).first() if mine is not None else None
        if found is None:
            raise Http404("You do not take part in this marathon.")
        return found
    try:
        return UUID(who)
    except ValueError:
        raise ValidationError({"around": ['This is the id of a participant, or "me".']}) from None
