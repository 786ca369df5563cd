// A subscriber that systemd starts by its socket: activated.js BROKER-SOCKET SUBSCRIBER [SOCKET].
// Started by hand it listens at SOCKET, as the broker's configuration names it.

import { Subscriber } from "../src/index.js"; // "ppmq", where it is installed

const [broker, name, socket = ""] = process.argv.slice(2);
const subscriber = new Subscriber(name, (message) => console.log(message.payload), {
  broker,
  socket,
});
process.once("SIGTERM", () => subscriber.stop());
await subscriber.run();
