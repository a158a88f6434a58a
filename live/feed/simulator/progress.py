"""What `manage.py simulate_feed` shows: one line, refreshed, on a terminal; elsewhere a line now and then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from live.feed.simulator.publisher import Figures

REFRESH_SECONDS = 0.5
LINE_SECONDS = 10.0
_ERASE = "\r\x1b[K"


@dataclass(slots=True)
class Pulse:
    """The state of a run: seconds since its start and behind its plan, objects under way, messages that came back."""

    elapsed: float = 0.0
    lag: float = 0.0
    unconfirmed: int = 0
    returned: int = 0
    connected: bool = True


class Progress:
    """Says it through `write`; one refreshed line where that is a terminal. `duration` in seconds if there is one."""

    def __init__(self, write: Callable[[str], None], terminal: bool, duration: float | None) -> None:
        self._write = write
        self._of = "" if duration is None else f"/{duration:.0f}"
        self._terminal = terminal
        self._before = (0.0, 0)
        self.pause = REFRESH_SECONDS if terminal else LINE_SECONDS

    def show(self, pulse: Pulse, figures: Figures) -> None:
        line = self._line(pulse, figures)
        self._write(f"{_ERASE}{line}" if self._terminal else f"{line}\n")

    def end(self) -> None:
        """Leaves the refreshed line as it is; what follows goes below it."""
        if self._terminal:
            self._write("\n")

    def _line(self, pulse: Pulse, figures: Figures) -> str:
        (elapsed, sent), self._before = self._before, (pulse.elapsed, figures.sent)
        rate = (figures.sent - sent) / max(pulse.elapsed - elapsed, 1e-6)
        state = "" if pulse.connected else "  no connection, waiting"
        return (
            f"{pulse.elapsed:.0f}{self._of} s  {rate:,.0f} objects/s  sent {figures.sent:,}  "
            f"confirmed {figures.confirmed:,}  lag {pulse.lag:.1f} s{state}"
        )


def summary(pulse: Pulse, figures: Figures, faults: Mapping[str, int]) -> str:
    """The last words of a run."""
    rate = figures.sent / max(pulse.elapsed, 1e-6)
    text = (
        f"Published {figures.sent:,} objects in {figures.messages:,} messages in {pulse.elapsed:.1f} s "
        f"({rate:,.0f} objects/s): {figures.confirmed:,} confirmed, {figures.refused:,} refused, "
        f"{pulse.unconfirmed:,} unconfirmed."
    )
    if pulse.returned:
        text += f" {pulse.returned:,} messages came back: the queue is gone."
    if figures.reconnects:
        text += f" Connected again: {figures.reconnects}."
    if faults:
        text += f" Faults: {', '.join(f'{name} {count:,}' for name, count in sorted(faults.items()))}."
    return text
