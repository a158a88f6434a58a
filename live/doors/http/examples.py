"""Examples of the OpenAPI document. Tests hold each of them against its schema."""

from marathons.api.examples import MARATHON_ID, PARTICIPANT_ID, USER_ID

ENTRY = {
    "participantId": PARTICIPANT_ID,
    "bib": 17,
    "userId": USER_ID,
    "userName": "Alice Adams",
    "accountLogin": "261632689",
    "rank": 3,
    "balance": 10150.25,
    "equity": 10200.5,
    "profit": 50.25,
    "profitPercentage": 2.005,
    "margin": 110.0,
    "freeMargin": 10090.5,
    "currency": "USD",
    "leverage": 100,
    "positions": [
        {
            "ticket": 1234567,
            "symbol": "EURUSD",
            "type": "BUY",
            "volume": 0.1,
            "openPrice": 1.1,
            "currentPrice": 1.105,
            "profit": 50.25,
        }
    ],
    "orders": [],
    "drawdown": 0.42,
    "maxDrawdown": 3.1,
    "status": "active",
    "disqualificationReason": None,
    "updatedAt": "2026-01-12T14:03:07.250Z",
    "joinedAt": "2025-12-20T18:00:00.000Z",
}
PLACE = {"marathonId": MARATHON_ID, **ENTRY}
ACCOUNT = {"accountLogin": "261632689", "entries": [PLACE]}
LEADERBOARD = {
    "marathonId": MARATHON_ID,
    "marathonName": "January sprint",
    "status": "ongoing",
    "totalParticipants": 312,
    "epoch": "5f3a9c1e",
    "seq": 48211,
    "view": {"page": 1, "size": 1},
    "offset": 2,
    "entries": [ENTRY],
    "updatedAt": "2026-01-12T14:03:07.400Z",
}
CURVE = {
    "participantId": PARTICIPANT_ID,
    "resolution": "hourly",
    "points": [
        {
            "time": "2026-01-12T14:00:00.000Z",
            "open": 10180.0,
            "high": 10204.75,
            "low": 10171.3,
            "close": 10200.5,
            "balance": 10150.25,
        }
    ],
    "next": None,
}
EVENTS = 'event: snapshot\nid: 5f3a9c1e:48211\ndata: {"marathonId":"5b7c3f0e-8a43-4c1d-9d8f-0c5a2b1e6f70"}\n\n'
