// Passes pushed messages to handlers, and reports the results to the broker.

import { PAUSE_MAX, PAUSE_MIN } from "./channel.js";
import { Lost, Refused } from "./errors.js";
import { BatchText } from "./json.js";
import { Lane } from "./lane.js";
import { Delivery } from "./messages.js";
import { Signal, within } from "./signal.js";

const KEYS_MAX = 10_000; // in one value; the broker takes 20,000 nacks

export class Results {
  #options;
  #say;
  #lanes = new Map();
  #acks = new Map();
  #words = new Set();
  #stopped = false;
  #abandoned = false;
  #end = new Signal();

  /** Creates results; `say` sends a value, and resolves to the answer. */
  constructor(options, say) {
    this.#options = options;
    this.#say = say;
  }

  arrived({ topic, messages }, line) {
    if (this.#stopped) {
      return;
    }
    if (!this.#lanes.has(topic)) {
      const { batches, concurrency } = this.#options;
      const handle = (taken) => this.#handle(taken);
      this.#lanes.set(topic, new Lane(handle, batches, batches ? 1 : concurrency));
    }
    const text = new BatchText(line);
    const delivery = (fields, i) => new Delivery(topic, fields, this, () => text.payload(i));
    this.#lanes.get(topic).add(messages.map(delivery));
  }

  async #handle(messages) {
    let nack;
    try {
      await this.#options.handle(messages);
    } catch (e) {
      nack = this.#why(messages[0], e);
    }
    const { topic } = messages[0];
    const keys = messages.filter((m) => this.#lanes.get(topic).settle(m)).map((m) => m.key);
    if (keys.length === 0) {
      return;
    }
    if (nack !== undefined) {
      this.#tellKeys(topic, "Nacks", keys, nack);
    } else if (this.#acks.has(topic)) {
      this.#acks.get(topic).push(...keys);
    } else {
      this.#acks.set(topic, keys);
      setImmediate(() => this.#flush(topic)); // together with other results of this turn
    }
  }

  #why(message, failure) {
    try {
      return this.#options.nack(message, failure);
    } catch (e) {
      // The message must not stay with a subscriber that is done with it.
      this.#options.problem("a message is nacked without a reason: it cannot be said", e);
      return {};
    }
  }

  #flush(topic) {
    const keys = this.#acks.get(topic) ?? [];
    this.#acks.delete(topic);
    this.#tellKeys(topic, "Acks", keys, {});
  }

  #tellKeys(topic, name, keys, rest) {
    for (let i = 0; i < keys.length; i += KEYS_MAX) {
      this.#tell(topic, { [name]: keys.slice(i, i + KEYS_MAX), ...rest });
    }
  }

  #tell(topic, fields) {
    const value = { Topic: topic, Subscriber: this.#options.name, ...fields };
    const word = this.#confirmed(value).finally(() => this.#words.delete(word));
    this.#words.add(word);
  }

  /** Sends a result until it is confirmed or the connection ends; repeats do no harm. */
  async #confirmed(value) {
    for (let pause = PAUSE_MIN; !this.#abandoned; pause = Math.min(2 * pause, PAUSE_MAX)) {
      try {
        await this.#say(value);
        return;
      } catch (e) {
        if (e instanceof Lost) {
          return;
        }
        if (e instanceof Refused && e.final) {
          this.#options.problem("the broker refuses a result of messages", e);
          if (value.RetryAfter === undefined) {
            return;
          }
          delete value.RetryAfter; // the broker decides, so that they come again
          continue;
        }
      }
      await this.#end.wait(pause);
    }
  }

  async extend(message) {
    const value = { Topic: message.topic, Subscriber: this.#options.name, Extend: [message.key] };
    try {
      return !((await this.#say(value)).gone ?? []).includes(message.key);
    } catch (e) {
      if (e instanceof Lost) {
        return false;
      }
      throw e;
    }
  }

  /** Lets running handlers finish, and waits for the confirms of their results. */
  async close() {
    this.#stopped = true;
    const lanes = [...this.#lanes.values()];
    lanes.forEach((lane) => lane.stop());
    await within(this.#options.timeout, Promise.all(lanes.map((lane) => lane.finished())));
    [...this.#acks.keys()].forEach((topic) => this.#flush(topic));
    await within(this.#options.timeout, Promise.all(this.#words));
    this.abandon();
  }

  /** Notes that the connection is lost: the broker delivers its messages in flight again. */
  abandon() {
    this.#stopped = true;
    this.#abandoned = true;
    this.#lanes.forEach((lane) => lane.abandon());
    this.#end.send();
  }
}
