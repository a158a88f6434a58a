"""What `manage.py demo` runs with: secrets of its own, made once and kept.

A checkout has no secrets, and production settings refuse to start without them; so the demo makes some under `.demo/`.
They are random, not constants: nobody can forge tokens for a demo that was left on a reachable port.
"""

import secrets
from collections.abc import MutableMapping
from pathlib import Path

FOLDER = ".demo"
SECRETS = ("DJANGO_SECRET_KEY", "JWT_SECRET")
DEFAULTS = {"DJANGO_HTTPS": "false", "LIVE_EMBEDDED_FEED": "simulated", "LOG_FORMAT": "console"}


def prepare(root: Path, environment: MutableMapping[str, str]) -> None:
    """Fill in what `environment` leaves open; what the caller has set stays as it is."""
    for name in SECRETS:
        if name not in environment and f"{name}_FILE" not in environment:
            environment[f"{name}_FILE"] = str(_kept_secret(root / FOLDER / name.lower()))
    for name, value in DEFAULTS.items():
        environment.setdefault(name, value)


def _kept_secret(path: Path) -> Path:
    """The file of a secret; made on the first start, so that sessions and tokens outlive a restart."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path
