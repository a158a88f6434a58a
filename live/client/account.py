"""A subscription to a trading account: its entry on each marathon's board, with positions and orders.

In the flow: client.py hands over `account_update` frames -> here -> whoever iterates.
"""

from live.client.frames import AccountEntry
from live.client.subscription import Owner, Subscription


class AccountSubscription(Subscription[AccountEntry]):
    """Iterating gives each marathon's newest entry; entries that one was busy for are left out."""

    def __init__(self, owner: Owner, login: str) -> None:
        super().__init__(owner, "account", {"accountLogin": login})
        self.login = login
        self.entries: dict[str, AccountEntry] = {}
        """The newest entry, by marathon id."""
        self._untold: dict[str, AccountEntry] = {}

    def heard(self, entry: AccountEntry) -> None:
        """Take in an `account_update`."""
        self.entries[entry["marathonId"]] = entry
        self._untold[entry["marathonId"]] = entry
        self.ring()

    def _take(self) -> AccountEntry | None:
        return self._untold.pop(next(iter(self._untold))) if self._untold else None
