"""The line that the worker writes every ten seconds."""

from dataclasses import replace

from live.feed.figures import FeedFigures, report


def test_a_report_tells_rates_and_means_of_the_time_between() -> None:
    before = FeedFigures(objects=100, batches=10, step_seconds=1.0, rejected=3, unknowns=1, redelivered=2)
    now = replace(before, objects=600, batches=20, step_seconds=1.5, rejected=7, unknowns=2, redelivered=9, lag=0.0421)
    assert report(before, now, 10.0) == {
        "objects_per_s": 50.0,
        "lag_ms": 42,
        "batch_size": 50.0,
        "commit_ms": 50.0,
        "rejected": 4,
        "unknowns": 1,
        "redelivered": 7,
    }


def test_a_quiet_time_has_no_means() -> None:
    same = FeedFigures(objects=100, batches=10, step_seconds=1.0)
    told = report(same, same.copy(), 10.0)
    assert (told["objects_per_s"], told["batch_size"], told["commit_ms"]) == (0.0, 0.0, 0.0)
