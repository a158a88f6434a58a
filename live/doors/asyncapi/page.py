"""What the page of the WebSocket protocol shows: the document that machines get, and the tables of codes."""

from dataclasses import dataclass
from typing import Any, TypeAlias

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
class Shape:
    """An object that is a part of messages."""

    name: str
    summary: str
    fields: list[FieldOfData]


@dataclass(frozen=True, slots=True)
class MessageShown:
    event: str
    summary: str
    fields: list[FieldOfData]
    example: str
    replies: tuple[str, ...]


Schemas: TypeAlias = dict[str, dict[str, Any]]


def context(document: dict[str, Any]) -> dict[str, Any]:
    """For the template, and `script` for the console on it."""
    schemas, messages = document["components"]["schemas"], document["components"]["messages"]
    shown = [_message(schemas, event, message) for event, message in messages.items()]
    data = {_data(message) for message in messages.values()}
    inside = {name: schema for name, schema in schemas.items() if name not in data and "properties" in schema}
    return {
        "address": ADDRESS,
        "commands": [message for message in shown if message.event in COMMANDS],
        "outbound": [message for message in shown if message.event not in COMMANDS],
        "shapes": [Shape(name, schema["description"], _fields(schemas, schema)) for name, schema in inside.items()],
        "errors": list(ErrorCode),
        "closes": list(CloseCode),
        "script": {"address": ADDRESS, "commands": COMMANDS},
    }


def _message(schemas: Schemas, event: str, message: dict[str, Any]) -> MessageShown:
    fields = _fields(schemas, schemas[_data(message)])
    example = msgspec.json.format(msgspec.json.encode(message["examples"][0]["payload"]), indent=2).decode()
    return MessageShown(event, message["summary"], fields, example, REPLIES.get(event, ()))


def _data(message: dict[str, Any]) -> str:
    """The name of the schema of a message's data."""
    return _name(message["payload"]["properties"]["data"])


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _fields(schemas: Schemas, schema: dict[str, Any]) -> list[FieldOfData]:
    required = schema.get("required", ())
    return [
        FieldOfData(name, type_of(field, schemas), name in required, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]


def type_of(schema: dict[str, Any], schemas: Schemas) -> str:
    """A schema in a few words: the values of an enumeration, the name of another object."""
    if "$ref" in schema:
        name = _name(schema)
        return type_of(schemas[name], schemas) if "enum" in schemas[name] else name
    if "anyOf" in schema:
        return " or ".join(type_of(option, schemas) for option in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {type_of(schema['items'], schemas)}"
    return str(schema.get("format") or schema.get("type") or "anything")
