// The list of frames that the console shows, newest first and never more than so many: a board may move all day.

const MOST = 200;
/** Characters of a frame's first line. */
const PREVIEW = 160;

export class Frames {
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /** @param {string} text */
  heard(text) {
    this.#frame("←", "heard", text);
  }

  /** @param {string} text */
  sent(text) {
    this.#frame("→", "sent", text);
  }

  /** Something that is no frame. @param {string} words */
  note(words) {
    const item = this.#item("note");
    item.textContent = words;
  }

  clear() {
    this.#list.replaceChildren();
  }

  /** @param {string} arrow @param {string} kind @param {string} text */
  #frame(arrow, kind, text) {
    const summary = document.createElement("summary");
    const whole = document.createElement("pre");
    const details = document.createElement("details");
    const value = parsed(text);
    const line = value === undefined ? text : JSON.stringify(value);
    summary.textContent = `${arrow} ${new Date().toLocaleTimeString()} ${line.slice(0, PREVIEW)}`;
    whole.textContent = value === undefined ? text : JSON.stringify(value, null, 2);
    details.append(summary, whole);
    this.#item(kind).append(details);
  }

  /** @param {string} kind */
  #item(kind) {
    const item = document.createElement("li");
    item.className = kind;
    this.#list.prepend(item);
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild?.remove();
    return item;
  }
}

/** @param {string} text @returns {unknown} undefined where it is no JSON: one may send anything */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
