"""The admin as Sam, who is staff but no superuser, uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from marathons.models import User

from tests.marathons.admin.forms import filled_in


@pytest.fixture
def as_sam(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def submit(as_sam: Client) -> Callable[..., Any]:
    """Opens a page, changes some fields of its form, and sends it; answers with the page it leads to."""

    def send(url: str, **changes: Any) -> Any:
        page = as_sam.get(url)
        assert page.status_code == 200, page.status_code
        return as_sam.post(url, filled_in(page, changes), follow=True)

    return send
