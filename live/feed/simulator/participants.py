"""The participants of a marathon as members of a fleet: for the command, and for a process with a feed of its own."""

from uuid import UUID

from live.board.rows import Login
from live.feed.simulator.fleet import Member
from marathons.models import Participant, ParticipantStatus


def participants_of(marathon: UUID) -> list[Member]:
    """Who takes part, by bib, starting with the capital that they are measured against. One query."""
    rows = (
        Participant.objects.filter(marathon=marathon)
        .exclude(status=ParticipantStatus.WITHDRAWN)
        .order_by("bib")
        .values_list("account__login", "initial_balance", "marathon__initial_balance")
    )
    return [Member(Login(login), own or common) for login, own, common in rows]
