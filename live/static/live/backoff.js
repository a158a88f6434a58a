// When to come back after a lost connection, and whether to. Pure: randomness is an argument.

const LEAST_MS = 500;
const FIRST_CEILING_MS = 2_000;
const MOST_MS = 20_000;

/**
 * The delay before an attempt: full jitter between 0.5 s and a ceiling that doubles up to 20 s.
 * @param {number} attempt 0 for the first one after a connection that held
 * @param {() => number} random from [0, 1)
 */
export function delayMs(attempt, random) {
  const ceiling = Math.min(MOST_MS, FIRST_CEILING_MS * 2 ** Math.min(attempt, 10));
  return LEAST_MS + random() * (ceiling - LEAST_MS);
}

/**
 * What a close code asks of a client: come "back" as it is, come back with a new "token", or "stay" away.
 * @param {number} code
 * @returns {"back" | "token" | "stay"}
 */
export function verdict(code) {
  if (code === 4005 || code === 4500) return "token";
  return code >= 4500 && code < 4600 ? "stay" : "back";
}
