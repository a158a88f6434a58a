"""Django's entry to the stored half of the product."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MarathonsConfig(AppConfig):
    name = "marathons"
    verbose_name = "Marathons"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .clock import start_missing

        post_migrate.connect(start_missing, sender=self)
