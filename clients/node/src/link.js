// A link to the broker that outlives its connections.

import { Channel, open, PAUSE_MAX, PAUSE_MIN } from "./channel.js";
import { Lost, Unavailable, Unconfirmed, Unreachable } from "./errors.js";
import { Signal } from "./signal.js";

const WINDOW_BYTES = 16 << 20;

/**
 * Sends values in their order over one connection, many under way at once.
 *
 * When the connection is lost it opens another, after a pause of 50 ms, doubled up to 5 s, and sends
 * unanswered values again: at least once. At most `window` values and 16 MiB are under way.
 */
export class Link {
  #address;
  #timeout;
  #window;
  #bytes = 0;
  #underWay = new Set();
  #unwritten = [];
  #entry = Promise.resolve();
  #left = new Signal();
  #more = new Signal();
  #failure = "the broker did not read it in time";
  #channel;
  #running;
  #closed = false;

  constructor(address, timeout, window) {
    this.#address = address;
    this.#timeout = timeout;
    this.#window = window;
  }

  /**
   * Takes the JSON text of a value. Resolves when there is room, to {confirmed}, a promise of the
   * answer.
   */
  send(text) {
    const size = Buffer.byteLength(text);
    const entered = this.#entry.then(() => this.#enter(text, size));
    this.#entry = entered.catch(() => {}); // the values behind it wait for their turn
    return entered;
  }

  async #enter(text, size) {
    while (
      this.#underWay.size > 0 &&
      (this.#underWay.size >= this.#window || this.#bytes + size > WINDOW_BYTES)
    ) {
      await this.#left.wait();
    }
    if (this.#closed) {
      throw new Error("closed");
    }
    const value = { text, size, written: false, inDoubt: false };
    const confirmed = new Promise((resolve, reject) => Object.assign(value, { resolve, reject }));
    value.timer = setTimeout(() => this.#expire(value), this.#timeout);
    this.#underWay.add(value);
    this.#bytes += size;
    this.#unwritten.push(value);
    this.#more.send();
    this.#running ??= this.#run();
    return { confirmed };
  }

  /** Takes no more values, and waits until each has its answer or its time is over. */
  async close() {
    this.#closed = true;
    while (this.#underWay.size > 0) {
      await this.#left.wait();
    }
    this.#more.send();
    await this.#channel?.close();
    await this.#running;
  }

  async #run() {
    let pause = PAUSE_MIN;
    for (;;) {
      while (this.#underWay.size === 0) {
        if (this.#closed) {
          return;
        }
        await this.#more.wait();
      }
      let answers = 0;
      try {
        const channel = new Channel(await open(this.#address));
        this.#channel = channel;
        if (this.#closed && this.#underWay.size === 0) {
          void channel.close(); // close() did not find it
        }
        this.#unwritten = [...this.#underWay];
        void this.#write(channel);
        this.#failure = (await channel.over).message;
        answers = channel.answers;
      } catch (e) {
        this.#failure = e.message || e.code;
      }
      this.#channel = undefined;
      this.#more.send(); // ends the writer
      pause = answers > 0 ? PAUSE_MIN : Math.min(2 * pause, PAUSE_MAX);
      if (this.#underWay.size > 0) {
        await this.#left.wait(pause);
      }
    }
  }

  async #write(channel) {
    while (this.#channel === channel) {
      for (let i = 0; i < this.#unwritten.length && this.#channel === channel; i++) {
        const value = this.#unwritten[i];
        if (this.#underWay.has(value)) {
          value.written = true;
          channel.call(value.text).then(
            (answer) => this.#end(value, undefined, answer),
            (failure) => this.#end(value, failure),
          );
          await channel.drained();
        }
      }
      if (this.#channel === channel) {
        this.#unwritten = [];
        await this.#more.wait();
      }
    }
  }

  #end(value, failure, answer) {
    if (!this.#underWay.has(value)) {
      return;
    }
    if (failure instanceof Lost) {
      value.inDoubt = true;
    } else if (failure instanceof Unavailable && failure.code === "stopping") {
      value.written = value.inDoubt; // nothing was done: it is sent on the next connection
    } else {
      this.#leave(value);
      if (failure === undefined) {
        value.resolve(answer);
      } else {
        const doubt = `lost unconfirmed, then: ${failure.message}`;
        value.reject(value.inDoubt ? new Unconfirmed(doubt) : failure);
      }
    }
  }

  #expire(value) {
    this.#leave(value);
    value.reject(
      value.written
        ? new Unconfirmed(`no confirm within ${this.#timeout} ms`)
        : new Unreachable(this.#failure),
    );
  }

  #leave(value) {
    this.#underWay.delete(value);
    this.#bytes -= value.size;
    clearTimeout(value.timer);
    this.#left.send();
  }
}
