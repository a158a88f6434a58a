"""CSV into and out of the admin."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marathons.actions import disqualify
from marathons.models import Account, Marathon, Participant, User
from tests.cast import ALICE_LOGIN, has_equity, take_part
from tests.marathons.admin.forms import told

History = Callable[[Any], list[str]]
HEADING = "email,first_name,last_name,account_login,initial_balance\n"
TWO = f"{HEADING}bob@example.com,Bob,Tester,1002,\nzoe@example.com,Zoë,Müller,1004,12000.50\n"


def url_of(marathon: Marathon) -> str:
    return f"/admin/marathons/marathon/{marathon.pk}/enter/"


def test_looking_at_a_list_says_what_it_would_do_and_does_nothing(
    as_sam: Client, marathon: Marathon, bob: User
) -> None:
    page = as_sam.post(url_of(marathon), {"text": TWO, "check": "Check"}).content.decode()
    assert "2 participants can be entered." in page
    assert "1 user and 2 accounts would be created" in page
    assert not Participant.objects.exists()


def test_entering_a_list_enters_all_of_it(as_sam: Client, marathon: Marathon, bob: User, history_of: History) -> None:
    page = as_sam.post(url_of(marathon), {"text": TWO, "enter": "Enter"}, follow=True)
    entered = Participant.objects.order_by("bib").values_list("user__email", "account__login", "initial_balance")
    assert list(entered) == [("bob@example.com", "1002", None), ("zoe@example.com", "1004", 12_000.50)]
    assert told(page) == "Entered 2 participants, numbers 1 to 2."
    assert history_of(marathon) == ["Entered 2 participants from a list: numbers 1 to 2"]


def test_a_file_with_a_byte_order_mark_is_read(as_sam: Client, marathon: Marathon) -> None:
    file = SimpleUploadedFile("list.csv", b"\xef\xbb\xbf" + TWO.encode())
    page = as_sam.post(url_of(marathon), {"file": file, "check": "Check"}).content.decode()
    assert "2 participants can be entered." in page
    assert "zoe@example.com,Zoë,Müller,1004,12000.50" in page


def test_a_file_that_is_not_text_is_refused(as_sam: Client, marathon: Marathon) -> None:
    file = SimpleUploadedFile("list.xlsx", b"PK\x03\x04\xff\xfe")
    page = as_sam.post(url_of(marathon), {"file": file, "enter": "Enter"}).content.decode()
    assert "The file is not UTF-8." in page


def test_one_wrong_line_keeps_all_out_and_is_named(as_sam: Client, marathon: Marathon, alices: Participant) -> None:
    text = f"{TWO}nobody,,,1005,\nyan@example.com,,,{ALICE_LOGIN},-5\n"
    page = as_sam.post(url_of(marathon), {"text": text, "enter": "Enter"}).content.decode()
    assert "<strong>Line 4:</strong> “nobody” is not an e-mail address." in page
    assert Participant.objects.count() == 1
    text = f"{TWO}yan@example.com,,,{ALICE_LOGIN},-5\n"
    page = as_sam.post(url_of(marathon), {"text": text, "enter": "Enter"}).content.decode()
    assert "<strong>Line 4:</strong> This account already takes part in this marathon." in page
    assert "A baseline is more than 0 and less than 1e15." in page
    assert Participant.objects.count() == 1
    assert Account.objects.count() == 1


def test_a_list_that_does_not_fit_is_refused_as_a_whole(as_sam: Client, marathon: Marathon) -> None:
    Marathon.objects.filter(pk=marathon.pk).update(max_players=1)
    page = as_sam.post(url_of(marathon), {"text": TWO, "enter": "Enter"}).content.decode()
    assert "The marathon is full: it takes 1 players." in page
    assert not Participant.objects.exists()


def test_an_empty_list_is_told(as_sam: Client, marathon: Marathon) -> None:
    assert "The list is empty." in as_sam.post(url_of(marathon), {"text": " ", "enter": "Enter"}).content.decode()


@pytest.fixture
def download(as_sam: Client, marathon: Marathon) -> Callable[[], list[dict[str, str]]]:
    def read() -> list[dict[str, str]]:
        response = as_sam.get(f"/admin/marathons/marathon/{marathon.pk}/csv/")
        assert response.headers["Content-Type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))

    return read


def test_the_standings_are_exported_in_the_order_of_the_board(
    download: Callable[[], list[dict[str, str]]], alices: Participant, bobs: Participant
) -> None:
    has_equity(alices, "9000")
    has_equity(bobs, "11000.5")
    first, second = download()
    assert (first["rank"], first["name"], first["score_percent"], first["equity"]) == (
        "1",
        "Bob Tester",
        "10.005",
        "11000.5",
    )
    assert (second["rank"], second["baseline"], second["baseline_source"]) == ("2", "10000", "the marathon's")


def test_who_has_no_rank_is_exported_last_with_the_reason(
    download: Callable[[], list[dict[str, str]]], alices: Participant, bobs: Participant
) -> None:
    has_equity(alices, "19000")
    disqualify(alices, "Two accounts")
    last = download()[-1]
    assert (last["rank"], last["status"], last["reason"]) == ("", "disqualified", "Two accounts")


def test_a_name_is_never_a_formula(
    download: Callable[[], list[dict[str, str]]], marathon: Marathon, charlie: User
) -> None:
    charlie.first_name = "=HYPERLINK(1)"
    charlie.save()
    take_part(marathon, charlie, "1003")
    assert download()[0]["name"] == "'=HYPERLINK(1) Tester"


def test_strangers_get_no_file(client: Client, marathon: Marathon, charlie: User) -> None:
    client.force_login(charlie)
    assert client.get(f"/admin/marathons/marathon/{marathon.pk}/csv/").status_code == 302
