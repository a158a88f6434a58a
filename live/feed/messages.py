"""Bytes from the queue in, objects of the feed out: docs/FEED.md in code. The first stage of the worker, and pure.

A body holds one JSON object, or several on lines of their own. Whatever breaks the contract is handed back with the
reason, alone: its batch mates count.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from live.board.rows import Login
from live.board.scoring import quantize_money
from live.feed import trades
from live.feed.objects import Carried, FeedObject, Kind, Micros, Reason, Rejected, micros

BODY_LIMIT = 1024 * 1024
OBJECT_LIMIT = 256 * 1024
LEVERAGE_LIMIT = 2**31
LOGIN_LENGTH = 32
CURRENCY_LENGTH = 16


class BadValueError(Exception):
    """A field has a value that the contract does not allow."""

    def __init__(self, reason: Reason, field: str) -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field


_Amount: TypeAlias = Decimal | UnsetType | None


class _Wire(msgspec.Struct, gc=False, rename="camel"):
    """An object as it is spelled on the wire. The names at the end are spellings of others that publishers also use."""

    type: Kind
    login: str | int | UnsetType = UNSET
    balance: _Amount = UNSET
    equity: _Amount = UNSET
    profit: _Amount = UNSET
    margin: _Amount = UNSET
    free_margin: _Amount = UNSET
    credit: _Amount = UNSET
    currency: str | UnsetType | None = UNSET
    leverage: int | UnsetType | None = UNSET
    positions: list[trades.Position] | UnsetType | None = UNSET
    orders: list[trades.Order] | UnsetType | None = UNSET
    timestamp: str | UnsetType | None = UNSET
    account_login: str | int | UnsetType = UNSET
    login_snake: str | int | UnsetType = msgspec.field(default=UNSET, name="account_login")
    margin_snake: _Amount = msgspec.field(default=UNSET, name="free_margin")
    margin_mt5: _Amount = msgspec.field(default=UNSET, name="marginFree")


# Lax: numbers may come as strings. What else that lets in ("nan", "null") is met by the checks below.
_decoder = msgspec.json.Decoder(_Wire, strict=False)
_decode = _decoder.decode
_skim = msgspec.json.Decoder(msgspec.Raw).decode
_ACCOUNT, _UPDATE, _POSITIONS, _ORDERS = Kind  # as globals: an enumeration's own look-up costs 0.1 us
_REASONS = {RecursionError: Reason.TOO_DEEP, UnicodeDecodeError: Reason.NOT_UTF8}
_NO_AMOUNTS: list[Decimal | None] = [None] * 6
_AMOUNT_NAMES = ("balance", "equity", "profit", "margin", "freeMargin", "credit")


def parse(body: bytes, received: Micros, latest: Micros) -> tuple[list[FeedObject], list[Rejected]]:
    """Return the objects of one body and what had to be refused of it, each in the order in which they stand there.

    `received` stamps objects without a timestamp; an object stamped after `latest`, by itself or by `received`, is
    refused: it would keep all true ones away from its account until that time comes.
    """
    if len(body) > BODY_LIMIT:
        return [], [Rejected(Reason.TOO_LARGE, "", body)]
    if body.find(b"\n") >= 0:  # sooner than `in`, which takes bytes for a number first
        return _parse_lines(body, received, latest)
    parsed = _parse_one(body, received, latest)
    return ([parsed], []) if isinstance(parsed, FeedObject) else ([], [parsed])


def _parse_lines(body: bytes, received: Micros, latest: Micros) -> tuple[list[FeedObject], list[Rejected]]:
    lines = [stripped for line in body.split(b"\n") if (stripped := line.strip())]
    if not lines or (not lines[0].endswith(b"}") and _is_one_value(body)):
        lines = [body.strip()]
    objects: list[FeedObject] = []
    rejected: list[Rejected] = []
    for line in lines:
        parsed = _parse_one(line, received, latest)
        if isinstance(parsed, FeedObject):
            objects.append(parsed)
        else:
            rejected.append(parsed)
    return objects, rejected


def _is_one_value(body: bytes) -> bool:
    """One object may be written over several lines. Looked at only if none ends on the first line, as in a batch."""
    try:
        _skim(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _parse_one(raw: bytes, received: Micros, latest: Micros) -> FeedObject | Rejected:
    if len(raw) > OBJECT_LIMIT:
        return Rejected(Reason.TOO_LARGE, "", raw)
    try:
        if not raw.isascii():
            raw.decode()  # the decoder skips fields that it does not know without looking into them
        return _object(raw, received, latest)
    except BadValueError as error:
        return Rejected(error.reason, error.field, raw)
    except msgspec.ValidationError as error:
        return Rejected(*_blame(str(error)), raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return Rejected(_REASONS.get(type(error), Reason.NOT_JSON) if raw else Reason.EMPTY, "", raw)


def _object(raw: bytes, received: Micros, latest: Micros) -> FeedObject:
    wire = _decode(raw)
    kind = wire.type
    has_money = kind is _ACCOUNT or kind is _UPDATE
    balance, equity, profit, margin, free_margin, credit = _amounts(_money_fields(wire)) if has_money else _NO_AMOUNTS
    currency = _currency(wire.currency) if has_money else None
    leverage = _leverage(wire.leverage) if has_money else None
    positions = None if kind is _ORDERS else _trades(wire.positions, "positions")
    orders = None if kind is _POSITIONS else _trades(wire.orders, "orders")
    carried = Carried(balance, equity, profit, margin, free_margin, credit, currency, leverage, positions, orders)
    unknowns = _unknowns(wire) if raw.find(b"null") >= 0 else 0
    return FeedObject(kind, _login(wire), _stamp(wire.timestamp, received, latest), carried, unknowns, raw)


def _money_fields(wire: _Wire) -> tuple[_Amount, ...]:
    margin = wire.free_margin
    if margin is UNSET:
        margin = wire.margin_mt5 if wire.margin_snake is UNSET else wire.margin_snake
    return (wire.balance, wire.equity, wire.profit, wire.margin, margin, wire.credit)


def _amounts(said: tuple[_Amount, ...]) -> list[Decimal | None]:
    try:
        return [None if value is UNSET or value is None else quantize_money(value) for value in said]
    except ValueError as error:
        raise BadValueError(Reason.OUT_OF_RANGE, _first_bad(said)) from error


def _first_bad(said: tuple[_Amount, ...]) -> str:
    for name, value in zip(_AMOUNT_NAMES, said, strict=True):
        if isinstance(value, Decimal) and not _is_amount(value):
            return name
    return ""


def _is_amount(value: Decimal) -> bool:
    try:
        quantize_money(value)
    except ValueError:
        return False
    return True


def _unknowns(wire: _Wire) -> int:
    """Count the nulls, also those spelled as strings."""
    fields = (wire.currency, wire.leverage, wire.positions, wire.orders, *_money_fields(wire))
    return sum(value is None for value in fields)


def _currency(value: str | UnsetType | None) -> str | None:
    if value is None or value is UNSET:
        return None
    if not 0 < len(value) <= CURRENCY_LENGTH or not value.isprintable():
        raise BadValueError(Reason.OUT_OF_RANGE, "currency")
    return value


def _leverage(value: int | UnsetType | None) -> int | None:
    if value is None or value is UNSET:
        return None
    if not 0 <= value < LEVERAGE_LIMIT:
        raise BadValueError(Reason.OUT_OF_RANGE, "leverage")
    return value


def _trades(value: Sequence[trades.Position] | Sequence[trades.Order] | UnsetType | None, field: str) -> bytes | None:
    if value is None or value is UNSET:
        return None
    try:
        return trades.encode(value)
    except ValueError as error:
        raise BadValueError(Reason.OUT_OF_RANGE, field) from error


def _login(wire: _Wire) -> Login:
    value = wire.login
    if value is UNSET:
        value = wire.account_login if wire.login_snake is UNSET else wire.login_snake
    if value is UNSET:
        raise BadValueError(Reason.MISSING, "login")
    login = value if isinstance(value, str) else str(value)
    if not 0 < len(login) <= LOGIN_LENGTH or not login.isprintable() or " " in login:
        raise BadValueError(Reason.BAD_LOGIN, "login")
    return Login(login)


def _stamp(value: str | UnsetType | None, received: Micros, latest: Micros) -> Micros:
    try:
        stamp = received if value is None or value is UNSET else _stamp_of(value)
    except ValueError as error:
        raise BadValueError(Reason.BAD_TIMESTAMP, "timestamp") from error
    if stamp > latest:  # `received` may be what a header says
        raise BadValueError(Reason.FROM_THE_FUTURE, "timestamp")
    return stamp


def _stamp_of(text: str) -> Micros:
    """ISO 8601 with any offset and any number of decimals; without an offset it is UTC, as the contract says."""
    moment = datetime.fromisoformat(text)
    stamp = micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if stamp < 0:
        raise ValueError("before 1970 there was no feed")
    return stamp


def _blame(message: str) -> tuple[Reason, str]:
    """Read reason and field out of a decoder's message: "Expected `int`, got `str` - at `$.positions[0].ticket`"."""
    what, _, path = message.partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if what.startswith("Object missing required field"):
        missing = what.split("`")[1]
        return Reason.MISSING, f"{field}.{missing}" if field else missing
    if field == "type" and what.startswith("Invalid enum value"):
        return Reason.UNKNOWN_TYPE, field
    if not field:
        return Reason.NOT_AN_OBJECT, ""
    in_range = what.startswith(("Expected `", "Invalid")) and "` >" not in what and "` <" not in what
    return Reason.WRONG_TYPE if in_range else Reason.OUT_OF_RANGE, field
