"""Everything in one process, to look at: migrates, sets the stage, serves. manage.py prepares its environment first."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from live.demo.server import HOST, PortTakenError, Server, take_port
from live.demo.stage import Staff, marathon, staff
from marathon_site.demo_environment import FOLDER


class Command(BaseCommand):
    help = "Serve a marathon with a hundred simulated traders, without any other service."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: object, **options: Any) -> None:
        if settings.LIVE_EMBEDDED_FEED != "simulated":
            raise CommandError("The demo has settings of its own: start it as `make demo` or `manage.py demo`.")
        port = options["port"]
        try:
            taken = take_port(port)
        except PortTakenError:
            raise CommandError(f'Port {port} is taken. Take another one: make demo ARGS="--port {port + 1}"') from None
        except (OSError, OverflowError) as error:
            raise CommandError(f"Port {port} cannot be used: {error}") from error
        with self._step("Migrating the database"):
            call_command("migrate", verbosity=0, interactive=False)
        with self._step("Setting the stage"):
            organiser, board = staff(settings.BASE_DIR / FOLDER / "staff_password"), marathon(timezone.now())
        connections.close_all()
        self._tell("Starting the server")
        site = f"http://{HOST}:{port}"
        with suppress(KeyboardInterrupt):
            Server(lambda: self._say(site, f"{site}/marathons/{board.pk}", organiser)).run(sockets=[taken])
        self._tell("Stopped.")

    @contextmanager
    def _step(self, words: str) -> Iterator[None]:
        self._tell(f"{words} ... ", ending="")
        started = monotonic()
        yield
        self._tell(f"{monotonic() - started:.1f} s")

    def _say(self, site: str, board: str, organiser: Staff) -> None:
        password = organiser.password or "the one that was set here later"
        lines = [
            "",
            f"  Board   {board}",
            f"  Admin   {site}/admin/",
            f"  Login   {organiser.email}, password: {password}",
            "",
            f"Ctrl-C stops it. Its data are in {FOLDER}/ and stay until `make clean`.",
        ]
        self._tell("\n".join(lines))

    def _tell(self, words: str, ending: str = "\n") -> None:
        """At once, also into a pipe."""
        self.stdout.write(words, ending=ending)
        self.stdout.flush()
