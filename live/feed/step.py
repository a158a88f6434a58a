"""From a batch of bodies to its commit, in two halves: the first needs no database, the second is the database's."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.db import DataError, IntegrityError

from live.feed.messages import parse
from live.feed.objects import FeedObject, Micros, Reason, Rejected
from live.feed.source import Batch, DeadLetter
from live.feed.store import Commit, Draft, Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. `commits` is one, but for a batch that the database refused as a whole."""

    commits: Sequence[Commit]
    accepted: Sequence[FeedObject]
    dead: Sequence[DeadLetter]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch read and planned. `dead` is what had to be refused of it."""

    batch: Batch
    draft: Draft
    dead: Sequence[DeadLetter]


def prepare(store: Store, batch: Batch, latest: Micros) -> Prepared:
    """Parse a batch and plan it. `latest` is the latest time that an object may be of."""
    objects, dead = read(batch, latest)
    return Prepared(batch, store.draft(objects), dead)


def step(store: Store, prepared: Prepared) -> Outcome:
    """Commit a batch. Raises what Store.commit raises, but for values that the database refuses."""
    batch, draft, dead = prepared.batch, prepared.draft, prepared.dead
    objects = draft.objects
    if not objects:
        return Outcome((), objects, dead)
    try:
        return Outcome((store.commit(batch.source, draft),), objects, dead)
    except (DataError, IntegrityError) as error:
        log.warning("the database refuses a batch: trying its parts", reason=str(error).splitlines()[0])
        store.forget()
    commits, refused = _in_parts(store, batch.source, objects)
    dead = [*dead, *(_dead_letter(one, batch) for one in refused)]
    return Outcome(commits, [one for one in objects if one not in refused], dead)


def read(batch: Batch, latest: Micros) -> tuple[list[FeedObject], list[DeadLetter]]:
    """Return the objects of a batch, in their order, and what had to be refused of it."""
    objects: list[FeedObject] = []
    dead: list[DeadLetter] = []
    for delivery in batch.deliveries:
        accepted, rejected = parse(delivery.body, delivery.stamp, latest)
        objects += accepted
        if rejected:
            dead += [DeadLetter(one, delivery) for one in rejected]
    return objects, dead


def _in_parts(store: Store, source: str, objects: Sequence[FeedObject]) -> tuple[list[Commit], list[FeedObject]]:
    """Commit what can be, in order; return the commits and the objects that are refused alone."""
    try:
        return [store.apply(source, objects)], []
    except (DataError, IntegrityError):
        store.forget()
    if len(objects) == 1:
        return [], list(objects)
    middle = len(objects) // 2
    first, refused = _in_parts(store, source, objects[:middle])
    second, refused_too = _in_parts(store, source, objects[middle:])
    return first + second, refused + refused_too


def _dead_letter(said: FeedObject, batch: Batch) -> DeadLetter:
    delivery = next(delivery for delivery in batch.deliveries if said.raw in delivery.body)
    return DeadLetter(Rejected(Reason.REFUSED_BY_DATABASE, "", said.raw), delivery)
