// Stand-ins for what the client takes from its surroundings: time, randomness, and a server that says what a test says.

import { MarathonLive } from "../../live/static/live/marathon-live.js";

/** Time that stands still until it is told to go on. */
export class Clock {
  now = 1_000;
  /** @type {Map<object, {at: number, run: () => void}>} */
  timers = new Map();

  setTimeout(run, ms) {
    const timer = {};
    this.timers.set(timer, { at: this.now + ms, run });
    return timer;
  }

  clearTimeout(timer) {
    this.timers.delete(timer);
  }

  /** Goes on, and runs what falls due, in order. */
  advance(ms) {
    const end = this.now + ms;
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
    }
    this.now = end;
  }

  /** Goes on to the next thing that is due: the next attempt, for a client that waits for it. */
  ring() {
    this.advance(Math.min(...[...this.timers.values()].map(({ at }) => at)) - this.now);
  }

  #next(end) {
    return [...this.timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
  }
}

/** A WebSocket whose other end is the test. */
export class Peer {
  sent = [];
  closed = false;

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  /** What the server says. */
  says(event, data = {}, id = undefined) {
    this.onmessage?.({ data: JSON.stringify({ event, data, id }) });
  }

  saysRaw(data) {
    this.onmessage?.({ data });
  }

  hangsUp(code = 1006, reason = "") {
    this.onclose?.({ code, reason });
  }

  /** Lets the client in. */
  welcomes(hello = {}) {
    this.says("connected", { protocol: 1, userId: "alice", heartbeatMs: 15_000, ...hello });
  }

  asked(event) {
    return this.sent.filter((frame) => frame.event === event);
  }

  /** The last request of this kind, confirmed. */
  confirms(event, reply = "subscribed", data = {}) {
    this.says(reply, data, this.asked(event).at(-1).id);
  }

  refuses(event, code, more = {}) {
    this.says("error", { code, message: code, ...more }, this.asked(event).at(-1).id);
  }
}

/**
 * A client and all that surrounds it. `random` gives 0.5 each time unless told otherwise.
 * @returns {{live: MarathonLive, clock: Clock, peers: Peer[], peer: () => Peer, states: object[], arrives: () => Promise<Peer>}}
 */
export function stage({ random = () => 0.5, ...options } = {}) {
  const clock = new Clock();
  const peers = [];
  const env = {
    now: () => clock.now,
    random,
    setTimeout: (run, ms) => clock.setTimeout(run, ms),
    clearTimeout: (timer) => clock.clearTimeout(timer),
    WebSocket: class extends Peer {
      constructor(url, protocols) {
        super(url, protocols);
        peers.push(this);
      }
    },
  };
  const live = new MarathonLive("ws://host/marathon-live", { token: "t0", ...options, env });
  const states = [];
  live.on("state", (change) => states.push(change));
  const stage = { live, clock, peers, states, peer: () => peers.at(-1) };
  return { ...stage, arrives: () => settled().then(stage.peer) };
}

/** When the promises under way (getting a token) are done. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A client that is connected, and the peer it talks to. */
export async function connected(options) {
  const all = stage(options);
  all.live.connect();
  const peer = await all.arrives();
  peer.welcomes();
  return { ...all, first: peer };
}

export const row = (bib, more = {}) => ({
  bib, participantId: `p${bib}`, userId: `u${bib}`, userName: `Trader ${bib}`, status: "active", rank: bib, equity: 100 * bib, ...more,
});

export const snapshot = (more = {}) => ({
  marathonId: "m1", marathonName: "Spring", status: "ongoing", totalParticipants: 3, epoch: "e1", seq: 10, view: "all",
  offset: 0, entries: [row(1), row(2), row(3)], updatedAt: null, ...more,
});

export const delta = (more = {}) => ({
  marathonId: "m1", epoch: "e1", since: 10, seq: 12, totalParticipants: 3, offset: 0, changed: [], removed: [],
  moved: [], updatedAt: null, ...more,
});

/** A connected client whose board "m1" is in step at seq 10, and the changes that it told. */
export async function following(options = {}, subscription = {}) {
  const all = await connected(options);
  const changes = [];
  const board = all.live.subscribeMarathon("m1", subscription, (change) => changes.push(change));
  all.first.says("marathon_leaderboard", snapshot());
  all.first.confirms("subscribe_marathon");
  return { ...all, board, changes };
}
