import assert from "node:assert/strict";
import { test } from "node:test";

import { delayMs, verdict } from "../../live/static/live/backoff.js";

test("the first attempt comes after 0.5 to 2 s, each next ceiling doubles, none is over 20 s", () => {
  const range = (attempt) => [delayMs(attempt, () => 0), delayMs(attempt, () => 1)];
  assert.deepEqual(range(0), [500, 2_000]);
  assert.deepEqual(range(1), [500, 4_000]);
  assert.deepEqual(range(3), [500, 16_000]);
  assert.deepEqual(range(4), [500, 20_000]);
  assert.deepEqual(range(100_000), [500, 20_000]);
});

test("a delay is anywhere between its ends", () => {
  assert.equal(delayMs(0, () => 0.5), 1_250);
});

test("codes 40xx and whatever a network does bring a client back", () => {
  for (const code of [1000, 1001, 1006, 1012, 4001, 4008, 4012, 4013]) assert.equal(verdict(code), "back", code);
});

test("codes 45xx keep it away", () => {
  for (const code of [4501, 4503, 4504, 4507, 4509, 4510]) assert.equal(verdict(code), "stay", code);
});

test("an expired and a refused token ask for another token", () => {
  for (const code of [4005, 4500]) assert.equal(verdict(code), "token", code);
});
