"""People: names (which boards show), passwords, and, for superusers only, who may do what."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from marathons.actions import save_user
from marathons.models import User

from .base import OrganiserAdmin
from .generics import UserChange, UserCreation, UserPages

NAMES = ("first_name", "last_name")
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class NewUserForm(UserCreation):
    class Meta:
        model = User
        fields = ("email", *NAMES)
        field_classes: dict[str, Any] = {}


class ChangedUserForm(UserChange):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, Any] = {}


@admin.register(User)
class UserAdmin(OrganiserAdmin, UserPages):
    form = ChangedUserForm
    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", *NAMES, "is_active", "is_staff", "date_joined")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", *NAMES, "accounts__login__startswith")
    readonly_fields = ("last_login", "date_joined")
    list_per_page = 100
    fieldsets = (
        (None, {"fields": ("email", "password", "is_active")}),
        ("Name", {"fields": NAMES, "description": "Boards show it. Without one they show “Trader” and the number."}),
        ("Rights", {"classes": ("collapse",), "fields": RIGHTS}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", *NAMES, "usable_password", "password1", "password2")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Organisers change people, not those who could change them: else a password reset would make a superuser."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _superuser(request) or not (obj.is_staff or obj.is_superuser))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = super().get_readonly_fields(request, obj)
        return own if _superuser(request) else (*own, *RIGHTS)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            save_user(obj)
        else:
            obj.save()  # no board shows who is new, so nobody has to wait


def _superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
