"""`manage.py new_epoch`: after restoring a backup, break with the stamps that clients and replicas still hold."""

from typing import Any

from django.core.management.base import BaseCommand

from marathons.clock import new_epoch


class Command(BaseCommand):
    help = "Begin a new epoch of the clock, so that every client gets a snapshot. Run it after restoring a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"The clock's epoch is now {new_epoch()}.")
