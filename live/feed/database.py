"""The worker's connection to its database, and what may go wrong with it."""

from django.db import InterfaceError, InternalError, OperationalError, connection

# A mistake in the code or the tables is none of these, and ends the worker.
DATABASE_ERRORS = (OperationalError, InterfaceError, InternalError)


def use_own_connection() -> None:
    """Give this thread a connection of its own that notices in seconds when the server is gone.

    No pool: it waits longer and longer before it tries again. And a worker that is frozen inside a transaction holds
    the clock, so the server ends it after a moment; between two statements ours never stands still that long.
    """
    if connection.vendor == "postgresql":
        options = connection.settings_dict.get("OPTIONS", {}) | {
            "pool": False,
            "server_side_binding": False,  # several statements go there in one journey
            "connect_timeout": 3,
            "tcp_user_timeout": 5000,
            "keepalives_idle": 2,  # while we wait for an answer nothing of ours is on its way
            "keepalives_interval": 1,
            # The second: its rows are in memory, and of a table it looks for a few, not through all.
            "options": "-c idle_in_transaction_session_timeout=3s -c random_page_cost=1.1",
        }
        connection.settings_dict = connection.settings_dict | {"OPTIONS": options, "CONN_MAX_AGE": None}


def is_disk_full(error: BaseException) -> bool:
    """Whether PostgreSQL or SQLite has no room left."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == "53100" or "disk is full" in str(error)
