// What a marathon's board is on the client's side, and how a delta changes it. Pure: no socket, no clock.
// In the flow: marathon-live.js hears a frame -> subscription.js -> here -> the page's callback.

/**
 * One row of a board. An account subscription's entry is one with its `marathonId`.
 * @typedef {object} Entry
 * @property {number} bib the participant's number in this marathon, never reused
 * @property {string} participantId
 * @property {string} userId
 * @property {string} userName
 * @property {string} accountLogin
 * @property {number | null} rank 1-based; null unless `status` is "active"
 * @property {"active" | "no_data" | "disqualified" | "withdrawn"} status
 * @property {string | null} disqualificationReason
 * @property {number | null} balance
 * @property {number | null} equity
 * @property {number | null} profit
 * @property {number | null} profitPercentage
 * @property {number | null} margin
 * @property {number | null} freeMargin
 * @property {string | null} currency
 * @property {number | null} leverage
 * @property {number | null} drawdown per cent below the highest equity
 * @property {number | null} maxDrawdown
 * @property {string | null} updatedAt
 * @property {string} joinedAt
 * @property {object[]} [positions] with `updates: "full"` and in account subscriptions
 * @property {object[]} [orders] likewise
 */

/**
 * The data of `marathon_leaderboard`.
 * @typedef {object} Snapshot
 * @property {string} marathonId
 * @property {string} marathonName
 * @property {string} status
 * @property {number} totalParticipants
 * @property {string} epoch
 * @property {number} seq
 * @property {unknown} view
 * @property {number} offset rows above the first entry
 * @property {Entry[]} entries
 * @property {string | null} updatedAt
 */

/**
 * The data of `marathon_delta`.
 * @typedef {object} Delta
 * @property {string} marathonId
 * @property {string} epoch
 * @property {number} since the seq that it applies to
 * @property {number} seq the seq that it leads to
 * @property {number} totalParticipants
 * @property {number} offset
 * @property {(Partial<Entry> & {bib: number})[]} changed
 * @property {number[]} removed bibs
 * @property {[bib: number, position: number][]} moved
 * @property {string | null} updatedAt
 */

/** The delta does not fit what this client holds: it has to subscribe again. */
export class OutOfStep extends Error {}

/** A board, or the part of it that a view shows, at one `seq`. Immutable; unchanged rows stay the same objects. */
export class Board {
  /** @param {Omit<Snapshot, "entries"> & {rows: readonly Entry[]}} fields */
  constructor(fields) {
    this.marathonId = fields.marathonId;
    this.marathonName = fields.marathonName;
    this.status = fields.status;
    this.totalParticipants = fields.totalParticipants;
    this.epoch = fields.epoch;
    this.seq = fields.seq;
    this.view = fields.view;
    this.offset = fields.offset;
    this.updatedAt = fields.updatedAt;
    this.rows = fields.rows;
    Object.freeze(this);
  }

  /** @param {Snapshot} snapshot */
  static from(snapshot) {
    return new Board({ ...snapshot, rows: ranked(snapshot.entries, snapshot.offset) });
  }

  /**
   * The board after a delta.
   * @param {Delta} delta
   * @throws {OutOfStep} where the delta applies to another state than this one
   */
  apply(delta) {
    if (delta.epoch !== this.epoch) throw new OutOfStep(`epoch ${delta.epoch} is not ${this.epoch}`);
    if (delta.since !== this.seq) throw new OutOfStep(`a delta since ${delta.since} does not fit seq ${this.seq}`);
    const { seq, totalParticipants, offset, updatedAt } = delta;
    return new Board({ ...this, seq, totalParticipants, offset, updatedAt, rows: ranked(applied(this.rows, delta), offset) });
  }

  /** @param {string} status of the marathon */
  withStatus(status) {
    return new Board({ ...this, status });
  }

  /** @param {number} bib */
  row(bib) {
    return this.rows.find((row) => row.bib === bib) ?? null;
  }

  /** @param {string | null} userId */
  rowOfUser(userId) {
    return this.rows.find((row) => row.userId === userId) ?? null;
  }
}

/**
 * The protocol's three steps: take out, merge, put back.
 * @param {readonly Entry[]} rows
 * @param {Delta} delta
 */
function applied(rows, { changed, removed, moved }) {
  const byBib = new Map(rows.map((row) => [row.bib, row]));
  for (const bib of removed) byBib.delete(bib);
  for (const change of changed) byBib.set(change.bib, merged(byBib.get(change.bib), change));
  const leaving = new Set(removed);
  for (const [bib] of moved) leaving.add(bib);
  const next = rows.filter((row) => !leaving.has(row.bib)).map((row) => known(byBib, row.bib));
  for (const [bib, position] of moved) {
    if (position < 0 || position > next.length) throw new OutOfStep(`the view has no position ${position}`);
    next.splice(position, 0, known(byBib, bib));
  }
  if (next.length !== byBib.size) throw new OutOfStep("a row has no place, or two");
  return next;
}

/** @param {Map<number, Entry>} byBib @param {number} bib */
function known(byBib, bib) {
  const row = byBib.get(bib);
  if (!row) throw new OutOfStep(`no row has bib ${bib}`);
  return row;
}

/** @param {Entry | undefined} row @param {Partial<Entry>} change @returns {Entry} */
function merged(row, change) {
  // A row that is new comes whole: a part of one means that the row itself was missed.
  if (!row && !change.participantId) throw new OutOfStep(`a change of an unknown row, bib ${change.bib}`);
  return /** @type {Entry} */ ({ ...row, ...change });
}

/**
 * Ranks are never sent in a delta: they follow from the place.
 * @param {readonly Entry[]} rows
 * @param {number} offset
 */
function ranked(rows, offset) {
  return Object.freeze(rows.map((row, index) => {
    const rank = row.status === "active" ? offset + index + 1 : null;
    return row.rank === rank ? row : { ...row, rank };
  }));
}
