"""CPU time by stage: each stage's own, without that of the stages it calls. Of threads, so waiting costs nothing."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any


class Stopwatch:
    """`spent` is CPU, `waited` all time, both in nanoseconds by stage."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, int] = defaultdict(int)
        self.waited: defaultdict[str, int] = defaultdict(int)
        self._thread = threading.local()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is done inside counts as this stage."""
        stack = self._thread.__dict__.setdefault("stack", [])
        self._charge(stack)
        stack.append(name)
        started = time.monotonic_ns()
        try:
            yield
        finally:
            self.waited[name] += time.monotonic_ns() - started
            self._charge(stack)
            stack.pop()

    def _charge(self, stack: list[str]) -> None:
        now = time.thread_time_ns()
        if stack:
            self.spent[stack[-1]] += now - self._thread.since
        self._thread.since = now

    def function(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The function as a stage."""

        @wraps(call)
        def timed(*args: Any, **options: Any) -> Any:
            with self.stage(name):
                return call(*args, **options)

        return timed

    def coroutine(self, name: str, call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        """The coroutine function as a stage: only while it runs, not while it waits."""

        @wraps(call)
        async def timed(*args: Any, **options: Any) -> Any:
            return await _Steps(self, name, call(*args, **options))

        return timed


class _Steps:
    def __init__(self, watch: Stopwatch, name: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._watch, self._name, self._coroutine = watch, name, coroutine

    def __await__(self) -> Generator[Any, None, Any]:
        resume: Callable[[], Any] = partial(self._coroutine.send, None)
        while True:
            try:
                with self._watch.stage(self._name):
                    waits_for = resume()
            except StopIteration as ended:
                return ended.value
            try:
                yield waits_for
                resume = partial(self._coroutine.send, None)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is the coroutine's
                resume = partial(self._coroutine.throw, error)
