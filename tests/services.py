"""Which real services answer here, and what a test gets that needs one.

Each service is looked for once: at the address of its variable, else at its usual one. A test that needs one that does
not answer is skipped with the reason and counted in the summary; with REQUIRE_SERVICES=1 it fails instead.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pika
import psycopg
import pytest
import redis

PATIENCE = 3.0  # seconds until a service that does not answer counts as absent

NODE_PACKAGES = Path(__file__).parent / "node" / "node_modules"

missing: Counter[str] = Counter()
"""How many tests went without, by reason."""


@dataclass(frozen=True, slots=True)
class Service:
    """`find` gives where the service is (an URL or a path), or raises one of its `errors`."""

    name: str
    hint: str
    find: Callable[[], str]
    errors: tuple[type[Exception], ...]


class NotFoundError(Exception):
    """No such program on the PATH."""


def _find_postgres() -> str:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        url = "postgres://postgres@127.0.0.1:5432/postgres"
    psycopg.connect(url, connect_timeout=int(PATIENCE)).close()
    return url


def _find_redis() -> str:
    url = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/0"
    with redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as client:
        client.ping()
    return url


def _find_rabbitmq() -> str:
    url = os.environ.get("RABBITMQ_URL") or "amqp://guest:guest@127.0.0.1:5672/"
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = PATIENCE
    pika.BlockingConnection(parameters).close()
    return url


def _find_program(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    raise NotFoundError(f"no {' or '.join(names)} on the PATH")


def _find_node() -> str:
    node = _find_program("node")
    if not NODE_PACKAGES.is_dir():
        raise NotFoundError("the packages of tests/node are not installed; run `make node-modules`")
    return node


SERVICES = {
    service.name: service
    for service in (
        Service("postgres", "DATABASE_URL", _find_postgres, (psycopg.Error,)),
        Service("redis", "REDIS_URL", _find_redis, (redis.RedisError, OSError)),
        Service("rabbitmq", "RABBITMQ_URL", _find_rabbitmq, (pika.exceptions.AMQPError, OSError)),
        Service("chromium", "PATH", lambda: _find_program("chromium", "chromium-browser"), (NotFoundError,)),
        Service("node", "PATH", _find_node, (NotFoundError,)),
    )
}


@cache
def look_for(name: str) -> tuple[str | None, str]:
    """Where the service is, or None and the reason."""
    service = SERVICES[name]
    try:
        return service.find(), ""
    except service.errors as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        return None, f"{name} does not answer ({service.hint}): {said}"


def require(name: str) -> str:
    """Where the service is; without it the calling test ends here, skipped or failed."""
    where, reason = look_for(name)
    if where is None:
        missing[reason] += 1
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}. REQUIRE_SERVICES=1 asks for it.", pytrace=False)
        pytest.skip(reason)
    return where
