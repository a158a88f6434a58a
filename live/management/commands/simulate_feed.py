"""Publishes to RabbitMQ what a fleet of MT5 terminals would: arguments, members, one run. See live/feed/simulator."""

import argparse
import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from live.conf import live_settings
from live.feed.broker import BrokerError
from live.feed.simulator.fleet import Member, members
from live.feed.simulator.options import ACCOUNTS, add_options, plan_of
from live.feed.simulator.participants import participants_of
from live.feed.simulator.progress import Progress, summary
from live.feed.simulator.publisher import Publisher
from live.feed.simulator.run import Run
from live.feed.simulator.stream import FeedPlan


class Command(BaseCommand):
    help = "Publish a simulated fleet of MetaTrader 5 terminals to RabbitMQ until stopped."
    requires_system_checks = ()  # whether this machine could serve is not its affair

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            plan = plan_of(options, _members(options))
        except ValueError as error:
            raise CommandError(str(error)) from error
        rabbitmq = live_settings().rabbitmq
        queue = options["queue"] or rabbitmq.queue
        self.stdout.write(f"Preparing {len(plan.fleet.members):,} accounts for queue {queue}. Ctrl-C stops.")
        self._run(plan, Publisher(options["url"] or rabbitmq.url, queue))

    def _run(self, plan: FeedPlan, publisher: Publisher) -> None:
        run = Run(plan, publisher, Progress(self._show, self.stdout.isatty(), plan.duration))
        try:
            asyncio.run(run.run())
        except BrokerError as error:
            raise CommandError(f"RabbitMQ cannot be used: {error}. Set RABBITMQ_URL or --url.") from error
        text = summary(run.pulse, publisher.figures, run.faults)
        if not run.lossless:
            raise CommandError(text)
        self.stdout.write(self.style.SUCCESS(text))

    def _show(self, text: str) -> None:
        self.stdout.write(text, ending="")
        self.stdout.flush()


def _members(options: dict[str, Any]) -> list[Member]:
    if (marathon := options["logins_from_marathon"]) is None:
        return members(options["first_login"], options["accounts"] or ACCOUNTS)
    return participants_of(marathon)[: options["accounts"]]
