"""The board over HTTP: the same rows, ranks and stamps as the socket's, whatever part is asked for."""

import json
import random
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from live.board.ranking import Ranking
from live.board.rows import MarathonId, ParticipantId
from live.board.views import All, Around, Page, Top, View, ViewState, select
from live.hub import places, standings, store
from live.wire.entries import Detail, RowEncoder
from marathons.enrolment import Entry, enrol
from marathons.models import Marathon, Participant, Standing, Tier
from tests.cast import crowd, has_equity
from tests.marathons.api.caller import Caller


def path(marathon: Marathon) -> str:
    return f"marathons/{marathon.pk}/leaderboard"


def got(caller: Caller, marathon: Marathon, **query: Any) -> dict[str, Any]:
    answer = caller.get(path(marathon), **query)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def in_memory(marathon: Marathon, view: View) -> tuple[ViewState, int]:
    """What a hub shows of this board, and its stamp."""
    reading = store.read(MarathonId(marathon.pk))
    assert reading is not None
    return select(Ranking(reading.rows), view), reading.seq


def bibs(board: dict[str, Any]) -> list[int]:
    return [entry["bib"] for entry in board["entries"]]


def shuffle(marathon: Marathon, seed: int) -> None:
    """Scores with many ties, in all tiers, with and without data."""
    rng = random.Random(seed)
    for standing in Standing.objects.filter(marathon=marathon):
        tier = rng.choice([Tier.RANKED] * 3 + [Tier.NO_DATA, Tier.DISQUALIFIED, Tier.WITHDRAWN])
        figures: dict[str, Decimal | None] = {
            "score": Decimal(rng.randint(-2, 2)),
            "max_drawdown": Decimal(rng.randint(0, 1)),
            "equity": Decimal(1),
        }
        if tier == Tier.NO_DATA or (tier != Tier.RANKED and rng.random() < 0.5):
            figures = dict.fromkeys(figures)
        Standing.objects.filter(pk=standing.pk).update(tier=tier, **figures)
        status = {Tier.DISQUALIFIED: "disqualified", Tier.WITHDRAWN: "withdrawn"}.get(tier, "active")
        reason = "x" if tier == Tier.DISQUALIFIED else ""
        Participant.objects.filter(pk=standing.pk).update(status=status, disqualification_reason=reason)


@pytest.mark.parametrize("large", [places.SMALL, 0])
@pytest.mark.parametrize("seed", range(4))
def test_every_part_of_a_board_is_what_the_hub_shows(
    anybody: Caller, public_marathon: Marathon, seed: int, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SMALL", large)
    monkeypatch.setattr(places, "SAMPLE", 5)
    participants = crowd(public_marathon, 25)
    shuffle(public_marathon, seed)
    me = ParticipantId(participants[seed].pk)
    parts: list[tuple[View, dict[str, Any]]] = [
        (Top(5), {"top": 5}),
        *((Page(page, 7), {"page": page, "limit": 7}) for page in range(1, 6)),
        *((Around(ParticipantId(one.pk), 5), {"around": one.pk, "size": 5}) for one in participants),
        (Around(me, 200), {"around": me, "size": 200}),
    ]
    for view, query in parts:
        state, seq = in_memory(public_marathon, view)
        board = got(anybody, public_marathon, **query)
        assert (board["offset"], board["totalParticipants"], board["seq"]) == (state.offset, state.total, seq)
        assert board["entries"] == json.loads(RowEncoder().entries(state, Detail.HIDDEN))


@pytest.mark.parametrize("large", [places.SMALL, 0])
@pytest.mark.parametrize(
    ("few", "many", "looked_at", "further"),
    [(500, 500, 2000, 1), (500, 500, 1, 5), (0, 500, 1, 5), (0, 0, 1, 5), (0, 0, 5, 2000)],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_search_gives_true_ranks(
    anybody: Caller,
    public_marathon: Marathon,
    seed: int,
    few: int,
    many: int,
    looked_at: int,
    further: int,
    large: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "SMALL", large)
    monkeypatch.setattr(places, "SAMPLE", 5)
    monkeypatch.setattr(standings, "FEW", few)
    monkeypatch.setattr(standings, "MANY", many)
    monkeypatch.setattr(standings, "OFTEN", 5)
    monkeypatch.setattr(standings, "FURTHER", further)
    monkeypatch.setattr(standings, "LOOKED_AT", looked_at)
    crowd(public_marathon, 25)
    shuffle(public_marathon, seed)
    whole = json.loads(RowEncoder().entries(in_memory(public_marathon, All())[0], Detail.HIDDEN))
    for text in ("p1", "P", "90000", "crowd", "7", "0 c", "qx", "q"):
        expected = [
            entry
            for entry in whole
            if text.lower() in entry["userName"].lower()
            or entry["accountLogin"].startswith(text)
            or (text.isdecimal() and entry["bib"] == int(text))
        ]
        assert got(anybody, public_marathon, search=text)["entries"] == expected
    second = got(anybody, public_marathon, search="P", limit=10, page=2)
    assert second["entries"] == whole[10:20]
    assert got(anybody, public_marathon, search="%")["entries"] == []


def test_a_board_says_where_it_stands(anybody: Caller, board: list[Participant], public_marathon: Marathon) -> None:
    body = got(anybody, public_marathon)
    public_marathon.refresh_from_db()
    assert (body["marathonId"], body["marathonName"]) == (str(public_marathon.pk), "Open marathon")
    assert (body["status"], body["seq"], body["epoch"]) == ("ongoing", public_marathon.stamp, store.epoch())
    assert [entry["rank"] for entry in body["entries"]] == [*range(1, 11), None, None]
    assert body["entries"][-1]["disqualificationReason"] == "Two accounts"


def test_me_is_the_caller(as_alice: Caller, alices: Participant, bobs: Participant, marathon: Marathon) -> None:
    has_equity(bobs, "12000")
    has_equity(alices, "11000")
    board = got(as_alice, marathon, around="me", size=1)
    assert (bibs(board), board["offset"]) == ([alices.bib], 1)


def test_who_does_not_take_part_is_not_found(
    anybody: Caller, as_charlie: Caller, board: list[Participant], public_marathon: Marathon
) -> None:
    for caller, around in ((anybody, "me"), (as_charlie, "me"), (anybody, uuid.uuid4())):
        assert caller.get(path(public_marathon), around=around).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"top": 0}, {"top": 201}, {"limit": 201}, {"limit": "x"}, {"page": 0}, {"around": "you"},
        {"around": "me", "size": 0},
        {"top": 3, "search": "a"}, {"search": "\0"},
        {"search": "a", "page": 2}, {"search": "a", "page": 6, "limit": 10},
    ],
)  # fmt: skip
def test_a_wrong_question_is_told_which_part_is_wrong(
    anybody: Caller, public_marathon: Marathon, query: dict[str, Any]
) -> None:
    answer = anybody.get(path(public_marathon), **query)
    assert answer.status_code == 400
    assert set(answer.json()) & set(query)


def test_an_empty_board_and_a_page_behind_the_last_have_no_entries(anybody: Caller, public_marathon: Marathon) -> None:
    assert got(anybody, public_marathon)["entries"] == []
    crowd(public_marathon, 3)
    board = got(anybody, public_marathon, page=9)
    assert (board["entries"], board["offset"], board["totalParticipants"]) == ([], 3, 3)


def test_a_private_board_is_for_its_people(
    anybody: Caller, as_charlie: Caller, as_alice: Caller, as_sam: Caller, alices: Participant, marathon: Marathon
) -> None:
    callers = (anybody, as_charlie, as_alice, as_sam)
    assert [caller.get(path(marathon)).status_code for caller in callers] == [404, 404, 200, 200]


def test_positions_of_others_are_not_shown_unless_the_marathon_says_so(
    as_alice: Caller, as_sam: Caller, alices: Participant, bobs: Participant, marathon: Marathon
) -> None:
    Standing.objects.filter(marathon=marathon).update(positions=[{"ticket": 1}], orders=[{"ticket": 2}])

    def shown(caller: Caller) -> dict[int, tuple[int, int]]:
        entries = got(caller, marathon)["entries"]
        return {entry["bib"]: (len(entry["positions"]), len(entry["orders"])) for entry in entries}

    assert shown(as_alice) == {alices.bib: (1, 1), bobs.bib: (0, 0)}
    assert shown(as_sam) == {alices.bib: (1, 1), bobs.bib: (1, 1)}
    Marathon.objects.filter(pk=marathon.pk).update(positions_visibility="public")
    assert shown(as_alice) == {alices.bib: (1, 1), bobs.bib: (1, 1)}


def test_who_has_the_board_is_not_sent_it_again(
    anybody: Caller, as_sam: Caller, board: list[Participant], public_marathon: Marathon
) -> None:
    answer = anybody.get(path(public_marathon))
    tag = answer["ETag"]
    where = f"/apiv1/{path(public_marathon)}"
    again = anybody.send("GET", where, **{"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert again["Cache-Control"] == "private, no-cache"
    assert anybody.send("GET", f"{where}?top=3", **{"If-None-Match": tag}).status_code == 200
    assert as_sam.send("GET", where, **{"If-None-Match": tag}).status_code == 200
    as_sam.delete(f"marathons/{public_marathon.pk}/participants/{board[0].pk}")
    moved = anybody.send("GET", where, **{"If-None-Match": tag})
    assert moved.status_code == 200
    assert moved["ETag"] != tag


@pytest.mark.parametrize("query", [{"page": 1}, {"top": 9}, {"search": "r"}, {"around": "first"}, {"around": "me"}])
def test_a_board_of_any_size_costs_the_same_queries(
    as_alice: Caller, alices: Participant, marathon: Marathon, query: dict[str, Any]
) -> None:
    if query.get("around") == "first":
        query = {"around": alices.pk}

    crowd(marathon, 2)

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            got(as_alice, marathon, **query)
        return len(captured)

    few = queries()
    enrol(marathon, [Entry(f"q{n}@example.com", f"q{n}") for n in range(40)], marathon.starts_at)
    assert queries() == few <= 10
