// The browser's client of a live marathon: one connection, any number of boards and accounts on it.
// In the flow: the server's frames -> connection.js -> here, to the subscription they name -> the page's callback.
//
//     import { MarathonLive } from "/static/live/marathon-live.js";
//     const live = new MarathonLive("/marathon-live", { getToken });
//     live.subscribeMarathon(id, { view: { top: 50 } }, ({ board, changed }) => draw(board.rows, changed));

import { AccountSubscription } from "./account-subscription.js";
import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { MarathonSubscription } from "./marathon-subscription.js";

export { AccountSubscription } from "./account-subscription.js";
export { Board, OutOfStep } from "./board.js";
export { MarathonSubscription } from "./marathon-subscription.js";

/** @typedef {import("./connection.js").Failure} Failure */
/**
 * @typedef {object} Options
 * @property {string} [token] an access token; when it runs out, so does the connection
 * @property {() => string | Promise<string>} [getToken] asked for every connection and every renewal, instead
 * @property {boolean} [compression] offers compressed frames; worth it for the view "all" of large marathons
 * @property {Partial<import("./connection.js").Environment>} [env]
 */
/**
 * @typedef {object} StateChange
 * @property {import("./connection.js").State} state
 * @property {Failure | null} failure why it is waiting or closed
 * @property {number | null} retryInMs until the next attempt, where it is waiting
 */
/** @typedef {{status: "live" | "stale" | "down", updatedAt: string | null}} Feed */
/**
 * The data of `connected`.
 * @typedef {object} Hello
 * @property {string} message
 * @property {number} protocol
 * @property {string | null} userId
 * @property {string} serverTime
 * @property {number} heartbeatMs
 * @property {string | null} tokenExpiresAt
 * @property {{subscriptions: number, messageBytes: number, messagesPer10s: number}} limits
 */

/** @returns {import("./connection.js").Environment} */
const browser = () => ({
  WebSocket: globalThis.WebSocket,
  now: () => performance.now(),
  random: Math.random,
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer),
});

/** @extends {Emitter<{state: StateChange, feed: Feed, error: Failure, tokenExpiring: {expiresAt: string}}>} */
export class MarathonLive extends Emitter {
  /** The server's state of the feed. @type {Feed | null} */
  feed = null;
  /** What the server said of this connection. @type {Hello | null} */
  hello = null;
  /** @type {Map<string, MarathonSubscription>} */
  #marathons = new Map();
  /** @type {Map<string, AccountSubscription>} */
  #accounts = new Map();
  #token;
  #connection;
  /** Whether it was told before to connect, or not to: only the first subscription does so by itself. */
  #told = false;
  /** @type {import("./subscription.js").Server} */
  #server;

  /** @param {string} url an address, or a path on this page's own host @param {Options} options */
  constructor(url, { token = "", getToken, compression = false, env = {} } = {}) {
    super();
    const whole = { ...browser(), ...env };
    this.#token = token;
    const tokens = { get: () => getToken?.() ?? this.#token, renewable: getToken !== undefined };
    this.#connection = new Connection(url, tokens, compression, this.#handlers(), whole);
    this.#server = this.#serverFor(whole);
  }

  get state() {
    return this.#connection.state;
  }

  get userId() {
    return this.hello?.userId ?? null;
  }

  /**
   * Connects now: before the first subscription, which would do so too, out of turn while it waits to try again, and
   * anew after it was closed.
   */
  connect() {
    this.#told = true;
    this.#connection.connect();
    return this;
  }

  /** Closes the connection and stays away. The subscriptions are kept for a later `connect`. */
  close() {
    this.#told = true;
    this.#connection.close();
  }

  /**
   * A new token for this connection and, where there is no `getToken`, for those to come.
   * @param {string} token
   */
  authenticate(token) {
    this.#token = token;
    if (this.state === "open") this.#connection.authenticate(token);
  }

  /**
   * The time a message takes there and back.
   * @returns {Promise<number>} milliseconds
   */
  ping() {
    const { env } = this.#server;
    const sentAt = env.now();
    return new Promise((resolve, reject) => {
      this.#connection.request("ping", {}, (failure) => {
        if (failure) reject(new Error(failure.message));
        else resolve(env.now() - sentAt);
      });
    });
  }

  /**
   * Follows a marathon's board. One subscription for each marathon: `update` gives it another view.
   * @param {string} marathonId
   * @param {import("./marathon-subscription.js").MarathonOptions} [options]
   * @param {(change: import("./marathon-subscription.js").Change) => void} [changed]
   */
  subscribeMarathon(marathonId, options = {}, changed) {
    const subscription = new MarathonSubscription(marathonId, options, this.#server);
    if (changed) subscription.on("change", changed);
    return this.#begin(this.#marathons, marathonId, subscription);
  }

  /**
   * Follows a trading account, with positions and orders, in all its marathons.
   * @param {string} accountLogin
   * @param {(entry: import("./account-subscription.js").AccountEntry) => void} [changed]
   */
  subscribeAccount(accountLogin, changed) {
    const subscription = new AccountSubscription(accountLogin, this.#server);
    if (changed) subscription.on("change", changed);
    return this.#begin(this.#accounts, accountLogin, subscription);
  }

  /**
   * @template {MarathonSubscription | AccountSubscription} S
   * @param {Map<string, S>} all
   * @param {string} key
   * @param {S} subscription
   */
  #begin(all, key, subscription) {
    if (all.has(key)) throw new Error(`already subscribed to ${key}`);
    all.set(key, subscription);
    if (this.#told) subscription.begin();
    else this.connect();
    return subscription;
  }

  #all() {
    return [...this.#marathons.values(), ...this.#accounts.values()];
  }

  /** @returns {import("./connection.js").Handlers} */
  #handlers() {
    return {
      opened: (hello) => this.#opened(hello),
      heard: (event, data) => this.#heard(event, data),
      failed: (failure) => this.#failed(failure),
      changed: (state, failure, retryInMs) => this.#changed({ state, failure, retryInMs }),
    };
  }

  /** @param {import("./connection.js").Environment} env @returns {import("./subscription.js").Server} */
  #serverFor(env) {
    return {
      env,
      request: (event, data, answered) => this.#connection.request(event, data, answered),
      reconnect: (failure) => this.#connection.drop(failure),
      userId: () => this.userId,
      forget: (subscription) => this.#forget(subscription),
    };
  }

  /** @param {Hello} hello */
  #opened(hello) {
    this.hello = hello;
    for (const subscription of this.#all()) subscription.begin();
    this.emit("state", { state: "open", failure: null, retryInMs: null });
  }

  /** @param {StateChange} change */
  #changed(change) {
    for (const subscription of this.#all()) subscription.interrupted();
    this.emit("state", change);
  }

  /** @param {Failure} failure */
  #failed(failure) {
    this.emit("error", failure);
    // Something that was followed may not be seen any more. Which one is not said: asking for each again tells.
    const taken = { marathon_not_found: this.#marathons, account_not_found: this.#accounts }[failure.code];
    for (const subscription of [...(taken?.values() ?? [])]) subscription.begin();
  }

  /** @param {string} event @param {any} data */
  #heard(event, data) {
    if (event === "heartbeat") this.#heartbeat(data);
    else if (event === "feed_status") this.#feed(data);
    else if (event === "token_expiring") this.emit("tokenExpiring", data);
    else if (event === "account_update") this.#accounts.get(data.accountLogin)?.heard(data);
    else this.#marathons.get(data?.marathonId)?.heard(event, data);
  }

  /** @param {{feed: Feed, seq: Record<string, number>}} heartbeat */
  #heartbeat({ feed, seq }) {
    for (const [marathonId, sent] of Object.entries(seq ?? {})) this.#marathons.get(marathonId)?.heartbeat(sent);
    if (feed) this.#feed(feed);
  }

  /** @param {Feed} feed */
  #feed(feed) {
    const turned = feed.status !== this.feed?.status;
    this.feed = feed;
    if (turned) this.emit("feed", feed);
  }

  /** @param {MarathonSubscription | AccountSubscription} subscription */
  #forget(subscription) {
    if (subscription instanceof MarathonSubscription) this.#marathons.delete(subscription.marathonId);
    else this.#accounts.delete(subscription.accountLogin);
  }
}
