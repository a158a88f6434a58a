"""The standings as a CSV file, in the order of the board: for prizes, mails and spreadsheets."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from marathons.history import plain
from marathons.models import Marathon, Standing, Tier
from marathons.models.standing import board_order

from .base import OrganiserAdmin, now

COLUMNS = (
    "rank",
    "bib",
    "name",
    "email",
    "account_login",
    "status",
    "reason",
    "score_percent",
    "max_drawdown_percent",
    "balance",
    "equity",
    "floating_profit",
    "currency",
    "baseline",
    "baseline_source",
    "data_of",
    "joined_at",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def download(site: OrganiserAdmin, request: HttpRequest, marathon_id: UUID) -> HttpResponse:
    marathon = get_object_or_404(Marathon, pk=marathon_id)
    if not site.has_view_permission(request, marathon):
        raise PermissionDenied
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rows(marathon))
    # With the mark that makes Excel read it as UTF-8.
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="standings-{now():%Y%m%d-%H%M%S}.csv"'
    return response


def rows(marathon: Marathon) -> Iterator[list[str]]:
    """One line for each participant, ranked ones first."""
    standings = Standing.objects.filter(marathon=marathon).order_by(*board_order())
    everybody = standings.select_related("participant__user", "participant__account").defer("positions", "orders")
    for place, standing in enumerate(everybody.iterator(chunk_size=2000), start=1):
        yield [_cell(value) for value in _values(marathon, standing, place)]


def _values(marathon: Marathon, standing: Standing, place: int) -> tuple[Any, ...]:
    one = standing.participant
    baseline = marathon.baseline_of(one.initial_balance)
    source = one.get_baseline_source_display() if one.initial_balance is not None else "the marathon's"
    return (
        place if standing.tier == Tier.RANKED else None,
        one.bib,
        one.board_name,
        one.user.email,
        one.account.login,
        Tier(standing.tier).label.lower() if one.status == "active" else one.status,
        one.disqualification_reason,
        standing.score,
        standing.max_drawdown,
        standing.balance,
        standing.equity,
        standing.profit,
        standing.currency,
        baseline,
        "none" if baseline is None else source,
        standing.updated_at,
        one.joined_at,
    )


def _cell(value: Any) -> str:
    """Text as it is, but never a formula: names are what participants wrote."""
    match value:
        case None:
            return ""
        case Decimal():
            return plain(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case str() if value.startswith(FORMULA):
            return f"'{value}"
    return str(value)
