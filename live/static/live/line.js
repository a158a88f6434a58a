// One WebSocket, from opening to its end: messages in, parsed and in order; requests out. It never comes back.
// In the flow: the browser's WebSocket -> here -> connection.js, which opens the next one.

const PROTOCOL = "marathon-live.v1";

/**
 * One message, in either direction.
 * @typedef {object} Frame
 * @property {string} event
 * @property {any} data
 * @property {number | string} [id] of the request that it answers
 */

/**
 * The subprotocols to offer. The token rides along as one of them, so that it is in no URL and in no log.
 * @param {string} token
 * @param {boolean} compression
 */
export function subprotocols(token, compression) {
  const deflate = compression && typeof DecompressionStream === "function";
  return [...(deflate ? [`${PROTOCOL}+deflate`] : []), PROTOCOL, ...(token ? [`bearer.${token}`] : [])];
}

/**
 * A WebSocket address from whatever a page has: "/marathon-live", "https://host/marathon-live", "wss://...".
 * @param {string} address
 */
export function socketUrl(address) {
  const url = new URL(address, globalThis.location?.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

export class Line {
  #socket;
  #heard;
  #lost;
  #cut = false;
  /** Messages that are not read yet because one of them is being inflated. */
  #behind = 0;
  #tail = Promise.resolve();

  /**
   * @param {WebSocket} socket just made
   * @param {(frame: Frame) => void} heard
   * @param {(code: number, reason: string) => void} lost called once, unless the line was cut from this end
   */
  constructor(socket, heard, lost) {
    this.#socket = socket;
    this.#heard = heard;
    this.#lost = lost;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (message) => this.#take(message.data);
    socket.onerror = () => {}; // a close follows, and it says more
    socket.onclose = ({ code, reason }) => this.#inOrder(() => this.#end(code, reason));
  }

  /** @param {Frame} frame */
  send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Closes from this end and hears nothing more, not even that it is closed: a dead peer never says so. */
  cut() {
    this.#cut = true;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(1000);
  }

  /** @param {string | ArrayBuffer} message */
  #take(message) {
    if (typeof message === "string") return this.#inOrder(() => this.#read(message));
    const text = inflated(message).catch(() => "");
    this.#queue(async () => this.#read(await text));
  }

  /** @param {() => void} run at once, or when all that came before has been inflated and read */
  #inOrder(run) {
    if (this.#behind) this.#queue(run);
    else run();
  }

  /** @param {() => void | Promise<void>} run */
  #queue(run) {
    this.#behind++;
    this.#tail = this.#tail.then(run).finally(() => this.#behind--);
  }

  /** @param {string} text */
  #read(text) {
    if (this.#cut) return;
    const frame = parsed(text);
    if (frame) this.#heard(frame);
    else this.#end(1007, "a frame is not a JSON object");
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#cut) return;
    this.cut();
    this.#lost(code, reason);
  }
}

/** @param {string} text @returns {Frame | null} */
function parsed(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame?.event === "string" ? frame : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** @param {ArrayBuffer} bytes raw DEFLATE of a JSON text */
function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}
