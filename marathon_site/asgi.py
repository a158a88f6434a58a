"""The application that uvicorn, Daphne and `runserver` serve: one entry for each kind of connection."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from marathon_site.logs import mask_daphne_access_log

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marathon_site.settings")

# First of all: it loads the settings and the apps, which whatever is imported for the other protocols needs.
http = get_asgi_application()
mask_daphne_access_log()

# After the apps are loaded: both look at models.
from live.doors.routing import SocketIORouter, websocket_application  # noqa: E402
from live.doors.wires import WireMiddleware  # noqa: E402
from live.lifespan import lifespan  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": WireMiddleware(SocketIORouter(http)),
        "websocket": SocketIORouter(websocket_application),
        "lifespan": lifespan,
    }
)
