"""What `manage.py check` (and every start) says about settings that would work, but not well: live.E### and live.W###.

Values that cannot work at all never get here, because settings.py refuses them.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

SHORTEST_SECRET = 32  # bytes: RFC 7518, 3.2, asks for a key as long as the hash of HS256


@register
def secrets_are_real(**_: Any) -> Sequence[CheckMessage]:
    """Settings can be changed after they were read (another settings module, a test): look again."""
    development = {
        "DJANGO_SECRET_KEY": (settings.SECRET_KEY, settings.DEVELOPMENT_SECRET_KEY),
        "JWT_SECRET": (settings.JWT_SECRET, settings.DEVELOPMENT_JWT_SECRET),
    }
    return [
        checks.Error(f"{name} has its development value, and DJANGO_DEBUG is off.", hint=f"Set {name}.", id="live.E001")
        for name, (value, default) in development.items()
        if value == default and not settings.DEBUG
    ]


@register
def jwt_secret_is_long_enough(**_: Any) -> Sequence[CheckMessage]:
    if len(settings.JWT_SECRET.encode()) >= SHORTEST_SECRET:
        return []
    hint = "Use 32 random bytes or more, for example from `openssl rand -base64 48`, here and where tokens are issued."
    said = f"JWT_SECRET is shorter than {SHORTEST_SECRET} bytes: tokens can be forged."
    return [checks.Warning(said, hint=hint, id="live.W001")]


@register
def production_has_a_real_database(**_: Any) -> Sequence[CheckMessage]:
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if settings.DEBUG or settings.LIVE_EMBEDDED_FEED or not sqlite:
        return []
    hint = "Set DATABASE_URL to postgres://USER:PASSWORD@HOST/NAME. SQLite takes one writer at a time."
    return [checks.Warning("The site runs on SQLite.", hint=hint, id="live.W002")]


@register
def processes_can_hear_each_other(**_: Any) -> Sequence[CheckMessage]:
    if settings.DEBUG or settings.LIVE_EMBEDDED_FEED or settings.REDIS_URL:
        return []
    hint = "Set REDIS_URL. Without it the boards of other processes follow the database, once a second at best."
    return [checks.Warning("Announcements stay inside one process.", hint=hint, id="live.W003")]


@register
def the_simulated_feed_is_for_the_demo(**_: Any) -> Sequence[CheckMessage]:
    if not (settings.LIVE_EMBEDDED_FEED and settings.REDIS_URL):
        return []
    hint = "Unset LIVE_EMBEDDED_FEED where REDIS_URL is set: each web process would invent its own prices."
    return [
        checks.Error("The simulated feed runs inside a web process that has neighbours.", hint=hint, id="live.E002")
    ]


@register(deploy=True)
def static_files_are_collected(**_: Any) -> Sequence[CheckMessage]:
    if settings.DEBUG or settings.STATICFILES_COLLECTED:
        return []
    hint = "Run `manage.py collectstatic --noinput` before the start: files are then compressed and cached for ever."
    return [checks.Warning("Static files are served as they lie in the source.", hint=hint, id="live.W004")]
