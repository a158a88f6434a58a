"""How soon after one step of the worker the next one may begin."""

STEP_SECONDS = 0.01
"""Least time between the starts of two steps: at most 100 commits a second; a message after a pause never waits."""
PAUSED_SECONDS = 0.05
"""Steps take half of the time at most: what comes meanwhile costs less in one step than in two. Where the machine is
busy they take longer and so come less often, which is what helps it. Those over this length need no pause any more."""


def pause_after(took: float) -> float:
    """Return how many seconds to wait after a step that took so many."""
    return max(0.0, max(STEP_SECONDS, min(2 * took, PAUSED_SECONDS)) - took)


def is_long(took: float) -> bool:
    """Whether a step took so long that the next ones are planned while such a one is written."""
    return took >= PAUSED_SECONDS
