// A subscriber's own socket, to which the broker connects.

import fs from "node:fs";
import net from "node:net";
import { open, place, readValues } from "./channel.js";
import { PpmqError, Refused } from "./errors.js";
import { Link } from "./link.js";
import { Results } from "./results.js";

const LISTEN_FDS_START = 3; // the first socket of sd_listen_fds(3)

export async function listen(options, stop) {
  const link = new Link(options.broker, options.timeout, 1024);
  const say = async (value) => (await link.send(JSON.stringify(value))).confirmed;
  const results = new Results(options, say);
  const connections = new Set();
  const server = net.createServer({ allowHalfOpen: true }, async (socket) => {
    connections.add(socket);
    await readValues(socket, (batch, line) => results.arrived(batch, line));
    connections.delete(socket);
  });
  try {
    if (isHandedOver()) {
      // No RECONNECT: the batch that started this program is already on its way.
      await bound(server, { fd: LISTEN_FDS_START });
    } else {
      // Sent before the socket exists, so that nothing comes twice.
      await reconnect(options, say);
      await removeStale(options.socket);
      await bound(server, place(options.socket));
      if (!options.socket.startsWith("tcp://")) {
        fs.chmodSync(options.socket, 0o660); // the broker must be able to connect
      }
    }
    await new Promise((resolve) => stop.add(resolve));
  } finally {
    server.close(); // removes its file
    await results.close();
    connections.forEach((socket) => socket.destroy());
    await link.close();
  }
}

async function reconnect(options, say) {
  try {
    await say({ Subscriber: options.name, Command: "RECONNECT" });
  } catch (e) {
    if (!(e instanceof PpmqError) || (e instanceof Refused && e.final)) {
      throw e;
    }
    options.problem("RECONNECT was not sent to the broker", e);
  }
}

function isHandedOver() {
  return process.env.LISTEN_PID === String(process.pid) && process.env.LISTEN_FDS === "1";
}

function bound(server, where) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, resolve);
  });
}

/** Removes a stale socket file, which would keep this program from listening. */
async function removeStale(address) {
  if (address.startsWith("tcp://") || !fs.existsSync(address)) {
    return;
  }
  if (!fs.statSync(address).isSocket()) {
    throw new Error(`${address} is not a socket`);
  }
  let somebody;
  try {
    somebody = await open(address);
  } catch {
    fs.unlinkSync(address);
    return;
  }
  somebody.destroy();
  throw new Error(`another process listens at ${address}`);
}
