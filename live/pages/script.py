"""What the page of a board says for its scripts: where to connect, which window, and the words of the server.

Words stand here and in the templates only; static/live/pages/ has those that no server can say, on a lost connection.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from live.pages.boards import NOTES, BoardPage
from live.pages.moments import PHASES, Moment, moment
from live.wire.announcements import FeedState
from live.wire.outbound import FeedStatus
from marathons.models import Marathon

FEEDS = {
    FeedStatus.LIVE: "The feed is live.",
    FeedStatus.STALE: "The feed is silent.",
    FeedStatus.DOWN: "The feed is down.",
}


@dataclass(frozen=True, slots=True)
class FeedWords:
    """The feed's state in words; `last` is when its last message came, where that is worth saying."""

    status: str
    words: str
    last: Moment | None


def feed_words(state: FeedState) -> FeedWords:
    last = None if state.status is FeedStatus.LIVE or state.updated_at is None else moment(state.updated_at)
    return FeedWords(state.status.value, FEEDS[state.status], last)


def script(marathon: Marathon, page: BoardPage, me: UUID | None, token_url: str, now: datetime) -> dict[str, object]:
    """For static/live/pages/board-page.js, as JSON. `marathon` has the form of the protocol's `marathon_status`."""
    return {
        "now": moment(now).iso,
        "me": me,
        "page": page.number,
        "size": page.size,
        "tokenUrl": token_url,
        "marathon": {
            "marathonId": marathon.pk,
            "status": marathon.status_at(now).value,
            "startsAt": moment(marathon.starts_at).iso,
            "endsAt": moment(marathon.ends_at).iso,
        },
        "notes": {status.value: note for status, note in NOTES.items()},
        "feeds": {status.value: words for status, words in FEEDS.items()},
        "phases": {
            status.value: {
                "word": words.word,
                "verb": words.verb,
                "at": "startsAt" if words.at_start else "endsAt",
                "countsDown": words.counts_down,
            }
            for status, words in PHASES.items()
        },
    }
