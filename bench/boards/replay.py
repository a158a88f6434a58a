"""After a run: what the sampled clients' screens showed when, compared with what was sent.

An update is visible with the first frame after which the screen shows its version *or a newer one* of that account:
that a later update overtook it is no loss, only a delay. One that never became visible counts as infinitely late.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from bench.boards.contest import number_of, version_of
from bench.boards.truth import Truth
from bench.boards.views import OutOfStepError, View
from bench.harness.loadclient import FINAL_BIT, OPCODE, Frame


@dataclass(frozen=True, slots=True)
class Seen:
    """Latencies in milliseconds, sorted, infinite for what never showed; bytes and frames since the feed began."""

    clients: int
    latencies: Sequence[float]
    never_visible: int
    boards_right: int
    refused: int
    frames: int
    payload: int

    def latency(self, share: float) -> float:
        """The latency that this share of the updates kept."""
        if not self.latencies:
            return math.nan
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


@dataclass
class Screen:
    """One sampled client. `shown`: for each account the versions that its screen showed, and when first."""

    view: View
    shown: list[list[tuple[int, int]]]
    began_ns: int
    refused: int = 0
    frames: int = 0
    payload: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _opcode: int = 0

    def take(self, frame: Frame) -> None:
        if frame.t_ns >= self.began_ns:
            self.frames += 1
            self.payload += len(frame.payload)
        self._opcode = frame.first_byte & OPCODE or self._opcode
        self._parts.append(frame.payload)
        if frame.first_byte & FINAL_BIT:
            message, self._parts = b"".join(self._parts), []
            self._show(message, frame.t_ns)

    def _show(self, message: bytes, at_ns: int) -> None:
        try:
            for login, equity in self.view.heard(self._opcode, message):
                self._note(number_of(login), version_of(equity), at_ns)
        except (OutOfStepError, msgspec.DecodeError, KeyError, IndexError):
            self.refused += 1

    def _note(self, number: int, version: int, at_ns: int) -> None:
        versions = self.shown[number]
        if not versions or version > versions[-1][0]:
            versions.append((version, at_ns))


def replay(frames: Iterable[Frame], truth: Truth, new_view: Callable[[], View], began_ns: int) -> Seen:
    screens: dict[int, Screen] = {}
    for frame in frames:
        if frame.client not in screens:
            screens[frame.client] = Screen(new_view(), [[] for _ in truth.sends], began_ns)
        screens[frame.client].take(frame)
    latencies = sorted(latency for screen in screens.values() for latency in _latencies(screen, truth))
    return Seen(
        clients=len(screens),
        latencies=latencies,
        never_visible=sum(map(math.isinf, latencies)),
        boards_right=sum(truth.is_right(screen.view.board()) for screen in screens.values()),
        refused=sum(screen.refused for screen in screens.values()),
        frames=sum(screen.frames for screen in screens.values()),
        payload=sum(screen.payload for screen in screens.values()),
    )


def _latencies(screen: Screen, truth: Truth) -> Iterable[float]:
    for sends, shown in zip(truth.sends, screen.shown, strict=True):
        index = 0
        for version, sent_ns in sends:
            while index < len(shown) and shown[index][0] < version:
                index += 1
            yield (shown[index][1] - sent_ns) / 1e6 if index < len(shown) else math.inf
