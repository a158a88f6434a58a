"""After a restored backup: one command, and all stamps that clients hold are void."""

from io import StringIO

import pytest
from django.core.management import call_command

from marathons.models import Clock


@pytest.mark.django_db
def test_the_command_begins_and_names_a_new_epoch() -> None:
    before, said = Clock.objects.get(), StringIO()
    call_command("new_epoch", stdout=said)
    after = Clock.objects.get()
    assert after.epoch != before.epoch
    assert after.epoch in said.getvalue()
