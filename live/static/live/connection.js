// A connection that comes back: token, states, silence, back-off, requests and replies. It knows nothing of boards.
// In the flow: line.js (one socket) -> here -> marathon-live.js, which hands events to the subscriptions.

import { delayMs, verdict } from "./backoff.js";
import { Line, socketUrl, subprotocols } from "./line.js";

/**
 * closed: nothing happens, at first and after the end. waiting: lost, the next attempt is due after a delay.
 * @typedef {"closed" | "connecting" | "open" | "waiting"} State
 */
/** @type {Readonly<Record<State, State[]>>} */
const NEXT = Object.freeze({
  closed: ["connecting"],
  connecting: ["open", "waiting", "closed"],
  open: ["waiting", "closed"],
  waiting: ["connecting", "closed"],
});
const REPLIES = new Set(["subscribed", "unsubscribed", "authenticated", "pong", "error"]);
const CONNECT_TIMEOUT_MS = 15_000;
/** A connection that held this long was a good one: the back-off starts anew. */
const STEADY_MS = 10_000;
const HEARTBEAT_MS = 15_000;
/** Heartbeats that may fail to come before the connection counts as dead. */
const SILENT_HEARTBEATS = 2.5;

/**
 * What is taken from the surroundings; tests bring their own.
 * @typedef {object} Environment
 * @property {new (url: string, protocols: string[]) => WebSocket} WebSocket
 * @property {() => number} now milliseconds that only grow
 * @property {() => number} random from [0, 1)
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */
/**
 * @typedef {object} Failure
 * @property {string} code one of the protocol's, "close_<number>", or our own: "closed", "no_token", "bad_address",
 *   "timeout", "silence", "out_of_step", "disconnected"
 * @property {string} message
 * @property {string} [event] the request that it answers
 * @property {number} [retryAfterMs]
 */
/**
 * `renewable`: whether asking for the token again may give another one.
 * @typedef {{get: () => string | Promise<string>, renewable: boolean}} Tokens
 */
/**
 * @typedef {object} Handlers
 * @property {(hello: any) => void} opened with the data of `connected`
 * @property {(event: string, data: any) => void} heard
 * @property {(failure: Failure) => void} failed
 * @property {(state: State, failure: Failure | null, retryInMs: number | null) => void} changed
 */
/** @typedef {(failure: Failure | null, data: any) => void} Answered */

export class Connection {
  /** @type {State} */
  state = "closed";
  #url;
  #tokens;
  #compression;
  #handlers;
  #env;
  /** @type {Line | null} */
  #line = null;
  /** The one timer there is; what it waits for is what the state says. @type {any} */
  #timer = null;
  /** Counts every change of state, so that what comes late for an earlier one is known. */
  #era = 0;
  #attempts = 0;
  #refusals = 0;
  #openedAt = 0;
  #heardAt = 0;
  #lastId = 0;
  /** @type {Map<number | string, Answered>} */
  #requests = new Map();
  /** The server's last words, which say more than the close code that follows. @type {Failure | null} */
  #lastError = null;
  /** @type {number | null} */
  #retryAfterMs = null;

  /**
   * @param {string} url
   * @param {Tokens} tokens
   * @param {boolean} compression
   * @param {Handlers} handlers
   * @param {Environment} env
   */
  constructor(url, tokens, compression, handlers, env) {
    this.#url = socketUrl(url);
    this.#tokens = tokens;
    this.#compression = compression;
    this.#handlers = handlers;
    this.#env = env;
  }

  /** Connects now, also where it is waiting for its next attempt; nothing where it is connected already. */
  connect() {
    if (this.state === "closed" || this.state === "waiting") void this.#dial();
  }

  close() {
    if (this.state !== "closed") this.#end({ code: "closed", message: "closed by the caller" });
  }

  /**
   * Gives this connection up for a new one.
   * @param {Failure} failure
   */
  drop(failure) {
    if (this.state === "connecting" || this.state === "open") this.#comeBack(failure);
  }

  /**
   * Sends a request; nothing where the connection is not open, as what is wanted is asked for when it opens.
   * @param {string} event
   * @param {object} data
   * @param {Answered} answered with a failure of code "disconnected" if the connection is lost first
   */
  request(event, data, answered) {
    if (this.state !== "open") return answered({ code: "disconnected", message: "not connected" }, null);
    const id = ++this.#lastId;
    this.#requests.set(id, answered);
    this.#line?.send({ event, data, id });
  }

  /** @param {State} state */
  #enter(state) {
    if (!NEXT[this.state].includes(state)) throw new Error(`impossible: from ${this.state} to ${state}`);
    this.#env.clearTimeout(this.#timer);
    this.#era++;
    this.state = state;
  }

  async #dial() {
    this.#enter("connecting");
    const era = this.#era;
    this.#lastError = this.#retryAfterMs = null;
    this.#heardAt = this.#env.now();
    this.#watch(CONNECT_TIMEOUT_MS, "timeout");
    this.#handlers.changed("connecting", null, null);
    const token = await this.#token(era);
    if (token === null || era !== this.#era) return;
    try {
      const socket = new this.#env.WebSocket(this.#url, subprotocols(token, this.#compression));
      this.#line = new Line(socket, (frame) => this.#heard(frame), (code, reason) => this.#lost(code, reason));
    } catch (error) {
      this.#end({ code: "bad_address", message: String(error) });
    }
  }

  /**
   * The token for this attempt, or null if there is none now: then it tries again later.
   * @param {number} era
   */
  async #token(era) {
    try {
      return era === this.#era ? await this.#tokens.get() : null;
    } catch (error) {
      if (era === this.#era) this.drop({ code: "no_token", message: String(error) });
      return null;
    }
  }

  /**
   * Gives up on a connection that says nothing for so long. One timer looks again when the limit could be reached,
   * so that a frame costs no timer.
   * @param {number} limitMs
   * @param {string} code
   */
  #watch(limitMs, code) {
    const leftMs = this.#heardAt + limitMs - this.#env.now();
    if (leftMs <= 0) return this.drop({ code, message: `nothing heard for ${limitMs} ms` });
    this.#timer = this.#env.setTimeout(() => this.#watch(limitMs, code), leftMs);
  }

  /** @param {import("./line.js").Frame} frame */
  #heard({ event, data, id }) {
    this.#heardAt = this.#env.now();
    if (event !== "heartbeat") this.#lastError = event === "error" ? data : null;
    if (event === "connected") return this.#opened(data);
    if (event === "bye") this.#retryAfterMs = data.retryAfterMs;
    if (event === "token_expiring") void this.#renew();
    if (id !== undefined && REPLIES.has(event)) this.#answer(id, data);
    else if (event === "error") this.#troubled(data);
    else this.#handlers.heard(event, data);
  }

  /** @param {any} hello */
  #opened(hello) {
    this.#enter("open");
    this.#openedAt = this.#heardAt;
    this.#refusals = 0;
    this.#watch(SILENT_HEARTBEATS * (hello.heartbeatMs ?? HEARTBEAT_MS), "silence");
    this.#handlers.opened(hello);
  }

  /** @param {number | string} id @param {any} data */
  #answer(id, data) {
    const answered = this.#requests.get(id);
    this.#requests.delete(id);
    answered?.(this.#lastError, data);
  }

  /**
   * An error that names no request. Over the rate a server reads nothing, not even ids: whatever is unanswered failed.
   * @param {Failure} failure
   */
  #troubled(failure) {
    if (failure.code === "rate_limited") this.#answerAll(failure);
    this.#handlers.failed(failure);
  }

  /** @param {Failure} failure */
  #answerAll(failure) {
    const unanswered = [...this.#requests.values()];
    this.#requests.clear();
    for (const answered of unanswered) answered(failure, null);
  }

  /** A renewal that fails is told and no more: the server closes with 4005, and coming back asks for a token. */
  async #renew() {
    if (!this.#tokens.renewable) return;
    const era = this.#era;
    try {
      const token = await this.#tokens.get();
      if (era === this.#era) this.authenticate(token);
    } catch (error) {
      this.#handlers.failed({ code: "no_token", message: String(error), event: "authenticate" });
    }
  }

  /** @param {string} token */
  authenticate(token) {
    this.request("authenticate", { token }, (failure) => {
      if (failure && failure.code !== "disconnected") this.#handlers.failed(failure);
    });
  }

  /** @param {number} code @param {string} reason */
  #lost(code, reason) {
    const failure = this.#lastError ?? { code: `close_${code}`, message: reason };
    const asks = verdict(code);
    if (asks === "token") this.#refusals++;
    const refused = asks === "token" && (!this.#tokens.renewable || this.#refusals > 1);
    if (asks === "stay" || refused) this.#end(failure);
    else this.#comeBack(failure);
  }

  /** @param {Failure} failure */
  #comeBack(failure) {
    if (this.state === "open" && this.#env.now() - this.#openedAt >= STEADY_MS) this.#attempts = 0;
    const ms = this.#retryAfterMs ?? delayMs(this.#attempts++, this.#env.random);
    this.#enter("waiting");
    this.#timer = this.#env.setTimeout(() => this.connect(), ms);
    this.#leave(failure, ms);
  }

  /** @param {Failure} failure */
  #end(failure) {
    this.#attempts = this.#refusals = 0;
    this.#enter("closed");
    this.#leave(failure, null);
  }

  /**
   * Last, as what is called from here may well call this connection again.
   * @param {Failure} failure
   * @param {number | null} retryInMs
   */
  #leave(failure, retryInMs) {
    this.#line?.cut();
    this.#line = null;
    this.#handlers.changed(this.state, failure, retryInMs);
    this.#answerAll({ code: "disconnected", message: "the connection was lost" });
  }
}
