"""All metrics in one place: read from what the process counts anyway, when somebody asks. Nothing on the hot path.

The worker serves no HTTP; its signs of life are rows in the database, which every web process can show.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from live.process import Process
from live.wire.outbound import FeedStatus
from marathons.models import FeedWorker

PREFIX = "marathon_live_"
Family: TypeAlias = CounterMetricFamily | GaugeMetricFamily


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's name without the prefix, what it says, and its one label, if it has one. `_total` makes a counter."""

    name: str
    says: str
    label: str = ""

    @property
    def full_name(self) -> str:
        return PREFIX + self.name

    def family(self) -> Family:
        labels = [self.label] if self.label else []
        kind = CounterMetricFamily if self.name.endswith("_total") else GaugeMetricFamily
        return kind(self.full_name, self.says, labels=labels)


SESSIONS = Metric("sessions", "Open connections, of all doors.")
AUTHENTICATED = Metric("sessions_authenticated", "Open connections that have shown a token.")
SUBSCRIPTIONS = Metric("subscriptions", "Streams that open connections watch.")
TASKS = Metric("tasks", "Tasks of the process's event loop.")
REPLICAS = Metric("replicas", "Boards in the memory of this process.")
VIEWS = Metric("views", "Windows of boards that somebody watches.")
DRAINING = Metric("draining", "1 while the process says goodbye to its clients.")
FRAMES = Metric("frames_sent_total", "Messages sent to clients.")
BYTES = Metric("frame_bytes_sent_total", "Bytes of the data of these messages, before compression.")
ERRORS = Metric("errors_total", "Errors told to clients, by code.", "code")
CLOSED = Metric("closed_total", "Connections closed by the server, by close code.", "code")
SLOW = Metric("closed_slow_total", "Connections closed because the client did not read.")
LOADS = Metric("board_loads_total", "Boards read as a whole from the database.")
HEALS = Metric("board_heals_total", "Readings of what changed on a board, because announcements did not connect.")
ANNOUNCED = Metric("announcements_total", "Announcements of changed boards heard.")
CLOCKS = Metric("clock_messages_total", "Messages of the worker's clock heard, one a second.")
REVIVALS = Metric("layer_revivals_total", "Times the channel layer was silent and connected anew.")
LAYER_UP = Metric("layer_up", "1 while the channel layer carries messages.")
FEED_STATUS = Metric("feed_status", "1 for the present state of the feed.", "status")
FEED_UPDATED = Metric("feed_updated_timestamp_seconds", "When the feed's last message came.")
WORKER_SEEN = Metric("worker_seen_timestamp_seconds", "When the worker of a queue was last alive.", "queue")
WORKER_TAKEN = Metric("worker_taken_timestamp_seconds", "When the present worker took a queue over.", "queue")
WORKER_OBJECT = Metric("worker_last_object_timestamp_seconds", "When a queue's last object came.", "queue")
WORKER_REJECTED = Metric("worker_rejected_total", "Objects of a queue that went to its dead letters.", "queue")

METRICS = tuple(value for value in tuple(globals().values()) if isinstance(value, Metric))


@dataclass(frozen=True, slots=True)
class WorkerSigns:
    """What the database knows of the worker of one queue."""

    queue: str
    seen_at: datetime
    taken_at: datetime
    last_object_at: datetime | None
    rejected: int


def worker_signs() -> list[WorkerSigns]:
    """One query; blocking."""
    columns = ("queue", "seen_at", "taken_at", "last_object_at", "rejected")
    return [WorkerSigns(*values) for values in FeedWorker.objects.values_list(*columns)]


class Figures:
    """A collector over one process, at one moment."""

    def __init__(self, process: Process, workers: Iterable[WorkerSigns]) -> None:
        self._process, self._workers = process, tuple(workers)

    def collect(self) -> Iterator[Family]:
        for metric, value in self._plain():
            family = metric.family()
            family.add_metric([], float(value))
            yield family
        yield from self._labelled()

    def _plain(self) -> Iterator[tuple[Metric, float]]:
        services, hub = self._process.services, self._process.hub
        sessions, replicas = tuple(services.sessions), tuple(hub.replicas.values())
        yield SESSIONS, len(sessions)
        yield AUTHENTICATED, sum(session.principal is not None for session in sessions)
        yield SUBSCRIPTIONS, sum(len(streams) for session in sessions for streams in session.topics.values())
        yield TASKS, len(asyncio.all_tasks())
        yield REPLICAS, len(replicas)
        yield VIEWS, sum(replica.views for replica in replicas)
        yield DRAINING, services.draining
        yield FRAMES, services.figures.frames
        yield BYTES, services.figures.bytes
        yield SLOW, services.figures.closed_slow
        yield LOADS, hub.figures.loads
        yield HEALS, hub.figures.readings - hub.figures.loads
        yield ANNOUNCED, hub.figures.announcements
        yield CLOCKS, hub.figures.clocks
        yield REVIVALS, hub.figures.revivals
        yield LAYER_UP, hub.layer_answers
        if hub.feed.state.updated_at is not None:
            yield FEED_UPDATED, hub.feed.state.updated_at.timestamp()

    def _labelled(self) -> Iterator[Family]:
        figures = self._process.services.figures
        yield _family(ERRORS, figures.errors.items())
        yield _family(CLOSED, [(str(int(code)), times) for code, times in figures.closed.items()])
        feed = self._process.hub.feed.state.status
        yield _family(FEED_STATUS, [(status.value, status is feed) for status in FeedStatus])
        workers = self._workers
        yield _family(WORKER_SEEN, [(one.queue, one.seen_at.timestamp()) for one in workers])
        yield _family(WORKER_TAKEN, [(one.queue, one.taken_at.timestamp()) for one in workers])
        yield _family(WORKER_OBJECT, [(o.queue, o.last_object_at.timestamp()) for o in workers if o.last_object_at])
        yield _family(WORKER_REJECTED, [(one.queue, one.rejected) for one in workers])


def _family(metric: Metric, values: Iterable[tuple[str, float]]) -> Family:
    family = metric.family()
    for label, value in values:
        family.add_metric([label], float(value))
    return family


# The process's CPU, memory and open files, by the names that dashboards know.
_machine = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=_machine)


def exposition(process: Process, workers: Iterable[WorkerSigns]) -> bytes:
    """All metrics as Prometheus reads them. A registry of its own: libraries put nothing into it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(process, workers))
    return generate_latest(registry) + generate_latest(_machine)
