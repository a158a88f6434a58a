"""All names of channel-layer groups and messages in one place: who sends and who listens agree here."""

from uuid import UUID

# Every web process is in it; the worker tells the clock and the state of the feed there, every second.
CLOCK_GROUP = "clock"

BOARD_CHANGED = "board.changed"
CLOCK_TOLD = "clock.told"
CANARY = "hub.canary"


def board_group(marathon_id: UUID) -> str:
    """The group that hears of every change of one board. Web processes join it once each, never once a viewer."""
    return f"board.{marathon_id.hex}"
