"""Django's entry to the stored half of the product."""

from django.apps import AppConfig


class MarathonsConfig(AppConfig):
    name = "marathons"
    verbose_name = "Marathons"
    default_auto_field = "django.db.models.BigAutoField"
