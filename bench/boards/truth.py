"""What was sent, and the board that must stand on every screen in the end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from bench.boards.contest import number_of
from bench.boards.feeder import SEND


@dataclass(frozen=True, slots=True)
class Final:
    """How an account stands in the end, in cents."""

    login: str
    equity: int
    profit: int

    @property
    def score(self) -> Fraction:
        """The feed formula: profit / (balance - profit), exactly."""
        balance = self.equity - self.profit
        return Fraction(self.profit, balance - self.profit) if balance > self.profit else Fraction(0)


@dataclass(frozen=True, slots=True)
class Truth:
    """`sends`: for each account the versions sent and when, in nanoseconds, from the beginning of the feed on."""

    sends: Sequence[Sequence[tuple[int, int]]]
    finals: dict[str, Final]

    @property
    def updates(self) -> int:
        return sum(map(len, self.sends))

    def is_right(self, board: Sequence[tuple[str, float]]) -> bool:
        """Whether a screen has each trader once, with its last equity, best first; equals may stand either way."""
        if len(board) != len(self.finals) or {login for login, _ in board} != self.finals.keys():
            return False
        scores = [self.finals[login].score for login, _ in board]
        equities = all(round(equity * 100) == self.finals[login].equity for login, equity in board)
        return equities and scores == sorted(scores, reverse=True)


def read_truth(folder: Path, began_ns: int) -> Truth:
    """What the feeder left in its folder."""
    finals = {row["login"]: Final(**row) for row in json.loads((folder / "final.json").read_text())}
    sends: list[list[tuple[int, int]]] = [[] for _ in finals]
    for number, version, at_ns in SEND.iter_unpack((folder / "sends").read_bytes()):
        if at_ns >= began_ns:
            sends[number].append((version, at_ns))
    assert all(number_of(login) < len(sends) for login in finals)
    return Truth(sends, finals)
