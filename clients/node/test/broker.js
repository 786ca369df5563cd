// A real broker for the tests, started by the program.

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM =
  process.env.PPMQ ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../ppmq");

export class Broker {
  #process;
  #config;

  /** Topics are names with further lines of each; each has a subscriber, NAME-s. */
  constructor(topics) {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), "ppmq-"));
    this.address = `${this.directory}/ppmq.socket`;
    this.own = `${this.directory}/own.socket`;
    this.#config = `${this.directory}/ppmq.yaml`;
    const names = Object.keys(topics);
    const subscribers = names.map(
      (name) => `  - Name: ${name}-s\n${name === "sock" ? `    Socket: ${this.own}\n` : ""}`,
    );
    const entries = names.map(
      (name) =>
        `  - Name: ${name}\n    Subscribers: [${name}-s]\n` +
        topics[name].map((line) => `    ${line}\n`).join(""),
    );
    fs.writeFileSync(
      this.#config,
      `ServerSocket: ${this.address}\nDataPath: ${this.directory}/data\nSync: never\n` +
        `Subscribers:\n${subscribers.join("")}Topics:\n${entries.join("")}`,
    );
  }

  async start() {
    const log = fs.openSync(`${this.directory}/log`, "a");
    this.#process = spawn(PROGRAM, ["serve", "-c", this.#config], {
      stdio: ["ignore", "pipe", log],
    });
    fs.closeSync(log);
    for await (const line of readline.createInterface(this.#process.stdout)) {
      if (line === "ppmq: ready") {
        return this;
      }
    }
    throw new Error(fs.readFileSync(`${this.directory}/log`, "utf8"));
  }

  async kill() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
      return;
    }
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  async close() {
    await this.kill();
    fs.rmSync(this.directory, { recursive: true });
  }
}
