"""What a run shows."""

import io

from live.feed.simulator.progress import LINE_SECONDS, REFRESH_SECONDS, Progress, Pulse, summary
from live.feed.simulator.publisher import Figures


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_off_a_terminal_there_is_a_plain_line_now_and_then() -> None:
    out = io.StringIO()
    progress = Progress(out, duration=60.0)
    progress.show(Pulse(elapsed=10.0, lag=0.24), Figures(messages=150, sent=1_200, confirmed=1_190))
    progress.end()
    assert out.getvalue() == "10/60 s  120 objects/s  sent 1,200  confirmed 1,190  lag 0.2 s\n"
    assert progress.pause == LINE_SECONDS


def test_on_a_terminal_one_line_is_refreshed() -> None:
    out = Terminal()
    progress = Progress(out, duration=None)
    progress.show(Pulse(elapsed=1.0), Figures(sent=10, confirmed=10))
    progress.show(Pulse(elapsed=2.0), Figures(sent=30, confirmed=30))
    progress.end()
    first, second = out.getvalue().split("\r\x1b[K")[1:]
    assert first.startswith("1 s  10 objects/s")
    assert second.startswith("2 s  20 objects/s")  # of the last second, not of the whole run
    assert second.endswith("\n")
    assert progress.pause == REFRESH_SECONDS


def test_a_lost_connection_shows() -> None:
    out = io.StringIO()
    Progress(out, None).show(Pulse(elapsed=1.0, connected=False), Figures())
    assert "no connection" in out.getvalue()


def test_a_line_fits_a_narrow_terminal() -> None:
    out = io.StringIO()
    Progress(out, 100_000.0).show(Pulse(elapsed=99_999.0, lag=99.9), Figures(sent=10**9, confirmed=10**9))
    assert len(out.getvalue()) <= 90


def test_the_summary_counts_everything() -> None:
    figures = Figures(messages=12, sent=100, confirmed=90, refused=4, reconnects=2)
    text = summary(Pulse(elapsed=2.0, unconfirmed=6, returned=1), figures, {"garbage": 3, "duplicates": 1})
    assert text == (
        "Published 100 objects in 12 messages in 2.0 s (50 objects/s): 90 confirmed, 4 refused, 6 unconfirmed. "
        "1 messages came back: the queue is gone. Connected again: 2. Faults: duplicates 1, garbage 3."
    )
