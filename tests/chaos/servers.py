"""RabbitMQ, PostgreSQL and Redis as processes of the test, to be stopped and started without hurting anybody else."""

import logging
import os
import random
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pika
import psycopg
import pytest
import redis

from tests import services
from tests.e2e.cluster import until

PATIENCE = 60.0
logging.getLogger("pika").setLevel(logging.CRITICAL)  # that a server is away is no news here
# Debian keeps these off the PATH.
FOLDERS = ("/usr/lib/rabbitmq/bin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


def program(name: str) -> str:
    """Where a server's program is; without it the calling test ends here, skipped or failed."""
    path = shutil.which(name, path=os.pathsep.join([*FOLDERS, os.environ.get("PATH", "")]))
    if path is None:
        reason = f"{name} is not installed: chaos needs servers of its own"
        services.missing[reason] += 1
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return path


def own_port() -> int:
    """A port that nobody listens on, below those that systems give to clients.

    Among those, whoever tries to reach a server that is down could be given the server's own port, and talk to itself.
    """
    while True:
        port = random.randrange(20_000, 30_000)
        if not _answers(port):
            return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Server:
    """One server process in a folder of its own, always on the same port."""

    folder: Path
    port: int = field(default_factory=own_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), env=os.environ | self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        until(self.is_ready, f"{type(self).__name__} is ready:\n{self.said()}", PATIENCE)

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it and everything it started."""
        if self.process is None:
            return
        os.killpg(self.process.pid, number)
        self.process.wait(PATIENCE)
        self.process = None
        until(lambda: not _answers(self.port), "the port is free", PATIENCE)

    def said(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def url(self) -> str:
        raise NotImplementedError


class Redis(Server):
    """Forgets everything when it is stopped, as one without a disk does."""

    def command(self) -> list[str]:
        return [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    def is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class RabbitMQ(Server):
    """A node with a name, a database and a port for its kind that nobody else has."""

    distribution: int = 0

    def command(self) -> list[str]:
        return [program("rabbitmq-server")]

    def environment(self) -> dict[str, str]:
        self.distribution = self.distribution or own_port()
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"chaos{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
        }

    def control(self, *arguments: str) -> str:
        """Run rabbitmqctl on this node; return what it says."""
        node = ["-n", f"chaos{self.port}@localhost"]
        environment = os.environ | self.environment()
        command = [program("rabbitmqctl"), *node, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    def holds(self, queue: str) -> int:
        """How many messages are in a queue, those included that somebody has and did not acknowledge yet."""
        counts = dict(line.split("\t") for line in self.control("-q", "list_queues", "name", "messages").splitlines())
        return int(counts[queue])

    def is_ready(self) -> bool:
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"


class PostgreSQL(Server):
    """A cluster of its own; as root it runs as somebody else, because it refuses root."""

    def start(self) -> None:
        """Start it, the first time with a new cluster."""
        if not (self.folder / "data").exists():
            self._make_cluster()
        super().start()

    def _make_cluster(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = str(self.folder / "data")
        subprocess.run(
            [*self._as_somebody(), program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"],
            check=True,
            capture_output=True,
            cwd="/",
        )

    @staticmethod
    def _as_somebody() -> list[str]:
        if os.geteuid() != 0:
            return []
        return [program("setpriv"), "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def command(self) -> list[str]:
        options = ["-p", str(self.port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=32MB"]
        return [*self._as_somebody(), program("postgres"), "-D", str(self.folder / "data"), *options]

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"
