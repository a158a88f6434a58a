import assert from "node:assert/strict";
import { test } from "node:test";

import { MarathonLive } from "../../live/static/live/marathon-live.js";
import { connected, settled, stage } from "./fakes.js";

const names = (states) => states.map(({ state }) => state);

test("the token travels in a subprotocol and not in the address", async () => {
  const { peer, live, arrives } = stage({ token: "a.b.c" });
  live.connect();
  await arrives();
  assert.deepEqual(peer().protocols, ["marathon-live.v1", "bearer.a.b.c"]);
  assert.equal(peer().url, "ws://host/marathon-live");
});

test("a client that wants compression offers it first", async () => {
  const { live, arrives } = stage({ compression: true });
  live.connect();
  assert.equal((await arrives()).protocols[0], "marathon-live.v1+deflate");
});

test("a page's address will do for a socket's", async () => {
  for (const [given, url] of [["https://host/live", "wss://host/live"], ["http://host/live", "ws://host/live"]]) {
    const opened = [];
    const env = { WebSocket: class { constructor(url) { opened.push(url); } close() {} } };
    const live = new MarathonLive(given, { token: "t", env }).connect();
    await settled();
    live.close();
    assert.deepEqual(opened, [url]);
  }
});

test("a client is open when the server says so, and not before", async () => {
  const { live, states, arrives } = stage();
  assert.equal(live.state, "closed");
  live.connect();
  const peer = await arrives();
  assert.equal(live.state, "connecting");
  peer.welcomes({ userId: "bob" });
  assert.deepEqual(names(states), ["connecting", "open"]);
  assert.equal(live.userId, "bob");
});

test("connecting twice makes one connection", async () => {
  const { live, peers } = await connected();
  live.connect();
  await settled();
  assert.equal(peers.length, 1);
});

test("a lost connection comes back after its delay", async () => {
  const { clock, first, peers, states } = await connected();
  first.hangsUp(1006);
  assert.deepEqual(states.at(-1), { state: "waiting", failure: { code: "close_1006", message: "" }, retryInMs: 1_250 });
  clock.advance(1_249);
  assert.equal(peers.length, 1);
  clock.advance(1);
  await settled();
  assert.equal(peers.length, 2);
});

test("each attempt that fails makes the next one wait longer, up to 20 s", async () => {
  const { clock, live, states, arrives } = stage({ random: () => 1 - Number.EPSILON });
  live.connect();
  const waits = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    (await arrives()).hangsUp(1006);
    waits.push(Math.round(states.at(-1).retryInMs));
    clock.ring();
  }
  assert.deepEqual(waits, [2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
});

test("a connection that held for ten seconds starts the back-off anew, a shorter one does not", async () => {
  const { clock, states, arrives, first } = await connected();
  const lose = (peer) => (peer.hangsUp(4008), states.at(-1).retryInMs);
  assert.equal(lose(first), 1_250);
  clock.advance(1_250);
  const second = await arrives();
  second.welcomes();
  clock.advance(9_999);
  assert.equal(lose(second), 2_250);
  clock.advance(2_250);
  const third = await arrives();
  third.welcomes();
  clock.advance(10_000);
  assert.equal(lose(third), 1_250);
});

test("a server that says goodbye also says when to come back", async () => {
  const { clock, first, peers, states } = await connected();
  first.says("bye", { retryAfterMs: 7_300 });
  first.hangsUp(4001);
  assert.equal(states.at(-1).retryInMs, 7_300);
  clock.advance(7_300);
  await settled();
  assert.equal(peers.length, 2);
});

test("connecting by hand does not wait for the delay", async () => {
  const { clock, live, first, peers } = await connected();
  first.hangsUp();
  live.connect();
  await settled();
  assert.equal(peers.length, 2);
  assert.equal(clock.timers.size, 1, "the old delay is gone");
});

test("who may not come back stays away, and says why", async () => {
  const { clock, first, live, states } = await connected();
  first.says("error", { code: "not_allowed", message: "Your account was closed" });
  first.says("heartbeat", { seq: {} });
  first.hangsUp(4507);
  assert.deepEqual(states.at(-1), { state: "closed", failure: { code: "not_allowed", message: "Your account was closed" }, retryInMs: null });
  assert.equal(clock.timers.size, 0);
  assert.equal(live.state, "closed");
});

test("an error of long ago is not the reason of a close", async () => {
  const { first, states } = await connected();
  first.says("error", { code: "rate_limited", message: "" });
  first.says("feed_status", { status: "live", updatedAt: null });
  first.hangsUp(1006);
  assert.equal(states.at(-1).failure.code, "close_1006");
});

test("after the end a client can be connected again", async () => {
  const { first, live, arrives } = await connected();
  first.hangsUp(4504);
  live.connect();
  (await arrives()).welcomes();
  assert.equal(live.state, "open");
});

test("every connection asks for a token of its own", async () => {
  let made = 0;
  const { clock, first, arrives } = await connected({ getToken: async () => `t${++made}` });
  assert.equal(first.protocols[1], "bearer.t1");
  first.hangsUp();
  clock.ring();
  assert.equal((await arrives()).protocols[1], "bearer.t2");
});

test("a refused token is replaced once, and no more", async () => {
  let made = 0;
  const { clock, live, states, arrives } = stage({ getToken: () => `t${++made}` });
  live.connect();
  (await arrives()).hangsUp(4500);
  assert.equal(live.state, "waiting");
  clock.ring();
  (await arrives()).hangsUp(4500);
  assert.deepEqual(names(states), ["connecting", "waiting", "connecting", "closed"]);
});

test("a token that was good for a while has its one replacement back", async () => {
  const { clock, first, live, arrives } = await connected({ getToken: () => "t" });
  first.hangsUp(4005);
  clock.ring();
  const second = await arrives();
  second.welcomes();
  second.hangsUp(4005);
  assert.equal(live.state, "waiting");
});

test("without a way to get another token, a refused one is the end", async () => {
  for (const code of [4005, 4500]) {
    const { first, live } = await connected();
    first.hangsUp(code);
    assert.equal(live.state, "closed", code);
  }
});

test("a token that cannot be had now is asked for again later", async () => {
  let broken = true;
  const getToken = async () => {
    if (broken) throw new Error("503");
    return "t";
  };
  const { clock, live, peers, states } = stage({ getToken });
  live.connect();
  await settled();
  assert.equal(states.at(-1).failure.code, "no_token");
  broken = false;
  clock.ring();
  await settled();
  assert.equal(peers.length, 1);
});

test("a token that runs out is renewed on the same connection", async () => {
  let made = 0;
  const { first, live, peers } = await connected({ getToken: async () => `t${++made}` });
  const told = [];
  live.on("tokenExpiring", (data) => told.push(data));
  first.says("token_expiring", { expiresAt: "2026-05-01T10:00:00.000Z" });
  await settled();
  assert.deepEqual(first.asked("authenticate").map(({ data }) => data), [{ token: "t2" }]);
  assert.equal(told.length, 1);
  assert.equal(peers.length, 1);
});

test("a renewal that the server refuses is told", async () => {
  const { first, live } = await connected({ getToken: () => "t" });
  const errors = [];
  live.on("error", ({ code }) => errors.push(code));
  first.says("token_expiring");
  await settled();
  first.refuses("authenticate", "authentication_failed");
  assert.deepEqual(errors, ["authentication_failed"]);
});

test("a token given by hand renews, and serves the next connection", async () => {
  const { clock, first, live, arrives } = await connected({ token: "old" });
  live.authenticate("new");
  assert.deepEqual(first.asked("authenticate")[0].data, { token: "new" });
  first.hangsUp();
  clock.ring();
  assert.equal((await arrives()).protocols[1], "bearer.new");
});

test("a token that comes after the client was closed opens nothing", async () => {
  let give;
  const { live, peers } = stage({ getToken: () => new Promise((resolve) => (give = resolve)) });
  live.connect();
  live.close();
  give("late");
  await settled();
  assert.equal(peers.length, 0);
});

test("silence for two and a half heartbeats is a lost connection", async () => {
  const { clock, first, live, states } = await connected();
  clock.advance(30_000);
  first.says("heartbeat", { seq: {} });
  clock.advance(37_499);
  assert.equal(live.state, "open");
  clock.advance(1);
  assert.equal(states.at(-1).failure.code, "silence");
  assert.ok(first.closed);
});

test("the server says how often its heart beats", async () => {
  const { clock, live, arrives } = stage();
  live.connect();
  (await arrives()).welcomes({ heartbeatMs: 1_000 });
  clock.advance(2_500);
  assert.equal(live.state, "waiting");
});

test("a server that lets nobody in within 15 s is given up", async () => {
  const { clock, live, states, arrives } = stage();
  live.connect();
  await arrives();
  clock.advance(15_000);
  assert.equal(states.at(-1).failure.code, "timeout");
});

test("what a connection says after it was given up is not heard", async () => {
  const { clock, first, live, states } = await connected();
  clock.advance(37_500);
  first.says("feed_status", { status: "down" });
  first.hangsUp(4500);
  assert.equal(live.feed, null);
  assert.equal(states.at(-1).failure.code, "silence");
});

test("closing leaves no timer and no open socket, in any state", async () => {
  const inState = {
    connecting: async (all) => void all.live.connect(),
    open: async (all) => (all.live.connect(), (await all.arrives()).welcomes()),
    waiting: async (all) => (all.live.connect(), (await all.arrives()).hangsUp()),
  };
  for (const [state, reach] of Object.entries(inState)) {
    const all = stage();
    await reach(all);
    assert.equal(all.live.state, state);
    all.live.close();
    await settled();
    assert.equal(all.clock.timers.size, 0, state);
    assert.ok(all.peers.every((peer) => peer.closed), state);
    assert.equal(all.states.at(-1).failure.code, "closed");
  }
});

test("a listener may close the client from within any event", async () => {
  for (const when of ["connecting", "open", "waiting"]) {
    const { clock, live, arrives } = stage();
    live.on("state", ({ state }) => state === when && live.close());
    live.connect();
    const peer = await arrives();
    peer?.welcomes();
    peer?.hangsUp();
    assert.equal(live.state, "closed", when);
    assert.equal(clock.timers.size, 0, when);
  }
});

test("a ping tells the time there and back", async () => {
  const { clock, first, live } = await connected();
  const ping = live.ping();
  clock.advance(42);
  first.confirms("ping", "pong");
  assert.equal(await ping, 42);
});

test("a ping that is lost with its connection fails, and so does one without a connection", async () => {
  const { first, live } = await connected();
  const lost = live.ping();
  first.hangsUp();
  await assert.rejects(lost);
  await assert.rejects(live.ping());
});

test("a frame that is not JSON loses the connection, and the client comes back", async () => {
  for (const nonsense of ["{", "null", "[]", '{"data": 1}']) {
    const { first, live, states } = await connected();
    first.saysRaw(nonsense);
    assert.equal(live.state, "waiting", nonsense);
    assert.equal(states.at(-1).failure.code, "close_1007");
  }
});

test("an event of a later version is ignored", async () => {
  const { first, live } = await connected();
  first.says("weather", { marathonId: "m1" });
  first.says("weather", null);
  assert.equal(live.state, "open");
});

test("the state of the feed is told when it turns, by its event and by a heartbeat", async () => {
  const { first, live } = await connected();
  const told = [];
  live.on("feed", ({ status }) => told.push(status));
  first.says("heartbeat", { feed: { status: "live", updatedAt: null }, seq: {} });
  first.says("heartbeat", { feed: { status: "live", updatedAt: "2026-05-01T10:00:00.000Z" }, seq: {} });
  first.says("feed_status", { status: "stale", updatedAt: null });
  assert.deepEqual(told, ["live", "stale"]);
});

test("a token that no socket can carry ends it instead of trying for ever", async () => {
  const live = new MarathonLive("ws://127.0.0.1:9/", { token: "no token at all" });
  const states = [];
  live.on("state", (change) => states.push(change));
  live.connect();
  await settled();
  assert.equal(states.at(-1).state, "closed");
  assert.equal(states.at(-1).failure.code, "bad_address");
});
