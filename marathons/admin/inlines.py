"""Participants on their marathon's page: a page of those who are in, in the order of the board; and lines to add more.

Two formsets, because who is in may only have the capital changed, and because 10,000 participants with a search box for
user and account each would be 20,000 queries.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marathons.actions import ActionError, require_room
from marathons.enrolment import Entry, refusals
from marathons.models import Participant
from marathons.models.standing import board_order

from . import figures
from .base import ByStaff, OrganiserAdmin, now
from .generics import ParticipantFormSet, ParticipantTable

PAGE_SIZE = 50
PAGE_PARAMETER = "rows"
BY_BOARD = board_order("standing__")
SHOWN = ("user", "account", "standing", "marathon")
FIELD_OF = {"email": "user", "accountLogin": "account", "initialBalance": "initial_balance"}


class PagedFormSet(ParticipantFormSet):
    """One page of the participants; when it comes back filled in, the rows that it showed, wherever they stand now."""

    wanted_page: str = "1"
    page: Page[Participant] | None = None

    def get_queryset(self) -> Any:
        if not hasattr(self, "_rows"):
            everybody = Participant.objects.filter(marathon=self.instance).select_related(*SHOWN)
            listed = everybody.order_by(*BY_BOARD)
            self._rows = self._posted(listed) if self.is_bound else self._page(listed)
            places = figures.ranks(self._rows)
            for participant in self._rows:
                participant.place = places.get(participant.pk)  # type: ignore[attr-defined]
        return self._rows

    def _posted(self, listed: QuerySet[Participant]) -> list[Participant]:
        keys = [self.data.get(f"{self.prefix}-{index}-id", "") for index in range(PAGE_SIZE)]
        valid = [key for key in keys if _is_uuid(key)]
        found = {str(one.pk): one for one in listed.filter(pk__in=valid)}
        return [found[key] for key in valid if key in found]

    def _page(self, listed: QuerySet[Participant]) -> list[Participant]:
        self.page = Paginator(listed, PAGE_SIZE).get_page(self.wanted_page)
        return list(self.page.object_list)


def _is_uuid(key: str) -> bool:
    try:
        return bool(forms.UUIDField().clean(key))
    except ValidationError:
        return False


class ParticipantInline(ByStaff, ParticipantTable):
    model = Participant
    formset = PagedFormSet
    template = "admin/marathons/participants_inline.html"
    verbose_name_plural = "participants, as the board has them"
    extra = 0
    fields = ("bib", "who", "login", "state", "initial_balance", "measured_by", "place", "score", "drawdown", "age")
    readonly_fields = ("bib", "who", "login", "state", "measured_by", "place", "score", "drawdown", "age")
    formfield_overrides = OrganiserAdmin.formfield_overrides

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kind: Any = super().get_formset(request, obj, **kwargs)
        kind.wanted_page = request.GET.get(PAGE_PARAMETER, "1")
        return kind

    @admin.display(description="participant")
    def who(self, one: Participant) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:marathons_participant_change", args=[one.pk]), one.board_name
        )

    @admin.display(description="account")
    def login(self, one: Participant) -> str:
        return one.account.login

    @admin.display(description="status")
    def state(self, one: Participant) -> str:
        return state(one)

    @admin.display(description="measured against")
    def measured_by(self, one: Participant) -> str:
        return figures.baseline(one, now())

    @admin.display(description="rank")
    def place(self, one: Participant) -> Any:
        return getattr(one, "place", None) or figures.NOTHING

    @admin.display(description="score")
    def score(self, one: Participant) -> str:
        return figures.percent(one.standing.score)

    @admin.display(description="max. drawdown")
    def drawdown(self, one: Participant) -> str:
        return figures.percent(one.standing.max_drawdown)

    @admin.display(description="age of data")
    def age(self, one: Participant) -> str:
        return figures.age(one.standing.updated_at, now())


def state(one: Participant) -> str:
    """The status as the board words it, with the reason where there is one."""
    if one.disqualification_reason:
        return f"disqualified: {one.disqualification_reason}"
    return one.standing.get_tier_display().lower() if one.status == "active" else one.get_status_display().lower()


class NewcomerFormSet(ParticipantFormSet):
    """Lines to add. What enrolment would refuse stands at the field that it is about."""

    def clean(self) -> None:
        super().clean()
        filled = [form for form in self.forms if form.has_changed() and not form.errors]
        if not filled:
            return
        try:
            require_room(self.instance, len(filled))
        except ActionError as error:
            raise ValidationError(str(error)) from error
        for index, line in refusals(self.instance, [entry_of(form.cleaned_data) for form in filled]).items():
            for field, messages in line.items():
                filled[index].add_error(FIELD_OF[field], messages)

    def validate_unique(self) -> None:
        """Left to enrolment, which says the same in better words."""


def entry_of(values: dict[str, Any]) -> Entry:
    return Entry(values["user"].email, values["account"].login, initial_balance=values.get("initial_balance"))


class NewcomerInline(ByStaff, ParticipantTable):
    model = Participant
    formset = NewcomerFormSet
    verbose_name = "newcomer"
    verbose_name_plural = "newcomers"
    extra = 0
    fields = ("user", "account", "initial_balance")
    autocomplete_fields = ("user", "account")
    formfield_overrides = OrganiserAdmin.formfield_overrides

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        return Participant.objects.none()


def newcomers(formset: Any) -> Sequence[Entry]:
    """The entries of a valid formset of newcomers."""
    return [entry_of(form.cleaned_data) for form in formset.forms if form.has_changed()]
