"""The workers' signs of life, to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from marathons.models import FeedWorker

from . import figures
from .base import OrganiserAdmin, now


@admin.register(FeedWorker)
class FeedWorkerAdmin(OrganiserAdmin):
    list_display = ("queue", "seen", "last_object", "rejected", "running", "holder")
    fields = list_display

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="seen ago", ordering="seen_at")
    def seen(self, worker: FeedWorker) -> str:
        return figures.age(worker.seen_at, now())

    @admin.display(description="last object ago", ordering="last_object_at")
    def last_object(self, worker: FeedWorker) -> str:
        return figures.age(worker.last_object_at, now())

    @admin.display(description="running for", ordering="taken_at")
    def running(self, worker: FeedWorker) -> str:
        return figures.span(worker.taken_at, now())
