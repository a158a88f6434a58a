"""`manage.py prune_history`: delete equity history that is older than HISTORY_RETENTION_DAYS. For a daily timer."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Min

from live.conf import live_settings
from marathons.models import EquityPoint

SLICE = timedelta(minutes=10)
"""Of history deleted in one transaction: a moment each, also where ten thousand take part."""


class Command(BaseCommand):
    """Peak, drawdown and maximum drawdown stay: they are kept apart from the history."""

    help = "Delete equity history older than HISTORY_RETENTION_DAYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Another age, for once."""
        parser.add_argument("--days", type=int, help="keep so many days instead of HISTORY_RETENTION_DAYS")

    def handle(self, *args: Any, days: int | None = None, **options: Any) -> None:
        """Delete in small transactions until nothing is old."""
        kept = live_settings().history_retention if days is None else timedelta(days=days)
        deleted = prune(datetime.now(UTC) - kept)
        self.stdout.write(f"{deleted} points deleted")


def prune(before: datetime) -> int:
    """Delete the points whose bucket starts before that time; return how many."""
    old = EquityPoint.objects.filter(bucket__lt=before)
    total = 0
    while oldest := old.aggregate(oldest=Min("bucket"))["oldest"]:
        deleted, _ = old.filter(bucket__lt=oldest + SLICE).delete()
        total += deleted
    return total
