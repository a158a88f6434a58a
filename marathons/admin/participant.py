"""Participants of all marathons: find one, look at its figures, change its capital or account; what is done to many."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marathons.actions import move_to_account, set_baseline
from marathons.models import Account, Participant

from . import figures
from .base import CONFIRM, now
from .deeds import DeedAdmin
from .filters import BaselineFilter, MarathonFilter, SilenceFilter, TierFilter
from .generics import ModelForm
from .inlines import BY_BOARD, state
from .participant_deeds import CAPTURE, DISQUALIFY, REINSTATE, WITHDRAW


class ParticipantForm(ModelForm):
    confirm = forms.BooleanField(
        required=False,
        label="I know that the old account's figures go",
        help_text="Needed to change the account: score, drawdown, history and a captured baseline start anew.",
    )

    class Meta:
        model = Participant
        fields = ["initial_balance", "account"]

    def clean_account(self) -> Account:
        account: Account = self.cleaned_data["account"]
        if account.owner_id not in {None, self.instance.user_id}:
            raise ValidationError("This account belongs to somebody else.")
        if account.participations.filter(marathon=self.instance.marathon).exclude(pk=self.instance.pk).exists():
            raise ValidationError("This account already takes part in this marathon.")
        return account

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "account" in self.changed_data and not values.get(CONFIRM):
            self.add_error(CONFIRM, "Tick this to change the account.")
        return values


class ParticipantList(ChangeList):
    """Numbers the participants of the page, each in its own marathon, with one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        places = figures.ranks(self.result_list)
        for participant in self.result_list:
            participant.place = places.get(participant.pk)


@admin.register(Participant)
class ParticipantAdmin(DeedAdmin):
    form = ParticipantForm
    deeds = (CAPTURE, DISQUALIFY, REINSTATE, WITHDRAW)
    relations = ("user", "account", "marathon", "standing")
    change_form_template = "admin/marathons/participant_change_form.html"
    list_display = ("who", "marathon", "place", "score", "state", "measured_by", "login", "age")
    list_display_links = ("who",)
    list_filter = (MarathonFilter, TierFilter, BaselineFilter, SilenceFilter)
    search_fields = ("user__first_name", "user__last_name", "user__email", "account__login__startswith", "=bib")
    list_select_related = relations
    ordering = ("-marathon__starts_at", "marathon", *BY_BOARD)
    list_per_page = 100
    autocomplete_fields = ("account",)
    readonly_fields = (
        *("marathon_link", "person", "bib", "state", "joined_at", "final_rank", "measured_by", "baseline_at"),
        *("baseline_message", "place", "score", "drawdown", "max_drawdown", "balance", "equity", "floating", "age"),
    )
    fieldsets = (
        (None, {"fields": ("marathon_link", "person", "bib", "state", "joined_at", "final_rank")}),
        ("Capital", {"fields": ("initial_balance", "measured_by", "baseline_at", "baseline_message")}),
        ("Account", {"fields": ("account", CONFIRM)}),
        (
            "Live figures",
            {
                "fields": (
                    *("place", "score", "drawdown", "max_drawdown"),
                    *("balance", "equity", "floating", "age"),
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ParticipantList

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.relations)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        participant = super().get_object(request, object_id, from_field)
        if participant is not None:
            participant.place = figures.ranks([participant]).get(participant.pk)
        return participant

    def save_model(self, request: HttpRequest, obj: Participant, form: Any, change: bool) -> None:
        account, amount = form.cleaned_data["account"], form.cleaned_data["initial_balance"]
        if "account" in form.changed_data:
            move_to_account(obj, account)
        if "initial_balance" in form.changed_data:
            set_baseline(obj, amount, now())

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        one = kwargs.get("obj")
        context["unmeasured"] = one is not None and _unmeasured(one)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="participant", ordering="bib")
    def who(self, one: Participant) -> str:
        return f"{one.bib} · {one.board_name}"

    @admin.display(description="marathon")
    def marathon_link(self, one: Participant) -> SafeString:
        return _link("marathon", one.marathon_id, one.marathon.name)

    @admin.display(description="user")
    def person(self, one: Participant) -> SafeString:
        return _link("user", one.user_id, f"{one.board_name}, {one.user.email}")

    @admin.display(description="account", ordering="account__login")
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

    @admin.display(description="score", ordering="standing__score")
    def score(self, one: Participant) -> str:
        return figures.percent(one.standing.score)

    @admin.display(description="drawdown now")
    def drawdown(self, one: Participant) -> str:
        return figures.percent(one.standing.drawdown)

    @admin.display(description="maximum drawdown")
    def max_drawdown(self, one: Participant) -> str:
        return figures.percent(one.standing.max_drawdown)

    @admin.display(description="balance")
    def balance(self, one: Participant) -> str:
        return figures.amount(one.standing.balance, one.standing.currency)

    @admin.display(description="equity")
    def equity(self, one: Participant) -> str:
        return figures.amount(one.standing.equity, one.standing.currency)

    @admin.display(description="floating profit")
    def floating(self, one: Participant) -> str:
        return figures.amount(one.standing.profit, one.standing.currency)

    @admin.display(description="age of data", ordering="standing__updated_at")
    def age(self, one: Participant) -> str:
        return figures.age(one.standing.updated_at, now())


def _unmeasured(one: Participant) -> bool:
    return one.marathon.baseline_of(one.initial_balance) is None and not figures.waits_for_start(one.marathon, now())


def _link(model: str, key: Any, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(f"admin:marathons_{model}_change", args=[key]), text)
