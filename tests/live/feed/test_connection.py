"""Usual deliveries go past pika, all else goes to it, and nobody can tell which: beside pika's own connection."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pika import BasicProperties, frame, spec

from live.feed.connection import Taker
from live.feed.deliveries import Message
from tests.live.feed.offline import (
    CONSUMERS,
    FRAME_MAX,
    Doubles,
    body,
    content,
    delivery,
    header,
    hold_alike,
    method,
    quick,
)

HEARTBEAT = frame.Heartbeat().marshal()
MOST = FRAME_MAX - 8

names = st.text(max_size=12) | st.sampled_from(["", "marathon", "k" * 255])
values = st.integers(-(2**40), 2**40) | st.decimals(0, 2**20, places=2) | st.text(max_size=9) | st.none()
headers = st.dictionaries(st.sampled_from(["timestamp", "account_login", "é"]), values | st.lists(values, max_size=2))
properties = st.builds(
    BasicProperties,
    content_type=st.sampled_from([None, "application/json"]),
    headers=st.none() | headers,
    delivery_mode=st.sampled_from([None, 2]),
    message_id=st.none() | names,
    timestamp=st.none() | st.integers(0, 2**40),
) | st.builds(Doubles, st.floats(0, 2**40))
wholes = st.binary(max_size=40) | st.sampled_from([0, 1, MOST - 1, MOST, MOST + 1, 2 * MOST + 5]).map(bytes)
deliveries = st.builds(
    delivery,
    wholes,
    tag=st.integers(1, 2**64 - 1),
    consumer=st.sampled_from([*CONSUMERS, *"aaa"]),
    again=st.booleans(),
    exchange=names,
    key=names,
    properties=properties,
    longest=st.sampled_from([MOST, MOST, MOST, 1500]),
)


@st.composite
def side_by_side(draw: st.DrawFn) -> list[bytes]:
    """Frames of two channels and the connection's own, mixed, each channel's in order."""
    streams = [draw(deliveries), delivery(draw(wholes), consumer="c"), [HEARTBEAT]]
    picks = [number for number, stream in enumerate(streams) for _ in stream]
    return [streams[number].pop(0) for number in draw(st.permutations(picks))]


returned = st.builds(lambda whole: [method(1, spec.Basic.Return(312, "", "", "q")), *content(1, whole, None)], wholes)
others = st.sampled_from(
    [
        [HEARTBEAT],
        delivery(consumer="nobody", channel=1),
        delivery(consumer="a", channel=2),
        delivery(consumer="a", channel=3),
        [method(1, spec.Basic.Cancel("a"))],
        [method(2, spec.Channel.Close(404, "", 0, 0))],
        [method(1, spec.Basic.QosOk())],
        [method(0, spec.Connection.Blocked("memory"))],
        [method(1, spec.Basic.GetOk(1, False, "", "", 0)), *content(1, b"got", None)],
    ]
)
usual = st.lists(deliveries, max_size=6).map(lambda parts: [one for part in parts for one in part])
streams = st.lists(usual | usual | side_by_side() | returned | others, min_size=1, max_size=7).map(
    lambda parts: b"".join([one for part in parts for one in part])
)
cuts = st.lists(st.integers(1, 60) | st.integers(500, 5000), min_size=1, max_size=5)


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """Pieces of these sizes, over and over; much data is cut less often."""
    at, factor = 0, 1 + len(data) // 3000
    for size in cycle(sizes):
        if at >= len(data):
            return
        yield data[at : at + size * factor]
        at += size * factor


@given(streams, cuts)
def test_whatever_the_broker_says_it_does_as_pika_does(stream: bytes, sizes: list[int]) -> None:
    ours, pikas = hold_alike(cut(stream, sizes))
    assert ours.counted == pikas.counted


@given(st.lists(usual | side_by_side(), min_size=1, max_size=4), cuts, st.data())
def test_what_is_broken_is_found_as_pika_finds_it(
    parts: list[list[bytes]], sizes: list[int], data: st.DataObject
) -> None:
    stream = bytearray(b"".join([one for part in parts for one in part]) or HEARTBEAT)
    frames = [one for part in parts for one in part]
    starts = [sum(map(len, frames[:number])) for number in range(len(frames))] or [0]
    at = data.draw(st.sampled_from(starts)) + data.draw(st.integers(-1, 40))
    stream[at % len(stream)] = data.draw(st.integers(0, 255))
    hold_alike(cut(bytes(stream), sizes))


@pytest.mark.parametrize("change", [lambda byte: byte ^ 1, lambda byte: byte ^ 0xA4, lambda byte: 255 - byte // 2])
@pytest.mark.parametrize("size", [1, 10_000])
def test_any_byte_may_be_broken(change: Callable[[int], int], size: int) -> None:
    """Of the first message; the second shows where the reader stands afterwards. Read as it comes, or all at once."""
    parts = [*delivery(b"one", exchange="e", properties=Doubles(5.0)), *delivery(b"two"), *delivery(b"three")]
    stream = b"".join(parts)
    for at in range(sum(map(len, parts[:6]))):
        broken = stream[:at] + bytes([change(stream[at])]) + stream[at + 1 :]
        hold_alike(cut(broken, [size]))


def test_it_is_read_right_wherever_the_network_cuts_it() -> None:
    with_headers = BasicProperties(headers={"timestamp": 5})
    one, two = delivery(b"first", properties=with_headers), delivery(b"", tag=2)
    stream = b"".join([*one, HEARTBEAT, *two, *delivery(b"third", tag=3, again=True)])
    for size in range(1, len(stream)):
        ours, pikas = hold_alike([stream[:size], stream[size:]])
        assert ours.counted == pikas.counted == (len(stream), 9, b"")
        assert ours.by_pika == 1
    ours, _ = hold_alike([stream[at : at + 1] for at in range(len(stream))])
    assert ours.calls == [
        ("a", Message(1, False, "", "marathon", {"timestamp": 5}, b"first")),
        ("a", Message(2, False, "", "marathon", None, b"")),
        ("a", Message(3, True, "", "marathon", None, b"third")),
    ]
    assert ours.by_pika == 1


def test_many_are_handed_on_at_once_and_pika_sees_none_of_them() -> None:
    side = quick()
    side.say(b"".join([one for tag in range(100) for one in delivery(tag=tag)]))
    assert [message.tag for _, message in side.taken] == list(range(100))
    assert (side.lists, side.by_pika) == (1, 0)


DELIVER, HEADER, BODY = delivery()


def resized(marshalled: bytes, size: int) -> bytes:
    """The frame made so long, whatever that leaves of what is in it."""
    return marshalled[:3] + size.to_bytes(4, "big") + marshalled[7 : 7 + size] + b"\xce"


UNUSUAL = {
    "a body in two frames": delivery(b"12", longest=1),
    "a body larger than a frame": delivery(bytes(MOST + 1)),
    "an exchange that is no text": [method(1, spec.Basic.Deliver("a", 1, False, b"\xff", "")), *content(1, b"1", None)],
    "a routing key with something behind it": [DELIVER.replace(b"\x08marathon", b"\x03marathon"), HEADER, BODY],
    "a consumer that is not ours": delivery(consumer="nobody", channel=1),
    "another's channel": delivery(consumer="a", channel=2),
    "a channel that is not open": delivery(consumer="a", channel=3),
}


@pytest.mark.parametrize("frames", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_what_is_not_usual_is_given_to_pika(frames: list[bytes]) -> None:
    ours, pikas = hold_alike([b"".join([*frames, *delivery(b"next")])])
    assert ours.by_pika == len(frames)
    assert ours.counted == pikas.counted


def test_what_is_known_to_be_unusual_does_not_wait_for_its_rest() -> None:
    frames = delivery(bytes(MOST + 1))
    ours, pikas = hold_alike([b"".join(frames[:2])])
    assert ours.by_pika == 2
    assert ours.counted == pikas.counted


def test_what_is_usual_waits_for_its_rest() -> None:
    frames = delivery(bytes(MOST))
    side = quick()
    side.say(frames[0])
    side.say(frames[1] + frames[2][:-1])
    assert (side.calls, side.raw.bytes_received) == ([], 0)
    side.say(frames[2][-1:])
    assert (side.lists, side.by_pika) == (1, 0)


BROKEN = {
    "of headers, a double that is no number": delivery(properties=Doubles(float("nan"))),
    "of headers, a double that is too large": delivery(properties=Doubles(float("inf"))),
    "a method that ends in its middle": [resized(DELIVER, 6)],
    "a header that ends in its middle": [DELIVER, resized(HEADER, 5)],
    "a body that is too long": [*delivery(b"1234")[:1], header(1, 3), body(1, b"1234")],
    "a body that is too short, and then another message": [
        *delivery()[:1],
        header(1, 9),
        body(1, b"1234"),
        *delivery(bytes(6)),
    ],
    "a wrong end": [*delivery()[:2], body(1, b"1234")[:-1] + b"\xcd"],
    "a body before its header": [delivery()[0], delivery()[2], delivery()[1]],
}


@pytest.mark.parametrize("frames", BROKEN.values(), ids=BROKEN.keys())
def test_what_pika_cannot_read_ends_with_its_error(frames: list[bytes]) -> None:
    stream = b"".join([*delivery(b"before"), *frames])
    ours, pikas = quick(), hold_alike([stream])[1]
    assert ours.told(stream) is not None
    assert len(ours.calls) == len(pikas.calls) == 1


def test_a_consumer_that_was_cancelled_gets_no_more_and_the_broker_gets_it_back() -> None:
    side = quick()
    side.channels[1].basic_cancel("a", lambda _: None)
    side.sent.clear()
    side.say(b"".join(delivery(tag=7) + delivery(consumer="b")))
    assert [name for name, _ in side.taken] == ["b"]
    assert side.sent == [method(1, spec.Basic.Reject(7, True))]


def test_a_channel_that_one_delivery_closes_delivers_no_more() -> None:
    side = quick()
    side.channels[1]._consumers["a"] = Taker(lambda _: side.channels[1].close())
    side.say(b"".join(delivery() + delivery(consumer="b") + delivery(consumer="c")))
    assert [name for name, _ in side.taken] == ["c"]


def test_what_a_delivery_raises_comes_through_and_it_is_not_delivered_twice() -> None:
    def fail(messages: list[Message]) -> None:
        raise LookupError

    side = quick()
    side.channels[1]._consumers["a"] = Taker(fail)
    assert side.told(b"".join(delivery() + delivery(consumer="b"))) is LookupError
    side.say(HEARTBEAT)
    assert [name for name, _ in side.taken] == ["b"]
    assert side.counted[1:] == (7, b"")


def test_a_connection_that_ends_meanwhile_reads_no_further() -> None:
    side = quick()
    gone = ConnectionError()
    side.channels[1]._consumers["a"] = Taker(lambda _: side.raw._on_stream_terminated(gone))
    side.say(b"".join(delivery() + delivery(consumer="c")))
    assert side.taken == []
