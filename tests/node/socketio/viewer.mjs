// A client of the existing service, as its front end writes it. Prints every event as a JSON line.
// node viewer.mjs URL TOKEN TRANSPORTS(comma separated) MARATHON_ID LOGIN
import { io } from "socket.io-client";

const [url, token, transports, marathonId, accountLogin] = process.argv.slice(2);
const say = (event, data) => process.stdout.write(`${JSON.stringify({ event, data })}\n`);

const socket = io(url, { query: token ? { token } : {}, transports: transports.split(","), reconnectionDelay: 200 });

socket.on("connect", () => {
  say("connect", { transport: socket.io.engine.transport.name });
  socket.emit("subscribe_marathon", { marathonId });
  if (accountLogin) socket.emit("subscribe_account", { accountLogin });
});
for (const event of ["connected", "marathon_leaderboard", "account_update", "subscribed", "unsubscribed", "error"]) {
  socket.on(event, (data) => say(event, data));
}
socket.on("connect_error", (error) => say("connect_error", { message: error.message }));
socket.on("disconnect", (reason) => say("disconnect", { reason }));
socket.io.engine.on("upgrade", (transport) => say("upgrade", { transport: transport.name }));

process.stdin.on("data", (line) => {
  const { event, data } = JSON.parse(line);
  socket.emit(event, data);
});
process.stdin.on("end", () => socket.disconnect());
