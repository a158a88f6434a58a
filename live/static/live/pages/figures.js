// How figures read on a page: the same text as live/pages/figures.py writes for the same figure. Pure.
// tests/vectors/figures.json holds both to that, so that a board does not twitch when the browser takes it over.

export const MISSING = "–";
const MINUS = "−"; // as wide as a plus, where a hyphen is not
const TWO_DECIMALS = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
/** @type {[number, string][]} */
const UNITS = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [1, "s"]];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Two decimals and thousands apart; a dash where nothing is known.
 * @param {number | null} value
 */
export function amount(value) {
  if (value === null) return MISSING;
  const text = TWO_DECIMALS.format(Math.abs(value));
  return direction(value) === "down" ? MINUS + text : text;
}

/**
 * Like `amount`, with a plus where it is more than nothing.
 * @param {number | null} value
 */
export function signed(value) {
  return direction(value) === "up" ? `+${amount(value)}` : amount(value);
}

/**
 * Empty where the figure shown is zero or missing.
 * @param {number | null} value
 * @returns {"up" | "down" | ""}
 */
export function direction(value) {
  if (value === null || TWO_DECIMALS.format(Math.abs(value)) === "0.00") return "";
  return value > 0 ? "up" : "down";
}

/** @param {number} value */
export function count(value) {
  return WHOLE.format(value);
}

/**
 * How old something is, in steps coarse enough not to tick in the corner of the eye.
 * @param {number} seconds
 */
export function age(seconds) {
  const whole = Math.trunc(seconds);
  if (whole < 10) return "now";
  if (whole < MINUTE) return `${Math.trunc(whole / 10) * 10} s`;
  if (whole < HOUR) return `${Math.trunc(whole / MINUTE)} min`;
  return whole < 2 * DAY ? `${Math.trunc(whole / HOUR)} h` : `${Math.trunc(whole / DAY)} d`;
}

/**
 * The time until something, in its two largest units.
 * @param {number} seconds
 */
export function span(seconds) {
  const left = Math.max(0, Math.trunc(seconds));
  const largest = UNITS.findIndex(([size]) => left >= size);
  if (largest === -1 || largest === UNITS.length - 1) return `${left} s`;
  const [size, name] = UNITS[largest];
  const [smaller, smallerName] = UNITS[largest + 1];
  return `${Math.trunc(left / size)} ${name} ${Math.trunc((left % size) / smaller)} ${smallerName}`;
}

/** @param {string} iso a time as the protocol writes it */
export function moment(iso) {
  const time = new Date(iso);
  const clock = time.toISOString().slice(11, 19);
  return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}, ${clock} UTC`;
}
