"""The tables: one file per model, in the order in which they refer to each other."""

from .user import User, UserManager
from .marathon import Marathon, MarathonStatus, PositionsVisibility, Visibility
from .account import Account
from .participant import BaselineSource, Participant, ParticipantStatus
from .standing import Standing, Tier
from .equity_point import EquityPoint
from .clock import Clock
from .feed_worker import FeedWorker

__all__ = [
    "Account",
    "BaselineSource",
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
