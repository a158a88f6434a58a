"""A client of the live protocol: `async with MarathonLive(url, token) as live: ...`. It needs no Django."""

from live.client.account import AccountSubscription
from live.client.backoff import Backoff
from live.client.board import Board, Change, apply, board_of
from live.client.client import MarathonLive, Observer
from live.client.connection import State, Way
from live.client.errors import EndedError, Failure, LiveError, OutOfStepError, RefusedError
from live.client.frames import AccountEntry, Entry, Feed, Frame, View
from live.client.marathon import MarathonSubscription
from live.client.subscription import Standing

__all__ = [
    "AccountEntry",
    "AccountSubscription",
    "Backoff",
    "Board",
    "Change",
    "EndedError",
    "Entry",
    "Failure",
    "Feed",
    "Frame",
    "LiveError",
    "MarathonLive",
    "MarathonSubscription",
    "Observer",
    "OutOfStepError",
    "RefusedError",
    "Standing",
    "State",
    "View",
    "Way",
    "apply",
    "board_of",
]
