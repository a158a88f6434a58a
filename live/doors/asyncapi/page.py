"""What the page of the WebSocket protocol shows: the document that machines get, and the tables of codes."""

from dataclasses import dataclass
from typing import Any

import msgspec

from live.doors.asyncapi.document import ADDRESS, REPLIES
from live.doors.asyncapi.examples import COMMANDS
from live.wire.codes import CloseCode, ErrorCode


@dataclass(frozen=True, slots=True)
class FieldOfData:
    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class MessageShown:
    event: str
    summary: str
    fields: list[FieldOfData]
    example: str
    replies: tuple[str, ...]


def context(document: dict[str, Any]) -> dict[str, Any]:
    """For the template, and `script` for the console on it."""
    messages = document["components"]["messages"]
    shown = [_shown(document, event) for event in messages]
    return {
        "address": ADDRESS,
        "commands": [message for message in shown if message.event in COMMANDS],
        "outbound": [message for message in shown if message.event not in COMMANDS],
        "errors": list(ErrorCode),
        "closes": list(CloseCode),
        "script": {"address": ADDRESS, "commands": COMMANDS},
    }


def _shown(document: dict[str, Any], event: str) -> MessageShown:
    message = document["components"]["messages"][event]
    schema = _resolved(document, message["payload"]["properties"]["data"])
    required = schema.get("required", ())
    fields = [
        FieldOfData(name, type_of(field), name in required, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]
    example = msgspec.json.format(msgspec.json.encode(message["examples"][0]["payload"]), indent=2).decode()
    return MessageShown(event, message["summary"], fields, example, REPLIES.get(event, ()))


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def type_of(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " or ".join(type_of(option) for option in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {type_of(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or "anything")
