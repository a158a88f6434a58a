"""The path of the WebSocket protocol's document; marathon_site/urls.py puts it under /apiv1/."""

from live.doors.asyncapi.views import WebSocketDocsView
from marathons.api.routes import route

urlpatterns = [route("marathons/websocket-docs", WebSocketDocsView, "websocket-docs")]
