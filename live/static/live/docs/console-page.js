// The console on the page of the WebSocket protocol: connect, send, watch. Frames are shown as they go over the wire.
// In the flow: the page's forms -> a plain WebSocket -> frames.js, which lists what was said.

import { Frames } from "./frames.js";

const PROTOCOL = "marathon-live.v1";

/** What live/doors/asyncapi/page.py says for scripts. */
const script = JSON.parse(document.getElementById("script")?.textContent ?? "");
const marathon = /** @type {HTMLInputElement} */ (document.getElementById("marathon"));
const token = /** @type {HTMLInputElement} */ (document.getElementById("token"));
const command = /** @type {HTMLSelectElement} */ (document.getElementById("command"));
const message = /** @type {HTMLTextAreaElement} */ (document.getElementById("message"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));
const frames = new Frames(/** @type {HTMLElement} */ (document.getElementById("frames")));
/** @type {WebSocket | null} */
let socket = null;
let lastId = 0;

/** @param {string} id @param {boolean} disabled */
function disable(id, disabled) {
  /** @type {HTMLButtonElement} */ (document.getElementById(id)).disabled = disabled;
}

/** @param {string} words @param {boolean} connected */
function say(words, connected) {
  state.textContent = words;
  disable("connect", connected);
  disable("disconnect", !connected);
  disable("send", !connected);
}

function connect() {
  const url = new URL(script.address, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  say("Connecting …", true);
  disable("send", true);
  const opened = open(url);
  if (!opened) return;
  socket = opened;
  opened.onopen = () => say("Connected.", true);
  opened.onmessage = ({ data }) => frames.heard(data);
  opened.onclose = ({ code }) => {
    frames.note(`closed with code ${code}`);
    say(`Not connected: closed with code ${code}.`, false);
  };
}

/** @param {URL} url */
function open(url) {
  try {
    return new WebSocket(url.href, [PROTOCOL, ...(token.value ? [`bearer.${token.value.trim()}`] : [])]);
  } catch (error) {
    // Whatever is no token cannot be a subprotocol either.
    say(`Not connected: ${error}`, false);
    return null;
  }
}

function send() {
  frames.sent(message.value);
  socket?.send(message.value);
  compose();
}

/** An example of the command, with a new id and the marathon that was named. */
function compose() {
  const data = { ...script.commands[command.value] };
  if (data.marathonId && marathon.value.trim()) data.marathonId = marathon.value.trim();
  if (data.token && token.value) data.token = token.value.trim();
  message.value = JSON.stringify({ event: command.value, data, id: ++lastId }, null, 2);
}

async function askForGuestToken() {
  const answer = await fetch(`/apiv1/marathons/${encodeURIComponent(marathon.value.trim())}/guest-token`, { method: "POST" });
  const said = await answer.json();
  if (answer.ok) token.value = said.access;
  state.textContent = answer.ok ? "Here is a guest token: connect with it." : `No guest token: ${said.detail ?? answer.status}`;
}

/** @param {string} id @param {string} event @param {() => unknown} run */
function on(id, event, run) {
  document.getElementById(id)?.addEventListener(event, (happened) => {
    if (event === "submit") happened.preventDefault();
    void run();
  });
}

on("door", "submit", connect);
on("disconnect", "click", () => socket?.close(1000));
on("guest", "click", askForGuestToken);
on("composer", "submit", send);
on("clear", "click", () => frames.clear());
on("command", "change", compose);
on("marathon", "change", compose);
compose();
