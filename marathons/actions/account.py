"""Which trading account counts for a participant, and whose it is."""

from decimal import Decimal

from django.db import transaction

from marathons.actions.baseline import BASELINE_COLUMNS, put_baseline
from marathons.actions.common import ActionError, told
from marathons.actions.status import tier_of
from marathons.clock import advance, hold
from marathons.models import Account, BaselineSource, Participant, Standing


@transaction.atomic
def move_to_account(participant: Participant, account: Account) -> None:
    """Let another account count. What the old one showed is forgotten: snapshot, history, a baseline captured from it.

    The worker fills in what the new one has. Raises ActionError if the account is somebody else's, or takes part.
    """
    hold()
    participant.refresh_from_db()
    if participant.account_id == account.pk:
        return
    _give_account(participant, account)
    if participant.baseline_source == BaselineSource.CAPTURED:
        put_baseline(participant, None, BaselineSource.NONE, None)
    participant.account = account
    participant.save(update_fields=["account", *BASELINE_COLUMNS])
    participant.equity_points.all().delete()
    clear_standing(participant)
    told([participant])


def _give_account(participant: Participant, account: Account) -> None:
    account.refresh_from_db(fields=["owner"])
    if account.owner_id not in {None, participant.user_id}:
        raise ActionError("This account belongs to somebody else.")
    if Participant.objects.filter(marathon_id=participant.marathon_id, account=account).exists():
        raise ActionError("This account already takes part in this marathon.")
    Account.objects.filter(pk=account.pk).update(owner=participant.user_id)


def clear_standing(participant: Participant) -> None:
    """Back to "no data yet", extremes included."""
    nothing = dict.fromkeys(("balance", "equity", "profit", "margin", "free_margin", "credit", "leverage"))
    Standing.objects.filter(pk=participant.pk).update(
        **nothing,
        currency="",
        positions=[],
        orders=[],
        times=[],
        updated_at=None,
        score=None,
        drawdown=None,
        max_drawdown=None,
        equity_high=None,
        equity_low=None,
        path_drawdown=Decimal(0),
        tier=tier_of(participant.status, has_score=False),
    )


@transaction.atomic
def save_account(account: Account) -> Account:
    """Create an account, or change what the feed does not tell: its server and owner."""
    clock = hold()
    account.save()
    Account.objects.filter(pk=account.pk).update(stamp=advance([], clock=clock).seq)
    return account
