// Publishing.

import { BROKER } from "./channel.js";
import { Link } from "./link.js";
import { textOf } from "./messages.js";
import { check, checkedTimeout } from "./options.js";

export class Publisher {
  #link;

  constructor(options = {}) {
    check(options, "broker", "timeout", "window");
    const { broker = BROKER, timeout = 30_000, window = 1024 } = options;
    this.#link = new Link(broker, checkedTimeout(timeout), window);
  }

  async publish(topic, ...messages) {
    await (await this.submit(topic, ...messages)).confirmed;
  }

  async submit(topic, ...messages) {
    if (typeof topic !== "string") {
      throw new TypeError("the topic must be a string");
    }
    const value = `{"Topic":${JSON.stringify(topic)},"Messages":[${messages.map(textOf)}]}`;
    const sent = await this.#link.send(value);
    const confirmed = sent.confirmed.then(() => {});
    confirmed.catch(() => {}); // who looks at it later does not end the program until then
    return { confirmed };
  }

  async publishAll(topic, messages) {
    let failure;
    let confirmed = 0;
    const waiting = new Set();
    for await (const message of messages) {
      if (failure !== undefined) {
        break;
      }
      const sent = await this.submit(topic, message);
      const done = sent.confirmed
        .then(
          () => confirmed++,
          (e) => (failure ??= e),
        )
        .finally(() => waiting.delete(done));
      waiting.add(done);
    }
    await Promise.all(waiting);
    if (failure !== undefined) {
      throw failure;
    }
    return confirmed;
  }

  close() {
    return this.#link.close();
  }
}
