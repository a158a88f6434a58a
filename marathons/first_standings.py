"""The standings that participants enter with, made by the database in one statement.

Saved as models they take as long as all the rest of entering ten thousand; the clock is held meanwhile, and every board
waits for it.
"""

from django.db import connection

from .bulk import columns, stored
from .models import Marathon, Participant, Standing, Tier

# Column of a standing: column of its participant.
COPIED = {"participant_id": "id", "marathon_id": "marathon_id", "joined_at": "joined_at"}


def create_standings(marathon: Marathon, first_bib: int, seq: int) -> None:
    """One for each participant from this number on, active and without data, stamped."""
    name, first = connection.ops.quote_name, Standing(tier=Tier.NO_DATA, stamp=seq)
    constants = {column: stored(field, first) for column, field in columns(Standing).items() if column not in COPIED}
    into = ", ".join(name(column) for column in [*COPIED, *constants])
    values = ", ".join([*(name(column) for column in COPIED.values()), *["%s"] * len(constants)])
    marathon_id = columns(Participant)["marathon_id"].get_db_prep_value(marathon.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name(Standing._meta.db_table)} ({into}) "  # noqa: S608, SLF001 - names of our own tables
            f"SELECT {values} FROM {name(Participant._meta.db_table)} "  # noqa: SLF001
            "WHERE marathon_id = %s AND bib >= %s",
            [*constants.values(), marathon_id, first_bib],
        )
