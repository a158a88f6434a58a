"""Every setting of the site, read from the environment once, at the start. docs/OPERATIONS.md lists the variables.

A value that cannot be right stops the process here, by name, rather than later, by accident. What the live part needs
is typed in live/conf.py; what merely looks wrong is told by live/checks.py.
"""

import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from marathon_site.environment import Environment
from marathon_site.logs import configure_structlog, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)


def database(url: str) -> dict[str, Any]:
    """Django's settings of one database, from its URL: PostgreSQL or SQLite."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    match config["ENGINE"]:
        case "django.db.backends.sqlite3":
            return config | _SQLITE | {"TEST": {"NAME": f"{config['NAME']}.test"}}
        case "django.db.backends.postgresql":
            return config | {"CONN_HEALTH_CHECKS": True, "OPTIONS": config.get("OPTIONS", {}) | _postgres_options()}
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///")


# Readers go on while the one writer writes (WAL), and a transaction takes its lock at its start: one that upgrades from
# reading to writing would fail at once instead of waiting its turn.
_SQLITE = {
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
}


def _postgres_options() -> dict[str, Any]:
    """A bounded pool, because under ASGI every request runs in a thread of its own; and no wait without an end.

    Size 0 is for where something else pools, PgBouncer for example.
    """
    size = env.whole("DATABASE_POOL_SIZE", 8, 0, 100)
    return {
        "pool": {"min_size": 1, "max_size": size, "timeout": 10} if size else False,
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # A worker that is frozen inside its transaction holds the clock: the server takes it away.
        "options": "-c idle_in_transaction_session_timeout=30s",
    }


def channel_layer(redis_url: str) -> dict[str, Any]:
    """Pub/sub, not the core layer: that one drops messages silently at its capacity and loses its groups with Redis."""
    if not redis_url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    patience = {"socket_timeout": 5, "socket_connect_timeout": 5, "socket_keepalive": True}
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": redis_url, **patience}], "prefix": env.text("REDIS_PREFIX", "marathon")},
    }


# Core ----------------------------------------------------------------------------------------------------------------
DEBUG = env.flag("DJANGO_DEBUG", default=False)
DEVELOPMENT_SECRET_KEY = "development-only-key-of-this-checkout-not-a-secret"  # noqa: S105 - refused without DEBUG
DEVELOPMENT_JWT_SECRET = "development-only-jwt-key-of-this-checkout-not-a-secret"  # noqa: S105 - refused without DEBUG
SECRET_KEY = env.secret("DJANGO_SECRET_KEY", DEVELOPMENT_SECRET_KEY, allow_development=DEBUG)
JWT_SECRET = env.secret("JWT_SECRET", DEVELOPMENT_JWT_SECRET, allow_development=DEBUG)
ALLOWED_HOSTS = env.names("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ROOT_URLCONF = "marathon_site.urls"
ASGI_APPLICATION = "marathon_site.asgi.application"
AUTH_USER_MODEL = "marathons.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

INSTALLED_APPS = [
    # Importing Daphne installs Twisted's reactor and a second event loop; only its own `runserver` needs them.
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "csp",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "marathons",
    "live",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "marathon_site.static.StaticFilesMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Where things are ----------------------------------------------------------------------------------------------------
DATABASES = {"default": database(env.text("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}"))}
REDIS_URL = env.text("REDIS_URL")
CHANNEL_LAYERS = {"default": channel_layer(REDIS_URL)}
# Counts of rate limits only. In memory, because a limit must not fail when Redis does; so limits hold for each process.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "static"] if folder.is_dir()]
STATICFILES_COLLECTED = (STATIC_ROOT / "staticfiles.json").is_file()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "marathon_site.static.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG or not STATICFILES_COLLECTED

# Security ------------------------------------------------------------------------------------------------------------
# How browsers reach the site. On by default in production: cookies then travel over https only, and HSTS is sent.
HTTPS = env.flag("DJANGO_HTTPS", default=not DEBUG)
# How many proxies in front set X-Forwarded-For and -Proto. With 0 these headers, which anyone can send, are ignored.
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 0, 0, 10)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = env.flag("DJANGO_SSL_REDIRECT", default=False)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)/?$"]  # probes come from next door, without https
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CORS_ALLOWED_ORIGINS = env.names("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/apiv1/.*$"
CORS_ALLOW_HEADERS = [*default_headers, "if-none-match", "last-event-id"]
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After"]
CSRF_TRUSTED_ORIGINS = env.names("DJANGO_CSRF_TRUSTED_ORIGINS")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# HTTP interface ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.text("API_RATE_ANON", "1200/min"),
        "user": env.text("API_RATE_USER", "6000/min"),
        "login": env.text("API_RATE_LOGIN", "30/min"),
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SIMPLE_JWT: dict[str, Any] = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SECRET,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.whole("JWT_ACCESS_MINUTES", 15, 1, 1440)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.whole("JWT_REFRESH_DAYS", 7, 1, 365)),
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "sub",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Marathon Live",
    "DESCRIPTION": "Trading marathons: who takes part, and how they stand, live.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "string", "format": "uuid"}},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "MarathonStatus": "marathons.models.MarathonStatus",
        "ParticipantStatus": "marathons.models.ParticipantStatus",
        "EntryStatus": "live.board.rows.Status",
    },
}

# Live: typed in live/conf.py -----------------------------------------------------------------------------------------
RABBITMQ_URL = env.text("RABBITMQ_URL", "amqp://guest:guest@localhost:5672/")
RABBITMQ_QUEUE = env.text("RABBITMQ_QUEUE", "socket_data")
RABBITMQ_EXCHANGE = env.text("RABBITMQ_EXCHANGE")
RABBITMQ_PREFETCH = env.whole("RABBITMQ_PREFETCH", 8000, 1, 65_535)
# The broker notices a dead connection after two to three of these; with 1 the standby has taken over within 5 s.
RABBITMQ_HEARTBEAT = env.whole("RABBITMQ_HEARTBEAT", 1, 1, 600)
LIVE_TICK_MS = env.whole("LIVE_TICK_MS", 200, 10, 60_000)
LIVE_SUBSCRIPTIONS = env.whole("LIVE_SUBSCRIPTIONS", 32, 1, 1_000)
LIVE_MESSAGE_BYTES = env.whole("LIVE_MESSAGE_BYTES", 16_384, 256, 1_048_576)
LIVE_MESSAGES_PER_10S = env.whole("LIVE_MESSAGES_PER_10S", 60, 1, 10_000)
LIVE_CONNECTIONS = env.whole("LIVE_CONNECTIONS", 20_000, 1, 1_000_000)
LIVE_CONNECTIONS_PER_USER = env.whole("LIVE_CONNECTIONS_PER_USER", 1_000, 1, 1_000_000)
LIVE_CONNECTIONS_PER_ADDRESS = env.whole("LIVE_CONNECTIONS_PER_ADDRESS", 10_000, 1, 1_000_000)
LIVE_AUTHENTICATE_SECONDS = env.whole("LIVE_AUTHENTICATE_SECONDS", 10, 1, 600)
LIVE_SLOW_SECONDS = env.whole("LIVE_SLOW_SECONDS", 20, 1, 600)
LIVE_HEARTBEAT_SECONDS = env.whole("LIVE_HEARTBEAT_SECONDS", 15, 1, 600)
LIVE_TOKEN_WARNING_SECONDS = env.whole("LIVE_TOKEN_WARNING_SECONDS", 60, 1, 3_600)
LIVE_TOKEN_GRACE_SECONDS = env.whole("LIVE_TOKEN_GRACE_SECONDS", 25, 0, 3_600)
LIVE_EMBEDDED_FEED = env.choice("LIVE_EMBEDDED_FEED", "", ("", "simulated"))
FEED_MAX_SKEW_SECONDS = env.whole("FEED_MAX_SKEW_SECONDS", 86_400, 1, 31_536_000)
HISTORY_BUCKET_SECONDS = env.whole("HISTORY_BUCKET_SECONDS", 60, 1, 86_400)
HISTORY_RETENTION_DAYS = env.whole("HISTORY_RETENTION_DAYS", 90, 1, 36_500)

# Who may read /metrics: whoever sends this as Bearer token; without one, only programs on the same machine.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Logs ----------------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", "console" if DEBUG else "json", ("json", "console"))
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL)
configure_structlog()
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request: the one that tells how it ended
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO  # a client's mistake is not a warning of ours
IPWARE_META_PROXY_COUNT = TRUSTED_PROXIES
IPWARE_META_PRECEDENCE_ORDER = ("HTTP_X_FORWARDED_FOR", "REMOTE_ADDR") if TRUSTED_PROXIES else ("REMOTE_ADDR",)
