"""Filters of the lists: what columns alone cannot answer, because it depends on the time or on the marathon."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from marathons.models import Marathon, MarathonStatus, Tier

from . import figures
from .base import now

NEWEST = 30


class Choice(admin.SimpleListFilter):
    """A filter of one column: a value that is not offered matches nothing, rather than breaking the page."""

    column = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        offered = self.value() in {str(value) for value, _ in self.lookup_choices}
        return queryset.filter(**{self.column: self.value()}) if offered else queryset.none()


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, status.label) for status in MarathonStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        moment = now()
        match self.value():
            case MarathonStatus.CANCELLED:
                return queryset.filter(cancelled_at__isnull=False)
            case MarathonStatus.UPCOMING:
                return queryset.filter(cancelled_at=None, starts_at__gt=moment)
            case MarathonStatus.ONGOING:
                return queryset.filter(cancelled_at=None, starts_at__lte=moment, ends_at__gt=moment)
            case MarathonStatus.FINISHED:
                return queryset.filter(cancelled_at=None, ends_at__lte=moment)
        return queryset


class MarathonFilter(Choice):
    """The newest marathons, and the one that a link asked for, however old."""

    title = "marathon"
    parameter_name = "marathon"
    column = "marathon"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = list(Marathon.objects.order_by("-starts_at")[:NEWEST])
        asked = request.GET.get(self.parameter_name, "")
        if asked and asked not in {str(one.pk) for one in newest}:
            newest += _named(asked)
        return [(str(one.pk), one.name) for one in newest]


def _named(key: str) -> list[Marathon]:
    try:
        return list(Marathon.objects.filter(pk=key))
    except ValidationError:
        return []


class TierFilter(Choice):
    title = "status"
    parameter_name = "tier"
    column = "standing__tier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(tier.value), tier.label) for tier in Tier]


class BaselineFilter(admin.SimpleListFilter):
    title = "baseline"
    parameter_name = "baseline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "none at all"), ("own", "their own"), ("common", "the marathon's")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "none":
                return queryset.filter(initial_balance=None, marathon__initial_balance=None)
            case "own":
                return queryset.filter(initial_balance__isnull=False)
            case "common":
                return queryset.filter(initial_balance=None, marathon__initial_balance__isnull=False)
        return queryset


class SilenceFilter(admin.SimpleListFilter):
    title = "data"
    parameter_name = "data"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("fresh", f"within {figures.SILENT_SECONDS} s"),
            ("silent", "silent since then"),
            ("never", "never any"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        limit = now() - timedelta(seconds=figures.SILENT_SECONDS)
        match self.value():
            case "fresh":
                return queryset.filter(standing__updated_at__gte=limit)
            case "silent":
                return queryset.filter(Q(standing__updated_at__lt=limit))
            case "never":
                return queryset.filter(standing__updated_at=None)
        return queryset
