"""Examples of the OpenAPI document. Tests hold each of them against its schema."""

MARATHON_ID = "5b7c3f0e-8a43-4c1d-9d8f-0c5a2b1e6f70"
PARTICIPANT_ID = "0d9a4b36-57e1-4f0e-a6cb-7d1f5e2c8a91"
USER_ID = "c3a1f5d2-6e4b-4b8a-8f7d-2e9c0b1a3d54"
ACCESS = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"

CREDENTIALS = {"email": "alice@example.com", "password": "correct horse battery staple"}
PAIR = {"access": ACCESS, "refresh": ACCESS}
GUEST = {"access": ACCESS, "expiresAt": "2026-01-05T09:15:00.000Z"}

RULES = {
    "minTrades": 5,
    "maxDrawdownPercent": 20,
    "dailyDrawdownPercent": 5,
    "floatingRiskPercent": None,
    "minProfitPercent": None,
}
NEW_MARATHON = {
    "name": "January sprint",
    "description": "Four weeks, one account each.",
    "startsAt": "2026-01-05T09:00:00Z",
    "endsAt": "2026-01-30T21:00:00Z",
    "visibility": "public",
    "positionsVisibility": "own",
    "initialBalance": 10000,
    "maxPlayers": 500,
    "entryFee": 50,
    "awardsAmount": 20000,
    "rules": RULES,
}
MARATHON = {
    **NEW_MARATHON,
    "id": MARATHON_ID,
    "startsAt": "2026-01-05T09:00:00.000Z",
    "endsAt": "2026-01-30T21:00:00.000Z",
    "status": "ongoing",
    "currentPlayers": 312,
    "isParticipant": True,
    "createdAt": "2025-12-01T10:30:00.000Z",
}
MARATHON_PAGE = {"data": [MARATHON], "total": 1, "page": 1, "limit": 10}

ENTRY = {
    "email": "alice@example.com",
    "firstName": "Alice",
    "lastName": "Adams",
    "accountLogin": "261632689",
    "initialBalance": 10000,
}
PARTICIPANT = {
    "id": PARTICIPANT_ID,
    "bib": 17,
    "userId": USER_ID,
    "userName": "Alice Adams",
    "accountLogin": "261632689",
    "initialBalance": 10000,
    "status": "active",
    "disqualificationReason": None,
    "joinedAt": "2025-12-20T18:00:00.000Z",
}
DISQUALIFIED = {**PARTICIPANT, "status": "disqualified", "disqualificationReason": "Two accounts on one device"}
PARTICIPANT_PAGE = {"data": [PARTICIPANT], "total": 1, "page": 1, "limit": 10}
