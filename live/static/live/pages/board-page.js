// The page of a board: takes over what the server has rendered and moves it.
// In the flow: ../marathon-live.js brings the window of this page -> table.js, pager.js, state.js.

import { MarathonLive } from "../marathon-live.js";
import { Clock } from "./clock.js";
import { sayRange } from "./pager.js";
import { ConnectionWords, sayFeed, sayPhase } from "./state.js";
import { Table } from "./table.js";
import { tokensFrom } from "./token.js";

/** Figures that change more often than once a second cannot be read. */
const INTERVAL_MS = 1_000;

/** What live/pages/views.py says for scripts. */
const script = JSON.parse(document.getElementById("script")?.textContent ?? "");
const clock = new Clock(script.now);
const connection = new ConnectionWords(clock);
const live = new MarathonLive("/marathon-live", { getToken: tokensFrom(script.tokenUrl) });
const around = { me: script.me, notes: script.notes, clock };
const table = new Table(
  /** @type {HTMLTableSectionElement} */ (document.getElementById("lines")),
  /** @type {HTMLTemplateElement} */ (document.getElementById("line")),
  around,
);
let marathon = script.marathon;

/** @param {import("../marathon-subscription.js").MarathonStatus} status */
function turned(status) {
  marathon = { ...marathon, ...status };
  sayPhase(marathon, script.phases, clock);
}

/** @param {import("../marathon-subscription.js").Change} change */
function show(change) {
  connection.live();
  table.show(change);
  sayRange(change.board, script.page, script.size);
  if (change.board.status !== marathon.status) turned({ ...marathon, status: change.board.status });
}

const view = { page: script.page, size: script.size };
const board = live.subscribeMarathon(script.marathon.marathonId, { view, intervalMs: INTERVAL_MS }, show);
board.on("status", turned);
board.on("error", (failure) => board.state === "refused" && connection.refused(failure.code));
live.on("feed", (feed) => sayFeed(feed, script.feeds));
live.on("state", (change) => {
  if (change.state === "open" && live.hello) clock.heard(live.hello.serverTime);
  if (change.failure?.code !== "closed") connection.changed(change);
});
addEventListener("online", () => live.connect());
// A page that is left may be kept by the browser and come back as it was.
addEventListener("pagehide", () => live.close());
addEventListener("pageshow", (shown) => shown.persisted && live.connect());
clock.start();
live.connect();
