"""Everything in one process, to look at: migrates, sets the stage, serves. manage.py prepares its environment first."""

import argparse
import socket
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from live.demo.server import HOST, PortTakenError, Server, take_port
from live.demo.stage import marathon, staff
from live.demo.words import Words
from marathon_site.demo_environment import FOLDER


class Command(BaseCommand):
    help = "Serve a marathon with a hundred simulated traders, without any other service."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where it listens on 127.0.0.1; default: 8000")

    def handle(self, *_args: object, **options: Any) -> None:
        if settings.LIVE_EMBEDDED_FEED != "simulated":
            raise CommandError("The demo has settings of its own: start it as `make demo` or `manage.py demo`.")
        port, words = options["port"], Words(self.stdout)
        taken = _take(port)
        with words.step("Migrating the database"):
            call_command("migrate", verbosity=0, interactive=False)
        with words.step("Setting the stage"):
            organiser, board = staff(settings.BASE_DIR / FOLDER / "staff_password"), marathon(timezone.now())
        connections.close_all()
        words.say("Starting the server")
        site = f"http://{HOST}:{port}"
        with suppress(KeyboardInterrupt):
            server = Server(lambda: words.where(site, f"{site}/marathons/{board.pk}", organiser, FOLDER))
            server.run(sockets=[taken])
        words.say("Stopped.")


def _take(port: int) -> socket.socket:
    try:
        return take_port(port)
    except PortTakenError:
        raise CommandError(f"Port {port} is taken. Take another one: make demo PORT={port + 1}") from None
    except (OSError, OverflowError) as error:
        raise CommandError(f"Port {port} cannot be used: {error}") from error
