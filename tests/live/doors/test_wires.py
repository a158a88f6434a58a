"""Frames written past ASGI arrive whole and in order, on both servers; and are not where that would be wrong."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.e2e.cluster import ROOT, free_port, until
from tests.live.doors.wire_application import LONG

APPLICATION = "tests.live.doors.wire_application:application"
SERVERS = {
    "UvicornWire": ["uvicorn", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", APPLICATION],
    "SocketsWire": [
        *("uvicorn", "--http", "live.doors.sockets:Http", "--ws", "websockets-sansio"),
        *("--ws-per-message-deflate", "false", APPLICATION),
    ],
    "DaphneWire": ["daphne", APPLICATION],
    "UvicornWire with deflate": ["uvicorn", "--ws", "websockets-sansio", APPLICATION],
    "Wire": ["uvicorn", "--ws", "wsproto", APPLICATION],
}

Serve = Callable[[str], str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start one of the servers; the URL of its socket. What it says must not tell of a failure."""
    started: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "log"

    def start(name: str) -> str:
        program, *options = SERVERS[name]
        port = free_port()
        command = [str(Path(sys.executable).with_name(program)), "-p" if program == "daphne" else "--port", str(port)]
        with log.open("wb") as file:
            started.append(subprocess.Popen([*command, *options], cwd=ROOT, stdout=file, stderr=file))
        until(lambda: b"unning on" in log.read_bytes() or b"istening on" in log.read_bytes(), "the server listens")
        return f"ws://127.0.0.1:{port}/"

    yield start
    for process in started:
        process.terminate()
        process.wait(20)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("name", ["UvicornWire", "SocketsWire", "DaphneWire"])
def test_frames_written_on_the_wire_arrive_between_those_sent_through_asgi(serve: Serve, name: str) -> None:
    with connect(serve(name)) as client:
        assert client.recv() == f"{name} False True", "ready once it is accepted, and not before"
        assert [client.recv() for _ in range(3)] == ["short", LONG, "after"]
        client.send("go on")
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4001


@pytest.mark.parametrize("name", ["UvicornWire with deflate", "Wire"])
def test_where_frames_are_not_the_same_for_all_they_go_through_asgi(serve: Serve, name: str) -> None:
    with connect(serve(name)) as client:
        assert client.recv() == f"{name.split(maxsplit=1)[0]} False False"
        assert client.recv() == "after"
