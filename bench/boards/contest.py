"""The synthetic contest: who takes part, and how an update is recognised on a client's screen.

Everything here follows from a trader's number, so feeder, servers and analysis agree without talking.
"""

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from bench.harness.services import JWT_SECRET

MARATHON_ID, MARATHON_NAME = "123e4567-e89b-12d3-a456-426614174000", "Benchmark"
JOINED_AT = "2025-11-14T10:00:00.000Z"
VERSIONS = 10_000
"""An equity in cents is `hundreds of dollars * 10,000 + version`: its last four digits say which update it shows."""
_FIRST_LOGIN = 261_600_000
_NAMESPACE = uuid.UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff")


@dataclass(frozen=True, slots=True)
class Contest:
    """So many traders, numbered from 0."""

    size: int

    @property
    def logins(self) -> list[str]:
        return [login_of(number) for number in range(self.size)]

    def tokens(self, clients: int) -> list[str]:
        """An access token for each client; clients beyond the traders share theirs."""
        return [token_of(number) for number in range(min(clients, self.size))]

    def write(self, path: Path) -> None:
        """Write the file that servers read who takes part from."""
        participants = [participant(number) for number in range(self.size)]
        contest = {"marathonId": MARATHON_ID, "marathonName": MARATHON_NAME, "participants": participants}
        path.write_text(json.dumps(contest))


def login_of(number: int) -> str:
    return str(_FIRST_LOGIN + number)


def number_of(login: str) -> int:
    return int(login) - _FIRST_LOGIN


def version_of(equity: float) -> int:
    return round(equity * 100) % VERSIONS


def user_id_of(number: int) -> str:
    return _id("user", number)


def _id(kind: str, number: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind} {number}"))


def participant(number: int) -> dict[str, Any]:
    """A trader as the contest's file has it."""
    return {
        "login": login_of(number),
        "participantId": _id("participant", number),
        "userId": user_id_of(number),
        "userName": f"Trader {number:05d}",
        "firstName": "Trader",
        "lastName": f"{number:05d}",
        "email": f"trader{number:05d}@example.com",
        "joinedAt": JOINED_AT,
    }


def token_of(number: int) -> str:
    """An access token as the existing service issues them, valid for an hour."""
    now = int(time.time())
    claims = {"sub": user_id_of(number), "type": "access", "iat": now, "exp": now + 3600}
    return jwt.encode(claims, JWT_SECRET, algorithm="HS256")
