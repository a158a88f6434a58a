"""Every error of the HTTP interface in one form: `{"detail": "..."}`, or `{"field": ["..."]}` where fields are wrong.

A field inside another is named with a dot (`rules.minTrades`). For a list of entries the form is that of each wrong
line under its index: `{"17": {"email": ["..."]}}`.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from marathons.actions import ActionError
from marathons.enrolment import EntryError

log = structlog.get_logger(__name__)

RETRY_SECONDS = 2


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE

    def __init__(self, longest: int) -> None:
        super().__init__(f"The body is too long: {longest} bytes are taken.", "too_large")


class Conflict(APIException):
    """The request is right, but cannot be done as things stand."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This conflicts with what is stored; look again and retry."


class Unavailable(APIException):
    """The database does not answer: not the caller's fault, and worth another try."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The service is not available at the moment."
    wait = RETRY_SECONDS  # becomes Retry-After


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to whatever a view raised; None for what nobody foresaw."""
    if isinstance(error, EntryError):
        return Response(_lines(error.errors), status=status.HTTP_400_BAD_REQUEST)
    response = exception_handler(_translated(error), context)
    if response is not None and isinstance(error, ValidationError):
        response.data = one_form(error.detail)
    return response


def _translated(error: Exception) -> Exception:
    match error:
        case ActionError():
            return Conflict(str(error))
        case ObjectDoesNotExist():  # deleted by another request since this one found it
            return NotFound()
        case IntegrityError():  # two requests at once: the second one's check was overtaken
            log.warning("request_conflicts", error=str(error))
            return Conflict()
        case DataError():
            log.warning("value_refused_by_database", error=str(error))
            return ParseError("A value cannot be stored.")
        case OperationalError() | InterfaceError():
            log.error("database_unavailable", error=str(error))
            return Unavailable()
    return error


def one_form(detail: Any) -> dict[str, Any]:
    """DRF's nested errors as our one form."""
    if not isinstance(detail, Mapping):
        return {"detail": _first(detail)}
    if set(detail) == {api_settings.NON_FIELD_ERRORS_KEY}:
        return {"detail": _first(detail[api_settings.NON_FIELD_ERRORS_KEY])}
    return _flat(detail)


def _lines(errors: Mapping[int, Any]) -> dict[str, Any]:
    return {str(index): one_form(detail) for index, detail in errors.items()}


def _flat(detail: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, messages in detail.items():
        inner = name == api_settings.NON_FIELD_ERRORS_KEY
        path = prefix.rstrip(".") if inner else f"{prefix}{name}"
        if isinstance(messages, Mapping):
            form.update(_flat(messages, f"{path}."))
        else:
            form[path] = [str(message) for message in messages]
    return form


def _first(detail: Any) -> str:
    return str(detail[0] if isinstance(detail, list) else detail)
