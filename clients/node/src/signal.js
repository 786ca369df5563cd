// Wakes waiting callers.

export class Signal {
  #waiting = new Set();

  /** Calls the function with the next send(). */
  add(wake) {
    this.#waiting.add(wake);
  }

  delete(wake) {
    this.#waiting.delete(wake);
  }

  /** Resolves at the next send(), or after this many milliseconds. */
  wait(milliseconds = undefined) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const late = () => {
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = milliseconds === undefined ? undefined : setTimeout(late, milliseconds);
      this.#waiting.add(wake);
    });
  }

  send() {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) {
      wake();
    }
  }
}

/** A signal that is sent once. */
export class Stop extends Signal {
  isSent = false;

  send() {
    this.isSent = true;
    super.send();
  }

  add(wake) {
    if (this.isSent) {
      wake();
    } else {
      super.add(wake);
    }
  }
}

/** Resolves after this many milliseconds, or earlier when `until` resolves. */
export async function within(milliseconds, until) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([until, late]);
  clearTimeout(timer);
}
