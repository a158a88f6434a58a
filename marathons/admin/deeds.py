"""Actions that ask first: what will happen, to whom, and sometimes why; from a list, or from the page of one object.

A deed does all it was asked to, or nothing, and says what it did to each object in words for the history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from marathons import history
from marathons.actions import ActionError
from marathons.outcomes import LISTED, Outcome

from .base import OrganiserAdmin, now

CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was confirmed: for which objects, with which values of the form, at what time."""

    objects: Sequence[Any]
    values: Mapping[str, Any]
    now: datetime


class SureForm(forms.Form):
    """Nothing to fill in: the button is the answer."""


@dataclass(frozen=True, slots=True)
class Deed:
    """`act` may raise ActionError, and then nothing was done."""

    name: str
    label: str
    warning: str
    act: Callable[[Asked], Outcome]
    done: str
    form: type[forms.Form] = SureForm


class DeedAdmin(OrganiserAdmin):
    """A page whose objects have deeds; `relations` are what showing and doing needs of them."""

    deeds: tuple[Deed, ...] = ()
    relations: tuple[str, ...] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        return actions | {deed.name: (_from_list(deed), deed.name, deed.label) for deed in self.deeds}

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<uuid:object_id>/{deed.name}/", self._page(deed), name=f"{self._base}_{deed.name}")
            for deed in self.deeds
        ]
        return own + super().get_urls()

    @property
    def _base(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _page(self, deed: Deed) -> Any:
        def page(request: HttpRequest, object_id: UUID) -> HttpResponse:
            back = reverse(f"admin:{self._base}_change", args=[object_id])
            return self.ask(request, deed, self.get_queryset(request).filter(pk=object_id), back)

        return self.admin_site.admin_view(page)

    def ask(self, request: HttpRequest, deed: Deed, chosen: QuerySet[Any], back: str) -> HttpResponse:
        """The question; or, once it is answered, the deed."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        confirmed = request.method == "POST" and CONFIRMED in request.POST
        form = deed.form(request.POST if confirmed else None)
        if confirmed and form.is_valid():
            objects = list(chosen.select_related(*self.relations))
            self._do(request, deed, Asked(objects, form.cleaned_data, now()))
            return HttpResponseRedirect(back)
        return TemplateResponse(
            request, "admin/marathons/confirm.html", self._question(request, deed, chosen, form, back)
        )

    def _do(self, request: HttpRequest, deed: Deed, asked: Asked) -> None:
        try:
            with transaction.atomic():
                outcome = deed.act(asked)
                history.record(request.user, outcome)
        except ActionError as error:
            messages.error(request, f"Nothing was changed. {error}")
        else:
            count = sum(isinstance(one, self.model) for one, _ in outcome)
            level = messages.SUCCESS if count else messages.WARNING
            messages.add_message(request, level, f"{deed.done}: {count} of {len(asked.objects)}.")

    def _question(
        self, request: HttpRequest, deed: Deed, chosen: QuerySet[Any], form: forms.Form, back: str
    ) -> dict[str, Any]:
        count = chosen.count()
        return {
            **self.admin_site.each_context(request),
            "title": deed.label.rstrip("…"),
            "deed": deed,
            "form": form,
            "opts": self.opts,
            "back": back,
            "count": count,
            "objects": list(chosen.select_related(*self.relations)[:LISTED]),
            "more": max(0, count - LISTED),
            # From a list the same action is posted again, with the boxes that were ticked or "all that match".
            "posted": [(name, value) for name in _AGAIN for value in request.POST.getlist(name)],
            "confirmed": CONFIRMED,
        }


_AGAIN = ("action", "select_across", "index", ACTION_CHECKBOX_NAME)


def _from_list(deed: Deed) -> Any:
    def action(page: DeedAdmin, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse:
        return page.ask(request, deed, chosen, request.get_full_path())

    return action
