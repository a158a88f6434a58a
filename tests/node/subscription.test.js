import assert from "node:assert/strict";
import { test } from "node:test";

import { connected, delta, following, row, settled, snapshot, stage } from "./fakes.js";

const bibs = (board) => board.rows.map(({ bib }) => bib);
const subscribes = (peer) => peer.asked("subscribe_marathon").map(({ data }) => data);

async function back({ clock, peer }) {
  clock.ring();
  await settled();
  peer().welcomes();
  return peer();
}

test("a subscription asks for the whole board in deltas unless told otherwise", async () => {
  const { first } = await following();
  assert.deepEqual(subscribes(first), [{ marathonId: "m1", view: "all", updates: "delta" }]);
});

test("the first subscription connects, and is asked for once the connection is open", async () => {
  const { live, arrives } = stage();
  live.subscribeMarathon("m1", { view: { top: 50 }, intervalMs: 1_000 });
  const peer = await arrives();
  assert.equal(peer.sent.length, 0);
  peer.welcomes();
  assert.deepEqual(subscribes(peer), [{ marathonId: "m1", view: { top: 50 }, updates: "delta", intervalMs: 1_000 }]);
});

test("a client that was closed stays so, whatever it subscribes to", async () => {
  const { live, peers } = stage();
  live.close();
  live.subscribeMarathon("m1");
  await settled();
  assert.equal(peers.length, 0);
});

test("a snapshot is a change of every row", async () => {
  const { board, changes } = await following();
  assert.equal(board.state, "live");
  assert.deepEqual(bibs(board), [1, 2, 3]);
  assert.deepEqual(changes.map(({ snapshot, changed }) => [snapshot, [...changed]]), [[true, [1, 2, 3]]]);
});

test("a delta tells which rows changed, moved and left", async () => {
  const { board, changes, first } = await following();
  first.says("marathon_delta", delta({ changed: [{ bib: 3, equity: 999 }], moved: [[3, 0]], removed: [2] }));
  const { changed, moved, removed, snapshot } = changes.at(-1);
  assert.deepEqual([[...changed], [...moved], [...removed], snapshot], [[3], [3], [2], false]);
  assert.deepEqual(bibs(board), [3, 1]);
  assert.equal(changes.at(-1).board, board.board);
});

test("a user finds their own row", async () => {
  const { board, first } = await following();
  assert.equal(board.me, null);
  first.says("marathon_leaderboard", snapshot({ entries: [row(1), row(2, { userId: "alice" })] }));
  assert.equal(board.me.bib, 2);
});

test("a delta that does not fit makes the client ask for a snapshot", async () => {
  for (const wrong of [{ since: 9 }, { epoch: "e2" }, { moved: [[9, 0]] }]) {
    const { board, changes, first } = await following();
    first.says("marathon_delta", delta(wrong));
    assert.deepEqual(subscribes(first)[1], { marathonId: "m1", view: "all", updates: "delta" });
    assert.equal(board.state, "pending");
    first.says("marathon_delta", delta({ since: 12, seq: 13 }));
    assert.equal(subscribes(first).length, 2, "what was under way is no reason to ask again");
    first.says("marathon_leaderboard", snapshot({ seq: 20 }));
    first.confirms("subscribe_marathon");
    first.says("marathon_delta", delta({ since: 20, seq: 21 }));
    assert.equal(board.board.seq, 21);
    assert.equal(changes.length, 3);
  }
});

test("falling out of step again at once gives the connection up", async () => {
  const { first, live, states } = await following();
  first.says("marathon_delta", delta({ since: 9 }));
  first.says("marathon_leaderboard", snapshot());
  first.confirms("subscribe_marathon");
  first.says("marathon_delta", delta({ since: 9 }));
  assert.equal(live.state, "waiting");
  assert.equal(states.at(-1).failure.code, "out_of_step");
});

test("falling out of step again later does not", async () => {
  const { clock, first, live } = await following();
  first.says("marathon_delta", delta({ since: 9 }));
  first.says("marathon_leaderboard", snapshot());
  first.confirms("subscribe_marathon");
  clock.advance(10_000);
  first.says("marathon_delta", delta({ since: 9 }));
  assert.equal(live.state, "open");
  assert.equal(subscribes(first).length, 3);
});

test("a heartbeat that is ahead makes the client ask again, one that is not does nothing", async () => {
  const { first } = await following();
  first.says("heartbeat", { seq: { m1: 10, other: 99 } });
  first.says("heartbeat", { seq: { m1: 9 } });
  assert.equal(subscribes(first).length, 1);
  first.says("heartbeat", { seq: { m1: 11 } });
  assert.equal(subscribes(first).length, 2);
});

test("after a lost connection a whole board resumes where it was", async () => {
  const all = await following();
  all.first.hangsUp();
  assert.deepEqual(bibs(all.board), [1, 2, 3], "the page keeps what it shows");
  const second = await back(all);
  assert.deepEqual(subscribes(second)[0].since, { epoch: "e1", seq: 10 });
  second.says("marathon_delta", delta({ seq: 500, changed: [{ bib: 1, equity: 5 }] }));
  second.confirms("subscribe_marathon", "subscribed", { resumed: true });
  assert.equal(all.board.board.seq, 500);
  assert.equal(all.board.rows[0].equity, 5);
});

test("a window and full updates begin anew after a lost connection", async () => {
  for (const options of [{ view: { top: 3 } }, { updates: "full" }]) {
    const all = await following({}, options);
    all.first.hangsUp();
    assert.equal(subscribes(await back(all))[0].since, undefined);
  }
});

test("a board that was out of step when the connection was lost is not resumed", async () => {
  const all = await following();
  all.first.says("marathon_delta", delta({ since: 9 }));
  all.first.hangsUp();
  assert.equal(subscribes(await back(all))[0].since, undefined);
});

test("full updates replace the board", async () => {
  const { board, first } = await following({}, { updates: "full" });
  first.says("marathon_leaderboard", snapshot({ seq: 11, entries: [row(2), row(1)] }));
  assert.deepEqual(board.rows.map(({ bib, rank }) => [bib, rank]), [[2, 1], [1, 2]]);
});

test("another view is asked for on the fly", async () => {
  const { board, first } = await following({}, { view: { top: 3 } });
  board.update({ view: { page: 2, size: 2 } });
  first.says("marathon_delta", delta({ changed: [{ bib: 1, equity: 5 }] }));
  assert.equal(board.rows[0].equity, 5, "until the answer comes the old view goes on");
  first.says("marathon_leaderboard", snapshot({ seq: 12, offset: 2, entries: [row(3)] }));
  first.confirms("subscribe_marathon");
  assert.deepEqual(subscribes(first)[1], { marathonId: "m1", view: { page: 2, size: 2 }, updates: "delta" });
  assert.equal(board.rows[0].rank, 3);
  assert.equal(board.state, "live");
});

test("the marathon's status is told and shown", async () => {
  const { board, first } = await following();
  const told = [];
  board.on("status", ({ status }) => told.push(status));
  first.says("marathon_status", { marathonId: "m1", status: "finished", startsAt: "", endsAt: "" });
  assert.deepEqual(told, ["finished"]);
  assert.equal(board.board.status, "finished");
});

test("a refusal is told once and final", async () => {
  const all = await connected();
  const board = all.live.subscribeMarathon("m9");
  const errors = [];
  board.on("error", ({ code }) => errors.push(code));
  all.first.refuses("subscribe_marathon", "marathon_not_found");
  assert.equal(board.state, "refused");
  all.first.hangsUp();
  assert.equal(subscribes(await back(all)).length, 0);
  assert.deepEqual(errors, ["marathon_not_found"]);
});

test("a passing failure is asked again when the server says", async () => {
  const { clock, first, live } = await connected();
  live.subscribeMarathon("m1");
  first.refuses("subscribe_marathon", "rate_limited", { retryAfterMs: 3_000 });
  clock.advance(2_999);
  assert.equal(subscribes(first).length, 1);
  clock.advance(1);
  assert.equal(subscribes(first).length, 2);
  first.refuses("subscribe_marathon", "internal");
  clock.advance(8_000);
  assert.equal(subscribes(first).length, 3);
});

test("over the rate, which no answer names, what is unanswered is asked again", async () => {
  const { board, clock, first } = await following();
  board.update({ intervalMs: 500 });
  first.says("error", { code: "rate_limited", message: "", retryAfterMs: 3_000 });
  clock.advance(3_000);
  assert.equal(subscribes(first).length, 3);
});

test("when one board may not be seen any more, asking for each tells which", async () => {
  const { board, first, live } = await following();
  const other = live.subscribeMarathon("m2");
  first.says("marathon_leaderboard", snapshot({ marathonId: "m2" }));
  first.confirms("subscribe_marathon");
  first.says("error", { code: "marathon_not_found", message: "" });
  const [again, ofOther] = first.asked("subscribe_marathon").slice(-2);
  assert.deepEqual(again.data.since, { epoch: "e1", seq: 10 });
  first.says("error", { code: "marathon_not_found", message: "" }, again.id);
  first.says("marathon_delta", delta({ marathonId: "m2", seq: 10 }));
  first.says("subscribed", {}, ofOther.id);
  assert.deepEqual([board.state, other.state], ["refused", "live"]);
});

test("a client that is closed asks nothing again, and leaves no timer", async () => {
  const { clock, first, live } = await connected();
  live.subscribeMarathon("m1");
  first.refuses("subscribe_marathon", "internal");
  live.close();
  assert.equal(clock.timers.size, 0);
});

test("nothing is heard of a board after unsubscribing", async () => {
  const all = await following();
  all.board.unsubscribe();
  assert.deepEqual(all.first.asked("unsubscribe_marathon")[0].data, { marathonId: "m1" });
  all.first.says("marathon_delta", delta());
  assert.equal(all.changes.length, 1);
  all.first.hangsUp();
  assert.equal(subscribes(await back(all)).length, 0);
});

test("a board left and taken again waits for its own snapshot", async () => {
  const { board, first, live } = await following();
  board.unsubscribe();
  const again = live.subscribeMarathon("m1");
  first.says("marathon_delta", delta());
  assert.equal(again.board, null);
  first.says("unsubscribed", { type: "marathon", marathonId: "m1" }, first.asked("unsubscribe_marathon")[0].id);
  assert.equal(again.state, "pending");
  first.says("marathon_leaderboard", snapshot({ seq: 30 }));
  first.confirms("subscribe_marathon");
  assert.equal(again.board.seq, 30);
});

test("two subscriptions to one marathon are refused here", async () => {
  const { live } = await following();
  assert.throws(() => live.subscribeMarathon("m1"), /already subscribed/);
});

test("an account tells its entry in each of its marathons", async () => {
  const { first, live } = await connected();
  const told = [];
  const account = live.subscribeAccount("261632689", (entry) => told.push(entry.marathonId));
  assert.deepEqual(first.asked("subscribe_account")[0].data, { accountLogin: "261632689" });
  for (const marathonId of ["m1", "m2"]) first.says("account_update", { ...row(1), accountLogin: "261632689", marathonId });
  first.says("account_update", { ...row(2), accountLogin: "1", marathonId: "m1" });
  assert.deepEqual(told, ["m1", "m2"]);
  assert.deepEqual([...account.entries.keys()], ["m1", "m2"]);
  account.unsubscribe();
  assert.deepEqual(first.asked("unsubscribe_account")[0].data, { accountLogin: "261632689" });
});

test("a callback that throws keeps no frame from anybody", async (t) => {
  const thrown = [];
  t.mock.method(globalThis, "queueMicrotask", (run) => thrown.push(run));
  const { board, first } = await following();
  const told = [];
  board.on("change", () => { throw new Error("the page's own mistake"); });
  board.on("change", ({ board }) => told.push(board.seq));
  first.says("marathon_delta", delta());
  assert.deepEqual(told, [12]);
  assert.throws(thrown[0], /own mistake/);
});
