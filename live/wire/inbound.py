"""From a client's frame to a command, or to a BadRequest that says which field is wrong. Nothing else comes out.

WebSocket doors call `parse` with the text; the Socket.IO door, whose data is decoded already, calls `command`.
"""

from collections.abc import Callable

import msgspec

from live.board.rows import Login, MarathonId, ParticipantId
from live.board.views import All, Around, Page, Top
from live.wire.codes import ErrorCode
from live.wire.commands import (
    AroundMe,
    Authenticate,
    Command,
    Ping,
    RequestId,
    Since,
    SubscribeAccount,
    SubscribeMarathon,
    UnsubscribeAccount,
    UnsubscribeMarathon,
    Updates,
    WantedView,
)
from live.wire.fields import (
    LARGEST_INTEGER,
    Fields,
    WrongFieldError,
    as_object,
    can_be_echoed,
    number,
    optional_number,
    text,
    uuid,
)

LARGEST_INTERVAL_MS = 60_000
LARGEST_WINDOW = 200
_LARGEST_PAGE = 1_000_000
_LONGEST_LOGIN = 32
_DEEPEST_ECHO = 32
"""Levels in the data of a ping: encoding it again is recursive."""


class BadRequest(Exception):  # noqa: N818 - the protocol's name for it
    """A request that cannot be understood; `message` says what is wrong with it.

    `event` and `id` are the request's, where it had usable ones.
    """

    code = ErrorCode.BAD_REQUEST

    def __init__(self, message: str, event: str | None = None, id: RequestId = None) -> None:  # noqa: A002 - wire name
        super().__init__(message)
        self.message, self.event, self.id = message, event, id


def parse(frame: str | bytes) -> Command:
    """Return the command that a text frame holds. Raises BadRequest."""
    try:
        message = msgspec.json.decode(frame)
    except UnicodeError:
        raise BadRequest("a message must be UTF-8") from None
    except RecursionError:
        raise BadRequest("a message must not be nested so deeply") from None
    except ValueError:
        raise BadRequest("a message must be JSON") from None
    if not isinstance(message, dict):
        raise BadRequest("a message must be a JSON object")
    return command(message.get("event"), message.get("data"), message.get("id"))


def command(event: object, data: object, id: object = None) -> Command:  # noqa: A002 - wire name
    """Return the command for an event and its decoded data (None: no data). Raises BadRequest."""
    name = event if isinstance(event, str) and can_be_echoed(event) else None
    request_id: RequestId = None
    try:
        request_id = _request_id(id)
        if event is None or event == "":
            raise WrongFieldError("event is required")
        if not isinstance(event, str):
            raise WrongFieldError("event must be a string")
        if event not in _READERS:
            raise WrongFieldError("event is unknown")
        return _READERS[event](data, request_id)
    except WrongFieldError as wrong:
        raise BadRequest(str(wrong), name, request_id) from None


def _ping(data: object, request_id: RequestId) -> Ping:
    level = [data]
    for _ in range(_DEEPEST_ECHO):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise WrongFieldError("data must not be nested so deeply")
    try:
        msgspec.json.encode(data)
    except (TypeError, ValueError):
        raise WrongFieldError("data must be JSON") from None
    return Ping(id=request_id, data=data)


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _subscribe_marathon(data: object, request_id: RequestId) -> SubscribeMarathon:
    fields = as_object(data, "data")
    return SubscribeMarathon(
        id=request_id,
        marathon_id=_marathon_id(fields),
        updates=_updates(fields.get("updates")),
        view=_view(fields.get("view")),
        since=_since(fields.get("since")),
        interval_ms=optional_number(fields, "intervalMs", 0, LARGEST_INTERVAL_MS),
    )


def _unsubscribe_marathon(data: object, request_id: RequestId) -> UnsubscribeMarathon:
    return UnsubscribeMarathon(id=request_id, marathon_id=_marathon_id(as_object(data, "data")))


def _subscribe_account(data: object, request_id: RequestId) -> SubscribeAccount:
    return SubscribeAccount(id=request_id, account_login=_login(as_object(data, "data")))


def _unsubscribe_account(data: object, request_id: RequestId) -> UnsubscribeAccount:
    return UnsubscribeAccount(id=request_id, account_login=_login(as_object(data, "data")))


def _authenticate(data: object, request_id: RequestId) -> Authenticate:
    return Authenticate(id=request_id, token=text(as_object(data, "data"), "token"))


_READERS: dict[str, Callable[[object, RequestId], Command]] = {
    SubscribeMarathon.event: _subscribe_marathon,
    UnsubscribeMarathon.event: _unsubscribe_marathon,
    SubscribeAccount.event: _subscribe_account,
    UnsubscribeAccount.event: _unsubscribe_account,
    Authenticate.event: _authenticate,
    Ping.event: _ping,
}


def _request_id(value: object) -> RequestId:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise WrongFieldError("id must be an integer or a string")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise WrongFieldError("id is too large")
    if isinstance(value, str) and not can_be_echoed(value):
        raise WrongFieldError("id is too long or not valid text")
    return value


def _marathon_id(fields: Fields) -> MarathonId:
    return MarathonId(uuid(fields, "marathonId"))


def _login(fields: Fields) -> Login:
    """Return the login; publishers write it as an integer now and then, so clients may too."""
    value = fields.get("accountLogin")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER:
        return Login(str(value))
    return Login(text(fields, "accountLogin", _LONGEST_LOGIN))


def _updates(value: object) -> Updates:
    if value is None:
        return Updates.FULL
    if value not in ("full", "delta"):
        raise WrongFieldError('updates must be "full" or "delta"')
    return Updates(value)


def _view(value: object) -> WantedView:
    if value is None or value == "all":
        return All()
    if not isinstance(value, dict) or len(value.keys() & {"top", "page", "around"}) != 1:
        raise WrongFieldError('view must be "all" or an object with one of top, page, around')
    if "top" in value:
        return Top(number(value, "top", 1, LARGEST_WINDOW, "view."))
    size = number(value, "size", 1, LARGEST_WINDOW, "view.")
    if "page" in value:
        return Page(number(value, "page", 1, _LARGEST_PAGE, "view."), size)
    if value["around"] == "me":
        return AroundMe(size)
    try:
        return Around(ParticipantId(uuid(value, "around")), size)
    except WrongFieldError:
        raise WrongFieldError('view.around must be "me" or a UUID') from None


def _since(value: object) -> Since | None:
    if value is None:
        return None
    fields = as_object(value, "since")
    epoch = fields.get("epoch")
    if not isinstance(epoch, str) or not can_be_echoed(epoch):
        raise WrongFieldError("since.epoch must be a short string")
    return Since(epoch, number(fields, "seq", 0, LARGEST_INTEGER, "since."))
