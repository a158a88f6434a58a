"""What the pages of the admin have in common: who may use them, how a change is told, what becomes of a refused one."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from marathons import history
from marathons.access import Viewer, may_administer
from marathons.actions import ActionError
from marathons.enrolment import EntryError

from .generics import ModelAdmin

CONFIRM = "confirm"  # the box that some forms want ticked; no field of a model


class PlainDecimal(forms.DecimalField):
    """Shows 10000 where the column says 10000.00000000."""

    def prepare_value(self, value: Any) -> Any:
        return history.plain(value) if value.__class__.__name__ == "Decimal" else value


def staff(request: HttpRequest) -> bool:
    user = request.user
    return user.is_active and may_administer(Viewer(user.pk, is_staff=bool(user.is_staff)))


class ByStaff:
    """Staff may do everything here that is not switched off; the one rule is `access.may_administer`."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OrganiserAdmin(ByStaff, ModelAdmin):
    show_full_result_count = False
    formfield_overrides = {models.DecimalField: {"form_class": PlainDecimal}}

    class Media:
        css = {"all": ["marathons/admin.css"]}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A change that is refused under the clock, after the form had found it right, is told; nothing is written."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (ActionError, EntryError) as error:
            messages.error(request, f"Nothing was changed. {error}")
            return HttpResponseRedirect(request.get_full_path())

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django's, with the values: it alone would name the changed fields only."""
        if not isinstance(form, forms.ModelForm):  # a changed password has no values to tell
            return super().construct_change_message(request, form, formsets, add)
        own: dict[str, Any] = {"added": {}} if add else {"changed": {"fields": changes(form)}}
        told = [own] if add or form.changed_data else []
        for formset in formsets or ():
            told += formset_changes(formset)
        return told


def changes(form: Any) -> list[str]:
    """What a valid form changed, one line of words for each field of the model."""
    return [
        history.change(
            str(form.fields[name].label or name), _old(form, name), _word(form.fields[name], form.cleaned_data[name])
        )
        for name in form.changed_data
        if name in form.cleaned_data and name != CONFIRM
    ]


def _old(form: Any, name: str) -> Any:
    field, value = form.fields[name], form.get_initial_for_field(form.fields[name], name)
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(map(str, value or ()))
    if isinstance(field, forms.ModelChoiceField):
        return field.queryset.filter(pk=value).first() if field.queryset is not None else value
    return _word(field, value)


def _word(field: Any, value: Any) -> Any:
    """The label of a choice; several objects as a list; anything else as it is."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(map(str, value))
    if isinstance(field, forms.TypedChoiceField):
        choices: Any = field.choices
        return dict(choices).get(value, value)
    return value


def formset_changes(formset: Any) -> list[dict[str, Any]]:
    name = str(formset.model._meta.verbose_name)  # noqa: SLF001 - Django's own name for it
    added = [{"added": {"name": name, "object": str(one)}} for one in formset.new_objects]
    lines = {form.instance.pk: changes(form) for form in formset.initial_forms if form.has_changed()}
    return added + [
        {"changed": {"name": name, "object": str(one), "fields": lines[one.pk]}} for one, _ in formset.changed_objects
    ]


def now() -> datetime:
    """The one place where the admin reads the time."""
    return timezone.now()
