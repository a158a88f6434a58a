"""Tells web processes that somebody other than a worker changed a board: in the admin, by REST, by a command.

A hint without rows; hubs read the rows from the database. If it is lost, they notice by the clock.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from live.board.rows import MarathonId
from live.groups import BOARD_CHANGED, board_group
from live.wire.announcements import Announcement, encode
from marathons.clock import Stamp

log = structlog.get_logger(__name__)

PATIENCE = 2.0

_loop: asyncio.AbstractEventLoop | None = None


def announce_on(loop: asyncio.AbstractEventLoop | None) -> None:
    """Announce on this process's own loop: its layer has its connection there, and no request waits for Redis."""
    global _loop  # noqa: PLW0603 - the process has one such loop or none
    _loop = loop


def on_board_changed(stamp: Stamp, **_: Any) -> None:
    """Receiver of `marathons.signals.board_changed`; called after the commit."""
    if _loop is not None and _loop.is_running():
        asyncio.run_coroutine_threadsafe(_announce(stamp), _loop)
    else:
        async_to_sync(_announce)(stamp)


async def _announce(stamp: Stamp) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*_hints(stamp))
    except Exception as error:  # noqa: BLE001 - the change is committed; viewers see it a second later
        log.warning("change not announced", seq=stamp.seq, error=repr(error))


def _hints(stamp: Stamp) -> list[Coroutine[Any, Any, None]]:
    layer = get_channel_layer()
    return [
        layer.group_send(
            board_group(marathon_id),
            {
                "type": BOARD_CHANGED,
                "body": encode(Announcement(stamp.epoch, MarathonId(marathon_id), since, stamp.seq)),
            },
        )
        for marathon_id, since in stamp.since.items()
    ]
