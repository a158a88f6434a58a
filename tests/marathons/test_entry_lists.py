"""Entry lists as people send them: from several programs, with several mistakes."""

from decimal import Decimal

import pytest

from marathons.enrolment import Entry
from marathons.entry_lists import LONGEST_LIST, EntryListError, decode, parse

HEADING = "email,first_name,last_name,account_login,initial_balance"


def wrong(text: str) -> dict[int, list[str]]:
    with pytest.raises(EntryListError) as caught:
        parse(text)
    return dict(caught.value.lines)


def test_a_list_becomes_entries_with_their_lines() -> None:
    parsed = parse(f"{HEADING}\n\nann@example.com,Ann,A,1001,10000.50\nbob@example.com,,,1002,\n")
    assert parsed.entries == (
        Entry("ann@example.com", "1001", "Ann", "A", Decimal("10000.50")),
        Entry("bob@example.com", "1002"),
    )
    assert parsed.line_numbers == (3, 4)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_of_all_programs_are_read(separator: str, end: str) -> None:
    text = end.join(["email,account_login", "ann@example.com,1001"]).replace(",", separator)
    assert parse(text).entries == (Entry("ann@example.com", "1001"),)


@pytest.mark.parametrize(
    "heading", ["accountLogin,E-Mail,firstName", "Account Login,Email address,First name", "LOGIN,EMAIL,FIRST_NAME"]
)
def test_columns_come_in_any_order_and_spelling(heading: str) -> None:
    assert parse(f"{heading}\n1001,ann@example.com,Ann").entries == (Entry("ann@example.com", "1001", "Ann"),)


def test_a_quoted_name_may_have_a_comma() -> None:
    text = 'email,last_name,account_login\nann@example.com,"A, the first",1001'
    assert parse(text).entries[0].last_name == "A, the first"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nobody,,,1001,", "“nobody” is not an e-mail address."),
        (f"{'a' * 250}@example.com,,,1001,", "The e-mail address is too long."),
        ("ann@example.com,,,,", "An account login is 1 to 32 characters without white space."),
        ("ann@example.com,,,10 01,", "An account login is 1 to 32 characters without white space."),
        (f"ann@example.com,,,{'1' * 33},", "An account login is 1 to 32 characters without white space."),
        ("ann@example.com,,,1001,ten", "“ten” is not an amount: write 10000.50."),
        ("ann@example.com,,,1001,NaN", "“NaN” is not an amount."),
        (f"ann@example.com,{'x' * 151},,1001,", "A name has at most 150 characters."),
        ("ann@example.com,,,1001", "The heading has 5 columns, this line 4."),
        ("ann@example.com,,,1001,1,2", "The heading has 5 columns, this line 6."),
    ],
)
def test_a_wrong_line_is_named_by_its_number(line: str, message: str) -> None:
    assert wrong(f"{HEADING}\nok@example.com,,,1,\n{line}") == {3: [message]}


def test_all_wrong_lines_are_named_at_once() -> None:
    assert sorted(wrong(f"{HEADING}\na,,,1,\nok@example.com,,,1,\nb,,,1,x")) == [2, 4]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_list_is_told(text: str) -> None:
    assert wrong(text) == {0: ["The list is empty. Its first line names the columns."]}


def test_a_list_without_entries_is_told() -> None:
    assert wrong(HEADING) == {0: ["The list has a heading and nothing else."]}


def test_unknown_double_and_missing_columns_are_told() -> None:
    assert wrong("email,e-mail,shoe size\n1,2,3") == {
        1: [
            "Column “e-mail” is there twice.",
            f"Column “shoe size” is not known; the columns are {HEADING.replace(',', ', ')}.",
            "Column “account_login” is missing.",
        ]
    }


def test_a_list_that_is_too_long_is_refused() -> None:
    lines = "\n".join(f"u{n}@example.com,{n}" for n in range(LONGEST_LIST + 1))
    assert wrong(f"email,account_login\n{lines}") == {0: ["The list has 10001 entries; 10000 are taken at once."]}


def test_broken_quotes_are_told() -> None:
    assert list(wrong('email,account_login\n"ann@example.com,1')) == [2]


def test_the_mark_that_excel_writes_is_no_part_of_the_heading() -> None:
    assert decode(b"\xef\xbb\xbfemail") == "email"


def test_what_is_not_text_is_told() -> None:
    with pytest.raises(EntryListError) as caught:
        decode(b"PK\x03\x04\xff")
    assert "not UTF-8" in caught.value.lines[0][0]
