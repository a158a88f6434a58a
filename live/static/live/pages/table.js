// The rows of the board, one for each participant, kept and moved instead of written anew.
// In the flow: board-page.js hands over what a frame changed -> here -> line.js writes the cells.

import { Line } from "./line.js";

/** @typedef {import("../marathon-subscription.js").Change} Change */

const MOVE = { duration: 400, easing: "ease-in-out" };
const MARK = { duration: 1_500, easing: "ease-in" };

export class Table {
  #body;
  #template;
  #around;
  /** By bib, in no order. @type {Map<number, Line>} */
  #lines = new Map();
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * Takes over the rows that the server has rendered.
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template of a row
   * @param {import("./line.js").Around} around
   */
  constructor(body, template, around) {
    this.#body = body;
    this.#template = template;
    this.#around = around;
    for (const row of body.rows) this.#lines.set(Number(row.dataset.bib), new Line(row));
  }

  /** @param {Change} change */
  show({ board, moved, snapshot }) {
    const before = this.#places();
    this.#takeOut(board.rows, moved);
    this.#putBack(board.rows);
    // A snapshot is where a page begins, or begins again: nothing to watch.
    if (!snapshot && before) this.#slide(before, moved);
  }

  /** Where each row is, in pixels; null where nobody wants to see it move. */
  #places() {
    if (this.#calm.matches || document.hidden) return null;
    return new Map([...this.#lines].map(([bib, { row }]) => [bib, row.offsetTop]));
  }

  /**
   * Rows that move are taken out first: those that they pass then stand right already, and are not touched.
   * @param {readonly import("./line.js").Entry[]} entries
   * @param {Set<number>} moved
   */
  #takeOut(entries, moved) {
    const staying = new Set(entries.map((entry) => entry.bib));
    for (const [bib, line] of this.#lines) {
      if (!staying.has(bib)) this.#lines.delete(bib);
      if (!staying.has(bib) || moved.has(bib)) line.row.remove();
    }
  }

  /** @param {readonly import("./line.js").Entry[]} entries */
  #putBack(entries) {
    let place = this.#body.firstElementChild;
    for (const entry of entries) {
      const line = this.#lines.get(entry.bib) ?? this.#enter(entry.bib);
      line.write(entry, this.#around);
      if (line.row === place) place = place.nextElementSibling;
      else this.#body.insertBefore(line.row, place);
    }
  }

  /** @param {number} bib */
  #enter(bib) {
    const copy = /** @type {DocumentFragment} */ (this.#template.content.cloneNode(true));
    const line = new Line(/** @type {HTMLTableRowElement} */ (copy.querySelector("tr")));
    this.#lines.set(bib, line);
    return line;
  }

  /**
   * Lets rows slide from where they were; those that moved by themselves go above the others, marked for a moment.
   * @param {Map<number, number>} before
   * @param {Set<number>} moved
   */
  #slide(before, moved) {
    const after = this.#places() ?? new Map();
    for (const [bib, { row }] of this.#lines) {
      const by = (before.get(bib) ?? after.get(bib)) - after.get(bib);
      if (by) slide(row, by, moved.has(bib));
      if (moved.has(bib)) row.animate([{ backgroundColor: "var(--mark)" }, { backgroundColor: "var(--ground)" }], MARK);
    }
  }
}

/** @param {HTMLElement} row @param {number} by pixels @param {boolean} above */
function slide(row, by, above) {
  const zIndex = above ? 1 : 0;
  row.animate([{ transform: `translateY(${by}px)`, zIndex }, { transform: "none", zIndex }], MOVE);
}
