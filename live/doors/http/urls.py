"""The paths of the live half. marathon_site/urls.py puts `urlpatterns` under /apiv1/, before those of the stored half.

The path of one participant is in both: the view here derives from the one there, and answers for both.
"""

from live.doors.http.curves import CurveView
from live.doors.http.entries import AccountView, ParticipantEntryView
from live.doors.http.leaderboard import LeaderboardView
from marathons.api.routes import route
from marathons.api.urls import MARATHON

PARTICIPANT = f"{MARATHON}/participants/<id:participant_id>"

urlpatterns = [
    route(f"{MARATHON}/leaderboard", LeaderboardView, "leaderboard"),
    route(PARTICIPANT, ParticipantEntryView, "participant-entry"),
    route(f"{PARTICIPANT}/equity", CurveView, "equity"),
    route("accounts/<str:login>", AccountView, "account"),
]
