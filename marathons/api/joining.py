"""POST marathons/{id}/join and DELETE marathons/{id}/participation: what users do for themselves."""

from typing import cast
from uuid import UUID

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from marathons.actions import ActionError, withdraw
from marathons.api import examples
from marathons.api.authentication import Users
from marathons.api.marathons import find
from marathons.api.openapi import Body, operation
from marathons.api.participant_shapes import JoinBody, ParticipantShape
from marathons.api.view import ApiView
from marathons.enrolment import join
from marathons.models import MarathonStatus, ParticipantStatus, User

OVER = frozenset({MarathonStatus.FINISHED, MarathonStatus.CANCELLED})


class JoinView(ApiView):
    permission_classes = (Users,)
    tag = "Participants"

    @operation(
        "joinMarathon",
        body=Body(JoinBody, {"An account": {"accountLogin": "261632689"}}),
        answers={201: Body(ParticipantShape, {"Alice": examples.PARTICIPANT})},
        errors=(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, marathon_id: UUID) -> Response:
        """Take part, before the start. 409 when the marathon is full, has started, or the user or account is in."""
        marathon = find(self.viewer, marathon_id)
        body = JoinBody(data=request.data)
        body.is_valid(raise_exception=True)
        participant = join(marathon, _user(request), body.validated_data["account_login"], self.now)
        return Response(ParticipantShape(participant).data, status=status.HTTP_201_CREATED)


class ParticipationView(ApiView):
    permission_classes = (Users,)
    tag = "Participants"

    @operation("leaveMarathon", answers={204: None}, errors=(401, 403, 404, 409))
    def delete(self, request: Request, marathon_id: UUID) -> Response:
        """Withdraw from a marathon that is not over. The row stays on the board, after everybody else."""
        marathon = find(self.viewer, marathon_id)
        taking_part = marathon.participants.exclude(status=ParticipantStatus.WITHDRAWN)
        participant = taking_part.filter(user=_user(request)).first()
        if participant is None:
            raise ActionError("You do not take part in this marathon.")
        if marathon.status_at(self.now) in OVER:
            raise ActionError("The marathon is over: its result stands.")
        withdraw(participant)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _user(request: Request) -> User:
    """Whoever `Users` has let through."""
    return cast(User, request.user)
