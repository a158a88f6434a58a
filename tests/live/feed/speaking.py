"""Messages of the feed, marathons and entrants as values, for the tests of the pure stages. Times are in seconds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from live.board.rows import Identity, Login, MarathonId, ParticipantId, Score, Status, UserId
from live.board.scoring import Extremes, quantize_money
from live.feed.accounts import EMPTY
from live.feed.objects import Carried, FeedObject, Kind
from live.feed.plan import plan
from live.feed.recent import Recent
from live.feed.standings import Contest, Participant
from live.feed.state import Changes, State

SECOND = 1_000_000
MINUTE = 60 * SECOND
START, END = 1_000 * SECOND, 2_000 * SECOND

ALICE, BOB = Login("1001"), Login("1002")
AUTUMN, WINTER = MarathonId(UUID(int=1)), MarathonId(UUID(int=2))


def says(at: float, login: Login = ALICE, kind: Kind = Kind.UPDATE, **fields: Any) -> FeedObject:
    """A message stamped so many seconds after 1970; numbers become money."""
    carried: dict[str, Any] = {
        name: quantize_money(Decimal(value)) if isinstance(value, int) and name != "leverage" else value
        for name, value in fields.items()
    }
    return FeedObject(kind, login, int(at * SECOND), Carried(**carried))


def contest(key: MarathonId = AUTUMN, **fields: Any) -> Contest:
    """A marathon from second 1,000 to second 2,000."""
    known: dict[str, Any] = {"starts": START, "ends": END, "initial_balance": None, "captures": False, "over": False}
    return Contest(key, **(known | fields))


def entrant(number: int, login: Login = ALICE, marathon: MarathonId = AUTUMN, **fields: Any) -> Participant:
    """An entrant of whom nothing is known yet; `status` goes to the identity."""
    identity = Identity(
        participant_id=ParticipantId(UUID(int=number)),
        bib=number,
        user_id=UserId(UUID(int=number)),
        user_name=f"Trader {number}",
        login=login,
        joined_at=datetime(2025, 1, 1, tzinfo=UTC),
        status=fields.pop("status", Status.ACTIVE),
        reason=fields.pop("reason", None),
    )
    nothing: Mapping[str, Any] = {
        "baseline": None,
        "captured": None,
        "snapshot": EMPTY,
        "extremes": Extremes(),
        "recent": Recent(),
        "score": Score(),
    }
    return Participant(identity=identity, marathon_id=marathon, **{**nothing, **fields})


def state_of(*participants: Participant, contests: tuple[Contest, ...] = (contest(),)) -> State:
    """A worker's memory of these."""
    state = State("epoch", 0)
    state.put_contests({contest.id: contest for contest in contests})
    state.put_participants(participants)
    return state


def heard(state: State, *messages: FeedObject, now: float = 1_500) -> Changes:
    """Let a batch change the state; return the changes."""
    changes = plan(state, messages, int(now * SECOND), MINUTE)
    state.accept(changes, state.seq + 1)
    return changes


def only(state: State) -> Participant:
    """The one participant there is."""
    (one,) = state.participants.values()
    return one
