# ruff: noqa: PLC0415 - Django is imported once it is set up
"""`manage.py consume_socket_data` under a stopwatch: the same process, with a dozen clock readings a batch.

Writes a line for each batch and each acknowledgement to the file that PROBE names; times are of the monotonic clock,
which all processes share.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bench.feed.stopwatch import Stopwatch


class Probe:
    """Puts itself around the worker's stages; their names are those of the report."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - ends with the process
        self._watch = Stopwatch()

    def _say(self, **said: Any) -> None:
        self._file.write(json.dumps(said) + "\n")

    def _counters(self) -> dict[str, Any]:
        """CPU and waiting up to now, in ns; asked on the loop's thread."""
        return {
            "cpu": time.process_time_ns(),
            "loop": time.thread_time_ns(),
            "spent": dict(self._watch.spent),
            "waited": dict(self._watch.waited),
        }

    def attach(self) -> None:
        """Time what the worker does by batch."""
        from django.db.backends.base.base import BaseDatabaseWrapper
        from django.db.backends.utils import CursorWrapper

        from live.feed import announcer, broker, pipeline, step, store, tally

        watch = self._watch
        pipeline.prepare = watch.function("rest", step.prepare)
        pipeline.step = watch.function("rest", step.step)
        step.read = watch.function("parse", step.read)
        store.plan = watch.function("plan", store.plan)
        store.sheets = watch.function("columns", store.sheets)
        for owner, name in ((CursorWrapper, "execute"), (BaseDatabaseWrapper, "commit")):
            setattr(owner, name, watch.function("database", getattr(owner, name)))
        announcer.Announcer.commit = watch.coroutine("announce", announcer.Announcer.commit)
        self._around_batches(pipeline.Pipeline, tally.Tally)
        self._around_acknowledgements(broker.Channel)

    def _around_batches(self, pipeline: Any, tally: Any) -> None:
        handle, count = pipeline._handle, tally.count  # noqa: SLF001 - looking inside is what a probe does
        began: dict[int, tuple[float, dict[str, Any]]] = {}

        async def handled(worker: Any, source: Any, batch: Any, *others: Any) -> Any:
            began[id(batch)] = time.monotonic(), self._counters()
            return await handle(worker, source, batch, *others)

        def counted(counter: Any, batch: Any, outcome: Any) -> None:
            count(counter, batch, outcome)
            now = time.monotonic()
            started, before = began.pop(id(batch))
            self._say(
                queue=batch.source,
                deliveries=len(batch.deliveries),
                objects=len(outcome.accepted),
                began=started,
                step=now - started,
                announced=now,
                rejected=counter._figures.rejected,  # noqa: SLF001
                before=before,
                after=self._counters(),
            )

        pipeline._handle, tally.count = handled, counted  # noqa: SLF001

    def _around_acknowledgements(self, channel: Any) -> None:
        commit = channel.commit

        async def committed(one: Any) -> None:
            await commit(one)
            self._say(acknowledged=time.monotonic())

        channel.commit = committed


def main() -> None:
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    Probe(os.environ["PROBE"]).attach()
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
