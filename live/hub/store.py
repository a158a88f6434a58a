"""What the hub reads from the database, as values: whole boards, what changed since a stamp, where the clock stands.

Blocking; the hub calls it in its own threads. One query a process answers for all of its viewers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Max, QuerySet, TextField
from django.db.models.functions import Cast

from live.board.rows import Identity, Login, MarathonId, Money, ParticipantId, Row, Score, Seq, Status, UserId
from live.hub.facts import MarathonFacts
from live.hub.moments import one_moment
from marathons.access import Viewer, may_follow_account, visible_participations
from marathons.models import Clock, FeedWorker, Marathon, Standing
from marathons.models.participant import board_name


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows of a board that changed after the stamp asked for, and the clock's value up to which that is all of them."""

    epoch: str
    seq: int
    facts: MarathonFacts
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class FeedSigns:
    """The workers' signs of life: the newest of each, over all queues."""

    seen_at: datetime | None
    last_object_at: datetime | None


# Named columns of one query: a board of 10,000 rows is read in well under a second, model instances would take several.
COLUMNS = (
    "participant_id",
    "participant__bib",
    "participant__user_id",
    "participant__user__first_name",
    "participant__user__last_name",
    "participant__account__login",
    "joined_at",
    "participant__status",
    "participant__disqualification_reason",
    "balance",
    "equity",
    "profit",
    "margin",
    "free_margin",
    "credit",
    "currency",
    "leverage",
    "score",
    "drawdown",
    "max_drawdown",
    "updated_at",
    "stamp",
)


def read(marathon_id: MarathonId, since: int = -1) -> Reading | None:
    """What changed after `since` (everything, by default). None: there is no such marathon.

    All of one moment: a client that was shown rows newer than its `seq`, and goes on at another process, which never
    had them, would keep what that one sees no difference in.
    """
    with one_moment():
        clock = Clock.objects.get(pk=1)
        found = marathon_facts(marathon_id)
        if found is None:
            return None
        facts, stamp = found
        standings = Standing.objects.filter(marathon_id=marathon_id, stamp__gt=since)
        rows = [row_of(values) for values in rows_query(standings)]
        return Reading(clock.epoch, stamp, facts, rows)


def rows_query(standings: Any) -> Iterable[tuple[Any, ...]]:
    """The columns of rows for a queryset of standings; positions and orders as the JSON text that is stored."""
    as_text = {
        "positions_text": Cast(F("positions"), TextField()),
        "orders_text": Cast(F("orders"), TextField()),
    }
    found: Iterable[tuple[Any, ...]] = standings.annotate(**as_text).values_list(*COLUMNS, *as_text)
    return found


def row_of(values: tuple[Any, ...]) -> Row:
    """One row from the columns of `rows_query`."""
    (pid, bib, user_id, first, last, login, joined_at, status, reason, *rest) = values
    (balance, equity, profit, margin, free_margin, credit, currency, leverage, *rest) = rest
    (score, drawdown, max_drawdown, updated_at, stamp, positions, orders) = rest
    return Row(
        identity=Identity(
            participant_id=ParticipantId(pid),
            bib=bib,
            user_id=UserId(user_id),
            user_name=board_name(f"{first} {last}".strip(), bib),
            login=Login(login),
            joined_at=joined_at,
            status=Status(status),
            reason=reason or None,
        ),
        money=Money(balance, equity, profit, margin, free_margin, credit, currency or None, leverage),
        score=Score(score, drawdown, max_drawdown),
        positions=positions.encode(),
        orders=orders.encode(),
        updated_at=updated_at,
        stamp=stamp,
    )


def marathon_facts(marathon_id: UUID, among: QuerySet[Marathon] | None = None) -> tuple[MarathonFacts, Seq] | None:
    """A marathon's own fields and the stamp of its board; None if there is no such marathon (among those given)."""
    marathons = Marathon.objects.all() if among is None else among
    return next(iter(facts_of(marathons.filter(pk=marathon_id))), None)


def facts_of(marathons: QuerySet[Marathon]) -> list[tuple[MarathonFacts, Seq]]:
    """The marathons' own fields and the stamps of their boards."""
    fields = ("id", "name", "starts_at", "ends_at", "cancelled_at", "visibility", "positions_visibility", "stamp")
    return [(MarathonFacts(*values[:-1]), values[-1]) for values in marathons.values_list(*fields)]


def stamps(marathon_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """Where each board stands; a marathon that is gone is missing. Asked when announcements do not come."""
    return dict(Marathon.objects.filter(pk__in=list(marathon_ids)).values_list("pk", "stamp"))


def epoch() -> str:
    return Clock.objects.get(pk=1).epoch


def feed_signs() -> FeedSigns:
    found = FeedWorker.objects.aggregate(seen=Max("seen_at"), objects=Max("last_object_at"))
    return FeedSigns(found["seen"], found["objects"])


def followed(viewer: Viewer, login: str) -> list[tuple[MarathonId, ParticipantId]] | None:
    """In which of the marathons that the viewer may watch an account takes part; None: it may not be followed."""
    if not may_follow_account(viewer, login):
        return None
    found = visible_participations(viewer, login).order_by("marathon_id").values_list("marathon_id", "pk")
    return [(MarathonId(marathon_id), ParticipantId(participant_id)) for marathon_id, participant_id in found]
