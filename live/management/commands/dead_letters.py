"""`manage.py dead_letters`: look at the objects that the worker refused, have it try them again, or delete them."""

import asyncio
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from live.conf import live_settings
from live.feed.broker import BrokerError
from live.feed.deadletters import MOST, Letter, opened

PREVIEW = 100
"""Characters of a body in the list."""


class Command(BaseCommand):
    """Reads and changes the queue `<queue>.dead`; the worker may run meanwhile."""

    help = "List, show, replay or discard the objects that the worker refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """An action, and which letters it is about."""
        parser.add_argument("action", choices=["list", "show", "replay", "discard"])
        parser.add_argument("number", nargs="?", type=int, help="one letter only: its number in the list")
        parser.add_argument("--queue", help="the queue whose dead letters are meant, instead of RABBITMQ_QUEUE")
        parser.add_argument("--reason", help="only letters with this reason, not_json for example")
        parser.add_argument("--limit", type=int, default=MOST, help="look at so many of the oldest (%(default)s)")
        parser.add_argument("--all", action="store_true", help="discard all that are looked at")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it on a loop of its own."""
        if options["action"] == "show" and options["number"] is None:
            raise CommandError("Which one? Give its number in the list.")
        if options["action"] == "discard" and not (options["number"] or options["reason"] or options["all"]):
            raise CommandError("Which ones? Give a number, --reason or --all: discarded letters are gone for good.")
        try:
            asyncio.run(self._act(options))
        except BrokerError as error:
            raise CommandError(f"RabbitMQ: {error}") from error

    async def _act(self, options: dict[str, Any]) -> None:
        rabbitmq = live_settings().rabbitmq
        number, reason, limit = options["number"], options["reason"], options["limit"]

        def wanted(letter: Letter) -> bool:
            return number in (None, letter.number) and reason in (None, letter.header("reason"))

        async with opened(rabbitmq.url, options["queue"] or rabbitmq.queue) as box:
            total = await box.count()
            match options["action"]:
                case "list":
                    self._list(total, [letter async for letter in box.letters(limit) if wanted(letter)])
                case "show":
                    self._show([letter async for letter in box.letters(number) if wanted(letter)])
                case "replay":
                    self.stdout.write(f"{await box.replay(wanted, limit)} put back into their queue")
                case "discard":
                    self.stdout.write(f"{await box.discard(wanted, limit)} discarded")

    def _list(self, total: int, letters: list[Letter]) -> None:
        for letter in letters:
            what = " ".join(filter(None, (letter.header("reason"), letter.header("field"))))
            body = letter.body[: PREVIEW * 4].decode(errors="replace")[:PREVIEW]
            self.stdout.write(f"{letter.number:>6}  {letter.header('time')}  {what}  {body!r}")
        counts = Counter(letter.header("reason") for letter in letters)
        for reason, count in counts.most_common():
            self.stdout.write(f"{count:>6}  {reason}")
        self.stdout.write(f"{len(letters)} shown of {total} in the queue")

    def _show(self, letters: list[Letter]) -> None:
        if not letters:
            raise CommandError("There is no such letter.")
        (letter,) = letters
        for name, value in letter.headers.items():
            self.stdout.write(f"{name}: {value}")
        self.stdout.write("")
        self.stdout.write(letter.body.decode(errors="backslashreplace"))
