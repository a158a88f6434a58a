'use strict';
/* Fan-out and nothing else: one frame to everybody. argv: ws|room PORT; stdin: start HZ SECONDS BYTES
 * ws: one buffer, sent to every client of the `ws` package; room: Socket.IO's emit to a room, encoded once. */
const http = require('http');
const { Server } = require('socket.io');
const WebSocket = require('ws');

const [MODE, PORT] = [process.argv[2], +process.argv[3]];
const server = http.createServer((request, response) => response.end('ok'));
const plain = MODE === 'ws' ? new WebSocket.Server({ server, perMessageDeflate: false }) : null;
const namespace = MODE === 'room' ? new Server(server, {}).of('/marathon-live') : null;
namespace?.on('connection', (client) => client.join('board'));

const now = () => Number(process.hrtime.bigint());

function send(rows) {
  const frame = { ts: now(), rows };
  if (namespace) {
    namespace.to('board').emit('delta', frame);
    return;
  }
  const encoded = Buffer.from(JSON.stringify(frame));
  for (const client of plain.clients) client.send(encoded, { binary: false });
}

function start(hz, seconds, bytes) {
  const rows = [];
  for (let rank = 1; JSON.stringify(rows).length < bytes - 60; rank++) {
    rows.push([String(261600000 + rank), rank, 100234.12, 100234.12, 12.5, 1.25]);
  }
  const began = now();
  const ticks = Math.round(hz * seconds);
  let tick = 0;
  const step = () => {
    for (; tick < ticks && ((now() - began) / 1e9) * hz >= tick; tick++) send(rows);
    if (tick === ticks) console.log(JSON.stringify({ ticks }));
    else setTimeout(step, Math.max(1, (1000 * tick) / hz - (now() - began) / 1e6));
  };
  step();
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, hz, seconds, bytes] = line.split(' ');
  if (command === 'start') start(+hz, +seconds, +bytes);
});
server.listen(PORT, '127.0.0.1');
