"""How figures read on a page. Pure; static/live/pages/figures.js writes the same text for the same figure.

tests/vectors/figures.json holds both to that, so that a board does not twitch when the browser takes it over.
"""

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"  # as wide as a plus, where a hyphen is not
_CENT = Decimal("0.01")

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400
_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))


def amount(value: Decimal | None) -> str:
    """Two decimals and thousands apart: `10,150.25`; a dash where nothing is known."""
    if value is None:
        return MISSING
    cents = _cents(value)
    return f"{MINUS if cents < 0 else ''}{abs(cents):,.2f}"


def signed(value: Decimal | None) -> str:
    """Like `amount`, with a plus where it is more than nothing."""
    return f"+{amount(value)}" if direction(value) == "up" else amount(value)


def direction(value: Decimal | None) -> str:
    """`up`, `down`, or nothing where the figure shown is zero or missing."""
    cents = 0 if value is None else _cents(value)
    return "up" if cents > 0 else "down" if cents < 0 else ""


def _cents(value: Decimal) -> Decimal:
    """Rounded from the float that a browser gets, by its rule (half away from zero), and never a negative zero."""
    return Decimal(repr(float(value))).quantize(_CENT, ROUND_HALF_UP) + 0


def age(seconds: float) -> str:
    """How old something is, in steps coarse enough not to tick in the corner of the eye."""
    whole = int(seconds)
    if whole < 10:
        return "now"
    if whole < MINUTE:
        return f"{whole // 10 * 10} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    return f"{whole // HOUR} h" if whole < 2 * DAY else f"{whole // DAY} d"


def span(seconds: float) -> str:
    """The time until something, in its two largest units: `3 d 4 h`, `59 s`."""
    left = max(0, int(seconds))
    for (size, name), (smaller, smaller_name) in pairwise(_UNITS):
        if left >= size:
            return f"{left // size} {name} {left % size // smaller} {smaller_name}"
    return f"{left} s"
