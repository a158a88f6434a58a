"""How many rows stand above some places of a large board: what its reader need not count. Written by the worker."""

import uuid

from django.db import models

from .marathon import Marathon


class BoardMarks(models.Model):
    """Of use only while `stamp` is the marathon's own: somebody else may have changed the board since."""

    marathon = models.OneToOneField(
        Marathon, primary_key=True, on_delete=models.CASCADE, related_name="marks", editable=False
    )
    stamp = models.BigIntegerField(editable=False, help_text="The marathon's stamp at which they are right.")
    # Written at every change of the board, so they are small; the keys are not, and written when they change.
    sizes = models.BinaryField(help_text="The rows above the first mark, between each two, and below the last.")
    version = models.UUIDField(default=uuid.uuid4, editable=False, help_text="Of the keys. Two workers have their own.")
    keys = models.BinaryField(help_text="The order keys of the marks, in the order of the board.")

    def __str__(self) -> str:
        return f"marks of {self.marathon_id} at {self.stamp}"
