"""A trading account. Logins that no participant has are kept too: who joins later has data at once."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from .snapshot import Snapshot


class Account(Snapshot):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login = models.CharField(
        max_length=32, unique=True, validators=[RegexValidator(r"^\S+$", "A login has no white space.")]
    )
    server = models.CharField(max_length=100, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts"
    )

    class Meta:
        ordering = ["login"]
        constraints = [models.CheckConstraint(condition=~Q(login=""), name="account_login_is_not_empty")]
        # None on what the feed changes: so PostgreSQL updates these rows in place, at half the price.

    def __str__(self) -> str:
        return self.login
