"""Rate limits, by user and by address. One number in the cache for each caller: when the next request would be on time.

Rates come from the settings (`DEFAULT_THROTTLE_RATES`): `"1200/min"` lets 1,200 requests through at once and then one
each 50 ms. An empty text or `off` means no limit.
"""

import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from marathons.api.authentication import viewer_of

PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# Whoever has one IPv6 address has all of its /64.
NETWORK_OF_ONE_HOST = 64


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    @property
    def interval(self) -> float:
        return self.seconds / self.requests


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wait` is 0 if the request may pass, else the seconds until one may; `on_time` is what to remember."""

    wait: float
    on_time: float


def spend(rate: Rate, on_time: float, now: float) -> Verdict:
    """One request at `now`, by a caller whose next would be on time at `on_time`; it may be early by a whole period."""
    start = max(on_time, now)
    wait = start + rate.interval - rate.seconds - now
    return Verdict(wait, on_time) if wait > 0 else Verdict(0, start + rate.interval)


def parse_rate(text: str | None) -> Rate | None:
    """`"1200/min"`; None for no limit. Raises ImproperlyConfigured."""
    if not text or text == "off":
        return None
    requests, _, period = text.partition("/")
    if not requests.isdecimal() or int(requests) == 0 or period[:1] not in PERIODS:
        raise ImproperlyConfigured(f"A rate is written like 1200/min, not {text!r}.")
    return Rate(int(requests), PERIODS[period[:1]])


class Throttle(BaseThrottle):
    scope = ""

    def __init__(self) -> None:
        self._wait = 0.0

    def caller(self, request: Request) -> str | None:
        """Whom this limit counts; None: it does not apply to the request."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        rate, caller = parse_rate(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.scope]), self.caller(request)
        if rate is None or caller is None:
            return True
        key, now = f"rate:{self.scope}:{caller}", time.time()
        verdict = spend(rate, cache.get(key, now), now)
        cache.set(key, verdict.on_time, timeout=rate.seconds)
        self._wait = verdict.wait
        return verdict.wait == 0

    def wait(self) -> float:
        return self._wait

    def address(self, request: Request) -> str:
        """The caller's address, as far as our own proxies tell it (`TRUSTED_PROXIES`)."""
        return network(self.get_ident(request) or "")


def network(address: str) -> str:
    """The address, or the network of a host's IPv6 addresses; what is not an address stays as it is, shortened."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return parsed.exploded[: NETWORK_OF_ONE_HOST // 4 + 3]  # four bits a digit, three colons
    return address


class PerUser(Throttle):
    scope = "user"

    def caller(self, request: Request) -> str | None:
        user_id = viewer_of(request).user_id
        return str(user_id) if user_id else None


class PerAddress(Throttle):
    """For whoever is not logged in."""

    scope = "anon"

    def caller(self, request: Request) -> str | None:
        return None if viewer_of(request).user_id else self.address(request)


class LoginPerAddress(Throttle):
    """Attempts to log in: guessing passwords is to be slow, and checking one costs much CPU."""

    scope = "login"

    def caller(self, request: Request) -> str:
        return self.address(request)
