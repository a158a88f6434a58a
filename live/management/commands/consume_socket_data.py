"""The worker: `manage.py consume_socket_data` takes the feed from RabbitMQ into the database, and tells of it."""

import asyncio
import gc
import signal
import sys
from argparse import ArgumentParser
from typing import Any

import uvloop
from django.core.management.base import BaseCommand, CommandError

from live.conf import live_settings
from live.feed.pipeline import FatalError, Pipeline
from live.feed.worker import rabbitmq_sources, worker

SWITCH_SECONDS = 0.001
"""The thread that plans gives way to the one that writes, and to RabbitMQ's, after so long. With Python's own 5 ms the
database would wait longer than for many a statement, and RabbitMQ for every 4 kB."""


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT; ends with 0 then, with 1 where only people can help."""

    help = "Take the feed from RabbitMQ into the database. Run a second one as a hot standby."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Queues, each with one consumer at a time."""
        parser.add_argument(
            "--queue",
            action="append",
            dest="queues",
            metavar="NAME",
            help="queue to consume, instead of RABBITMQ_QUEUE; may be given several times",
        )

    def handle(self, *args: Any, queues: list[str] | None = None, **options: Any) -> None:
        """Run the loop of this process."""
        # Its values form no cycles, and looking for some among all accounts costs a tenth of its time.
        gc.set_threshold(100_000, 50, 100)
        sys.setswitchinterval(SWITCH_SECONDS)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(_work(queues))
            except FatalError as error:
                raise CommandError(str(error)) from error


async def _work(queues: list[str] | None) -> None:
    settings = live_settings()
    pipeline: Pipeline = worker(rabbitmq_sources(settings.rabbitmq, queues), settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, pipeline.stop)
    await pipeline.run()
