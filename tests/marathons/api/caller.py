"""Somebody who sends requests to the HTTP interface, through all of Django, without a server."""

import json
from typing import Any

from django.test import Client


class Caller:
    """Sends JSON with somebody's access token, or with none. Paths are those behind /apiv1/."""

    def __init__(self, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = Client(headers=headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body` is sent as JSON, or as it is if it is bytes already."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        where = path if path.startswith("/") else f"/apiv1/{path}"
        return self._client.generic(method, where, raw, content_type="application/json", headers=headers)

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/apiv1/{path}", query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.send("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)
