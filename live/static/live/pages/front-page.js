// The front page: only its countdowns move.

import { Clock } from "./clock.js";

const lists = /** @type {HTMLElement} */ (document.querySelector("[data-now]"));
new Clock(lists.dataset.now ?? "").start();
