"""The paths of the stored half. marathon_site/urls.py puts `urlpatterns` under /apiv1/, after the live part's paths.

`nothing` comes last of all; what the live part adds to a path here (GET of one participant) is found before.
"""

from django.urls import re_path

from marathons.api.document import NothingView, SchemaView, SwaggerView
from marathons.api.joining import JoinView, ParticipationView
from marathons.api.marathons import MarathonsView, MarathonView
from marathons.api.participants import ParticipantsView, ParticipantView
from marathons.api.routes import route
from marathons.api.tokens import GuestTokenView, LoginView, RefreshView

MARATHON = "marathons/<id:marathon_id>"

urlpatterns = [
    route("auth/token", LoginView, "token"),
    route("auth/token/refresh", RefreshView, "token-refresh"),
    route("marathons", MarathonsView, "marathons"),
    route(MARATHON, MarathonView, "marathon"),
    route(f"{MARATHON}/participants", ParticipantsView, "participants"),
    route(f"{MARATHON}/participants/<id:participant_id>", ParticipantView, "participant"),
    route(f"{MARATHON}/join", JoinView, "join"),
    route(f"{MARATHON}/participation", ParticipationView, "participation"),
    route(f"{MARATHON}/guest-token", GuestTokenView, "guest-token"),
    route("schema", SchemaView, "schema"),
]
swagger = route("swagger", SwaggerView, "swagger")
nothing = re_path(r"^apiv1(/|$)", NothingView.as_view())
