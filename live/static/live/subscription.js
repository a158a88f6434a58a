// What every subscription does: ask the server, learn the answer, ask again later, end.
// In the flow: marathon-live.js -> marathon-subscription.js and account-subscription.js, which are made of this.

import { delayMs } from "./backoff.js";
import { Emitter } from "./emitter.js";

/**
 * pending: asked for, or to be asked for on the next connection. live: in step. refused: the server said no, and it
 * is not asked again. ended: unsubscribed.
 * @typedef {"pending" | "live" | "refused" | "ended"} SubscriptionState
 */
/** @typedef {import("./connection.js").Failure} Failure */
/**
 * What a subscription needs of its client.
 * @typedef {object} Server
 * @property {import("./connection.js").Connection["request"]} request
 * @property {(failure: Failure) => void} reconnect
 * @property {(subscription: any) => void} forget
 * @property {() => string | null} userId
 * @property {import("./connection.js").Environment} env
 */

/** Errors that asking again does not mend. */
const FINAL = new Set(["marathon_not_found", "account_not_found", "bad_request", "subscription_limit"]);
/** Which ceiling of the back-off spreads the clients that ask again, where the server does not say when. */
const RETRY_ATTEMPT = 2;

/**
 * @template {{error: Failure}} Events
 * @extends {Emitter<Events>}
 */
export class Subscription extends Emitter {
  /** @type {SubscriptionState} */
  state = "pending";
  /** @protected */
  server;
  #kind;
  #name;
  #asked = 0;
  /** @type {any} */
  #timer = null;

  /**
   * @param {"marathon" | "account"} kind
   * @param {object} name what it is of, in the words of the protocol
   * @param {Server} server
   */
  constructor(kind, name, server) {
    super();
    this.#kind = kind;
    this.#name = name;
    this.server = server;
  }

  /** Asks on a connection that is new. */
  begin() {
    this.ask({});
  }

  /** The connection is lost, and with it what was under way. */
  interrupted() {
    this.state = "pending";
    this.server.env.clearTimeout(this.#timer);
  }

  unsubscribe() {
    if (this.state === "ended" || this.state === "refused") return;
    this.#leave("ended");
    this.server.request(`unsubscribe_${this.#kind}`, this.#name, () => {});
  }

  /**
   * @protected
   * @param {object} options
   */
  ask(options) {
    this.interrupted();
    const asked = ++this.#asked;
    this.server.request(`subscribe_${this.#kind}`, { ...this.#name, ...options }, (failure) => {
      if (asked === this.#asked && this.state === "pending") this.#answered(failure);
    });
  }

  /** @param {Failure | null} failure */
  #answered(failure) {
    if (!failure) this.state = "live";
    else if (FINAL.has(failure.code)) this.#refused(failure);
    else if (failure.code !== "disconnected") this.#later(failure);
  }

  /** @param {Failure} failure */
  #refused(failure) {
    this.#leave("refused");
    this.emit("error", failure);
  }

  /** @param {Failure} failure */
  #later(failure) {
    const ms = failure.retryAfterMs ?? delayMs(RETRY_ATTEMPT, this.server.env.random);
    this.#timer = this.server.env.setTimeout(() => this.begin(), ms);
    this.emit("error", failure);
  }

  /** @param {"refused" | "ended"} state */
  #leave(state) {
    this.interrupted();
    this.state = state;
    this.server.forget(this);
  }
}
