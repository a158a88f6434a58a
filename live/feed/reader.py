"""Reads what the worker remembers out of the database, in bulk: everything at the start, then what others changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from msgspec.structs import astuple

from live.board.rows import Identity, Login, MarathonId, Money, ParticipantId, Score, Seq, Status, UserId
from live.board.scoring import Extremes
from live.feed import trades
from live.feed.accounts import EMPTY, NO_TRADES, Snapshot, Times
from live.feed.objects import Kind, micros
from live.feed.recent import Recent
from live.feed.standings import Captured, Contest, Participant
from live.feed.state import Known
from marathons.batches import parts
from marathons.models import Account, BaselineSource, Marathon, Standing
from marathons.models.participant import board_name

REMEMBERED = timedelta(days=7)
"""How long after its end the worker still tells where a marathon's board stands."""

MONEY = ("balance", "equity", "profit", "margin", "free_margin", "credit", "currency", "leverage")
NESTED = ("positions", "orders", "times")
SNAPSHOT = (*MONEY, *(f"{name}_text" for name in NESTED))
SCORING = ("score", "drawdown", "max_drawdown", "equity_high", "equity_low", "path_drawdown")
ENTRANT = (
    "participant_id",
    "marathon_id",
    "participant__bib",
    "participant__user_id",
    "participant__user__first_name",
    "participant__user__last_name",
    "participant__account__login",
    "joined_at",
    "participant__status",
    "participant__disqualification_reason",
    "participant__initial_balance",
    "participant__baseline_source",
    "participant__baseline_message",
)

_decode_times = msgspec.json.Decoder(list[int] | dict[str, int]).decode


def contests(now: datetime) -> tuple[dict[MarathonId, Contest], dict[MarathonId, Seq]]:
    """Return the marathons that are not long over, and where their boards stand."""
    alive = Q(finalised_at__isnull=True, cancelled_at__isnull=True) | Q(ends_at__gt=now - REMEMBERED)
    found = list(Marathon.objects.filter(alive))
    return {MarathonId(one.pk): _contest(one) for one in found}, {MarathonId(one.pk): one.stamp for one in found}


def _contest(one: Marathon) -> Contest:
    return Contest(
        id=MarathonId(one.pk),
        starts=micros(one.starts_at),
        ends=micros(one.ends_at),
        initial_balance=one.initial_balance,
        captures=one.captures_baselines,
        over=one.finalised_at is not None or one.cancelled_at is not None,
    )


def accounts() -> dict[Login, Known]:
    """Return all accounts."""
    return _accounts(Account.objects.all())


def newer_accounts(logins: Iterable[Login], stamps: Callable[[Login], Seq]) -> dict[Login, Known]:
    """Return those of these accounts that others changed: whose rows have later stamps than are known."""
    changed: dict[Login, Known] = {}
    for part in parts(list(logins)):
        found = Account.objects.filter(login__in=part).values_list("login", "stamp")
        later = [login for login, stamp in found if stamp > stamps(Login(login))]
        if later:
            changed |= _accounts(Account.objects.filter(login__in=later))
    return changed


def _accounts(query: "QuerySet[Account]") -> dict[Login, Known]:
    found = _with_text(query).values_list("login", "stamp", *SNAPSHOT).order_by()
    return {Login(login): Known(_snapshot(values), stamp) for login, stamp, *values in found.iterator(2000)}


def participants(
    marathon_ids: Iterable[MarathonId], known: Mapping[Login, Snapshot], since: Seq = -1
) -> list[Participant]:
    """Return the entrants of these marathons whose rows changed after a stamp.

    A standing that says the same as its account's snapshot in `known` shares it.
    """
    standings = Standing.objects.filter(marathon_id__in=list(marathon_ids), stamp__gt=since)
    found = _with_text(standings).values_list(*ENTRANT, *SCORING, *SNAPSHOT)
    return [_participant(values, known) for values in found.iterator(2000)]


def _with_text(query: "QuerySet[Any]") -> "QuerySet[Any]":
    # As text: decoded here, typed and many times faster than by the field.
    found: QuerySet[Any] = query.annotate(**{f"{name}_text": Cast(F(name), TextField()) for name in NESTED})
    return found


def _participant(values: tuple[Any, ...], known: Mapping[Login, Snapshot]) -> Participant:
    entrant, scoring, snapshot_values = values[:13], values[13:19], values[19:]
    pid, marathon_id, bib, user_id, first, last, login, joined_at, status, reason, baseline, source, message = entrant
    percentage, drawdown, max_drawdown, high, low, path = scoring
    snapshot, account = _snapshot(snapshot_values), known.get(login, EMPTY)
    name = board_name(f"{first} {last}".strip(), bib)
    return Participant(
        identity=Identity(
            participant_id=ParticipantId(pid),
            bib=bib,
            user_id=UserId(user_id),
            user_name=name,
            login=Login(login),
            joined_at=joined_at,
            status=Status(status),
            reason=reason or None,
        ),
        marathon_id=MarathonId(marathon_id),
        baseline=baseline,
        captured=_captured(baseline, message) if source == BaselineSource.CAPTURED else None,
        snapshot=account if snapshot == account else snapshot,  # of the same times it may be ahead of the tables
        extremes=Extremes(high, low, path),
        recent=Recent(since=snapshot.times.equity, before=high),
        score=Score(percentage, drawdown, max_drawdown),
    )


class _Message(msgspec.Struct):
    """A participant's `baseline_message`; one taken by hand is of another type and is no business of the feed."""

    type: Kind
    timestamp: datetime
    equity: Decimal
    credit: Decimal


def _captured(baseline: Any, message: object) -> Captured | None:
    try:
        said = msgspec.convert(message, _Message)
    except msgspec.ValidationError:
        return None
    return Captured(baseline, said.type, micros(said.timestamp), said.equity, said.credit)


def _snapshot(values: Sequence[Any]) -> Snapshot:
    balance, equity, profit, margin, free_margin, credit, currency, leverage, positions, orders, times = values
    money = Money(balance, equity, profit, margin, free_margin, credit, currency or None, leverage)
    told = _times(times)
    return Snapshot(money, _canonical(positions), _canonical(orders), told, max(astuple(told)))


def _times(text: str) -> Times:
    """A worker of before migration 0010 writes them with their names; it may run until the new one is started."""
    told = _decode_times(text)
    return Times(**told) if isinstance(told, dict) else Times(*told)


def _canonical(text: str) -> bytes:
    return NO_TRADES if text == "[]" else trades.canonical(msgspec.json.decode(text))
