// Subscribers pass pushed messages to a handler, and report the results to the broker.

import { BROKER } from "./channel.js";
import { listen } from "./listening.js";
import { duration, Nack, reason } from "./messages.js";
import { check, checkedTimeout } from "./options.js";
import { Stop } from "./signal.js";
import { work } from "./worker.js";

const OPTIONS = [
  "broker",
  "socket",
  "topics",
  "batchSize",
  "workers",
  "concurrency",
  "batches",
  "retryAfter",
  "timeout",
  "problem",
];

export class Subscriber {
  #handler;
  #retryAfter;
  #stop = new Stop();

  constructor(name, handler, options = {}) {
    check(options, ...OPTIONS);
    this.name = name;
    this.broker = options.broker ?? BROKER;
    this.socket = options.socket;
    this.topics = options.topics ?? [];
    this.batchSize = options.batchSize;
    this.workers = options.workers ?? 1;
    this.concurrency = options.concurrency ?? 1;
    this.batches = options.batches ?? false;
    this.timeout = checkedTimeout(options.timeout ?? 10_000);
    this.problem = harmless(options.problem ?? log);
    for (const count of [this.workers, this.concurrency, this.batchSize ?? 1]) {
      if (!(Number.isInteger(count) && count >= 1)) {
        throw new RangeError("workers, concurrency and batchSize must be at least 1");
      }
    }
    this.#handler = handler;
    this.#retryAfter = options.retryAfter;
  }

  async run() {
    if (this.socket !== undefined) {
      await listen(this, this.#stop);
      return;
    }
    const workers = Array.from({ length: this.workers }, () => work(this, this.#stop));
    try {
      await Promise.all(workers);
    } finally {
      this.stop();
      await Promise.allSettled(workers);
    }
  }

  stop() {
    this.#stop.send();
  }

  /** Runs the handler. */
  handle(messages) {
    return this.#handler(this.batches ? messages : messages[0]);
  }

  /** The fields that nack a message whose handler failed. */
  nack(message, failure) {
    let pause = failure instanceof Nack ? failure.retryAfter : this.#retryAfter;
    if (!(failure instanceof Nack)) {
      this.problem(`a message of topic ${message.topic} nacked: the handler failed`, failure);
    }
    if (typeof pause === "function") {
      try {
        pause = pause(message, failure);
      } catch (e) {
        this.problem("retryAfter failed", e);
        pause = undefined;
      }
    }
    return { RetryAfter: duration(pause), Reason: reason(failure) };
  }
}

function harmless(problem) {
  return (sentence, cause) => {
    try {
      problem(sentence, cause);
    } catch (e) {
      log(sentence, cause);
      log("problem failed", e);
    }
  };
}

function log(sentence, cause) {
  console.warn(`ppmq: ${sentence}${cause?.message ? `: ${cause.message}` : ""}`);
}
