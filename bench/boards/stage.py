"""Where a server under test is put on: its services, its port, its processes, and their end."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from bench.harness.processes import SERVER_CORE, Server, free_port, listens, start_server, until
from bench.harness.services import JWT_SECRET, RABBITMQ_URL, ROOT, Services

PYTHON = Path(sys.executable)
UVICORN = (
    *("--http", "live.doors.sockets:Http", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
    *("--loop", "uvloop"),
)
"""How docs/OPERATIONS.md has it started."""


@dataclass
class Stage:
    """`folder` is the run's own; `contest` is the file that says who takes part."""

    services: Services
    folder: Path
    contest: Path
    port: int = field(default_factory=free_port)
    servers: list[Server] = field(default_factory=list)

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], core: int = SERVER_CORE
    ) -> Server:
        log = self.folder / f"{name}.log"
        self.servers.append(start_server(name, command, ROOT, environment, log, core))
        return self.servers[-1]

    @property
    def pids(self) -> dict[str, int]:
        return {server.name: server.pid for server in self.servers}

    def require(self) -> None:
        """EndedError if one of the servers has ended."""
        for server in self.servers:
            server.require()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for server in reversed(self.servers):
            server.end()


def put_on_ours(stage: Stage, worker_core: int = SERVER_CORE) -> None:
    """The worker and one web process, with the settings of production."""
    environment = stage.services.environment()
    worker = stage.start("worker", [str(PYTHON), "manage.py", "consume_socket_data"], environment, worker_core)
    until(lambda: stage.services.consumers() > 0, "the worker consumes", server=worker)
    server = str(PYTHON.with_name("uvicorn"))
    options = [*UVICORN, "--no-access-log", "--port", str(stage.port)]
    web = stage.start("web", [server, "marathon_site.asgi:application", *options], environment)
    until(lambda: listens(stage.port), "the web process listens", server=web)


def put_on_rival(stage: Stage, name: str, command: Sequence[str], extra: Mapping[str, str]) -> None:
    """One process that does everything."""
    environment = {
        **stage.services.environment(extra),
        "AMQP_URL": RABBITMQ_URL,
        "QUEUE": stage.services.name,
        "JWT_SECRET": JWT_SECRET,
        "PARTICIPANTS": str(stage.contest),
        "PORT": str(stage.port),
    }
    rival = stage.start(name, command, environment)
    until(lambda: listens(stage.port), f"{name} listens", server=rival)
    until(lambda: stage.services.consumers() > 0, f"{name} consumes", server=rival)
