"""What `manage.py demo` runs with: a database and secrets of its own, made once and kept.

A checkout has no secrets, and production settings refuse to start without them; so the demo makes some under `.demo/`.
They are random, not constants: nobody can forge tokens for a demo that was left on a reachable port.
"""

import secrets
from collections.abc import MutableMapping
from pathlib import Path

FOLDER = ".demo"
SECRETS = ("DJANGO_SECRET_KEY", "JWT_SECRET")
# A line for each request would push the address out of sight.
DEFAULTS = {"DJANGO_HTTPS": "false", "LOG_FORMAT": "console", "LOG_LEVEL": "WARNING"}


def prepare(root: Path, environment: MutableMapping[str, str]) -> None:
    """Fill in what `environment` leaves open; what the caller has set stays, but for what is the demo's own."""
    folder = root / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, value in _own(folder).items():
        environment.pop(f"{name}_FILE", None)
        environment[name] = value
    for name in SECRETS:
        if name not in environment and f"{name}_FILE" not in environment:
            environment[f"{name}_FILE"] = str(_kept_secret(folder / name.lower()))
    for name, value in DEFAULTS.items():
        environment.setdefault(name, value)


def _own(folder: Path) -> dict[str, str]:
    """A shell that is set up for something else must not get a hundred invented traders into its database."""
    return {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", "REDIS_URL": "", "LIVE_EMBEDDED_FEED": "simulated"}


def _kept_secret(path: Path) -> Path:
    """The file of a secret; made on the first start, so that sessions and tokens outlive a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path
