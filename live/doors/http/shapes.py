"""What the OpenAPI document says of boards and curves. The answers are written by live/wire, as the socket's are."""

from typing import Any

from rest_framework import serializers

from live.board.rows import Status
from live.wire.inbound import LARGEST_INTERVAL_MS, LARGEST_WINDOW
from marathons.api.fields import Amount, Moment
from marathons.api.paging import LAST_PAGE, Number
from marathons.api.shapes import BodyShape, Shape
from marathons.models import MarathonStatus

LONGEST_SEARCH = 50
# Matches that a search tells, the best placed ones: further down it would have to look at most of the board.
DEEPEST_SEARCH = 50


def _amount(help_text: str = "") -> Any:
    return Amount(allow_null=True, help_text=help_text)


class EntryShape(Shape[Any]):
    """One row of a board. What the feed has not told yet is null."""

    participant_id = serializers.UUIDField()
    bib = serializers.IntegerField(help_text="The number in this marathon; never given twice.")
    user_id = serializers.UUIDField()
    user_name = serializers.CharField()
    account_login = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True, help_text="From 1; null unless the status is `active`.")
    balance = _amount()
    equity = _amount()
    profit = _amount("Of open positions.")
    profit_percentage = _amount("The score.")
    margin = _amount()
    free_margin = _amount()
    currency = serializers.CharField(allow_null=True)
    leverage = serializers.IntegerField(allow_null=True)
    positions = serializers.ListField(child=serializers.DictField(), help_text="Empty where they are not shown.")
    orders = serializers.ListField(child=serializers.DictField(), help_text="Empty where they are not shown.")
    drawdown = _amount("In percent below the peak.")
    max_drawdown = _amount()
    status = serializers.ChoiceField([(status.value, status.name) for status in Status])
    disqualification_reason = serializers.CharField(allow_null=True)
    updated_at = Moment(allow_null=True)
    joined_at = Moment()


class PlaceShape(EntryShape):
    """One row of a board, with the board's id."""

    marathon_id = serializers.UUIDField()


class AccountShape(Shape[Any]):
    """An account's places, one for each marathon that it is in, the latest start first."""

    account_login = serializers.CharField()
    entries = PlaceShape(many=True)


class LeaderboardShape(Shape[Any]):
    """A part of a board, as the socket's `marathon_leaderboard` has it."""

    marathon_id = serializers.UUIDField()
    marathon_name = serializers.CharField()
    status = serializers.ChoiceField(MarathonStatus.choices)
    total_participants = serializers.IntegerField()
    epoch = serializers.CharField()
    seq = serializers.IntegerField()
    view = serializers.DictField(help_text="What was asked for.")
    offset = serializers.IntegerField(help_text="Rows above the first entry; for a search, of the pages before.")
    entries = EntryShape(many=True)
    updated_at = Moment()


class LeaderboardQuery(BodyShape[Any]):
    """Which part of the board. One of `top`, `around` and `search`, or a page."""

    page = Number(default=1, min_value=1, max_value=LAST_PAGE, help_text="Counted from 1; of a search, too.")
    limit = Number(
        default=50, min_value=1, max_value=LARGEST_WINDOW, help_text=f"Rows in a page; of a search {LONGEST_SEARCH}."
    )
    top = Number(required=False, min_value=1, max_value=LARGEST_WINDOW, help_text="The first so many rows.")
    around = serializers.CharField(
        required=False, max_length=36, help_text="The rows around a participant, by id; `me` is the caller's."
    )
    size = Number(default=11, min_value=1, max_value=LARGEST_WINDOW, help_text="Rows around the participant.")
    search = serializers.CharField(
        required=False,
        max_length=100,
        help_text="A part of the name, the beginning of the account's login, or the bib. "
        f"It finds the {DEEPEST_SEARCH} best placed of those who match.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asked = [name for name in ("top", "around", "search") if name in attrs]
        if len(asked) > 1:
            raise serializers.ValidationError({name: ["Ask for one of top, around and search."] for name in asked[1:]})
        if "search" in attrs and attrs["page"] * min(attrs["limit"], LONGEST_SEARCH) > DEEPEST_SEARCH:
            said = f"A search finds the {DEEPEST_SEARCH} best placed; say more of the name to find others."
            raise serializers.ValidationError({"page": [said]})
        return attrs


class CandleShape(Shape[Any]):
    """Equity in one bucket of time, and the balance at its end."""

    time = Moment(help_text="The bucket's start.")
    open = Amount()
    high = Amount()
    low = Amount()
    close = Amount()
    balance = _amount()


class CurveShape(Shape[Any]):
    """A participant's curve, earliest first."""

    participant_id = serializers.UUIDField()
    resolution = serializers.CharField()
    points = CandleShape(many=True)
    next = Moment(allow_null=True, help_text="`from` of the rest, where there are more points than one answer takes.")


RESOLUTIONS = ("raw", "hourly", "daily")


class CurveQuery(BodyShape[Any]):
    """Which part of the curve. Without `from` it begins with the history; `to` is not included."""

    resolution = serializers.ChoiceField(RESOLUTIONS, default="raw")
    to = Moment(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {"from": Moment(required=False), **super().get_fields()}  # a word of Python's own

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "from" in attrs and "to" in attrs and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": ["This is before `from`."]})
        return attrs


class StreamQuery(BodyShape[Any]):
    """Which part of the board to watch: all of it, or one of `top`, `page` and `around`."""

    top = Number(required=False, min_value=1, max_value=LARGEST_WINDOW, help_text="The first so many rows.")
    page = Number(required=False, min_value=1, max_value=LAST_PAGE, help_text="Counted from 1.")
    around = serializers.CharField(required=False, help_text="A participant's id, or `me`.")
    size = Number(required=False, min_value=1, max_value=LARGEST_WINDOW, help_text="Rows of `page` or `around`.")
    interval_ms = Number(required=False, max_value=LARGEST_INTERVAL_MS, help_text="Least time between two events.")
    last_event_id = serializers.CharField(required=False, help_text="For clients that cannot send `Last-Event-ID`.")
    token = serializers.CharField(required=False, help_text="For clients that cannot send `Authorization`.")
