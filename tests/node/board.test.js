import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Board, OutOfStep } from "../../live/static/live/marathon-live.js";
import { delta, row, snapshot } from "./fakes.js";

/** Cases that every client must get right. The suite in Python runs the same file; DELTA_VECTORS names another one. */
const path = process.env.DELTA_VECTORS ?? new URL("../vectors/deltas.json", import.meta.url);
const vectors = JSON.parse(readFileSync(path, "utf8"));

for (const { name, before, delta, after } of vectors.cases) {
  test(`delta: ${name}`, () => assert.deepEqual(Board.from(before).apply(delta), Board.from(after)));
  test(`ranks follow from places: ${name}`, () => {
    assert.deepEqual(Board.from(before).apply(delta).rows.map((row) => row.rank), after.entries.map((row) => row.rank));
  });
}

for (const { name, before, delta } of vectors.refused) {
  test(`refused: ${name}`, () => assert.throws(() => Board.from(before).apply(delta), OutOfStep));
}

test("a delta leaves the board that it applies to as it was", () => {
  const board = Board.from(snapshot());
  const before = structuredClone({ ...board });
  board.apply(delta({ changed: [{ bib: 1, equity: 7 }], removed: [2], moved: [[3, 0]] }));
  assert.deepEqual({ ...board }, before);
});

test("rows that a delta does not touch stay the same objects", () => {
  const board = Board.from(snapshot());
  const next = board.apply(delta({ changed: [{ bib: 2, equity: 7 }] }));
  assert.equal(next.rows[0], board.rows[0]);
  assert.notEqual(next.rows[1], board.rows[1]);
});

test("a row is found by its bib and by its user", () => {
  const board = Board.from(snapshot());
  assert.equal(board.row(2)?.userName, "Trader 2");
  assert.equal(board.rowOfUser("u3")?.bib, 3);
  assert.equal(board.row(9), null);
});

test("any way from one board to another ends at the other", () => {
  const random = randomFrom(Number(process.env.SEED ?? 20260));
  for (let round = 0; round < 500; round++) {
    const [old, next] = [anyBoard(random, 10), anyBoard(random, 12)];
    assert.deepEqual(Board.from(old).apply(wayTo(old, next, random)), Board.from(next), `round ${round}`);
  }
});

/** A small generator with a seed (mulberry32), as Math.random has none. */
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random, n) => Math.floor(random() * n);

function anyBoard(random, seq) {
  const bibs = Array.from({ length: 12 }, (_, bib) => bib + 1).filter(() => random() < 0.7).sort(() => random() - 0.5);
  const status = () => ["active", "active", "no_data", "disqualified"][below(random, 4)];
  const entries = bibs.map((bib) => row(bib, { equity: below(random, 4), status: status(), rank: null }));
  return snapshot({ seq, offset: below(random, 5), totalParticipants: below(random, 50), entries });
}

/** A delta that says more than it must: some rows that stay in order move all the same. */
function wayTo(old, next, random) {
  const olds = new Map(old.entries.map((entry) => [entry.bib, entry]));
  const staying = new Set();
  let last = -1;
  for (const { bib } of next.entries) {
    const place = old.entries.findIndex((entry) => entry.bib === bib);
    if (place <= last || random() < 0.2) continue;
    staying.add(bib);
    last = place;
  }
  const bibs = new Set(next.entries.map((entry) => entry.bib));
  return delta({
    totalParticipants: next.totalParticipants,
    offset: next.offset,
    changed: next.entries.map((entry) => differences(olds.get(entry.bib), entry)),
    removed: old.entries.map((entry) => entry.bib).filter((bib) => !bibs.has(bib)),
    moved: next.entries.map((entry, place) => [entry.bib, place]).filter(([bib]) => !staying.has(bib)),
  });
}

function differences(old, entry) {
  const fields = Object.entries(entry).filter(([name, value]) => name !== "rank" && old?.[name] !== value);
  return { ...Object.fromEntries(fields), bib: entry.bib };
}
