"""GET marathons/{id}/participants/{pid}, and GET accounts/{login}: single entries, with what the caller may see."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from msgspec.json import encode
from rest_framework.request import Request

from live.board.rows import ParticipantId
from live.doors.http import answers, examples
from live.doors.http.shapes import AccountShape, PlaceShape
from live.hub import standings, store
from live.hub.moments import one_moment
from live.hub.sights import Sight, look
from live.hub.standings import Placed
from marathons.access import Viewer, may_follow_account, visible_participations
from marathons.api.openapi import Body, operation
from marathons.api.participants import ParticipantView
from marathons.api.view import ApiView
from marathons.models import Marathon, Standing

# An account of a trader who joins every week is in fifty marathons a year.
MOST_ENTRIES = 100


class ParticipantEntryView(ParticipantView):
    """What staff may change of a participant is inherited; what everybody may see is its entry on the board."""

    @operation(
        "getParticipant",
        answers={200: Body(PlaceShape, {"The entry": examples.PLACE}), 304: None},
        errors=(401, 404),
    )
    def get(self, request: Request, marathon_id: UUID, participant_id: UUID) -> HttpResponseBase:
        """Get a participant's entry on the board, with positions and orders where the caller may see them."""
        with one_moment():
            sight = look(self.viewer, marathon_id, self.now)
            if sight is None:
                raise Http404("There is no such marathon.")
            found = Standing.objects.filter(marathon_id=marathon_id, participant_id=participant_id)
            if not found.exists():
                raise Http404("There is no such participant.")
            etag = answers.tag(sight, participant_id)
            return answers.unless_known(request, etag, lambda: _place(sight, found))


def _place(sight: Sight, found: QuerySet[Standing]) -> bytes:
    [placed] = standings.placed(found, {sight.facts.id: standings.total(sight.facts.id)})
    return answers.place(sight, placed)


class AccountView(ApiView):
    tag = "Boards"

    @operation(
        "getAccount", answers={200: Body(AccountShape, {"In one marathon": examples.ACCOUNT})}, errors=(401, 404)
    )
    def get(self, request: Request, login: str) -> HttpResponse:
        """Get an account's entries. One for each marathon that it is in and that the caller may see."""
        with one_moment():
            if not may_follow_account(self.viewer, login):
                raise Http404("There is no such account.")
            entries = b",".join(answers.place(sight, placed) for sight, placed in self._places(login))
        body = b'{"accountLogin":%b,"entries":[%b]}' % (encode(login), entries)
        return HttpResponse(body, content_type=answers.JSON)

    def _places(self, login: str) -> list[tuple[Sight, Placed]]:
        taking_part = visible_participations(self.viewer, login).order_by("-marathon__starts_at", "pk")
        ids = list(taking_part.values_list("pk", flat=True)[:MOST_ENTRIES])
        found = Standing.objects.filter(pk__in=ids)
        marathons: dict[UUID, UUID] = dict(found.values_list("pk", "marathon_id"))
        sights = _sights(self.viewer, list(marathons.values()), self.now)
        by_id = {one.row.identity.participant_id: one for one in standings.placed(found)}
        return [(sights[marathons[pk]], by_id[ParticipantId(pk)]) for pk in ids if pk in by_id]


def _sights(viewer: Viewer, marathon_ids: list[UUID], now: datetime) -> dict[UUID, Sight]:
    epoch, found = store.epoch(), store.facts_of(Marathon.objects.filter(pk__in=marathon_ids))
    return {facts.id: Sight(viewer, facts, epoch, stamp, now) for facts, stamp in found}
