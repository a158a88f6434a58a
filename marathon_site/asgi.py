"""The application that uvicorn, Daphne and `runserver` serve: one entry for each kind of connection."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marathon_site.settings")

# First of all: it loads the settings and the apps, which whatever is imported for the other protocols needs.
http = get_asgi_application()

application = ProtocolTypeRouter({"http": http})
