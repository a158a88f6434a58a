"""The tables: one file per model, in the order in which they refer to each other."""

from .account import Account
from .board_marks import BoardMarks
from .clock import Clock
from .equity_point import EquityPoint
from .feed_worker import FeedWorker
from .marathon import Marathon, MarathonStatus, PositionsVisibility, Visibility
from .participant import BaselineSource, Participant, ParticipantStatus
from .standing import Standing, Tier
from .user import User, UserManager

__all__ = [
    "Account",
    "BaselineSource",
    "BoardMarks",
    "Clock",
    "EquityPoint",
    "FeedWorker",
    "Marathon",
    "MarathonStatus",
    "Participant",
    "ParticipantStatus",
    "PositionsVisibility",
    "Standing",
    "Tier",
    "User",
    "UserManager",
    "Visibility",
]
