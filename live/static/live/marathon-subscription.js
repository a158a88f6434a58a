// A subscription to a marathon's board: follows snapshots and deltas, notices when it is out of step, resumes.
// In the flow: marathon-live.js hands over the marathon's frames -> board.js applies them -> the page's callback.

import { Board, OutOfStep } from "./board.js";
import { Subscription } from "./subscription.js";

/** @typedef {"all" | {top: number} | {page: number, size: number} | {around: string, size: number}} View */
/**
 * @typedef {object} MarathonOptions
 * @property {View} [view] "all" unless told otherwise
 * @property {"delta" | "full"} [updates] "delta" unless told otherwise; "full" has positions and orders in its rows
 * @property {number} [intervalMs] fewer updates: what happens between is merged, never lost
 */
/**
 * What one frame did to the board.
 * @typedef {object} Change
 * @property {Board} board
 * @property {Set<number>} changed bibs of the rows that are new or have other figures
 * @property {Set<number>} moved bibs that were put in another place (those that they passed only change rank)
 * @property {Set<number>} removed bibs that left the view
 * @property {boolean} snapshot whether the whole view came anew; then `changed` has all its bibs
 */
/**
 * @typedef {object} MarathonStatus
 * @property {string} marathonId
 * @property {"upcoming" | "ongoing" | "finished" | "cancelled"} status
 * @property {string} startsAt
 * @property {string} endsAt
 */

/** Falling out of step twice within this time is no accident: the connection starts anew, with its back-off. */
const RESYNC_MS = 10_000;

/** @extends {Subscription<{change: Change, status: MarathonStatus, error: import("./subscription.js").Failure}>} */
export class MarathonSubscription extends Subscription {
  /** Null until the first snapshot has come. @type {Board | null} */
  board = null;
  #options;
  #resumable = false;
  #resyncedAt = -Infinity;

  /** @param {string} marathonId @param {MarathonOptions} options @param {import("./subscription.js").Server} server */
  constructor(marathonId, options, server) {
    super("marathon", { marathonId }, server);
    this.marathonId = marathonId;
    this.#options = { view: /** @type {View} */ ("all"), updates: "delta", ...options };
  }

  /** The rows in the order of the board, each with its rank. */
  get rows() {
    return this.board?.rows ?? [];
  }

  /** The signed-in user's row, or null where the view does not show it. */
  get me() {
    const userId = this.server.userId();
    return (userId && this.board?.rowOfUser(userId)) || null;
  }

  /**
   * Another view, or another pace, from here on.
   * @param {MarathonOptions} options those that change
   */
  update(options) {
    this.#options = { ...this.#options, ...options };
    this.#resumable = false;
    this.ask(this.#options);
  }

  begin() {
    const { view, updates } = this.#options;
    const resume = this.#resumable && view === "all" && updates === "delta";
    this.ask({ ...this.#options, ...(resume && { since: { epoch: this.board?.epoch, seq: this.board?.seq } }) });
  }

  /**
   * A frame about this marathon.
   * @param {string} event
   * @param {any} data
   */
  heard(event, data) {
    if (event === "marathon_leaderboard") this.#replaced(data);
    else if (event === "marathon_delta") this.#moved(data);
    else if (event === "marathon_status") this.#turned(data);
  }

  /**
   * What a heartbeat says the server has sent.
   * @param {number} seq
   */
  heartbeat(seq) {
    if (this.state === "live" && this.board && this.board.seq < seq) this.#resync("a heartbeat is ahead");
  }

  /** @param {import("./board.js").Snapshot} snapshot */
  #replaced(snapshot) {
    this.board = Board.from(snapshot);
    this.#resumable = true;
    const changed = new Set(this.board.rows.map((row) => row.bib));
    this.emit("change", { board: this.board, changed, moved: new Set(), removed: new Set(), snapshot: true });
  }

  /** @param {import("./board.js").Delta} delta */
  #moved(delta) {
    // While an answer is under way, what does not fit belongs to an earlier time.
    if (!this.board || !this.#applied(delta)) return;
    const changed = new Set(delta.changed.map((change) => change.bib));
    const moved = new Set(delta.moved.map(([bib]) => bib));
    this.emit("change", { board: this.board, changed, moved, removed: new Set(delta.removed), snapshot: false });
  }

  /** @param {import("./board.js").Delta} delta */
  #applied(delta) {
    try {
      this.board = /** @type {Board} */ (this.board).apply(delta);
      return true;
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error;
      this.#resync(error.message);
      return false;
    }
  }

  /** @param {MarathonStatus} status */
  #turned(status) {
    this.board = this.board?.withStatus(status.status) ?? null;
    this.emit("status", status);
  }

  /** @param {string} message */
  #resync(message) {
    if (this.state !== "live") return;
    const now = this.server.env.now();
    const again = now - this.#resyncedAt < RESYNC_MS;
    this.#resyncedAt = now;
    this.#resumable = false;
    if (again) this.server.reconnect({ code: "out_of_step", message });
    else this.ask(this.#options);
  }
}
