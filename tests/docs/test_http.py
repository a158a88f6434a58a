"""docs/HTTP.md: its requests are sent as they stand there, and its answers, paths and figures are the server's."""

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from string import Template
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from marathons.api.document import document
from marathons.models import User
from marathons.tokens import issue
from tests.cast import ALICE_LOGIN, PASSWORD, make_marathon, make_user, take_part
from tests.docs.documents import Block, blocks, codes, table

DOCUMENT = "HTTP.md"


@dataclass(frozen=True, slots=True)
class Request:
    """What a line of curl sends."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


def curl(text: str, names: Mapping[str, str]) -> Request:
    """Reads the few options that the document uses; the shell's variables are `names`."""
    words = shlex.split(Template(text.replace("\\\n", "")).substitute(names))
    assert words.pop(0) == "curl"
    method, url, headers, body = "GET", "", {}, ""
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body = words.pop(0)
            case word:
                url = word
    return Request(method, url, headers, body)


def sent(request: Request) -> Any:
    headers = dict(request.headers)
    kind = headers.pop("Content-Type", "application/json")
    return Client().generic(request.method, request.url, request.body.encode(), content_type=kind, headers=headers)


def alike(told: Any, shown: Any) -> bool:
    """Whether the document's answer has the names and types of the server's; `null` may stand for any."""
    match told, shown:
        case (None, _) | (_, None):
            return True
        case dict(), dict():
            return told.keys() == shown.keys() and all(alike(told[name], shown[name]) for name in told)
        case list(), list():
            return all(alike(one, other) for one, other in zip(told, shown, strict=False))
        case ((int() | float()), (int() | float())):
            return isinstance(told, bool) == isinstance(shown, bool)
    return type(told) is type(shown)


def steps() -> Iterator[tuple[int, str, str]]:
    """Status, request, and the answer where one comes next."""
    every = blocks(DOCUMENT)
    for step, following in pairwise([*every, Block("", "", "")]):
        if step.language == "sh" and step.mark:
            yield int(step.mark), step.text, following.text if following.language == "json" else ""


@pytest.fixture
def names(sam: User, now: datetime) -> dict[str, str]:
    """The stage that the document plays on; HOST is here."""
    alice = make_user("alice", password=PASSWORD)
    marathon = make_marathon(now)
    alices = take_part(marathon, alice, ALICE_LOGIN)
    return {
        "HOST": "",
        "STAFF": issue(sam).access,
        "ALICE": issue(alice).access,
        "REFRESH": issue(alice).refresh,
        "MARATHON": str(marathon.pk),
        "PARTICIPANT": str(alices.pk),
        "LOGIN": ALICE_LOGIN,
        "UPCOMING": str(make_marathon(now, starts_at=now + timedelta(days=1)).pk),
        "JOINABLE": str(make_marathon(now, starts_at=now + timedelta(days=2)).pk),
    }


def test_every_request_is_answered_as_the_document_says(names: dict[str, str]) -> None:
    for status, command, answer in steps():
        response = sent(curl(command, names))
        assert response.status_code == status, f"{command}{response.content.decode()}"
        if answer:
            assert alike(json.loads(answer), response.json()), f"{command}{response.content.decode()}"


def test_the_document_has_requests_of_every_kind() -> None:
    assert {"GET", "POST", "PATCH", "DELETE"} == {curl(command, defaultdict(str)).method for _, command, _ in steps()}


def test_every_path_of_the_server_is_listed_and_no_other() -> None:
    listed = {(codes(method)[0].lower(), codes(path)[0]) for method, path, _ in table(DOCUMENT, "method", "path")}
    short = {"{marathon_id}": "{id}", "{participant_id}": "{pid}"}
    offered = set()
    for path, methods in json.loads(document("json"))["paths"].items():
        for long, name in short.items():
            path = path.replace(long, name)  # noqa: PLW2901
        offered |= {(method, path) for method in methods}
    assert listed == offered


def test_the_rates_are_those_of_the_settings() -> None:
    rates = {codes(setting)[0]: default for _, setting, default in table(DOCUMENT, "who", "setting", "default")}
    used = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    assert rates == {f"API_RATE_{scope.upper()}": rate for scope, rate in used.items()}


def test_every_status_of_the_document_of_openapi_is_explained() -> None:
    explained = {int(code) for cell, _ in table(DOCUMENT, "status", "when") for code in re.findall(r"\d{3}", cell)}
    operations = [one for methods in json.loads(document("json"))["paths"].values() for one in methods.values()]
    used = {int(status) for operation in operations for status in operation["responses"]}
    assert {status for status in used if status >= 400} <= explained


def test_the_fields_of_a_marathon_are_explained() -> None:
    explained = {name for cell, _ in table(DOCUMENT, "field", "meaning") for name in codes(cell)}
    properties = json.loads(document("json"))["components"]["schemas"]["Marathon"]["properties"]
    assert set(properties) - explained == {"id", "name", "description", "startsAt", "endsAt", "createdAt"}
