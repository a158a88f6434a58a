"""The paths of the live half. marathon_site/urls.py puts `urlpatterns` under /apiv1/, before those of the stored half,
and `operations` at the root.

The path of one participant is in both: the view here derives from the one there, and answers for both.
"""

from django.urls import re_path

from live.doors.http.curves import CurveView
from live.doors.http.entries import AccountView, ParticipantEntryView
from live.doors.http.leaderboard import LeaderboardView
from live.doors.http.operations import healthz, metrics, readyz
from live.doors.http.stream import StreamView
from marathons.api.routes import route
from marathons.api.urls import MARATHON

PARTICIPANT = f"{MARATHON}/participants/<id:participant_id>"

urlpatterns = [
    route(f"{MARATHON}/leaderboard", LeaderboardView, "leaderboard"),
    route(f"{MARATHON}/live", StreamView, "live"),
    route(PARTICIPANT, ParticipantEntryView, "participant-entry"),
    route(f"{PARTICIPANT}/equity", CurveView, "equity"),
    route("accounts/<str:login>", AccountView, "account"),
]
operations = [
    re_path(r"^healthz/?$", healthz, name="healthz"),
    re_path(r"^readyz/?$", readyz, name="readyz"),
    re_path(r"^metrics/?$", metrics, name="metrics"),
]
