// One connection to the broker, from its opening to its end.

import net from "node:net";
import { Lost, ofAnswer } from "./errors.js";

export const BROKER = "/run/ppmq/ppmq.socket";
export const PAUSE_MIN = 50;
export const PAUSE_MAX = 5000;

const LINE_BYTES_MAX = 64 << 20;
const LINE_FEED = 10;

/** The argument of net.connect and net.Server.listen: a unix socket, or tcp://host:port. */
export function place(address) {
  const tcp = /^tcp:\/\/\[?(.*?)\]?:(\d+)$/.exec(address);
  return tcp ? { host: tcp[1], port: Number(tcp[2]) } : { path: address };
}

/** Resolves to a connected socket. */
export function open(address) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(place(address));
    socket.setTimeout(PAUSE_MAX, () => socket.destroy(new Error("the broker does not accept")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
}

/** Passes on each complete line as a value, with its text; resolves at the end, with the reason. */
export function readValues(socket, take) {
  return new Promise((resolve) => {
    let failure;
    let begun = [];
    let size = 0;
    socket.on("data", (data) => {
      try {
        let start = 0;
        for (let end; (end = data.indexOf(LINE_FEED, start)) >= 0; start = end + 1) {
          const line = Buffer.concat([...begun, data.subarray(start, end)]).toString();
          begun = [];
          size = 0;
          take(JSON.parse(line), line);
        }
        begun.push(data.subarray(start));
        size += data.length - start;
        if (size > LINE_BYTES_MAX) {
          throw new Error(`a line of more than ${LINE_BYTES_MAX} bytes`);
        }
      } catch (e) {
        socket.destroy(e);
      }
    });
    socket.on("error", (e) => (failure = e));
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(failure ?? new Lost("the connection was closed")));
  });
}

/** Sends values and matches answers by their confirm string; receives batches if subscribed. */
export class Channel {
  #socket;
  #last = 0;
  #awaited = new Map();
  #isOver = false;

  /** The number of answered values. */
  answers = 0;

  /** Resolves when the connection has ended, to the reason. */
  over;

  constructor(socket, arrived = () => {}) {
    this.#socket = socket;
    const take = (value, line) => ("topic" in value ? arrived(value, line) : this.#answer(value));
    this.over = readValues(socket, take).then((failure) => {
      this.#isOver = true;
      for (const { reject } of this.#awaited.values()) {
        reject(new Lost("the connection was lost"));
      }
      this.#awaited.clear();
      return failure;
    });
  }

  /**
   * Sends a value, the JSON text of an object with members. Resolves to the answer, or rejects with a
   * refusal, Unconfirmed or Lost.
   */
  call(value) {
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(new Lost("the connection is lost"));
        return;
      }
      const confirm = String(++this.#last);
      this.#awaited.set(confirm, { resolve, reject });
      this.#socket.write(`${value.slice(0, -1)},"Confirm":"${confirm}"}\n`);
    });
  }

  /** Resolves when the socket has taken most of the sent bytes. */
  drained() {
    return new Promise((resolve) => {
      if (this.#isOver || !this.#socket.writableNeedDrain) {
        resolve();
        return;
      }
      const go = () => {
        this.#socket.off("drain", go).off("close", go);
        resolve();
      };
      this.#socket.on("drain", go).on("close", go);
    });
  }

  #answer(value) {
    const awaited = this.#awaited.get(value.confirm);
    if (awaited === undefined) {
      return;
    }
    this.#awaited.delete(value.confirm);
    this.answers++;
    if ("error" in value) {
      awaited.reject(ofAnswer(value));
    } else {
      awaited.resolve(value);
    }
  }

  close() {
    this.#socket.destroy();
    return this.over;
  }
}
