"""Entering participants from a CSV list: paste or upload, look at what would happen, then enter all of them or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from marathons import history
from marathons.actions import ActionError, require_room
from marathons.enrolment import Entry, EntryError, enrol, refusals
from marathons.entry_lists import EXAMPLE_COLUMNS, EntryList, EntryListError, decode, parse
from marathons.models import Account, Marathon, User
from marathons.outcomes import entered

from .base import OrganiserAdmin, now

LARGEST_TEXT = 2_000_000
ENTER = "enter"
PREVIEW = 10


class EntryListForm(forms.Form):
    file = forms.FileField(required=False, help_text="A CSV file, UTF-8. It is read instead of the text below.")
    text = forms.CharField(
        required=False,
        max_length=LARGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text="The first line names the columns: "
        + ", ".join(EXAMPLE_COLUMNS)
        + ". Names and the balance may be left out.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_TEXT:
            raise forms.ValidationError(f"The file is larger than {LARGEST_TEXT // 1_000_000} MB.")
        return file

    def list_text(self) -> str:
        """What was sent. Raises EntryListError if a file is not text."""
        file = self.cleaned_data["file"]
        return decode(file.read()) if file else self.cleaned_data["text"].replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class Check:
    """A list that was looked at: its text, and either the entries or what is wrong, by line number."""

    text: str = ""
    entries: tuple[Entry, ...] = ()
    wrong: Mapping[int, list[str]] = field(default_factory=dict)
    new_users: int = 0
    new_accounts: int = 0

    @property
    def preview(self) -> tuple[Entry, ...]:
        return self.entries[:PREVIEW]


def page(site: OrganiserAdmin, request: HttpRequest, marathon_id: UUID) -> HttpResponse:
    marathon = get_object_or_404(Marathon, pk=marathon_id)
    if not site.has_change_permission(request, marathon):
        raise PermissionDenied
    form = EntryListForm(request.POST or None, request.FILES or None)
    check = Check()
    if request.method == "POST" and form.is_valid():
        check = _enter(request, marathon, form) if ENTER in request.POST else look(marathon, form)
        if ENTER in request.POST and not check.wrong:
            return HttpResponseRedirect(reverse("admin:marathons_marathon_change", args=[marathon.pk]))
        form = EntryListForm(initial={"text": check.text})
    return TemplateResponse(
        request,
        "admin/marathons/entry_list.html",
        {
            **site.admin_site.each_context(request),
            "title": "Enter participants from a list",
            "opts": site.opts,
            "marathon": marathon,
            "form": form,
            "check": check,
            "media": site.media,
        },
    )


def look(marathon: Marathon, form: EntryListForm) -> Check:
    """What entering the list would do; nothing is written."""
    text = form.cleaned_data["text"]
    try:
        text = form.list_text()
        parsed = parse(text)
        require_room(marathon, len(parsed.entries))
    except EntryListError as error:
        return Check(text, wrong=error.lines)
    except ActionError as error:
        return Check(text, wrong={0: [str(error)]})
    wrong = _by_line(parsed, refusals(marathon, parsed.entries))
    if wrong:
        return Check(text, wrong=wrong)
    return Check(text, parsed.entries, {}, *_new(parsed.entries))


def _new(entries: tuple[Entry, ...]) -> tuple[int, int]:
    """How many users and accounts the list would create."""
    emails, logins = {entry.key for entry in entries}, {entry.login for entry in entries}
    users = set(User.objects.values_list("email", flat=True)) if len(emails) > 500 else _emails(emails)
    accounts = set(Account.objects.values_list("login", flat=True)) if len(logins) > 500 else _logins(logins)
    return len(emails - users), len(logins - accounts)


def _emails(emails: set[str]) -> set[str]:
    return set(User.objects.filter(email__in=emails).values_list("email", flat=True))


def _logins(logins: set[str]) -> set[str]:
    return set(Account.objects.filter(login__in=logins).values_list("login", flat=True))


def _by_line(parsed: EntryList, errors: Mapping[int, Mapping[str, list[str]]]) -> dict[int, list[str]]:
    return {
        parsed.line_numbers[index]: [message for messages_ in line.values() for message in messages_]
        for index, line in errors.items()
    }


def _enter(request: HttpRequest, marathon: Marathon, form: EntryListForm) -> Check:
    """Enter all, or say what is wrong."""
    check = look(marathon, form)
    if check.wrong:
        return check
    try:
        new = _enrol(request, marathon, check.entries)
    except (ActionError, EntryError) as error:
        return Check(check.text, wrong={0: [f"Somebody else was faster: {error}. Check the list again."]})
    messages.success(request, f"Entered {len(new)} participants, numbers {new[0].bib} to {new[-1].bib}.")
    return check


@transaction.atomic
def _enrol(request: HttpRequest, marathon: Marathon, entries: tuple[Entry, ...]) -> Any:
    participants = enrol(marathon, entries, now())
    history.record(request.user, entered(marathon, participants))
    return participants
