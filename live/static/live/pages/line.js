// One line of the board: an entry of the protocol written into the cells of a table row.
// The markup is the server's (templates/board_line.html): rows are its own or copies of its template.

import { MISSING, amount, direction, moment, signed } from "./figures.js";

/** @typedef {import("../board.js").Entry} Entry */
/**
 * @typedef {object} Around what a line depends on besides its entry
 * @property {string | null} me the viewer's user id
 * @property {Record<string, string>} notes status to its words
 * @property {import("./clock.js").Clock} clock
 */

/** @type {[cell: string, text: (entry: Entry) => string][]} */
const CELLS = [
  [".rank", (entry) => (entry.rank === null ? MISSING : String(entry.rank))],
  [".bib", (entry) => String(entry.bib)],
  [".name bdi", (entry) => entry.userName],
  [".gain", (entry) => signed(entry.profitPercentage)],
  [".equity", (entry) => amount(entry.equity)],
  [".currency", (entry) => entry.currency ?? ""],
  [".balance", (entry) => amount(entry.balance)],
  [".profit", (entry) => signed(entry.profit)],
  [".drawdown", (entry) => amount(entry.maxDrawdown)],
];

export class Line {
  /** What is written at present. @type {Entry | null} */
  #entry = null;
  #cells;

  /** @param {HTMLTableRowElement} row */
  constructor(row) {
    this.row = row;
    this.#cells = CELLS.map(([selector]) => /** @type {HTMLElement} */ (row.querySelector(selector)));
    this.note = /** @type {HTMLElement} */ (row.querySelector(".name small"));
    this.gain = /** @type {HTMLElement} */ (row.querySelector(".gain"));
    this.time = /** @type {HTMLTimeElement} */ (row.querySelector("time"));
  }

  /**
   * @param {Entry} entry
   * @param {Around} around
   */
  write(entry, around) {
    if (entry === this.#entry) return;
    this.#entry = entry;
    CELLS.forEach(([, text], index) => write(this.#cells[index], text(entry)));
    this.#cells[2].title = entry.userName;
    write(this.note, note(entry, around.notes));
    this.gain.dataset.direction = direction(entry.profitPercentage);
    this.row.dataset.bib = String(entry.bib);
    this.row.dataset.status = entry.status;
    this.row.classList.toggle("mine", around.me !== null && entry.userId === around.me);
    this.#age(entry.updatedAt, around.clock);
  }

  /** @param {string | null} iso @param {import("./clock.js").Clock} clock */
  #age(iso, clock) {
    if (iso === null) {
      this.time.removeAttribute("datetime");
      this.time.removeAttribute("title");
      write(this.time, MISSING);
    } else {
      this.time.dateTime = iso;
      this.time.title = moment(iso);
      clock.write(this.time);
    }
  }
}

/** @param {Entry} entry @param {Record<string, string>} notes */
function note(entry, notes) {
  const words = notes[entry.status] ?? "";
  return entry.disqualificationReason ? `${words}: ${entry.disqualificationReason}` : words;
}

/** @param {HTMLElement} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
