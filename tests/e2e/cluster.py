"""The real thing: a worker and web processes with a database, a queue and a Redis prefix of their own."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import jwt
import pika

ROOT = Path(__file__).parents[2]
JWT_SECRET = "a secret of the end-to-end tests, long enough for HS256"
STAFF_EMAIL, STAFF_PASSWORD = "staff@example.test", "correct horse battery staple"
PATIENCE = 30.0

SERVERS = {
    "uvicorn": [
        *("uvicorn", "marathon_site.asgi:application", "--port", "{port}", "--http", "live.doors.sockets:Http"),
        *("--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--loop", "uvloop", "--access-log"),
    ],
    "daphne": [
        "daphne",
        "-p",
        "{port}",
        "--ping-interval",
        "10",
        "--ping-timeout",
        "15",
        "marathon_site.asgi:application",
    ],
}


class NeverError(AssertionError):
    """A condition that did not come true in time."""


def until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The condition's first true value; looked at often, for a bounded time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise NeverError(f"not within {patience:g} s: {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Whatever becomes of the test run, its servers end with it. (Linux; elsewhere they may stay.)"""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def now_ms() -> str:
    """The present moment as publishers write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Running:
    """A process of ours and where it writes."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/marathon-live"

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM, patience: float = PATIENCE) -> int:
        """Send the signal, wait for the end; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise NeverError(f"{self.name} did not end; it said:\n{self.said()[-3000:]}") from None


@dataclass
class Cluster:
    """Starts processes and talks to them as clients do. `close` ends whatever still runs."""

    folder: Path
    database_url: str
    redis_url: str
    rabbitmq_url: str
    queue: str
    extra: dict[str, str] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "DATABASE_URL": self.database_url,
            "DATABASE_POOL_SIZE": "4",
            "REDIS_URL": self.redis_url,
            "REDIS_PREFIX": self.queue,
            "RABBITMQ_URL": self.rabbitmq_url,
            "RABBITMQ_QUEUE": self.queue,
            "JWT_SECRET": JWT_SECRET,
            "DJANGO_SECRET_KEY": "a key of the end-to-end tests, as long as it has to be",
            "DJANGO_DEBUG": "false",
            "DJANGO_SUPERUSER_EMAIL": STAFF_EMAIL,
            "DJANGO_SUPERUSER_PASSWORD": STAFF_PASSWORD,
            "API_RATE_ANON": "100000/min",
            "API_RATE_USER": "100000/min",
            "API_RATE_LOGIN": "100000/min",
            **self.extra,
        }

    # Processes ---------------------------------------------------------------------------------------------------

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def prepare(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("createsuperuser", "--noinput")

    def _start(self, name: str, command: list[str], port: int = 0) -> Running:
        log = self.folder / f"{name}-{len(self.running)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - a test run has one thread when it starts processes
            )
        self.running.append(Running(name, process, log, port))
        return self.running[-1]

    def start_worker(self, *arguments: str, wait: bool = True) -> Running:
        worker = self._start("worker", [sys.executable, "manage.py", "consume_socket_data", *arguments])
        if wait:
            until(lambda: self._consumers() > 0 or worker.process.poll() is not None, "the worker consumes")
            assert worker.process.poll() is None, worker.said()
        return worker

    def start_web(self, server: str = "uvicorn", *more: str) -> Running:
        """`more` are further arguments of the server's, which outweigh the usual ones."""
        port = free_port()
        program, *arguments = (part.format(port=port) for part in (*SERVERS[server], *more))
        web = self._start(server, [str(Path(sys.executable).with_name(program)), *arguments], port)
        until(lambda: self._answers(web) or web.process.poll() is not None, f"{server} answers")
        assert web.process.poll() is None, web.said()
        return web

    def close(self) -> None:
        for running in reversed(self.running):
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()

    @staticmethod
    def _answers(web: Running) -> bool:
        try:
            return httpx.get(f"{web.url}/apiv1/marathons", timeout=2).status_code < 500
        except httpx.HTTPError:
            return False

    # RabbitMQ ----------------------------------------------------------------------------------------------------

    def publish(self, messages: Iterable[dict[str, Any] | str | bytes], queue: str | None = None) -> None:
        """Publish each as a message of its own, confirmed."""
        with pika.BlockingConnection(pika.URLParameters(self.rabbitmq_url)) as broker:
            channel = broker.channel()
            channel.confirm_delivery()
            for message in messages:
                body = json.dumps(message) if isinstance(message, dict) else message
                channel.basic_publish("", queue or self.queue, body, pika.BasicProperties(delivery_mode=2))

    def _consumers(self) -> int:
        try:
            with pika.BlockingConnection(pika.URLParameters(self.rabbitmq_url)) as broker:
                return int(broker.channel().queue_declare(self.queue, passive=True).method.consumer_count)
        except pika.exceptions.ChannelClosedByBroker:
            return 0

    def waiting(self, queue: str | None = None) -> int:
        """How many messages are ready in the queue."""
        with pika.BlockingConnection(pika.URLParameters(self.rabbitmq_url)) as broker:
            return int(broker.channel().queue_declare(queue or self.queue, passive=True).method.message_count)

    # HTTP --------------------------------------------------------------------------------------------------------

    def staff(self, web: Running) -> httpx.Client:
        """An HTTP client logged in as staff, the way the API documents it."""
        login = {"email": STAFF_EMAIL, "password": STAFF_PASSWORD}
        answer = httpx.post(f"{web.url}/apiv1/auth/token", json=login, timeout=30)
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access']}"}
        return httpx.Client(base_url=f"{web.url}/apiv1", headers=bearer, timeout=60)


def token_of(user_id: str, **claims: Any) -> str:
    """An access token for a user, as the existing service issues them unless the claims say otherwise."""
    payload = {"sub": user_id, "type": "access", "iat": int(time.time()), "exp": int(time.time()) + 3600, **claims}
    return jwt.encode({name: value for name, value in payload.items() if value is not None}, JWT_SECRET, "HS256")


_logins = count(700_000)


def new_logins(amount: int) -> list[str]:
    """Logins that no other test of this run uses."""
    return [str(next(_logins)) for _ in range(amount)]


def create_marathon(staff: httpx.Client, players: int = 0, **fields: Any) -> dict[str, Any]:
    """A marathon that is under way, unless the fields say otherwise, with so many participants under `players`."""
    now = datetime.now(UTC)
    body = {
        "name": "Autumn marathon",
        "startsAt": (now - timedelta(hours=1)).isoformat(),
        "endsAt": (now + timedelta(days=1)).isoformat(),
        **fields,
    }
    created = staff.post("/marathons", json=body)
    assert created.status_code == 201, created.text
    marathon: dict[str, Any] = created.json()
    marathon["players"] = enter(staff, marathon["id"], new_logins(players))
    return marathon


def enter(staff: httpx.Client, marathon_id: str, logins: list[str], **fields: Any) -> list[dict[str, Any]]:
    """Enter accounts; an account's user is the same in every marathon."""
    if not logins:
        return []
    entries = [
        {"email": f"{login}@example.test", "firstName": "Trader", "lastName": login,
         "accountLogin": login, **fields}
        for login in logins
    ]  # fmt: skip
    entered = staff.post(f"/marathons/{marathon_id}/participants", json=entries)
    assert entered.status_code == 201, entered.text
    players: list[dict[str, Any]] = entered.json()
    return players
