"""GET marathons/{id}/participants/{pid}/equity: the curve, in the buckets it is kept in or in hours or days."""

from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import F, Max, Min, QuerySet, Window
from django.db.models.functions import FirstValue, RowNumber, TruncDay, TruncHour
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from live.doors.http import examples
from live.doors.http.shapes import CurveQuery, CurveShape
from marathons.access import visible_marathons
from marathons.api.openapi import Body, operation
from marathons.api.paging import read_query
from marathons.api.view import ApiView
from marathons.models import EquityPoint, Participant

# Two days of minutes; a chart has fewer pixels than that.
MOST_POINTS = 3_000
COLUMNS = ("time", "open", "high", "low", "close", "balance")
BUCKETS: dict[str, type[TruncHour] | type[TruncDay]] = {"hourly": TruncHour, "daily": TruncDay}


class CurveView(ApiView):
    tag = "Boards"

    @operation(
        "getEquity",
        query=CurveQuery,
        answers={200: Body(CurveShape, {"One hour": examples.CURVE})},
        errors=(400, 401, 404),
    )
    def get(self, request: Request, marathon_id: UUID, participant_id: UUID) -> Response:
        """Get a participant's equity over time. Hours and days are UTC's; one answer has up to 3,000 points."""
        query = read_query(CurveQuery, request)
        visible = Participant.objects.filter(marathon__in=visible_marathons(self.viewer))
        if not visible.filter(marathon_id=marathon_id, pk=participant_id).exists():
            raise Http404("There is no such participant.")
        points = list(_points(participant_id, query)[: MOST_POINTS + 1])
        shown = [dict(zip(COLUMNS, point, strict=True)) for point in points]
        rest = shown[MOST_POINTS]["time"] if len(shown) > MOST_POINTS else None
        curve = {"participant_id": participant_id, "points": shown[:MOST_POINTS], "next": rest}
        return Response(CurveShape({**curve, "resolution": query["resolution"]}).data)


def _points(participant_id: UUID, query: dict[str, Any]) -> Any:
    points = EquityPoint.objects.filter(participant_id=participant_id)
    if "from" in query:
        points = points.filter(bucket__gte=query["from"])
    if "to" in query:
        points = points.filter(bucket__lt=query["to"])
    if query["resolution"] not in BUCKETS:
        return points.order_by("bucket").values_list("bucket", *COLUMNS[1:])
    return _wider(points, BUCKETS[query["resolution"]])


def _wider(points: QuerySet[EquityPoint], bucket: type[TruncHour] | type[TruncDay]) -> Any:
    """One point out of all of an hour or day. Joined by the database, for a season has a hundred thousand points."""
    by_start = points.annotate(time=bucket("bucket", tzinfo=UTC))

    def of_all(value: Any, *order: str) -> Window:
        return Window(value, partition_by=F("time"), order_by=order or None)

    joined = by_start.annotate(
        first=of_all(RowNumber(), "bucket"),
        opened=of_all(FirstValue("open"), "bucket"),
        highest=of_all(Max("high")),
        lowest=of_all(Min("low")),
        closed=of_all(FirstValue("close"), "-bucket"),
        left=of_all(FirstValue("balance"), "-bucket"),
    )
    columns = ("time", "opened", "highest", "lowest", "closed", "left")
    return joined.filter(first=1).order_by("time").values_list(*columns)
