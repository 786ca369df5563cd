// What was pushed of a topic and is not settled.

/**
 * A key is here once, so a lane holds no more than is out. `handle` is called with one message, or
 * with all that wait; `abreast` times at once.
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
   * A redelivery of what a handler has is not handled twice: its result counts. A newer version of
   * its key, which begins at the first attempt, takes its place: then that result does not count.
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
    await undefined; // nobody's handler runs on the stack of the socket
    while (this.#waiting.size > 0) {
      const all = [...(this.#whole ? this.#waiting.values() : [this.#waiting.values().next().value])];
      for (const message of all) {
        this.#waiting.delete(message.key);
        this.#running.set(message.key, message);
      }
      await this.#handle(all);
    }
  }

  /** Whether a word about it counts; no further one will. */
  settle(message) {
    return this.#running.get(message.key) === message && this.#running.delete(message.key);
  }

  /** Begins nothing more. */
  stop() {
    this.#waiting.clear();
  }

  /** Forgets all: what is running goes on, and its result does not count. */
  abandon() {
    this.#waiting.clear();
    this.#running.clear();
  }

  /** Resolves when the handlers have. */
  finished() {
    return Promise.all(this.#tasks);
  }
}
