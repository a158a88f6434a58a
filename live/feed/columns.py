"""The tables that the worker writes in bulk, as column lists; the statements for them are made from these lists.

One statement a table and commit, whatever the number of rows: it joins the table with the rows, which come as whole
columns or as one JSON text (dialects.py).
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

Values: TypeAlias = tuple[Any, ...]
"""Values in the order of a table's columns: UUID, Decimal, int, str, JSON as bytes, times as microseconds, or None."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its type in PostgreSQL: uuid, numeric, bigint, integer, smallint, text, jsonb or timestamptz; "json"
    is JSON that is kept as text.

    `merged` is what it becomes where the row is there already: an expression of `old.x`, `new.x` and the dialect's
    {greatest} and {least}.
    """

    name: str
    type: str
    merged: str = ""


@dataclass(frozen=True, slots=True)
class Loan:
    """Columns that an update takes from another table's row, where they are called the same; `key` finds that row."""

    table: str
    key: Column
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Some columns of a table, the first `keys` of them telling which row. `constants` go into new rows only:
    expressions, {uuid} being the dialect's random one. With a `loan`, the values of a row end with the loan's key. Rows
    of a `stamped` table get the stamp of the commit, which is not among their values: it is known last."""

    name: str
    columns: tuple[Column, ...]
    keys: int = 1
    constants: tuple[tuple[str, str], ...] = ()
    loan: Loan | None = None
    stamped: bool = False

    @property
    def sent(self) -> tuple[Column, ...]:
        """What the values of a row are."""
        return (*self.columns, self.loan.key) if self.loan else self.columns

    @property
    def written(self) -> tuple[Column, ...]:
        """What is written of a row."""
        return (*self.columns, STAMP) if self.stamped else self.columns

    @property
    def key_names(self) -> list[str]:
        """The names of the key's columns."""
        return [column.name for column in self.columns[: self.keys]]


def _columns(type_: str, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, type_) for name in names)


MONEY = (
    *_columns("numeric", "balance", "equity", "profit", "margin", "free_margin", "credit"),
    Column("currency", "text"),
    Column("leverage", "integer"),
    Column("times", "text"),
    Column("updated_at", "timestamptz"),
)
STAMP = Column("stamp", "bigint")
SNAPSHOT = (*MONEY, *_columns("json", "positions", "orders"))
ACCOUNTS = Table(
    "marathons_account",
    (Column("login", "text"), *SNAPSHOT),
    constants=(("id", "{uuid}"), ("server", "''")),
    stamped=True,
)
# Most messages bring no lists, and for PostgreSQL reading those is a third of the work.
MONEY_OF_ACCOUNTS = Table("marathons_account", (Column("login", "text"), *MONEY), stamped=True)
SCORING = (
    Column("tier", "smallint"),
    *_columns("numeric", "score", "drawdown", "max_drawdown", "equity_high", "equity_low", "path_drawdown"),
)
STANDINGS = Table("marathons_standing", (Column("participant_id", "uuid"), *SNAPSHOT, *SCORING), stamped=True)
# Most standings have the snapshot of their account, which is written just before: it need not be sent a second time.
STANDINGS_LIKE_ACCOUNTS = Table(
    "marathons_standing",
    (Column("participant_id", "uuid"), *SCORING),
    loan=Loan("marathons_account", Column("login", "text"), (*SNAPSHOT, STAMP)),
)
BASELINES = Table(
    "marathons_participant",
    (
        Column("id", "uuid"),
        Column("initial_balance", "numeric"),
        Column("baseline_source", "text"),
        Column("baseline_at", "timestamptz"),
        Column("baseline_message", "jsonb"),
    ),
)
FINAL_RANKS = Table("marathons_participant", (Column("id", "uuid"), Column("final_rank", "integer")))

_FIRST = "CASE WHEN new.opened_at < old.opened_at THEN new.open ELSE old.open END"
_LAST = "CASE WHEN new.closed_at >= old.closed_at THEN new.%s ELSE old.%s END"
# The same rule as history.Candle.joined.
POINTS = Table(
    "marathons_equitypoint",
    (
        Column("participant_id", "uuid"),
        Column("bucket", "timestamptz"),
        Column("open", "numeric", _FIRST),
        Column("high", "numeric", "{greatest}(old.high, new.high)"),
        Column("low", "numeric", "{least}(old.low, new.low)"),
        Column("close", "numeric", _LAST % ("close", "close")),
        Column("balance", "numeric", _LAST % ("balance", "balance")),
        Column("opened_at", "timestamptz", "{least}(old.opened_at, new.opened_at)"),
        Column("closed_at", "timestamptz", "{greatest}(old.closed_at, new.closed_at)"),
    ),
    keys=2,
)
