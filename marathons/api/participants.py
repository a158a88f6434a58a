"""GET and POST marathons/{id}/participants; PATCH and DELETE marathons/{id}/participants/{pid}.

GET of one participant is its entry on the board, which the live part knows: live/doors/ derives from `ParticipantView`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import Http404
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from marathons.access import Viewer
from marathons.actions import save_account
from marathons.api import examples
from marathons.api.authentication import StaffWrites
from marathons.api.errors import Conflict
from marathons.api.marathons import find
from marathons.api.openapi import Body, operation
from marathons.api.paging import page_of, read_query, shown
from marathons.api.parsing import JSONList
from marathons.api.participant_shapes import (
    EntryBody,
    ParticipantChange,
    ParticipantPage,
    ParticipantQuery,
    ParticipantShape,
)
from marathons.api.view import ApiView
from marathons.clock import hold
from marathons.enrolment import Entry, EntryError, enrol
from marathons.history import ADDED, Line, record
from marathons.models import Account, Marathon, Participant, ParticipantStatus
from marathons.outcomes import Outcome, entered, set_capital, set_status, use_account

LONGEST_LIST = 10_000
ENTRIES = Body(
    PolymorphicProxySerializer("Entries", [EntryBody, EntryBody(many=True)], resource_type_field_name=None, many=False),
    {"One": examples.ENTRY, "A list": [examples.ENTRY, {"email": "bob@example.com", "accountLogin": "261632690"}]},
)
CHANGES = Body(
    ParticipantChange,
    {
        "Disqualify": {"status": "disqualified", "disqualificationReason": "Two accounts on one device"},
        "Reinstate": {"status": "active"},
        "Set the capital": {"initialBalance": 10000},
    },
)
ENTERED = Body(
    PolymorphicProxySerializer(
        "Entered", [ParticipantShape, ParticipantShape(many=True)], resource_type_field_name=None, many=False
    ),
    {"One": examples.PARTICIPANT, "A list": [examples.PARTICIPANT]},
)


class ParticipantsView(ApiView):
    permission_classes = (StaffWrites,)
    tag = "Participants"
    parser_classes = (JSONList,)

    @operation(
        "listParticipants",
        query=ParticipantQuery,
        answers={200: Body(ParticipantPage, {"A page": examples.PARTICIPANT_PAGE})},
        errors=(400, 401, 404),
    )
    def get(self, request: Request, marathon_id: UUID) -> Response:
        """List a marathon's participants by number, those who withdrew included. Ranks are on the board, not here."""
        query = read_query(ParticipantQuery, request)
        rows = _filtered(participants_of(find(self.viewer, marathon_id)), query)
        return Response(page_of(rows, query, ParticipantShape))

    @operation("enterParticipants", body=ENTRIES, answers={201: ENTERED}, errors=(400, 401, 403, 404, 409))
    def post(self, request: Request, marathon_id: UUID) -> Response:
        """Enter a participant, or up to 10,000 of them: all, or none if one line is wrong."""
        marathon = find(self.viewer, marathon_id)
        sent: Any = request.data
        by_list = isinstance(sent, list)
        entries = read_entries(sent) if by_list else [read_entry(sent)]
        with transaction.atomic():
            new = enrol(marathon, entries, self.now) if by_list else _enrol_one(marathon, entries, self.now)
            record(request.user, entered(marathon, new, by_list=by_list))
        rows = shown(new, ParticipantShape)
        return Response(rows if by_list else rows[0], status=status.HTTP_201_CREATED)


class ParticipantView(ApiView):
    permission_classes = (StaffWrites,)
    tag = "Participants"

    @operation(
        "changeParticipant",
        body=CHANGES,
        answers={200: Body(ParticipantShape, {"Disqualified": examples.DISQUALIFIED})},
        errors=(400, 401, 403, 404, 409),
    )
    def patch(self, request: Request, marathon_id: UUID, participant_id: UUID) -> Response:
        """Disqualify with a reason, reinstate, withdraw; set the capital; let another account count."""
        with transaction.atomic():
            hold()  # before the row is read: what is decided here is decided on what is stored
            participant = _find_participant(self.viewer, marathon_id, participant_id)
            body = ParticipantChange(participant, data=request.data, partial=True)
            body.is_valid(raise_exception=True)
            record(request.user, _change(participant, dict(body.validated_data), self.now))
        return Response(ParticipantShape(_find_participant(self.viewer, marathon_id, participant_id)).data)

    @operation("withdrawParticipant", answers={204: None}, errors=(401, 403, 404, 409))
    def delete(self, request: Request, marathon_id: UUID, participant_id: UUID) -> Response:
        """Withdraw a participant, who stays listed after everybody else."""
        with transaction.atomic():
            hold()
            participant = _find_participant(self.viewer, marathon_id, participant_id)
            record(request.user, set_status([participant], ParticipantStatus.WITHDRAWN))
        return Response(status=status.HTTP_204_NO_CONTENT)


def participants_of(marathon: Marathon) -> QuerySet[Participant]:
    return marathon.participants.select_related("user", "account").order_by("bib")


def _find_participant(viewer: Viewer, marathon_id: UUID, participant_id: UUID) -> Participant:
    participant = participants_of(find(viewer, marathon_id)).filter(pk=participant_id).first()
    if participant is None:
        raise Http404("There is no such participant.")
    return participant


def _filtered(rows: QuerySet[Participant], query: dict[str, Any]) -> QuerySet[Participant]:
    if query["status"]:
        rows = rows.filter(status=query["status"])
    text = query["search"]
    if not text:
        return rows
    named = rows.annotate(full_name=Concat("user__first_name", Value(" "), "user__last_name"))
    found = Q(full_name__icontains=text) | Q(account__login__icontains=text)
    if text.isascii() and text.isdecimal() and len(text) < 10:
        found |= Q(bib=int(text))
    return named.filter(found)


def read_entries(lines: list[Any]) -> list[Entry]:
    """The entries of a list. Raises ValidationError, or EntryError that names every wrong line."""
    if not 1 <= len(lines) <= LONGEST_LIST:
        raise ValidationError(f"A list has 1 to {LONGEST_LIST} entries.")
    shape, entries, errors = EntryBody(), list[Entry](), dict[int, Any]()
    for index, line in enumerate(lines):
        try:
            entries.append(Entry(**shape.run_validation(line)))
        except ValidationError as error:
            errors[index] = error.detail
    if errors:
        raise EntryError(errors)
    return entries


def read_entry(line: Any) -> Entry:
    """One entry by itself. Raises ValidationError."""
    body = EntryBody(data=line)
    body.is_valid(raise_exception=True)
    return Entry(**body.validated_data)


def _enrol_one(marathon: Marathon, entries: list[Entry], now: datetime) -> list[Participant]:
    try:
        return enrol(marathon, entries, now)
    except EntryError as error:
        raise Conflict(error.errors[0]) from error


def _change(participant: Participant, changes: dict[str, Any], now: datetime) -> Outcome:
    outcome: list[tuple[Model, Line]] = []
    if "account_login" in changes:
        account, made = _account(changes["account_login"])
        outcome += [*made, *use_account(participant, account)]
    if "initial_balance" in changes:
        outcome += set_capital(participant, changes["initial_balance"], now)
    outcome += set_status([participant], ParticipantStatus(changes["status"]), changes["disqualification_reason"])
    return outcome


def _account(login: str) -> tuple[Account, Outcome]:
    """The account, and that it was added if it is new."""
    found = Account.objects.filter(login=login).first()
    if found is not None:
        return found, []
    made = save_account(Account(login=login))
    return made, [(made, ADDED)]
