"""Dead letters in doubt: stored in a transaction whose answer never came, because the broker went away meanwhile.

A broker that stops in the middle of a commit may have taken the acknowledgement and not the letters, or all, or
nothing. So they are kept here until the broker is back, are looked for, and what is missing is stored; and where their
messages come again too, they are not stored a second time.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from live.feed.broker import Channel, Connection, Headers
from live.feed.source import DeadLetter

MOST_LOOKED_AT = 10_000
"""In a queue that holds more, letters in doubt are stored without looking: rather twice than never."""


class Letter(msgspec.Struct, frozen=True):
    """A dead letter ready to be published; `id` tells it from all others."""

    id: str
    body: bytes
    headers: Headers


class Doubt:
    """The letters in doubt for one queue."""

    def __init__(self, dead_letters: str) -> None:
        self._dead_letters = dead_letters
        self._letters: list[Letter] = []
        self._stored: Counter[bytes] = Counter()

    def add(self, letters: Sequence[Letter]) -> None:
        """These were sent, and nobody knows whether they arrived."""
        self._letters += letters

    async def clear(self, connection: Connection) -> None:
        """Have each of them in the queue once. BrokerError leaves all in doubt."""
        if not self._letters:
            return
        found = await self._found(connection)
        channel = await connection.channel()
        await channel.transactional()
        for letter in self._letters:
            if letter.id not in found:
                channel.publish(self._dead_letters, letter.body, letter.headers)
        await channel.commit()
        channel.close()
        self._stored.update(letter.body for letter in self._letters)
        self._letters.clear()

    async def _found(self, connection: Connection) -> set[str]:
        wanted = {letter.id for letter in self._letters}
        found: set[str] = set()
        channel = await connection.channel()
        ready = await channel.declare(self._dead_letters, passive=True)
        for _ in range(ready if ready <= MOST_LOOKED_AT else 0):
            if found == wanted or (name := await _id_of_next(channel, self._dead_letters)) is None:
                break
            found |= wanted & {name}
        channel.close()  # which puts all of them back where they were
        return found

    def new_ones(self, dead: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Return the letters that are not stored yet; redelivered messages bring some that are."""
        if not self._stored:
            return list(dead)
        new = []
        for letter in dead:
            if letter.delivery.again and self._stored[letter.rejected.raw] > 0:
                self._stored[letter.rejected.raw] -= 1
            else:
                new.append(letter)
        return new

    def nothing_comes_again(self) -> None:
        """What is delivered anew has all been delivered: it comes before everything else."""
        self._stored.clear()


async def _id_of_next(channel: Channel, queue: str) -> str | None:
    got = await channel.get(queue)
    return None if got is None else str((got[1].headers or {}).get("id", ""))
