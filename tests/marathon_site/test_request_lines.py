"""The one line that is logged about a request."""

import json
import logging.config
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from marathon_site.logs import logging_config


def lines_about(capsys: pytest.CaptureFixture[str], path: str, **headers: str) -> list[dict[str, Any]]:
    logging.config.dictConfig(logging_config("json", "INFO"))
    Client().get(path, headers=headers)
    logging.config.dictConfig(settings.LOGGING)
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.django_db
def test_a_request_is_one_line_without_its_token(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines_about(capsys, "/admin/login/?token=abc")
    assert (line["event"], line["code"], line["request"]) == ("request_finished", 200, "GET /admin/login/?token=***")


@pytest.mark.django_db
def test_an_address_that_a_client_made_up_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines_about(capsys, "/admin/login/", x_forwarded_for="8.8.8.8")
    assert line["ip"] == "127.0.0.1"
