"""What the demo says on the terminal: each step as it is done, then where to look."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.core.management.base import OutputWrapper

from live.demo.stage import Staff


class Words:
    """Says everything at once, also into a pipe."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out

    def say(self, words: str, ending: str = "\n") -> None:
        self._out.write(words, ending=ending)
        self._out.flush()

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        """Says what is done now, then how long it took."""
        self.say(f"{words} ... ", ending="")
        started = monotonic()
        yield
        self.say(f"{monotonic() - started:.1f} s")

    def where(self, site: str, board: str, organiser: Staff, folder: str) -> None:
        """The addresses, and how to log in."""
        password = organiser.password or "the one that was set here later"
        lines = [
            "",
            f"  Board   {board}",
            f"  Admin   {site}/admin/",
            f"  Login   {organiser.email}, password: {password}",
            "",
            f"Ctrl-C stops it. Its data are in {folder}/ and stay until `make clean`.",
        ]
        self.say("\n".join(lines))
