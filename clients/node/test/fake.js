// A broker that does as the test says, for what a real one does seldom.

import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";

/**
 * Answers each value by the next entry of the script: the fields of the answer, after which the
 * connection ends with `close`, and a batch is pushed with `push`; or null, and it ends without.
 */
export class FakeBroker {
  values = [];
  #script;
  #server;

  constructor(script) {
    this.#script = [...script];
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), "ppmq-"));
    this.address = `${this.directory}/fake.socket`;
  }

  async start() {
    this.#server = net.createServer((socket) => this.#serve(socket)).listen(this.address);
    await once(this.#server, "listening");
    return this;
  }

  async #serve(socket) {
    socket.on("error", () => {});
    for await (const line of readline.createInterface(socket)) {
      const value = JSON.parse(line);
      this.values.push(value);
      const entry = this.#script.shift();
      if (entry === null) {
        break;
      }
      const { push, ...answer } = entry;
      socket.write(`${JSON.stringify({ confirm: value.Confirm, ...answer })}\n`);
      if (push !== undefined) {
        socket.write(`${JSON.stringify(push)}\n`);
      }
      if (answer.close) {
        break;
      }
    }
    socket.end();
  }

  close() {
    this.#server.close();
    fs.rmSync(this.directory, { recursive: true });
  }
}
