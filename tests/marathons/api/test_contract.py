"""Schemathesis reads the OpenAPI document and tries to make the interface break it, as each of the cast.

It holds for every answer: no 5xx; a status, a content type and a body that the document names; wrong data refused,
right data taken, methods that are not offered refused. The requests go through all of Django.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from pytest_django import Settings

from marathons.api.document import document
from marathons.api.examples import MARATHON_ID, PARTICIPANT_ID
from marathons.models import Participant, Standing, User
from marathons.tokens import issue
from tests.cast import ALICE_LOGIN, BOB_LOGIN, make_marathon, take_part

pytestmark = pytest.mark.contract

# What the document cannot say: a marathon ends after it starts, a reason goes with a disqualification, an account has
# one owner, a part of a board is asked for in one way. Data may be refused for that although each field is right.
SAYS_LESS_THAN_THE_CODE = [
    *("createMarathon", "changeMarathon", "changeParticipant", "enterParticipants"),
    *("getLeaderboard", "getEquity"),
]
CONFIG = {
    "operations": [
        {"include-operation-id": SAYS_LESS_THAN_THE_CODE, "checks": {"positive_data_acceptance": {"enabled": False}}}
    ]
}
# Staff gets as far as the bodies; whoever is turned away before tries less, for the time's sake.
BRIEFLY = {**CONFIG, "phases": {"coverage": {"enabled": False}}}


def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any]:
    """Every second id that is one is that of a row which exists: behind the others is only a 404."""
    there = {"marathon_id": MARATHON_ID, "participant_id": PARTICIPANT_ID, "login": ALICE_LOGIN}
    return {name: there[name] if _is_even(name, value) else value for name, value in (path_parameters or {}).items()}


def _is_even(name: str, value: Any) -> bool:
    try:
        return (len(value) if name == "login" else UUID(value).int) % 2 == 0
    except (ValueError, AttributeError, TypeError):
        return False


def bounded() -> dict[str, Any]:
    """The document, without the stream of events: what it answers does not end."""
    whole: dict[str, Any] = json.loads(document("json"))
    return {**whole, "paths": {path: one for path, one in whole["paths"].items() if not path.endswith("/live")}}


def interface(config: dict[str, Any]) -> Any:
    schema = schemathesis.openapi.from_dict(bounded(), config=schemathesis.Config.from_dict(config))
    schema.app = get_wsgi_application()
    schema.hook(map_path_parameters)
    return schema


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Between requests Django closes connections, the test's among them: its own client suspends that, and so do we."""
    between = (request_started, request_finished)
    for moment in between:
        moment.disconnect(close_old_connections)
    yield
    for moment in between:
        moment.connect(close_old_connections)


@pytest.fixture
def tokens(alice: User, bob: User, charlie: User, sam: User, now: datetime, settings: Settings) -> dict[str, str]:
    """The cast's, by name. On the stage, under the ids of the examples: a private marathon of Alice's and Bob's."""
    limits = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": dict.fromkeys(limits, "off")}
    marathon = make_marathon(now, id=UUID(MARATHON_ID), visibility="private")
    take_part(marathon, bob, BOB_LOGIN)
    alices = take_part(marathon, alice, ALICE_LOGIN)
    Participant.objects.filter(pk=alices.pk).update(id=PARTICIPANT_ID)
    Standing.objects.filter(pk=alices.pk).update(participant=PARTICIPANT_ID)
    return {user.first_name.lower(): issue(user).access for user in (alice, charlie, sam)}


def tries(count: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=count, deadline=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
    )


@interface(CONFIG).parametrize()
@tries(6)
def test_staff_cannot_break_the_contract(case: Any, tokens: dict[str, str], one_connection: None) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {tokens['sam']}"})


@pytest.mark.parametrize("who", ["nobody", "charlie", "alice"])
@interface(BRIEFLY).parametrize()
@tries(3)
def test_nobody_else_can(case: Any, who: str, tokens: dict[str, str], one_connection: None) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {})
