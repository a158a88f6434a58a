"""What a run shows."""

import io

from live.feed.simulator.progress import LINE_SECONDS, REFRESH_SECONDS, Progress, Pulse, summary
from live.feed.simulator.publisher import Figures


def shown(*states: tuple[Pulse, Figures], terminal: bool = False, duration: float | None = None) -> str:
    out = io.StringIO()
    progress = Progress(lambda text: print(text, end="", file=out), terminal, duration)
    for pulse, figures in states:
        progress.show(pulse, figures)
    progress.end()
    return out.getvalue()


def test_off_a_terminal_there_is_a_plain_line_now_and_then() -> None:
    state = Pulse(elapsed=10.0, lag=0.24), Figures(messages=150, sent=1_200, confirmed=1_190)
    assert shown(state, duration=60.0) == "10/60 s  120 objects/s  sent 1,200  confirmed 1,190  lag 0.2 s\n"
    assert Progress(print, False, None).pause == LINE_SECONDS


def test_on_a_terminal_one_line_is_refreshed() -> None:
    states = [(Pulse(elapsed=1.0), Figures(sent=10)), (Pulse(elapsed=2.0), Figures(sent=30))]
    nothing, first, second = shown(*states, terminal=True).split("\r\x1b[K")
    assert nothing == ""
    assert first.startswith("1 s  10 objects/s")
    assert second.startswith("2 s  20 objects/s")  # of the last second, not of the whole run
    assert second.endswith("\n")
    assert Progress(print, True, None).pause == REFRESH_SECONDS


def test_a_lost_connection_shows() -> None:
    assert "no connection" in shown((Pulse(elapsed=1.0, connected=False), Figures()))


def test_a_line_fits_a_narrow_terminal() -> None:
    state = Pulse(elapsed=999.0, lag=99.9), Figures(sent=9_999_999, confirmed=9_999_999)
    assert len(shown(state, duration=1_000.0)) <= 80


def test_the_summary_counts_everything() -> None:
    figures = Figures(messages=12, sent=100, confirmed=90, refused=4, reconnects=2)
    text = summary(Pulse(elapsed=2.0, unconfirmed=6, returned=1), figures, {"garbage": 3, "duplicates": 1})
    assert text == (
        "Published 100 objects in 12 messages in 2.0 s (50 objects/s): 90 confirmed, 4 refused, 6 unconfirmed. "
        "1 messages came back: the queue is gone. Connected again: 2. Faults: duplicates 1, garbage 3."
    )
