"""Tells the web processes what was committed. They can read it all in the database: nothing here stops the worker."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from live.feed.figures import FeedFigures
from live.feed.store import Commit
from live.groups import BOARD_CHANGED, CLOCK_GROUP, CLOCK_TOLD, board_group
from live.wire.announcements import Announcement, Told, encode

MOST_ROWS = 2_000
"""Of more changed rows only the fact is told: reading them costs the database less than sending them everywhere."""
SEND_SECONDS = 1.0
MUTED_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Layer(Protocol):
    """What we need of a channel layer."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Give the message to all in the group."""


class Announcer:
    """After a failure it keeps quiet for a second, so that an absent Redis costs the worker nothing."""

    def __init__(self, layer: Layer, figures: FeedFigures, time: Callable[[], float]) -> None:
        self._layer = layer
        self._figures = figures
        self._time = time
        self._muted_until = 0.0
        self._working = True

    async def commit(self, commit: Commit) -> None:
        """Tell each board that changed."""
        for board, changed in commit.changed.items():
            rows = None if len(changed) > MOST_ROWS else commit.rows(board)
            told = Announcement(commit.epoch, board, commit.since[board], commit.seq, rows)
            await self._send(board_group(board), BOARD_CHANGED, encode(told))

    async def told(self, told: Told) -> None:
        """Tell where the clock and the feed stand."""
        await self._send(CLOCK_GROUP, CLOCK_TOLD, encode(told))

    async def _send(self, group: str, kind: str, body: bytes) -> None:
        if self._time() < self._muted_until:
            self._figures.unannounced += 1
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._layer.group_send(group, {"type": kind, "body": body})
        except Exception as error:  # noqa: BLE001 -- whatever the layer raises, the board is in the database
            self._figures.unannounced += 1
            self._muted_until = self._time() + MUTED_SECONDS
            self._say(working=False, reason=str(error) or type(error).__name__)
        else:
            self._figures.announced += 1
            self._say(working=True)

    def _say(self, *, working: bool, reason: str = "") -> None:
        if working == self._working:
            return
        self._working = working
        if working:
            log.info("announcing again")
        else:
            log.warning("cannot announce: web processes follow the database", reason=reason)
