// The browser's client as a program, for tests with real servers: does what a line of JSON on its input says, tells
// what it hears in lines on its output. `tests/e2e/watchers.py` is the other end.

import { createInterface } from "node:readline";

import { MarathonLive } from "../../live/static/live/marathon-live.js";

let live;
const boards = new Map();
const tell = (told, more) => process.stdout.write(JSON.stringify({ told, ...more }) + "\n");

const commands = {
  connect({ url, tokens, renewable, compression }) {
    const getToken = async () => (tokens.length > 1 ? tokens.shift() : tokens[0]);
    const access = renewable ? { getToken } : { token: tokens[0] };
    // Back-off without chance: the shortest there is.
    live = new MarathonLive(url, { ...access, compression, env: { random: () => 0 } });
    live.on("state", ({ state, failure }) => tell("state", { state, code: failure?.code ?? null }));
    live.on("feed", ({ status }) => tell("feed", { status }));
    live.on("error", ({ code }) => tell("error", { code }));
    live.connect();
  },
  subscribe({ marathonId, options }) {
    const subscription = live.subscribeMarathon(marathonId, options, ({ board, snapshot }) => {
      tell("change", { snapshot, board, me: subscription.me?.bib ?? null });
    });
    subscription.on("status", () => tell("change", { snapshot: false, board: subscription.board, me: null }));
    subscription.on("error", ({ code }) => tell("refused", { code }));
    boards.set(marathonId, subscription);
  },
  update: ({ marathonId, options }) => boards.get(marathonId).update(options),
  unsubscribe: ({ marathonId }) => boards.get(marathonId).unsubscribe(),
  account({ login }) {
    live.subscribeAccount(login, (entry) => tell("account", { entry })).on("error", ({ code }) => tell("refused", { code }));
  },
  ping: () => live.ping().then((ms) => tell("pong", { ms })),
  close: () => live.close(),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { do: command, ...more } = JSON.parse(line);
  commands[command](more);
});
