"""What other parts may want to hear. `live` announces `board_changed` to the web processes."""

from django.dispatch import Signal

# Sent after the commit of a transaction that took a stamp: `stamp` is a marathons.clock.Stamp.
board_changed = Signal()
