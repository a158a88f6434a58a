"""Who is measured: ours and the rivals. A new rival is a way to start it, a dialogue, a view and a line here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.boards.contest import MARATHON_ID
from bench.boards.stage import PYTHON, Stage, put_on_ours, put_on_rival
from bench.boards.views import DeltaView, RankedView, SocketIOView, View
from bench.harness import tools
from bench.harness.loadclient import Dialogue
from bench.harness.processes import CLIENT_CORE

PEERS = tools.BENCH / "peers"


@dataclass(frozen=True, slots=True)
class Contender:
    """`prepare` installs what it needs; with `all_read` no client of it is stalled, for comparison."""

    name: str
    dialogue: Dialogue
    view: Callable[[], View]
    put_on: Callable[[Stage], None]
    prepare: Callable[[], object] = lambda: None
    all_read: bool = False


def _plain(subscription: dict[str, str], headers: tuple[str, ...] = ()) -> Dialogue:
    """One JSON object a frame: ours, and py-bare's."""
    subscribe = json.dumps({"event": "subscribe_marathon", "data": {"marathonId": MARATHON_ID, **subscription}})
    steps = [("expect", '"connected"'), ("send", subscribe), ("expect", '"subscribed"')]
    return Dialogue("/marathon-live?token={token}", steps, headers=headers)


def _socket_io() -> Dialogue:
    """Engine.IO 4 over WebSocket: open, join the namespace, subscribe, and answer its pings."""
    subscribe = json.dumps(["subscribe_marathon", {"marathonId": MARATHON_ID}])
    steps = [
        ("expect", "0{"),
        ("send", "40/marathon-live,"),
        ("expect", '"connected"'),
        ("send", f"42/marathon-live,{subscribe}"),
        ("expect", '"subscribed"'),
    ]
    return Dialogue("/socket.io/?EIO=4&transport=websocket&token={token}", steps, replies=[("2", "3")])


def _put_on_socket_io(mode: str) -> Callable[[Stage], None]:
    def put_on(stage: Stage) -> None:
        command = [tools.node(PEERS / "sio"), str(PEERS / "sio" / "server.js")]
        put_on_rival(stage, f"sio-{mode}", command, {"MODE": mode})

    return put_on


def _put_on_bare(stage: Stage) -> None:
    command = [str(PYTHON), str(PEERS / "bare" / "server.py")]
    put_on_rival(stage, "py-bare", command, {"PYTHONPATH": str(tools.python_packages())})


def _socket_io_rival(mode: str) -> Contender:
    return Contender(
        f"sio-{mode}", _socket_io(), SocketIOView, _put_on_socket_io(mode), lambda: tools.node(PEERS / "sio")
    )


_OURS = _plain({"updates": "delta"})
_DEFLATED = _plain({"updates": "delta"}, ("Sec-WebSocket-Protocol: marathon-live.v1+deflate",))

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("ours", _OURS, DeltaView, put_on_ours),
        Contender("ours, all read", _OURS, DeltaView, put_on_ours, all_read=True),
        Contender("ours, deflate", _DEFLATED, DeltaView, put_on_ours),
        Contender("ours, apart", _OURS, DeltaView, partial(put_on_ours, worker_core=CLIENT_CORE)),
        _socket_io_rival("delta"),
        _socket_io_rival("room"),
        Contender("py-bare", _plain({}), RankedView, _put_on_bare, tools.python_packages),
    )
}
