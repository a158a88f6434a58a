import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { connected, delta, following, settled, snapshot } from "./fakes.js";

/** A frame as a server sends it to who asked for compression. */
function deflated(event, data) {
  const bytes = deflateRawSync(JSON.stringify({ event, data }));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

/** Waits until a condition holds; inflating takes as many turns of the loop as it takes. */
async function until(condition) {
  while (!condition()) await settled();
}

test("compressed frames and plain ones are heard in the order in which they came", async () => {
  const { board, changes, first } = await following({ compression: true });
  first.saysRaw(deflated("marathon_leaderboard", snapshot({ seq: 20 })));
  first.says("marathon_delta", delta({ since: 20, seq: 21 }));
  first.saysRaw(deflated("marathon_delta", delta({ since: 21, seq: 22 })));
  first.says("marathon_delta", delta({ since: 22, seq: 23 }));
  await until(() => board.board.seq === 23);
  assert.deepEqual(changes.map(({ board }) => board.seq), [10, 20, 21, 22, 23]);
});

test("a close is heard after the frames that came before it", async () => {
  const { board, first, live } = await following({ compression: true });
  first.saysRaw(deflated("marathon_leaderboard", snapshot({ seq: 20 })));
  first.hangsUp(4001);
  await until(() => live.state === "waiting");
  assert.equal(board.board.seq, 20);
});

test("a compressed frame that is broken loses the connection, and the client comes back", async () => {
  const { first, live } = await connected({ compression: true });
  first.saysRaw(new Uint8Array([255, 255, 255]).buffer);
  await until(() => live.state === "waiting");
  assert.ok(first.closed);
});

test("a client that was closed while a frame was inflated hears nothing more", async () => {
  const { changes, first, live } = await following({ compression: true });
  first.saysRaw(deflated("marathon_leaderboard", snapshot({ seq: 20 })));
  live.close();
  for (let turn = 0; turn < 20; turn++) await settled();
  assert.equal(changes.length, 1);
});
