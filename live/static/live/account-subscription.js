// A subscription to a trading account: its entry on each marathon's board, with positions and orders.
// In the flow: marathon-live.js hands over `account_update` frames -> here -> the page's callback.

import { Subscription } from "./subscription.js";

/** @typedef {import("./board.js").Entry & {marathonId: string}} AccountEntry */

/** @extends {Subscription<{change: AccountEntry, error: import("./subscription.js").Failure}>} */
export class AccountSubscription extends Subscription {
  /** The newest entry, by marathon id. @type {Map<string, AccountEntry>} */
  entries = new Map();

  /** @param {string} accountLogin @param {import("./subscription.js").Server} server */
  constructor(accountLogin, server) {
    super("account", { accountLogin }, server);
    this.accountLogin = accountLogin;
  }

  /** @param {AccountEntry} entry */
  heard(entry) {
    this.entries.set(entry.marathonId, entry);
    this.emit("change", entry);
  }
}
