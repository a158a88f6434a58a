"""The AsyncAPI 3 document: channel, operations and messages around the schemas of shapes.py. Made once a process."""

import re
from functools import cache
from typing import Any

from live.doors.asyncapi import examples
from live.doors.asyncapi.shapes import COMMANDS, OUTBOUND, schemas

CHANNEL = "marathonLive"
ADDRESS = "/marathon-live"
REPLIES: dict[str, tuple[str, ...]] = {
    "subscribe_marathon": ("marathon_leaderboard", "marathon_delta", "subscribed", "error"),
    "unsubscribe_marathon": ("unsubscribed", "error"),
    "subscribe_account": ("account_update", "subscribed", "error"),
    "unsubscribe_account": ("unsubscribed", "error"),
    "authenticate": ("connected", "authenticated", "error"),
    "ping": ("pong", "error"),
}
"""What may answer each command, in the order of the answers."""

PUSHED: dict[str, tuple[str, tuple[str, ...]]] = {
    "greet": ("The token was good.", ("connected",)),
    "updateBoard": ("A board that is subscribed to changed.", ("marathon_leaderboard", "marathon_delta")),
    "updateAccount": ("An account that is subscribed to changed, or its rank.", ("account_update",)),
    "turnMarathon": ("A marathon that is subscribed to starts, ends, is cancelled or moved.", ("marathon_status",)),
    "tellFeed": ("The state of the feed is another.", ("feed_status",)),
    "beat": ("Nothing else was sent for a while.", ("heartbeat",)),
    "warnOfExpiry": ("The token runs out in a minute.", ("token_expiring",)),
    "sayBye": ("The server goes away, and says when to come back.", ("bye",)),
    "complain": ("Something was refused or failed.", ("error",)),
}
"""What the server says without being asked, by operation: when, and which events."""

DESCRIPTION = """\
Live leaderboards over a WebSocket: JSON text frames `{"event", "data", "id"}`. A client's `id` comes back on the reply.
docs/PROTOCOL.md says how to apply deltas, how to resume, and which close codes ask to come back."""
TOKEN = "A JWT signed with HS256: the user's id in `sub`, and `token_type` (or `type`) `access`."  # noqa: S105
_ID = {
    "type": ["integer", "string"],
    "maxLength": 64,
    "description": "The client's mark on a message; it comes back on the reply.",
}


@cache
def document() -> dict[str, Any]:
    """The whole document but `servers`, which depend on who asks."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Marathon Live", "version": "1.0.0", "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {CHANNEL: _channel()},
        "operations": {**_received(), **_sent()},
        "components": {"messages": _messages(), "schemas": schemas(), "securitySchemes": _security()},
    }


def served(host: str, *, secure: bool) -> dict[str, Any]:
    """The document as one server gives it; `host` with the port, if there is one."""
    ways = [{"$ref": f"#/components/securitySchemes/{name}"} for name in _security()]
    server = {"host": host, "protocol": "wss" if secure else "ws", "security": ways}
    made = document()
    head = {name: made[name] for name in ("asyncapi", "info", "defaultContentType")}
    return {**head, "servers": {"here": server}, **made}


def _channel() -> dict[str, Any]:
    token = {"type": "object", "properties": {"token": {"type": "string", "description": TOKEN}}}
    return {
        "address": ADDRESS,
        "messages": {event: {"$ref": f"#/components/messages/{event}"} for event in _kinds()},
        "bindings": {"ws": {"method": "GET", "query": token, "bindingVersion": "0.1.0"}},
    }


def _received() -> dict[str, Any]:
    """What the server receives. AsyncAPI speaks from the side of the application that it describes."""
    return {
        _camel(event): {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{CHANNEL}"},
            "messages": _in_channel(event),
            "reply": {"channel": {"$ref": f"#/channels/{CHANNEL}"}, "messages": _in_channel(*REPLIES[event])},
        }
        for event in examples.COMMANDS
    }


def _sent() -> dict[str, Any]:
    return {
        name: {
            "action": "send",
            "channel": {"$ref": f"#/channels/{CHANNEL}"},
            "summary": when,
            "messages": _in_channel(*events),
        }
        for name, (when, events) in PUSHED.items()
    }


def _in_channel(*events: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{CHANNEL}/messages/{event}"} for event in events]


def _kinds() -> dict[str, str]:
    """The name of the schema of each event's data."""
    commands = {kind.event: kind.__name__ for kind in COMMANDS}
    return {**commands, **{event: kind.__name__ for event, kind in OUTBOUND.items()}}


def _messages() -> dict[str, Any]:
    described = schemas()
    shown = {**examples.COMMANDS, **examples.OUTBOUND}
    return {
        event: {
            "name": event,
            "summary": described[schema]["description"],
            "payload": _envelope(event, schema),
            "examples": [{"payload": {"event": event, "data": shown[event]}}],
        }
        for event, schema in _kinds().items()
    }


def _envelope(event: str, schema: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"event": {"const": event}, "data": {"$ref": f"#/components/schemas/{schema}"}, "id": _ID}
    return {"type": "object", "required": ["event"] if event == "ping" else ["event", "data"], "properties": fields}


def _security() -> dict[str, Any]:
    return {
        "header": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": TOKEN},
        "query": {"type": "httpApiKey", "in": "query", "name": "token", "description": TOKEN},
        "subprotocol": {
            "type": "httpApiKey",
            "in": "header",
            "name": "Sec-WebSocket-Protocol",
            "description": "Offer `marathon-live.v1` and `bearer.TOKEN`: the way for browsers.",
        },
    }


def _camel(event: str) -> str:
    return re.sub("_(.)", lambda found: found[1].upper(), event)
