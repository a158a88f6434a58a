// The server's time in the browser, and the ages and countdowns that move with it.
// `<time data-age>` says how old its `datetime` is, `<time data-until>` how long it is until then.

import { age, span } from "./figures.js";

export class Clock {
  #aheadMs = 0;

  /** @param {string} iso the server's time now */
  constructor(iso) {
    this.heard(iso);
  }

  /** @param {string} iso the server's time now */
  heard(iso) {
    this.#aheadMs = Date.parse(iso) - Date.now();
  }

  /** @returns {string} the server's time, as the protocol writes times */
  get iso() {
    return new Date(Date.now() + this.#aheadMs).toISOString();
  }

  /** @param {string} iso @returns {number} seconds */
  since(iso) {
    return (Date.now() + this.#aheadMs - Date.parse(iso)) / 1000;
  }

  /** Rewrites all times of the page once a second; texts that stay the same are not touched. */
  start() {
    setInterval(() => this.tick(), 1000);
    this.tick();
  }

  tick() {
    for (const time of document.querySelectorAll("time[data-age], time[data-until]")) this.write(/** @type {HTMLTimeElement} */ (time));
  }

  /** @param {HTMLTimeElement} time */
  write(time) {
    if (!time.dateTime) return;
    const seconds = this.since(time.dateTime);
    const text = time.hasAttribute("data-age") ? age(seconds) : span(-seconds);
    if (time.textContent !== text) time.textContent = text;
  }
}
