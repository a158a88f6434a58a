"""What organisers and users do to a marathon, each in one transaction with a stamp, told after the commit.

The clock is held first and what an action decides on is read after that: nobody else writes in between, and row locks
are always taken after the clock's. The worker sees the stamps and scores anew; no action computes a score.
"""

from .account import clear_standing, move_to_account, save_account
from .baseline import capture_baselines, set_baseline, without_baseline
from .common import ActionError
from .marathon import cancel, current_players, delete_marathon, require_room, save_marathon
from .status import change_status, disqualify, reinstate, tier_of, withdraw
from .user import save_user, tell_renamed

__all__ = [
    "ActionError",
    "cancel",
    "capture_baselines",
    "change_status",
    "clear_standing",
    "current_players",
    "delete_marathon",
    "disqualify",
    "move_to_account",
    "reinstate",
    "require_room",
    "save_account",
    "save_marathon",
    "save_user",
    "set_baseline",
    "tell_renamed",
    "tier_of",
    "withdraw",
    "without_baseline",
]
