// The pushed messages of a topic that are not settled.

/**
 * Each key occurs once, so a lane holds no more than is in flight. `handle` takes one message, or all
 * waiting messages; up to `abreast` calls run at once.
 */
export class Lane {
  #handle;
  #whole;
  #abreast;
  #waiting = new Map();
  #running = new Map();
  #tasks = new Set();

  constructor(handle, whole, abreast) {
    this.#handle = handle;
    this.#whole = whole;
    this.#abreast = abreast;
  }

  /**
   * Adds a message. If a handler already has it, it is not handled twice: that result counts. A newer
   * version of its key, which begins at the first attempt, replaces it: then that result does not count.
   */
  add(messages) {
    for (const fresh of messages) {
      const held = this.#running.get(fresh.key);
      if (held !== undefined) {
        if (fresh.attempt > held.attempt && fresh.json === held.json) {
          continue;
        }
        this.#running.delete(fresh.key);
      }
      this.#waiting.set(fresh.key, fresh);
    }
    const more = Math.min(this.#abreast - this.#tasks.size, this.#waiting.size);
    for (let i = 0; i < more; i++) {
      const task = this.#work().finally(() => this.#tasks.delete(task));
      this.#tasks.add(task);
    }
  }

  async #work() {
    await undefined; // no handler runs on the stack of the socket
    while (this.#waiting.size > 0) {
      const all = [...(this.#whole ? this.#waiting.values() : [this.#waiting.values().next().value])];
      for (const message of all) {
        this.#waiting.delete(message.key);
        this.#running.set(message.key, message);
      }
      await this.#handle(all);
    }
  }

  /** Settles a message; returns whether this result counts. No later result will. */
  settle(message) {
    return this.#running.get(message.key) === message && this.#running.delete(message.key);
  }

  /** Starts no more handlers. */
  stop() {
    this.#waiting.clear();
  }

  /** Forgets all messages: running handlers continue, but their results do not count. */
  abandon() {
    this.#waiting.clear();
    this.#running.clear();
  }

  /** Resolves when all handlers have ended. */
  finished() {
    return Promise.all(this.#tasks);
  }
}
