"""Django's classes with their type parameters, which they take from type checkers only, not at run time."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth import forms as auth_forms
from django.forms.models import BaseInlineFormSet as DjangoInlineFormSet

if TYPE_CHECKING:
    from typing import TypeAlias

    from marathons.models import Marathon, Participant, User

    ModelAdmin: TypeAlias = admin.ModelAdmin[Any]
    ParticipantTable: TypeAlias = admin.TabularInline[Participant, Marathon]
    ParticipantFormSet: TypeAlias = DjangoInlineFormSet[Participant, Marathon, Any]
    ModelForm: TypeAlias = forms.ModelForm[Any]
    UserPages: TypeAlias = auth_admin.UserAdmin[User]
    UserCreation: TypeAlias = auth_forms.AdminUserCreationForm[User]
    UserChange: TypeAlias = auth_forms.UserChangeForm[User]
else:
    ModelAdmin = admin.ModelAdmin
    ParticipantTable = admin.TabularInline
    ParticipantFormSet = DjangoInlineFormSet
    ModelForm = forms.ModelForm
    UserPages = auth_admin.UserAdmin
    UserCreation = auth_forms.AdminUserCreationForm
    UserChange = auth_forms.UserChangeForm

__all__ = [
    "ModelAdmin",
    "ModelForm",
    "ParticipantFormSet",
    "ParticipantTable",
    "UserChange",
    "UserCreation",
    "UserPages",
]
