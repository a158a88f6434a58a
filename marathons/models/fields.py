"""The formats of numbers and of JSON, in one place so that memory and database agree on them."""

import json
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# Eight places hold the smallest unit of every account currency that MetaTrader 5 knows, crypto included.
MONEY_DIGITS, MONEY_PLACES = 24, 8
# An amount is less than this, either way: a digit to spare, so that sums of amounts still fit.
MONEY_LIMIT = Decimal(10) ** 15
SMALLEST_AMOUNT = Decimal("1e-8")
# A score is compared at this precision; two participants whose gains differ by less are told apart by the tie-breakers.
SCORE_DIGITS, SCORE_PLACES = 40, 20


def money(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """An amount in the account's currency; `null` means that nobody has told it yet."""
    return models.DecimalField(
        max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, **{"null": True, "blank": True, **options}
    )


def percentage(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A percentage at the eight places of drawdowns and rules."""
    return money(**options)


def score(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A profit percentage at the precision at which ranks are decided."""
    return models.DecimalField(
        max_digits=SCORE_DIGITS, decimal_places=SCORE_PLACES, **{"null": True, "blank": True, **options}
    )


class JSONText(models.JSONField):
    """JSON that is only ever read as a whole: kept as the text that was written, which costs PostgreSQL a fraction of
    taking it apart, and is the same byte for byte when it is read again."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "text" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if connection.vendor != "postgresql" or value is None:
            return super().get_db_prep_value(value, connection, prepared)
        return json.dumps(value, cls=self.encoder, separators=(",", ":"))


def is_capital(amount: Decimal) -> bool:
    """Whether the amount can be a baseline: a number, positive also once it is stored, and in range."""
    return amount.is_finite() and SMALLEST_AMOUNT <= amount < MONEY_LIMIT


class MachineColumns(models.Model):
    """Columns that the worker and the actions write: a form's `save()` of a row read a minute ago leaves them alone."""

    MACHINE_COLUMNS: frozenset[str] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding and kwargs.get("update_fields") is None:
            names = {field.name for field in self._meta.concrete_fields if not field.primary_key}
            kwargs["update_fields"] = names - self.MACHINE_COLUMNS
        super().save(*args, **kwargs)
