// What the page says of itself in words: the connection, the feed, the marathon's phase.

import { moment, span } from "./figures.js";

/** @typedef {import("./clock.js").Clock} Clock */

/** @type {Record<string, string>} */
const WHY = {
  marathon_not_found: "This marathon cannot be shown any more.",
  close_4504: "Too many connections from here.",
  close_4507: "You may not follow it any more.",
};

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/** The line that says whether the board moves by itself. It changes only when that does: it is read out aloud. */
export class ConnectionWords {
  #clock;
  #live = false;
  /** The last moment at which the board was known to be right. @type {string} */
  #asOf;

  /** @param {Clock} clock */
  constructor(clock) {
    this.#clock = clock;
    this.#asOf = clock.iso;
  }

  /** A board or a change of it has come. */
  live() {
    if (!this.#live) this.#say("live", "Live: this page moves by itself.");
    this.#live = true;
  }

  /** @param {import("../marathon-live.js").StateChange} change */
  changed({ state, failure }) {
    if (state === "waiting") this.#lost("waiting", "Not connected, trying again.");
    else if (state === "closed") this.refused(failure?.code ?? "");
  }

  /** @param {string} code */
  refused(code) {
    this.#lost("closed", `Not live any more. ${WHY[code] ?? "Reload the page to try again."}`);
  }

  /** @param {string} state @param {string} words */
  #lost(state, words) {
    if (this.#live) this.#asOf = this.#clock.iso;
    this.#live = false;
    this.#say(state, `${words} Board as of ${moment(this.#asOf)}.`);
  }

  /** @param {string} state @param {string} words */
  #say(state, words) {
    const said = find("#connection .word");
    find("#connection").dataset.state = state;
    if (said.textContent !== words) said.textContent = words;
  }
}

/**
 * @param {import("../marathon-live.js").Feed} feed
 * @param {Record<string, string>} words by the feed's status
 */
export function sayFeed({ status, updatedAt }, words) {
  find("#feed").dataset.feed = status;
  find("#feed .word").textContent = words[status] ?? "";
  find("#feed .last").hidden = status === "live" || updatedAt === null;
  if (updatedAt !== null) tell(find("#feed time"), updatedAt, moment(updatedAt));
}

/**
 * @typedef {object} Phase
 * @property {string} word
 * @property {string} verb
 * @property {"startsAt" | "endsAt"} at
 * @property {boolean} countsDown
 */
/**
 * @param {import("../marathon-subscription.js").MarathonStatus} marathon
 * @param {Record<string, Phase>} phases by status
 * @param {Clock} clock
 */
export function sayPhase(marathon, phases, clock) {
  const phase = phases[marathon.status];
  const at = marathon[phase.at];
  find("#phase").dataset.status = marathon.status;
  find("#phase .word").textContent = phase.word;
  find("#phase .verb").textContent = phase.verb;
  find("#phase .countdown").hidden = !phase.countsDown;
  tell(find("#phase .countdown time"), at, span(-clock.since(at)));
  tell(find("#phase .at"), at, moment(at));
  find("#feed").hidden = !phase.countsDown;
}

/** @param {HTMLElement} time @param {string} iso @param {string} text */
function tell(time, iso, text) {
  /** @type {HTMLTimeElement} */ (time).dateTime = iso;
  time.textContent = text;
}
