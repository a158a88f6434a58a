"""GET and POST marathons; GET, PATCH and DELETE marathons/{id}."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from marathons.access import Viewer, own_marathons, visible_marathons
from marathons.actions import delete_marathon, save_marathon
from marathons.api import examples
from marathons.api.authentication import StaffWrites
from marathons.api.marathon_shapes import MarathonBody, MarathonChange, MarathonPage, MarathonQuery, MarathonShape
from marathons.api.openapi import Body, operation
from marathons.api.paging import page_of, read_query
from marathons.api.view import ApiView
from marathons.clock import hold
from marathons.history import ADDED, DELETED, record
from marathons.models import Marathon, MarathonStatus, Participant, ParticipantStatus
from marathons.outcomes import Outcome, cancel_marathon, change_marathon

SHOWN = Body(MarathonShape, {"A marathon": examples.MARATHON})


class MarathonsView(ApiView):
    permission_classes = (StaffWrites,)
    tag = "Marathons"

    @operation(
        "listMarathons",
        query=MarathonQuery,
        answers={200: Body(MarathonPage, {"A page": examples.MARATHON_PAGE})},
        errors=(400, 401),
    )
    def get(self, request: Request) -> Response:
        """List marathons, the latest start first. Private ones are listed for their participants and staff."""
        query = read_query(MarathonQuery, request)
        rows = with_figures(_filtered(visible_marathons(self.viewer), self.viewer, query, self.now), self.viewer)
        return Response(page_of(rows, query, MarathonShape))

    @operation(
        "createMarathon",
        body=Body(MarathonBody, {"Four weeks in January": examples.NEW_MARATHON}),
        answers={201: SHOWN},
        errors=(400, 401, 403),
    )
    def post(self, request: Request) -> Response:
        """Create a marathon."""
        body = MarathonBody(data=request.data)
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            marathon = save_marathon(Marathon(created_at=self.now, **body.validated_data))
            record(request.user, [(marathon, ADDED)])
        shown = MarathonShape(find(self.viewer, marathon.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED, headers={"Location": f"/apiv1/marathons/{marathon.pk}"})


class MarathonView(ApiView):
    permission_classes = (StaffWrites,)
    tag = "Marathons"

    @operation("getMarathon", answers={200: SHOWN}, errors=(401, 404))
    def get(self, request: Request, marathon_id: UUID) -> Response:
        """Get one marathon."""
        return Response(MarathonShape(find(self.viewer, marathon_id)).data)

    @operation(
        "changeMarathon",
        body=Body(
            MarathonChange, {"A longer one": {"endsAt": "2026-02-06T21:00:00Z"}, "Cancel": {"status": "cancelled"}}
        ),
        answers={200: SHOWN},
        errors=(400, 401, 403, 404, 409),
    )
    def patch(self, request: Request, marathon_id: UUID) -> Response:
        """Change a marathon, or cancel it for good."""
        with transaction.atomic():
            hold()  # before the row is read: what is decided here is decided on what is stored
            marathon = find(self.viewer, marathon_id)
            body = MarathonChange(marathon, data=request.data, partial=True)
            body.is_valid(raise_exception=True)
            record(request.user, _change(marathon, dict(body.validated_data), self.now))
        return Response(MarathonShape(find(self.viewer, marathon_id)).data)

    @operation("deleteMarathon", answers={204: None}, errors=(401, 403, 404, 409))
    def delete(self, request: Request, marathon_id: UUID) -> Response:
        """Delete a marathon that has not started; one with results is cancelled instead."""
        marathon = find(self.viewer, marathon_id)
        with transaction.atomic():
            delete_marathon(marathon, self.now)
            marathon.pk = marathon_id  # Django takes it from what is deleted
            record(request.user, [(marathon, DELETED)])
        return Response(status=status.HTTP_204_NO_CONTENT)


def find(viewer: Viewer, marathon_id: UUID) -> Marathon:
    """The marathon with its figures. Raises Http404, also where the viewer may not see it."""
    marathon = with_figures(visible_marathons(viewer), viewer).filter(pk=marathon_id).first()
    if marathon is None:
        raise Http404("There is no such marathon.")
    return marathon


def with_figures(rows: QuerySet[Marathon], viewer: Viewer) -> QuerySet[Marathon]:
    """Adds `current_players` and `is_participant`, as subqueries: they are computed for the rows of the page only."""
    taking_part = Participant.objects.exclude(status=ParticipantStatus.WITHDRAWN).filter(marathon=OuterRef("pk"))
    count = taking_part.order_by().values("marathon").annotate(count=Count("pk")).values("count")
    own = taking_part.filter(user_id=viewer.user_id) if viewer.user_id else taking_part.none()
    return rows.annotate(current_players=Coalesce(Subquery(count), 0), is_participant=Exists(own))


def _filtered(rows: QuerySet[Marathon], viewer: Viewer, query: dict[str, Any], now: datetime) -> QuerySet[Marathon]:
    if query["search"]:
        rows = rows.filter(Q(name__icontains=query["search"]) | Q(description__icontains=query["search"]))
    if query["my_marathons"]:
        rows = rows.filter(pk__in=own_marathons(viewer).values("pk"))
    if query["status"]:
        rows = rows.filter(of_status(MarathonStatus(query["status"]), now))
    return rows


def of_status(wanted: MarathonStatus, now: datetime) -> Q:
    """`Marathon.status_at(now) == wanted` as a condition of the database."""
    if wanted == MarathonStatus.CANCELLED:
        return Q(cancelled_at__isnull=False)
    going_on = {
        MarathonStatus.UPCOMING: Q(starts_at__gt=now),
        MarathonStatus.ONGOING: Q(starts_at__lte=now, ends_at__gt=now),
        MarathonStatus.FINISHED: Q(ends_at__lte=now),
    }
    return Q(cancelled_at__isnull=True) & going_on[wanted]


def _change(marathon: Marathon, changes: dict[str, Any], now: datetime) -> Outcome:
    wanted = changes.pop("status", None)
    outcome = [*change_marathon(marathon, changes)] if changes else []
    if wanted is not None:
        outcome += cancel_marathon(marathon, now)
    return outcome
