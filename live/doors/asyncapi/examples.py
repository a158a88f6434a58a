"""One message of each event, as it goes over the wire; documents show them, tests hold them against the schemas."""

from typing import Any

MARATHON = "6b7f5a52-92bb-4a3c-8d8b-0f0a3a2e9c11"
USER = "0d5b9c1e-1111-4222-8333-444455556666"
LOGIN = "261632689"
NOW = "2026-11-22T08:00:00.123Z"
LATER = "2026-11-22T08:15:00.000Z"
OF_MARATHON = {"type": "marathon", "marathonId": MARATHON}
FEED = {"status": "live", "updatedAt": NOW}

ENTRY: dict[str, Any] = {
    "participantId": "3f0c7a52-1d6b-4a0e-9c38-5a7d2f1b6e90",
    "bib": 17,
    "userId": USER,
    "userName": "Alice Example",
    "accountLogin": LOGIN,
    "balance": 10150.25,
    "equity": 10200.5,
    "profit": 50.25,
    "profitPercentage": 2.005,
    "margin": 110.0,
    "freeMargin": 10090.5,
    "currency": "USD",
    "leverage": 100,
    "drawdown": 0.4,
    "maxDrawdown": 3.2,
    "status": "active",
    "disqualificationReason": None,
    "updatedAt": NOW,
    "joinedAt": "2026-11-01T12:00:00.000Z",
    "rank": 1,
}
STATE = {"marathonId": MARATHON, "epoch": "a1b2c3d4", "seq": 51207, "totalParticipants": 240, "offset": 0}

COMMANDS: dict[str, dict[str, Any]] = {
    "subscribe_marathon": {"marathonId": MARATHON, "updates": "delta", "view": {"top": 50}},
    "unsubscribe_marathon": {"marathonId": MARATHON},
    "subscribe_account": {"accountLogin": LOGIN},
    "unsubscribe_account": {"accountLogin": LOGIN},
    "authenticate": {"token": "an access token"},
    "ping": {"sentAt": 1795334400123},
}
OUTBOUND: dict[str, dict[str, Any]] = {
    "connected": {
        "message": "Connected to live marathon updates",
        "protocol": 1,
        "userId": USER,
        "serverTime": NOW,
        "heartbeatMs": 15000,
        "tokenExpiresAt": LATER,
        "limits": {"subscriptions": 32, "messageBytes": 16384, "messagesPer10s": 60},
    },
    "authenticated": {"userId": USER, "tokenExpiresAt": LATER},
    "marathon_leaderboard": {
        **STATE,
        "marathonName": "November Masters",
        "status": "ongoing",
        "view": {"top": 50},
        "entries": [ENTRY],
        "updatedAt": NOW,
    },
    "marathon_delta": {
        **STATE,
        "since": 51201,
        "changed": [{"bib": 17, "equity": 10350.0, "profit": 199.75, "profitPercentage": 3.5, "updatedAt": NOW}],
        "removed": [23],
        "moved": [[17, 0], [40, 2]],
        "updatedAt": NOW,
    },
    "account_update": {"marathonId": MARATHON, **ENTRY, "positions": [], "orders": []},
    "subscribed": {**OF_MARATHON, "message": f"Subscribed to marathon {MARATHON}"},
    "unsubscribed": {**OF_MARATHON, "message": f"Unsubscribed from marathon {MARATHON}"},
    "error": {
        "code": "bad_request",
        "message": "view.top must be between 1 and 200",
        "event": "subscribe_marathon",
    },
    "pong": {"sentAt": 1795334400123, "serverTime": NOW},
    "heartbeat": {"serverTime": NOW, "feed": FEED, "seq": {MARATHON: 51207}},
    "feed_status": {"status": "stale", "updatedAt": NOW},
    "marathon_status": {
        "marathonId": MARATHON,
        "status": "finished",
        "startsAt": "2026-11-01T08:00:00.000Z",
        "endsAt": "2026-11-22T08:00:00.000Z",
    },
    "token_expiring": {"expiresAt": LATER},
    "bye": {"retryAfterMs": 1700},
}
