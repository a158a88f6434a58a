"""The WebSocket routes: `/marathon-live`, with and without a slash at the end."""

from channels.routing import URLRouter
from django.urls import re_path

from live.auth import JWTAuthMiddleware
from live.doors.consumer import MarathonLiveConsumer
from live.doors.origins import OriginMiddleware
from live.doors.wires import WireMiddleware

websocket_application = WireMiddleware(
    OriginMiddleware(JWTAuthMiddleware(URLRouter([re_path(r"^marathon-live/?$", MarathonLiveConsumer.as_asgi())])))
)
