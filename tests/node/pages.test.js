import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as figures from "../../live/static/live/pages/figures.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/figures.json", import.meta.url), "utf8"));

for (const [name, cases] of Object.entries(vectors)) {
  test(`${name} writes what the server writes`, () => {
    for (const [given, text] of cases) assert.equal(figures[name](given), text, `${name}(${given})`);
  });
}
