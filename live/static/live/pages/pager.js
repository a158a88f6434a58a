// Which part of the board the page shows, and the ways to the other parts. The board may grow while it is watched.

import { count } from "./figures.js";

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/**
 * @param {import("../board.js").Board} board
 * @param {number} number of the page, from 1
 * @param {number} size rows a page
 */
export function sayRange({ totalParticipants: total, rows, offset }, number, size) {
  const pages = Math.max(1, Math.ceil(total / size));
  write(find("#total"), `${count(total)} participant${total === 1 ? "" : "s"}`);
  write(find("#pager .range"), `Rows ${count(Math.min(offset + 1, total))} to ${count(offset + rows.length)} of ${count(total)}`);
  find("#pager").hidden = pages === 1 && number === 1;
  find("#pager .next").hidden = find("#pager .last").hidden = number >= pages;
  /** @type {HTMLAnchorElement} */ (find("#pager .last")).href = `?page=${pages}`;
  find("#empty").hidden = total > 0;
}

/** @param {HTMLElement} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
