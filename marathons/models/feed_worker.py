"""Which worker feeds from a queue: the fence that keeps a stalled predecessor from writing, and its signs of life."""

from django.db import models


class FeedWorker(models.Model):
    queue = models.CharField(max_length=255, primary_key=True)
    holder = models.UUIDField(help_text="Only the process that put this value here may commit from this queue.")
    taken_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="Refreshed about every second while the worker runs.")
    last_object_at = models.DateTimeField(null=True, blank=True)
    rejected = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["queue"]

    def __str__(self) -> str:
        return self.queue
