"""Marathons: the list, and the page from which an organiser runs one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marathons import history
from marathons.actions import ActionError, delete_marathon, save_marathon, set_baseline
from marathons.enrolment import enrol
from marathons.models import Marathon, MarathonStatus, Participant, Standing
from marathons.outcomes import Outcome, cancel_marathon, capture

from . import entry_list, figures, standings_csv
from .base import CONFIRM, changes, now
from .deeds import Asked, Deed, DeedAdmin
from .filters import StatusFilter
from .inlines import NewcomerFormSet, NewcomerInline, PagedFormSet, ParticipantInline, newcomers
from .marathon_form import MarathonForm
from .participant_deeds import CAPTURE_WARNING

WHAT = ("name", "description")
WHEN = ("starts_at", "ends_at")
NEW = (*WHAT, WHEN)
BEGUN = (*WHAT, "state", WHEN, CONFIRM)


def _with(fieldset: Any, *fields: Any) -> Any:
    name, options = fieldset
    return name, {**options, "fields": fields}


def _cancel(asked: Asked) -> Outcome:
    return [line for marathon in asked.objects for line in cancel_marathon(marathon, asked.now)]


def _capture_all(asked: Asked) -> Outcome:
    everybody = Participant.objects.filter(marathon__in=asked.objects, initial_balance=None)
    return capture(list(everybody.select_related("marathon", "user")), asked.now)


CANCEL = Deed(
    "cancel",
    "Cancel…",
    "A cancelled marathon is over for good: its board stays as it is, and nobody can enter. This cannot be undone.",
    _cancel,
    "Cancelled",
)
CAPTURE_ALL = Deed(
    "capture", "Capture baselines of all participants…", CAPTURE_WARNING, _capture_all, "Baselines captured"
)


class MarathonList(ChangeList):
    """Counts heads once for all marathons of the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        counted = figures.headcounts(one.pk for one in self.result_list)
        for marathon in self.result_list:
            marathon.heads = counted.get(marathon.pk, figures.Headcount())


@admin.register(Marathon)
class MarathonAdmin(DeedAdmin):
    form = MarathonForm
    deeds = (CAPTURE_ALL, CANCEL)
    change_form_template = "admin/marathons/marathon_change_form.html"
    list_display = ("name", "state", "players", "baselines", "starts_at", "ends_at", "seen_by")
    list_filter = (StatusFilter, "visibility", "starts_at", "ends_at")
    search_fields = ("name", "description")
    date_hierarchy = "starts_at"
    list_per_page = 25
    inlines = (NewcomerInline, ParticipantInline)
    readonly_fields = ("state", "created_at", "cancelled_at", "finalised_at", "stamp")
    fieldsets = (
        (None, {"fields": (*WHAT, "state", WHEN)}),
        ("Who sees what", {"fields": ("visibility", "positions_visibility")}),
        ("Capital and places", {"fields": ("initial_balance", "max_players", "entry_fee", "awards_amount")}),
        (
            "Rules",
            {
                "classes": ("collapse",),
                "fields": (
                    "min_trades",
                    "max_drawdown_percent",
                    "daily_drawdown_percent",
                    "floating_risk_percent",
                    "min_profit_percent",
                ),
            },
        ),
        ("Records", {"classes": ("collapse",), "fields": ("created_at", "cancelled_at", "finalised_at", "stamp")}),
    )

    @admin.display(description="status")
    def state(self, marathon: Marathon) -> str:
        return marathon.status_at(now()).label

    @admin.display(description="visibility", ordering="visibility")
    def seen_by(self, marathon: Marathon) -> str:
        return marathon.visibility

    @admin.display(description="players")
    def players(self, marathon: Any) -> str:
        limit = f" of {marathon.max_players}" if marathon.max_players else ""
        return f"{marathon.heads.players}{limit}"

    @admin.display(description="baselines")
    def baselines(self, marathon: Any) -> str | SafeString:
        heads: figures.Headcount = marathon.heads
        if not heads.without_baseline:
            return "known" if heads.players else figures.NOTHING
        if figures.waits_for_start(marathon, now()):
            return "captured at the start"
        return format_html('<span class="missing">⚠ {} of {} without</span>', heads.without_baseline, heads.players)

    def view_on_site(self, marathon: Marathon) -> str:
        return f"/marathons/{marathon.pk}"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MarathonList

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Participants come once there is a marathon to enter; nobody enters a cancelled one."""
        shown = super().get_inline_instances(request, obj) if obj is not None else []
        over = obj is not None and obj.cancelled_at is not None
        return [one for one in shown if not (over and isinstance(one, NewcomerInline))]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The confirmation belongs to what it confirms, and is there only where something has begun."""
        first, *others = super().get_fieldsets(request, obj)
        if obj is None:
            return [_with(first, *NEW), *others[:-1]]
        return [_with(first, *BEGUN) if obj.starts_at <= now() else first, *others]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<uuid:object_id>/enter/", self.admin_site.admin_view(self._enter), name="marathons_marathon_enter"),
            path("<uuid:object_id>/csv/", self.admin_site.admin_view(self._csv), name="marathons_marathon_csv"),
        ]
        return own + super().get_urls()

    def _enter(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        return entry_list.page(self, request, object_id)

    def _csv(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        return standings_csv.download(self, request, object_id)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        marathon = kwargs.get("obj")
        if marathon is not None:
            context["summary"] = summary(marathon, now())
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """After adding comes the page where participants are entered."""
        if "_addanother" not in request.POST and "_popup" not in request.POST:
            posted: Any = request.POST.copy()
            posted["_continue"] = "1"  # as if that button had been pressed
            request.POST = posted
        return super().response_add(request, obj, post_url_continue)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        own = [name for name in form.changed_data if name != CONFIRM]
        if own or not change:
            save_marathon(obj, own if change else None)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        moment = now()
        if isinstance(formset, PagedFormSet):
            for participant, _ in formset.changed_objects:
                set_baseline(participant, participant.initial_balance, moment)
            edited = [one for one in formset.initial_forms if one.has_changed()]
            history.record(request.user, [(one.instance, "; ".join(changes(one))) for one in edited])
        elif isinstance(formset, NewcomerFormSet) and formset.new_objects:
            formset.new_objects = enrol(form.instance, newcomers(formset), moment)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only one that has not begun, or that nobody entered: people's results are not to be lost."""
        allowed = self.has_change_permission(request, obj)
        return allowed and (obj is None or obj.starts_at > now() or not obj.participants.exists())

    def delete_model(self, request: HttpRequest, obj: Marathon) -> None:
        delete_marathon(obj, now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Marathon]) -> None:
        for marathon in queryset:
            delete_marathon(marathon, now())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Participants go with their marathon, though nobody may delete one; what has begun is protected."""
        tree, counts, _, protected = super().get_deleted_objects(objs, request)
        begun = [str(one) for one in objs if not self.has_delete_permission(request, one)]
        return tree, counts, set(), [*protected, *begun]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ActionError as error:
            messages.error(request, str(error))
            return self.changelist_view(request)


def summary(marathon: Marathon, moment: datetime) -> dict[str, Any]:
    """What the top of a marathon's page says: how many take part, how fresh their data is, who lacks a baseline."""
    heads = figures.headcounts([marathon.pk]).get(marathon.pk, figures.Headcount())
    data = Standing.objects.filter(marathon=marathon).aggregate(
        reporting=Count("pk", filter=Q(equity__isnull=False)), newest=Max("updated_at")
    )
    status = marathon.status_at(moment)
    return {
        "heads": heads,
        "reporting": data["reporting"],
        "newest": figures.age(data["newest"], moment),
        "over": status in {MarathonStatus.FINISHED, MarathonStatus.CANCELLED},
        "waits_for_start": figures.waits_for_start(marathon, moment),
        "overfull": marathon.max_players is not None and heads.players > marathon.max_players,
    }
