"""JSON Schemas of the protocol's messages, out of the types in live/wire.

Field names, defaults and most types are read off those types. A few say less than the protocol does, as they hold
encoded JSON or are read by hand: what stands in their place is below, and tests hold it against the encoders.
"""

import re
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from live.board.rows import Status
from live.wire.boards import MarathonDelta, MarathonLeaderboard
from live.wire.commands import (
    Authenticate,
    Command,
    Ping,
    SubscribeAccount,
    SubscribeMarathon,
    UnsubscribeAccount,
    UnsubscribeMarathon,
)
from live.wire.inbound import LARGEST_INTERVAL_MS, LARGEST_WINDOW
from live.wire.outbound import (
    Authenticated,
    Bye,
    Connected,
    Error,
    FeedChanged,
    Heartbeat,
    Instant,
    MarathonChanged,
    Message,
    Subscribed,
    TokenExpiring,
    Unsubscribed,
)

_SENTENCE = re.compile(r"\.\s")
REF = "#/components/schemas/{name}"
COMMANDS: tuple[type[Command], ...] = (
    SubscribeMarathon,
    UnsubscribeMarathon,
    SubscribeAccount,
    UnsubscribeAccount,
    Authenticate,
    Ping,
)

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Size = Annotated[int, Meta(ge=1, le=LARGEST_WINDOW)]
Percent = Annotated[float | None, Meta(description="Per cent.")]


class Entry(Struct, rename="camel"):
    """A participant's row."""

    participant_id: UUID
    bib: Annotated[int, Meta(description="The participant's number in this marathon; deltas speak of rows by it.")]
    user_id: UUID
    user_name: str
    account_login: str
    balance: float | None
    equity: float | None
    profit: Annotated[float | None, Meta(description="Of open positions only.")]
    profit_percentage: Annotated[float | None, Meta(description="The score: gain over the starting capital.")]
    margin: float | None
    free_margin: float | None
    currency: str | None
    leverage: int | None
    drawdown: Percent
    max_drawdown: Percent
    status: Status
    disqualification_reason: str | None
    updated_at: Time | None
    joined_at: Time
    rank: Annotated[int | None, Meta(description="From 1, without ties; null unless the status is active.")]
    positions: Annotated[list[dict[str, Any]] | UnsetType, Meta(description="Not in delta subscriptions.")] = UNSET
    orders: Annotated[list[dict[str, Any]] | UnsetType, Meta(description="Not in delta subscriptions.")] = UNSET


class AccountUpdate(Entry, rename="camel", kw_only=True):
    """One account's entry on one board, whenever it or its rank changed."""

    marathon_id: UUID
    positions: list[dict[str, Any]]
    orders: list[dict[str, Any]]


class Top(Struct):
    """The first rows."""

    top: Size


class Page(Struct):
    """Rows (page - 1) * size + 1 to page * size."""

    page: Annotated[int, Meta(ge=1)]
    size: Size


class Around(Struct):
    """The window around one participant, which moves with it."""

    around: Annotated[str, Meta(description='"me", or the id of a participant.')]
    size: Size


class Since(Struct):
    """The last state that a returning client has."""

    epoch: str
    seq: Annotated[int, Meta(ge=0)]


class Pong(Struct, rename="camel"):
    """The data of the ping, and the server's time."""

    server_time: Time


_VIEW = {"anyOf": [{"const": "all"}, *({"$ref": REF.format(name=name)} for name in ("Top", "Page", "Around"))]}
_STATUS = {"enum": ["upcoming", "ongoing", "finished", "cancelled"]}
_LOGIN = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 32}, {"type": "integer"}]}
_CHANGED = {
    "type": "array",
    "description": "Changed fields with the bib of their row; a row that enters the view comes whole, without rank.",
    "items": {"type": "object", "required": ["bib"], "properties": {"bib": {"type": "integer"}}},
}
_MOVED = {
    "type": "array",
    "description": "The bib of each row that is put into place, and its position in the view, from 0.",
    "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
}
INSTEAD: dict[tuple[type[Struct], str], dict[str, Any]] = {
    (MarathonLeaderboard, "status"): _STATUS,
    (MarathonLeaderboard, "view"): _VIEW,
    (MarathonLeaderboard, "entries"): {"type": "array", "items": {"$ref": REF.format(name="Entry")}},
    (MarathonDelta, "changed"): _CHANGED,
    (MarathonDelta, "moved"): _MOVED,
    (MarathonChanged, "status"): _STATUS,
    (SubscribeMarathon, "view"): {**_VIEW, "default": "all"},
    (SubscribeMarathon, "since"): {"anyOf": [{"$ref": REF.format(name="Since")}, {"type": "null"}]},
    (SubscribeMarathon, "interval_ms"): {
        "anyOf": [{"type": "integer", "minimum": 0, "maximum": LARGEST_INTERVAL_MS}, {"type": "null"}],
        "description": "At most one update in this time; what happens between is merged.",
    },
    (SubscribeAccount, "account_login"): _LOGIN,
    (UnsubscribeAccount, "account_login"): _LOGIN,
    (Ping, "data"): {"description": "Any JSON value."},
}
"""Schemas of fields whose type says less than the protocol."""

OUTBOUND: dict[str, type[Struct]] = {
    **{
        kind.event: kind
        for kind in (
            *(Connected, Authenticated, MarathonLeaderboard, MarathonDelta),
            *(Subscribed, Unsubscribed, Error, Heartbeat, FeedChanged, MarathonChanged, TokenExpiring, Bye),
        )
    },
    "account_update": AccountUpdate,
    "pong": Pong,
}
"""What the server says, by event."""


def schemas() -> dict[str, Any]:
    """Every schema by name: `SubscribeMarathon` is the data of `subscribe_marathon`, and so on."""
    kinds = [*COMMANDS, *OUTBOUND.values()]
    twins = [_twin(kind) if issubclass(kind, Command | Message) else kind for kind in kinds]
    described = [*twins, Top, Page, Around, Since, Entry]
    _, found = msgspec.json.schema_components(described, ref_template=REF)
    for (kind, field), schema in INSTEAD.items():
        found[kind.__name__]["properties"][_name(kind, field)] = schema
    found["Ping"] = {"description": "Any JSON value: it comes back."}
    return {name: _plain(schema) for name, schema in sorted(found.items())}


def _twin(kind: type[Struct]) -> type[Struct]:
    """A type with the same fields, by their names on the wire, that msgspec can describe."""
    fields = [
        (field.name, _said(kind, field), msgspec.field(name=_name(kind, field.name), **_default(kind, field)))
        for field in msgspec.structs.fields(kind)
        if not (field.name == "id" and issubclass(kind, Command))
    ]
    return msgspec.defstruct(kind.__name__, fields, kw_only=True, namespace={"__doc__": kind.__doc__})


def _said(kind: type[Struct], field: msgspec.structs.FieldInfo) -> Any:
    if (kind, field.name) in INSTEAD:
        return Any
    return {Instant: Time, Instant | None: Time | None}.get(field.type, field.type)


def _default(kind: type[Struct], field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    """The server leaves out only what is UNSET: its other fields are always there, whatever they are by default."""
    if field.required or (issubclass(kind, Message) and field.default is not UNSET):
        return {}
    return {"default": field.default}


def _name(kind: type[Struct], field: str) -> str:
    """A field's name on the wire. Commands are read by hand, so their types do not know it."""
    if issubclass(kind, Command):
        first, *rest = field.split("_")
        return first + "".join(word.title() for word in rest)
    return next(each.encode_name for each in msgspec.structs.fields(kind) if each.name == field)


def _plain(schema: Any) -> Any:
    """Without titles, which repeat the names, and with the first sentence of each docstring: the rest is for us."""
    if isinstance(schema, list):
        return [_plain(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _plain(value) for key, value in schema.items() if key != "title"}
    if isinstance(schema.get("description"), str):
        kept["description"] = _SENTENCE.split(schema["description"])[0].rstrip(".") + "."
    return kept
