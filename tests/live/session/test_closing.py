"""The end of a session whose carrier tells of it from within the task that writes, as Socket.IO's library does."""

import asyncio

from live.process import Process
from live.session.session import Session
from live.wire.codes import ErrorCode
from live.wire.frames import Frame


class Carrier:
    """Closes the session before its own closing is done."""

    address = "192.0.2.1"

    def __init__(self) -> None:
        self.session: Session | None = None
        self.sent: list[str] = []
        self.closed = False

    def ready(self) -> bool:
        return False

    def write(self, frame: Frame) -> None:
        self.sent.append(frame.event)

    async def send(self, frame: Frame) -> None:
        self.write(frame)

    async def close(self, code: int) -> None:
        assert self.session is not None
        await self.session.close()
        self.closed = True

    def abort(self) -> None: ...


async def test_a_refused_client_leaves_nothing_behind() -> None:
    process, carrier = Process(), Carrier()
    session = carrier.session = Session(process.services, carrier)
    await session.open(None)
    session.fail(ErrorCode.AUTHENTICATION_REQUIRED)
    async with asyncio.timeout(10):
        await session.written()
    assert carrier.sent == ["error"]
    assert carrier.closed, "the carrier did not get to the end of its closing"
    assert not process.services.sessions
