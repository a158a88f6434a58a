"""Trading accounts: whose they are, and the last snapshot that the feed has told of each, to look at."""

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marathons.actions import save_account
from marathons.models import Account, User

from . import figures
from .base import OrganiserAdmin, now
from .generics import ModelForm


class AccountForm(ModelForm):
    class Meta:
        model = Account
        fields = ["login", "server", "owner"]

    def clean_owner(self) -> User | None:
        """An account that plays belongs to who plays with it: an owner sees its positions."""
        owner: User | None = self.cleaned_data["owner"]
        if "owner" in self.changed_data and self.instance.participations.exclude(user=owner).exists():
            raise ValidationError("This account takes part in a marathon for its present owner.")
        return owner


@admin.register(Account)
class AccountAdmin(OrganiserAdmin):
    form = AccountForm
    list_display = ("login", "server", "owner", "equity_told", "age")
    search_fields = ("login__startswith", "owner__email", "owner__first_name", "owner__last_name")
    list_select_related = ("owner",)
    list_per_page = 100
    autocomplete_fields = ("owner",)
    figures = ("balance", "equity", "profit", "margin", "free_margin", "credit")
    readonly_fields = (
        *(f"{name}_told" for name in figures),
        *("leverage", "age", "updated_at", "stamp", "positions_told", "orders_told"),
    )
    fieldsets = (
        (None, {"fields": ("login", "server", "owner")}),
        (
            "Last snapshot",
            {"fields": (*(f"{name}_told" for name in figures), "leverage", "age", "updated_at", "stamp")},
        ),
        ("Positions and orders", {"classes": ("collapse",), "fields": ("positions_told", "orders_told")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """The login is what the feed knows the account by: given once."""
        return (*self.readonly_fields, "login") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        save_account(obj)

    @admin.display(description="balance")
    def balance_told(self, one: Account) -> str:
        return figures.amount(one.balance, one.currency)

    @admin.display(description="equity", ordering="equity")
    def equity_told(self, one: Account) -> str:
        return figures.amount(one.equity, one.currency)

    @admin.display(description="floating profit")
    def profit_told(self, one: Account) -> str:
        return figures.amount(one.profit, one.currency)

    @admin.display(description="margin")
    def margin_told(self, one: Account) -> str:
        return figures.amount(one.margin, one.currency)

    @admin.display(description="free margin")
    def free_margin_told(self, one: Account) -> str:
        return figures.amount(one.free_margin, one.currency)

    @admin.display(description="credit")
    def credit_told(self, one: Account) -> str:
        return figures.amount(one.credit, one.currency)

    @admin.display(description="age of data", ordering="updated_at")
    def age(self, one: Account) -> str:
        return figures.age(one.updated_at, now())

    @admin.display(description="positions")
    def positions_told(self, one: Account) -> SafeString:
        return _listed(one.positions)

    @admin.display(description="orders")
    def orders_told(self, one: Account) -> SafeString:
        return _listed(one.orders)


def _listed(values: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(values, indent=1) if values else figures.NOTHING)
