"""The OpenAPI document: whole, valid, with examples that are true."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from marathons.api.document import document
from tests.marathons.api.caller import Caller

DOCUMENT: dict[str, Any] = json.loads(document("json"))
OURS = {
    ("post", "/apiv1/auth/token"),
    ("post", "/apiv1/auth/token/refresh"),
    ("get", "/apiv1/marathons"),
    ("post", "/apiv1/marathons"),
    ("get", "/apiv1/marathons/{marathon_id}"),
    ("patch", "/apiv1/marathons/{marathon_id}"),
    ("delete", "/apiv1/marathons/{marathon_id}"),
    ("get", "/apiv1/marathons/{marathon_id}/participants"),
    ("post", "/apiv1/marathons/{marathon_id}/participants"),
    ("patch", "/apiv1/marathons/{marathon_id}/participants/{participant_id}"),
    ("delete", "/apiv1/marathons/{marathon_id}/participants/{participant_id}"),
    ("post", "/apiv1/marathons/{marathon_id}/join"),
    ("delete", "/apiv1/marathons/{marathon_id}/participation"),
    ("post", "/apiv1/marathons/{marathon_id}/guest-token"),
    ("get", "/apiv1/schema"),
    ("get", "/swagger"),
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body of every operation: where it stands, its schema and examples."""
    for method, path, operation in operations():
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for name, body in bodies.items():
            for content in body.get("content", {}).values():
                yield f"{method} {path} {name}", content


def json_schema(openapi: Any) -> Any:
    """OpenAPI 3.0's way of saying `null`, in JSON Schema's."""
    if isinstance(openapi, list):
        return [json_schema(item) for item in openapi]
    if not isinstance(openapi, dict):
        return openapi
    plain = {name: json_schema(item) for name, item in openapi.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if openapi.get("nullable") is True else plain


def test_the_document_is_made_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    assert (tmp_path / "schema.yml").stat().st_size > 0


def test_everything_of_the_stored_half_is_in_it() -> None:
    assert {(method, path) for method, path, _ in operations()} >= OURS


def test_every_operation_says_what_it_is_for_and_whose_it_is() -> None:
    bare = [path for _, path, one in operations() if not (one["summary"] and one["description"] and one["tags"][0])]
    assert bare == []
    ids = [one["operationId"] for *_, one in operations()]
    assert len(set(ids)) == len(ids)


def test_every_body_has_an_example() -> None:
    assert [where for where, content in contents() if "swagger" not in where and not content.get("examples")] == []


def test_every_example_is_what_its_schema_says() -> None:
    components = json_schema(DOCUMENT["components"])
    for where, content in contents():
        schema = {**json_schema(content["schema"]), "components": components}
        for example in content.get("examples", {}).values():
            try:
                jsonschema.validate(example["value"], schema, format_checker=jsonschema.FormatChecker())
            except jsonschema.ValidationError as error:
                pytest.fail(f"{where}: {error.message}")


def test_what_demands_a_token_says_so() -> None:
    security = {operation["operationId"]: operation.get("security") for *_, operation in operations()}
    assert security["logIn"] is None
    assert security["getGuestToken"] is None
    assert security["listMarathons"] == [{"bearer": []}, {}]
    assert security["createMarathon"] == security["joinMarathon"] == [{"bearer": []}]


def test_what_is_shown_is_always_whole() -> None:
    for name in ("Marathon", "Rules", "Participant", "MarathonPage", "Pair", "Guest"):
        schema = DOCUMENT["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"])


def test_a_change_demands_nothing() -> None:
    for name in ("MarathonChange", "ParticipantChange"):
        assert "required" not in DOCUMENT["components"]["schemas"][name]


def test_the_document_comes_as_json_or_yaml(anybody: Caller) -> None:
    as_json, as_yaml = anybody.get("schema"), anybody.get("schema", format="yaml")
    assert as_json["Content-Type"] == "application/json"
    assert as_json.json() == yaml.safe_load(as_yaml.content) == DOCUMENT
    assert anybody.get("schema", format="xml").status_code == 400
