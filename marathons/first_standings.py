"""The standings that participants enter with, made by the database in one statement.

Saved as models they take as long as all the rest of entering ten thousand; the clock is held meanwhile, and every board
waits for it.
"""

from typing import Any

from django.db import connection

from .models import Marathon, Participant, Standing, Tier

# Column of a standing: column of its participant.
COPIED = {"participant_id": "id", "marathon_id": "marathon_id", "joined_at": "joined_at"}


def create_standings(marathon: Marathon, first_bib: int, seq: int) -> None:
    """One for each participant from this number on, active and without data, stamped."""
    standing, participant = Standing._meta, Participant._meta  # noqa: SLF001 - public in all but its name
    name, constants = connection.ops.quote_name, _constants(seq)
    columns = ", ".join(name(column) for column in [*COPIED, *constants])
    values = ", ".join([*(name(column) for column in COPIED.values()), *["%s"] * len(constants)])
    marathon_id = participant.get_field("marathon").get_db_prep_value(marathon.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name(standing.db_table)} ({columns}) "  # noqa: S608 - names of our own tables
            f"SELECT {values} FROM {name(participant.db_table)} WHERE marathon_id = %s AND bib >= %s",
            [*constants.values(), marathon_id, first_bib],
        )


def _constants(seq: int) -> dict[str, Any]:
    """What is the same for all of them, by column: the models' defaults and the stamp."""
    first = Standing(tier=Tier.NO_DATA, stamp=seq)
    fields = {str(field.column): field for field in first._meta.concrete_fields}  # noqa: SLF001
    return {
        column: field.get_db_prep_save(getattr(first, field.attname), connection)
        for column, field in fields.items()
        if column not in COPIED
    }
