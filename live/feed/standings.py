"""A participant's course through a marathon: what its messages do to standing, drawdown, baseline and history. Pure.

The worker keeps one `Participant` for each entrant, immutable; a `Course` takes it through the messages of one batch
and says what became of it.
"""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from live.board.rows import Identity, MarathonId, Row, Score, Seq, Status, shown
from live.board.scoring import MONEY_LIMIT, Extremes, scored
from live.feed.accounts import Snapshot, lasting, merge, within
from live.feed.history import Candle, candle
from live.feed.objects import FeedObject, Kind, Micros, moment
from live.feed.recent import Recent

GRACE: Micros = 60_000_000
"""How long after its end a marathon still takes messages that were stamped before it."""
SMALLEST_CAPITAL = Decimal("1e-8")
_ZERO = Decimal(0)


class Contest(msgspec.Struct, frozen=True, gc=False):
    """A marathon as the worker needs it. `over`: cancelled, or its final ranks are stored; its board moves no more.

    `captures`: it was made before it started, so participants without a baseline get one at the start.
    """

    id: MarathonId
    starts: Micros
    ends: Micros
    initial_balance: Decimal | None
    captures: bool
    over: bool

    def baseline(self, own: Decimal | None) -> Decimal | None:
        """Return the capital that a participant with this baseline of its own is measured against."""
        return self.initial_balance if own is None else own


class Captured(msgspec.Struct, frozen=True, gc=False):
    """A baseline that a message gave: equity without credit, and where it came from."""

    amount: Decimal
    kind: Kind
    stamp: Micros
    equity: Decimal
    credit: Decimal


class Participant(msgspec.Struct, frozen=True):
    """One entrant; `captured` where the baseline came from a message."""

    identity: Identity
    marathon_id: MarathonId
    baseline: Decimal | None
    captured: Captured | None
    snapshot: Snapshot
    extremes: Extremes
    recent: Recent
    score: Score

    def differs(self, other: "Participant") -> bool:
        """Whether something is different that the database keeps."""
        if self.snapshot.times != other.snapshot.times:  # mostly, and far quicker to see than the rest
            return True
        ours = (self.snapshot, self.extremes, self.score, self.baseline, self.captured)
        return ours != (other.snapshot, other.extremes, other.score, other.baseline, other.captured)

    @property
    def status(self) -> Status:
        """The status that is shown."""
        return shown(self.identity, self.snapshot.money)

    def row(self, seq: Seq) -> Row:
        """Return what the board shows of it, as changed by the commit with this stamp."""
        snapshot = self.snapshot
        updated_at = moment(snapshot.newest) if snapshot.newest else None
        return Row(self.identity, snapshot.money, self.score, snapshot.positions, snapshot.orders, updated_at, seq)


class Course:
    """One participant under way through the messages of a batch; `captured` where one of them gave its baseline."""

    __slots__ = ("_contest", "_extremes", "_recent", "candles", "captured", "snapshot", "was")

    def __init__(self, was: Participant, contest: Contest) -> None:
        self.candles: dict[Micros, Candle] = {}
        self.was = was
        self._contest = contest
        self.captured: Captured | None = None
        self.snapshot = was.snapshot
        self._extremes = was.extremes
        self._recent = was.recent

    def take(self, said: FeedObject, before: Snapshot, after: Snapshot, bucket: Micros) -> None:
        """Let a message count. `before` and `after` are the account's snapshots, `bucket` the width of the history's.

        While all that an account said counts, its snapshot and ours are one value. Of a message from before the start
        that comes late, after others, what lasts counts, as it would have if it had been in time.
        """
        old, is_early = self.snapshot, said.stamp < self._contest.starts
        if is_early:
            said = replace(said, carried=lasting(said.carried))
        if old is before and not is_early:
            self.snapshot = after
        else:
            contest = self._contest
            merged = merge(old if old.newest else within(before, contest.starts, contest.ends), said)
            self.snapshot = after if merged.times == after.times else merged
        if said.stamp < old.newest:
            self._correct_capture(said)
        equity = said.carried.equity
        if equity is not None:
            self._observe(equity, said.stamp, is_late=said.stamp < old.times.equity)
            money, carried = after.money, said.carried
            credit = money.credit if carried.credit is None else carried.credit
            self._capture(said.kind, said.stamp, equity, credit or _ZERO)
            balance = self.snapshot.money.balance if carried.balance is None else carried.balance
            self._record(candle(equity, balance, said.stamp), bucket)

    def take_over(self, account: Snapshot, bucket: Micros) -> None:
        """Begin with what the account already said since the start: for who joins under way."""
        contest = self._contest
        counts = within(account, contest.starts, contest.ends)
        if counts.newest < contest.starts:
            return
        self.snapshot = counts
        money, stamp = counts.money, counts.times.equity
        if money.equity is not None:
            self._observe(money.equity, stamp, is_late=False)
            self._capture(Kind.ACCOUNT, stamp, money.equity, money.credit or _ZERO)
            self._record(candle(money.equity, money.balance, stamp), bucket)

    def _observe(self, equity: Decimal, stamp: Micros, *, is_late: bool) -> None:
        now = self.snapshot.money.equity
        if is_late and now is not None:
            self._extremes = self._recent.with_late(self._extremes, stamp, equity, now)
        else:
            self._extremes = self._extremes.observe(equity)
        self._recent = self._recent.add(stamp, equity)

    def _capture(self, kind: Kind, stamp: Micros, equity: Decimal, credit: Decimal) -> None:
        """Take equity without credit as the baseline where there is none, or one captured from a later message."""
        contest, was = self._contest, self.was
        if not contest.captures or contest.initial_balance is not None:
            return
        known = self.captured or was.captured
        has_own = was.baseline is not None and was.captured is None
        if not has_own and (known is None or known.stamp > stamp):
            self._put_captured(kind, stamp, equity, credit)

    def _correct_capture(self, said: FeedObject) -> None:
        """Take the credit off a captured baseline where it was told before that, and comes only now."""
        credit, known = said.carried.credit, self.captured or self.was.captured
        if credit is None or known is None or credit == known.credit:
            return
        if self.snapshot.times.credit == said.stamp < known.stamp:
            self._put_captured(known.kind, known.stamp, known.equity, credit)

    def _put_captured(self, kind: Kind, stamp: Micros, equity: Decimal, credit: Decimal) -> None:
        if SMALLEST_CAPITAL <= equity - credit < MONEY_LIMIT:
            self.captured = Captured(equity - credit, kind, stamp, equity, credit)

    def _record(self, seen: Candle, bucket: Micros) -> None:
        start = seen.opened - seen.opened % bucket
        known = self.candles.get(start)
        self.candles[start] = known.joined(seen) if known else seen

    def result(self) -> Participant:
        """Return the participant after the batch, scored; the same as before where nothing is different."""
        was, captured = self.was, self.captured
        baseline = captured.amount if captured else was.baseline
        score = scored(self.snapshot.money, self._contest.baseline(baseline), self._extremes)
        if score == was.score:
            now = (self.snapshot, self._extremes, self._recent)
            if now == (was.snapshot, was.extremes, was.recent) and captured is None:
                return was
            score = was.score
        return Participant(
            was.identity,
            was.marathon_id,
            baseline,
            captured or was.captured,
            self.snapshot,
            self._extremes,
            self._recent,
            score,
        )
