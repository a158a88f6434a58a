"""What all of the HTTP interface has in common: paths, methods, headers, the form of errors."""

import uuid
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.exceptions import ValidationError

from marathons.actions import ActionError
from marathons.api.errors import error_response, one_form
from marathons.models import Marathon, Participant
from tests.marathons.api.caller import Caller


def test_paths_work_with_and_without_a_trailing_slash(as_sam: Caller, public_marathon: Marathon) -> None:
    path = f"marathons/{public_marathon.pk}"
    for slash in ("", "/"):
        assert as_sam.get(f"marathons{slash}").status_code == 200
        assert as_sam.get(f"{path}{slash}").status_code == 200
        assert as_sam.post(f"{path}/guest-token{slash}").status_code == 200
        assert as_sam.patch(f"{path}{slash}", {"name": f"with {slash}"}).status_code == 200
        assert as_sam.get(f"schema{slash}").status_code == 200
        assert as_sam.send("GET", f"/swagger{slash}").status_code == 200


def test_an_id_may_be_in_capitals(anybody: Caller, public_marathon: Marathon) -> None:
    assert anybody.get(f"marathons/{str(public_marathon.pk).upper()}").status_code == 200


@pytest.mark.parametrize(
    "path", ["", "nothing", "marathons//", "marathons/1", f"marathons/{uuid.uuid4().hex}", "marathons/x/y", "auth"]
)
def test_a_path_that_leads_nowhere_gets_an_error_of_the_one_form(anybody: Caller, path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        answer = anybody.send(method, path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this address."})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_offered_is_named_with_those_that_are(anybody: Caller, method: str) -> None:
    answer = anybody.send(method, "schema")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert list(answer.json()) == ["detail"]


def test_a_header_that_asks_for_something_else_gets_json_all_the_same(anybody: Caller) -> None:
    answer = anybody.send("GET", "marathons?format=xml", Accept="application/xml")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_head_is_get_without_a_body(anybody: Caller) -> None:
    answer = anybody.send("HEAD", "marathons")
    assert (answer.status_code, answer.content) == (200, b"")


def test_answers_are_for_the_caller_alone(anybody: Caller) -> None:
    answer = anybody.get("marathons")
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]


def test_names_are_sent_as_they_are_written(as_sam: Caller, public_marathon: Marathon) -> None:
    as_sam.patch(f"marathons/{public_marathon.pk}", {"name": "Zürich, 東京 🏁"})
    assert "Zürich, 東京 🏁".encode() in as_sam.get(f"marathons/{public_marathon.pk}").content


def test_every_path_of_a_private_marathon_gives_strangers_the_same_answer(
    as_charlie: Caller, alices: Participant
) -> None:
    there, not_there = str(alices.marathon_id), str(uuid.uuid4())
    calls = [
        ("GET", ""),
        ("GET", "/participants"),
        ("POST", "/join"),
        ("DELETE", "/participation"),
        ("POST", "/guest-token"),
    ]
    for method, rest in calls:
        answers = [
            as_charlie.send(method, f"marathons/{one}{rest}", {"accountLogin": "1"}) for one in (there, not_there)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    ("detail", "form"),
    [
        ("no", {"detail": "no"}),
        (["no", "never"], {"detail": "no"}),
        ({"non_field_errors": ["no"]}, {"detail": "no"}),
        ({"a": ["no"]}, {"a": ["no"]}),
        ({"a": {"b": ["no"], "c": ["no"]}}, {"a.b": ["no"], "a.c": ["no"]}),
        ({"a": {"non_field_errors": ["no"]}}, {"a": ["no"]}),
    ],
)
def test_every_validation_error_takes_the_one_form(detail: Any, form: object) -> None:
    assert one_form(ValidationError(detail).detail) == form


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ActionError("no"), 409),
        (IntegrityError("x"), 409),
        (Marathon.DoesNotExist("x"), 404),
        (DataError("x"), 400),
        (OperationalError("x"), 503),
    ],
)
def test_trouble_with_the_database_is_an_error_of_the_one_form(error: Exception, status: int) -> None:
    answer = error_response(error, {"request": RequestFactory().get("/")})
    assert answer is not None
    assert (answer.status_code, list(answer.data)) == (status, ["detail"])
    assert "x" not in answer.data["detail"].split()


def test_a_database_that_is_away_is_worth_another_try() -> None:
    answer = error_response(OperationalError("x"), {})
    assert answer is not None
    assert answer["Retry-After"] == "2"


def test_what_nobody_foresaw_is_not_hidden() -> None:
    assert error_response(ZeroDivisionError(), {}) is None


def test_pages_of_an_allowed_origin_may_send_tokens_and_tags_and_read_what_they_need(
    anybody: Caller, settings: Settings
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization, if-none-match"}
    allowed = anybody.send("OPTIONS", "marathons", Origin="https://app.example.com", **asked)
    assert allowed["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert {"authorization", "if-none-match"} <= set(allowed["Access-Control-Allow-Headers"].split(", "))
    answer = anybody.send("GET", "marathons", Origin="https://app.example.com")
    assert answer["Access-Control-Expose-Headers"] == "ETag, Location, Retry-After"
    assert "Access-Control-Allow-Origin" not in anybody.send("GET", "marathons", Origin="https://evil.example.com")
