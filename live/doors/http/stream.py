"""GET marathons/{id}/live: the board as server-sent events. It opens a session like every door; no protocol logic here.

What can be refused is refused with a status before the stream begins, so that an EventSource stops trying.
"""

import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response

from live.auth import AuthenticationFailedError, Principal, token_of
from live.doors.http import examples
from live.doors.http.events import EventTransport
from live.doors.http.shapes import StreamQuery
from live.doors.wires import wire_of
from live.process import process
from live.session.commands import carry_out
from live.session.errors import RefusedError
from live.session.services import Services
from live.session.session import Session
from live.wire import inbound
from live.wire.codes import ErrorCode
from live.wire.commands import SubscribeMarathon
from marathons.access import Viewer
from marathons.api.authentication import CHALLENGE
from marathons.api.openapi import Body, operation
from marathons.api.view import ApiView

log = structlog.get_logger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events until its buffer is full
    "Vary": "Authorization, Origin",
}
# Whoever looks without a token has none that runs out.
GUEST_STAYS = timedelta(days=365)
SIZES = {"page": 50, "around": 11}
STATUS = {ErrorCode.MARATHON_NOT_FOUND: 404, ErrorCode.BAD_REQUEST: 400}
NOT_FOUND = "There is no such marathon."


class StreamView(ApiView):
    tag = "Boards"

    @operation(
        "watchMarathon",
        query=StreamQuery,
        answers={(200, "text/event-stream"): Body(str, {"Its beginning": examples.EVENTS})},
        errors=(400, 401, 404),
    )
    def get(self, request: Request, marathon_id: UUID) -> Response:
        """Watch the board as server-sent events. First `snapshot`, then `delta`, with the data of the socket's events.

        The id of each is `epoch:seq`; a client that comes back with `Last-Event-ID` goes on from there with one delta.
        `marathon_status` and `feed_status` come as they do on the socket, and `end` says why the stream ends.
        """
        raise NotImplementedError("what answers is what as_view gives")

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """An asynchronous view, which DRF does not know; as a class this one is what the OpenAPI document reads."""

        @csrf_exempt
        async def view(request: HttpRequest, marathon_id: UUID) -> HttpResponseBase:
            if request.method != "GET":
                return _refusal(405, f'Method "{request.method}" not allowed.', Allow="GET")
            return await _answer(request, marathon_id)

        view.cls, view.initkwargs = cls, initkwargs  # type: ignore[attr-defined]  # as DRF's own have them
        return view


async def _answer(request: Any, marathon_id: UUID) -> HttpResponseBase:
    services, scope = process().services, request.scope
    if services.draining:
        return _refusal(
            503, "The process is going away.", **{"Retry-After": str(services.retry_after_ms() // 1000 + 1)}
        )
    transport = EventTransport(wire_of(scope), str((scope.get("client") or ("",))[0]))
    session = transport.session = Session(services, transport)
    refused: HttpResponseBase | None
    try:
        refused = await _begin(session, token_of(scope), request, marathon_id)
    except BaseException:
        await session.close()
        raise
    if refused is not None:
        await session.close()
        return refused
    return StreamingHttpResponse(transport.events(), content_type="text/event-stream", headers=HEADERS)


async def _begin(
    session: Session, token: str | None, request: HttpRequest, marathon_id: UUID
) -> HttpResponseBase | None:
    """Authenticate, take a place, subscribe. Returns what the client is refused with, if it is."""
    try:
        command = _command(request, marathon_id)
        principal = await _principal(session.services, token, marathon_id)
        await session.open(None)
        if not session.writer.finishing:
            session.admit(principal)
        if session.writer.finishing:
            return _refusal(429, "Too many connections.", **{"Retry-After": "5"})
        await carry_out(session, command)
    except inbound.BadRequest as wrong:
        return _refusal(400, wrong.message)
    except AuthenticationFailedError as error:
        log.info("authentication failed", reason=str(error), address=session.transport.address)
        session.services.figures.errors[ErrorCode.AUTHENTICATION_FAILED] += 1
        return _refusal(401, "The token is not valid.", **{"WWW-Authenticate": CHALLENGE})
    except RefusedError as refused:
        return _refusal(STATUS.get(refused.code, 409), NOT_FOUND if STATUS.get(refused.code) == 404 else str(refused))
    except DatabaseError as error:
        log.error("database_unavailable", error=str(error))
        return _refusal(503, "The service is not available at the moment.", **{"Retry-After": "2"})
    return None


async def _principal(services: Services, token: str | None, marathon_id: UUID) -> Principal:
    """Raises AuthenticationFailedError. Without a token: a guest of this marathon, which shows him nothing private."""
    if token is not None:
        return await services.authenticator.principal(token)
    return Principal(Viewer(guest_of=marathon_id), uuid.uuid4(), services.now() + GUEST_STAYS)


def _command(request: HttpRequest, marathon_id: UUID) -> SubscribeMarathon:
    """The query string as the command that the socket would get. Raises BadRequest."""
    query = {name: _number(str(value)) for name, value in request.GET.items() if value}
    view: dict[str, int | str] = {name: query[name] for name in ("top", "page", "around") if name in query}
    if "page" in view or "around" in view:
        view["size"] = query.get("size", next(size for name, size in SIZES.items() if name in view))
    data = {
        "marathonId": str(marathon_id),
        "updates": "delta",
        "view": view or None,
        "since": _since(request.headers.get("Last-Event-ID") or request.GET.get("lastEventId", "")),
        "intervalMs": query.get("intervalMs"),
    }
    command = inbound.command(SubscribeMarathon.event, data)
    if not isinstance(command, SubscribeMarathon):
        raise TypeError("a subscription was asked for")
    return command


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def _since(event_id: str) -> dict[str, Any] | None:
    """The last event that the client has seen; what is not an id of ours counts as none."""
    epoch, _, seq = event_id.rpartition(":")
    whole = seq.isascii() and seq.isdecimal() and len(seq) < 19
    return {"epoch": epoch, "seq": int(seq)} if whole and 0 < len(epoch) <= 16 else None


def _refusal(status: int, detail: str, **headers: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status, headers={"Cache-Control": "no-store", **headers})
