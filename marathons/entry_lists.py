"""Entry lists as CSV: from the text of a file to entries, or to what is wrong in which line. Knows no database."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from .enrolment import Entry

LONGEST_LIST = 10_000
LONGEST_NAME = 150
LOGIN = re.compile(r"[!-~]{1,32}")
# Spellings of the heading, without case, blanks and punctuation.
COLUMNS = {
    "email": "email",
    "emailaddress": "email",
    "firstname": "first_name",
    "lastname": "last_name",
    "accountlogin": "login",
    "account": "login",
    "login": "login",
    "initialbalance": "initial_balance",
    "baseline": "initial_balance",
}
REQUIRED = {"email": "email", "login": "account_login"}


class EntryListError(Exception):
    """The list cannot be read: line number (as an editor counts them; 0 for the whole) to what is wrong with it."""

    def __init__(self, lines: Mapping[int, list[str]]) -> None:
        super().__init__(f"{len(lines)} lines cannot be read")
        self.lines = lines


@dataclass(frozen=True, slots=True)
class EntryList:
    """The entries in order, and the line that each stands in."""

    entries: tuple[Entry, ...]
    line_numbers: tuple[int, ...]


def decode(content: bytes) -> str:
    """The text of an uploaded file. Raises EntryListError unless it is UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EntryListError({0: ["The file is not UTF-8. In Excel, save it as “CSV UTF-8”."]}) from error


def parse(text: str) -> EntryList:
    """Read a list whose first line names the columns; comma, semicolon or tab between them. Raises EntryListError."""
    rows = _rows(text)
    if not rows:
        raise EntryListError({0: ["The list is empty. Its first line names the columns."]})
    (heading_line, heading), *lines = rows
    names = _names(heading_line, heading)
    if not lines:
        raise EntryListError({0: ["The list has a heading and nothing else."]})
    if len(lines) > LONGEST_LIST:
        raise EntryListError({0: [f"The list has {len(lines)} entries; {LONGEST_LIST} are taken at once."]})
    entries, errors = [], {}
    for number, cells in lines:
        try:
            entries.append(_entry(names, cells))
        except ValidationError as error:
            errors[number] = error.messages
    if errors:
        raise EntryListError(errors)
    return EntryList(tuple(entries), tuple(number for number, _ in lines))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The lines that are not blank, with their numbers."""
    heading = text.lstrip().partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=max(",;\t", key=heading.count), strict=True)
    try:
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise EntryListError({reader.line_num: [f"This is not CSV: {error}."]}) from error


def _names(line: int, heading: Iterable[str]) -> list[str]:
    names, errors = [], []
    for cell in heading:
        name = COLUMNS.get(re.sub(r"[\W_]", "", cell.lower()))
        if name is None:
            errors.append(f"Column “{cell}” is not known; the columns are {', '.join(EXAMPLE_COLUMNS)}.")
        elif name in names:
            errors.append(f"Column “{cell}” is there twice.")
        names.append(name or "")
    errors += [f"Column “{shown}” is missing." for name, shown in REQUIRED.items() if name not in names]
    if errors:
        raise EntryListError({line: errors})
    return names


EXAMPLE_COLUMNS = ("email", "first_name", "last_name", "account_login", "initial_balance")


def _entry(names: list[str], cells: list[str]) -> Entry:
    if len(cells) != len(names):
        raise ValidationError(f"The heading has {len(names)} columns, this line {len(cells)}.")
    values = dict(zip(names, cells, strict=True))
    errors = [*_address_errors(values["email"]), *_name_errors(values)]
    if not LOGIN.fullmatch(values["login"]):
        errors.append("An account login is 1 to 32 characters without white space.")
    amount, wrong = _amount(values.pop("initial_balance", ""))
    if errors or wrong:
        raise ValidationError([*errors, *wrong])
    return Entry(**values, initial_balance=amount)


def _address_errors(address: str) -> list[str]:
    try:
        validate_email(address)
    except ValidationError:
        return [f"“{address}” is not an e-mail address."]
    return ["The e-mail address is too long."] if len(address) > 254 else []


def _name_errors(values: Mapping[str, str]) -> list[str]:
    names = (values.get("first_name", ""), values.get("last_name", ""))
    return ["A name has at most 150 characters."] if max(map(len, names)) > LONGEST_NAME else []


def _amount(text: str) -> tuple[Decimal | None, list[str]]:
    """An amount (None where the cell is empty), and what is wrong with it. Its size is for enrolment to judge."""
    if not text:
        return None, []
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None, [f"“{text}” is not an amount: write 10000.50."]
    return (amount, []) if amount.is_finite() else (None, [f"“{text}” is not an amount."])
